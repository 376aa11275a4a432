"""What tests and benchmarks start or fill: PostgreSQL, the bot, a chat client, a full log."""
