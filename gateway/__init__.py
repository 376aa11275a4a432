"""The only public process: web page, chat over WebSocket, identity, and the conversation log of record."""
