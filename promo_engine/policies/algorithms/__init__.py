"""The policies, one algorithm a file."""
