"""What keeps guessing out."""
