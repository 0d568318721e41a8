"""Alembic environment of the app's own database; data.migrate hands the connection over."""

from alembic import context

from data.app_tables import app_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=app_metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
