"""The `promobot` command, one file a command group."""
