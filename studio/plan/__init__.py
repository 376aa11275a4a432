"""Plans of campaigns, stock and staff."""
