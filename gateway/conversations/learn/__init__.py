"""Unanswered messages, suggestions and trainings of the bot, in the log's database."""
