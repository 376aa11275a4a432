"""The strategy studio's forecasts, searches and rankers."""
