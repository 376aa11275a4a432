"""Alembic's entry: runs the migrations on the connection that `storage.migrate` opened."""

from __future__ import annotations

from alembic import context

from promo_engine.storage.tables import metadata

# SQLite cannot alter most of a table; batch mode copies it instead.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
