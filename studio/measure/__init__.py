"""What campaigns brought, and what happens now."""
