"""What sets up, trains, runs and checks the whole bot. `make help` lists the commands."""
