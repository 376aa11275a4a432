"""The only public process: web page, chat over WebSocket, console, and the conversation log."""
