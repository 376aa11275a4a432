"""Use cases of the promotion studio and its plans."""
