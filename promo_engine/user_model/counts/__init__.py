"""The user models without a network: popularity of the catalogue, and shrunken counts of purchases."""
