"""What the gateway and the engine share. Imports neither of them."""

__version__ = "0.1.0"
"""Of Promobot as a whole: the package, the HTTP contracts, the console."""
