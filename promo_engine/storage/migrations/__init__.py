"""The history of the engine's tables, for Alembic."""
