"""The engine's databases. SQL stands here and nowhere else."""
