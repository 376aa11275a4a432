"""The log's tables and their migrations."""
