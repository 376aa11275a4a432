"""The console's server side: who may sign in, and what the pages under /admin ask for."""
