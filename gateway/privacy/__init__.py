"""Requests about privacy: the gateway does its part of what the engine recorded."""
