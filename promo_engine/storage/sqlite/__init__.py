"""The fast SQLite driver: statements run in place on the event loop's thread."""
