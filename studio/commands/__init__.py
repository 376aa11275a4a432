"""One module a capability; each defines `CAPABILITY` (see `studio.jobs.command_registry`)."""
