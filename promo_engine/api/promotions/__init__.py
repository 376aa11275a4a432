"""Endpoints that manage promotions and offers."""
