"""Alembic environment of the case database; data.migrate hands the connection over."""

from alembic import context

from data.work_tables import case_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=case_metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
