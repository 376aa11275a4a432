"""`python -m tools.demo` runs a command of promobot on a demo shop."""
