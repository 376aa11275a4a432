"""Use cases of connected shops: writing, webhooks, pulls, privacy."""
