"""Pages and documents that commands leave."""
