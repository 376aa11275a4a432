"""Intents: the classifier, and what prepares its examples and messages."""
