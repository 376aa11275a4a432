"""Commands for data, stock, staffing and privacy."""
