"""The user model at work: states, forecasts, smaller forms."""
