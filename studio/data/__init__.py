"""What the studio reads: sales history, cleaning, facts, features."""
