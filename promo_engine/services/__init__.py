"""What the engine does: each service is one transaction over the domain."""
