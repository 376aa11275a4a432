"""Use cases about decisions: made, answered, explained, replayed."""
