"""What goes between the shop and the bot: changes that customers asked for, and messages of the shop."""
