"""Alembic's entry: migrates the connection that `conversations.database` hands over."""

from alembic import context

from gateway.conversations.schema import admin_tables, learning_tables, message_tables, widget_tables  # noqa: F401  # for the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=message_tables.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
