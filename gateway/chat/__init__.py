"""The chat: frames over a WebSocket in, turns of the bot out, one at a time per conversation."""
