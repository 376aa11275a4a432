"""Whole conversations through the public WebSocket, judged by what a shopper observes (docs/dialogue.md)."""
