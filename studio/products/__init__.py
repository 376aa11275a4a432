"""Products: features, bundles, what is bought together."""
