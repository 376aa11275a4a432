"""Files that a shop writes: offers, codes, costs, names."""
