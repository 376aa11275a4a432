"""What the bot does next: flows for tasks, and the state of the talk for everything that refers back."""
