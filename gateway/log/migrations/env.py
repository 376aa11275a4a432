"""Alembic's entry: migrates the connection that `log.database` hands over."""

from alembic import context

from gateway.log import console_tables, widget_tables  # noqa: F401  # they add their tables to the metadata
from gateway.log.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
