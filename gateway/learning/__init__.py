"""Learning from conversations: unanswered messages become suggestions; accepted ones are trained and checked."""
