"""Commands that say what the sales show: customers, products, forecasts, effects, campaigns."""
