"""The conversation log of record. SQL lives here and nowhere else in the gateway."""
