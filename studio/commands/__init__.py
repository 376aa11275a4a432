"""One module a capability; each defines `CAPABILITY` (see `studio.commands.capability`)."""
