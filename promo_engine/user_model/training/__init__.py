"""How the user model is fitted, calibrated and judged."""
