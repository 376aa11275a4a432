"""Endpoints about versions of the policy and the user model."""
