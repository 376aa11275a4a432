"""Help articles: reading them, finding the passage that answers a message, choosing the threshold."""
