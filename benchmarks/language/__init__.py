"""What the bot understands, and how fast."""
