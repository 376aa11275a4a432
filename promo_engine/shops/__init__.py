"""Where a shop's data comes from, one package a source."""
