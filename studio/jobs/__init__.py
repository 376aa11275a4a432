"""Studio commands as jobs: how one is declared, read from a command line or from JSON, and run beside the engine."""
