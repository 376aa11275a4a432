"""What the soak is made of: a shop, its books, races and kills. The tests use the same parts in small."""
