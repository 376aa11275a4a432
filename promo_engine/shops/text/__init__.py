"""Text files of shops: encodings, delimiters, and cells as amounts, times and plain words."""
