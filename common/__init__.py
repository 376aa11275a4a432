"""What the gateway and the engine share. Imports neither of them."""
