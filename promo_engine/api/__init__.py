"""The engine's HTTP face: one file per resource, one error shape."""
