"""What admins add to conversations."""
