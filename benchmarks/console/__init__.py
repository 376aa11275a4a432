"""The console's pages on a long log."""
