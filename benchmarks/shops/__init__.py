"""How fast a shop's own files become a shop, and in how much memory."""
