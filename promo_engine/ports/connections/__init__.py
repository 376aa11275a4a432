"""What connected shops need of storage and of adapters."""
