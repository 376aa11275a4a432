"""What an offer gives."""
