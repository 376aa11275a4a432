"""Forwards `promobot admin` until the engine's command names the new module."""
