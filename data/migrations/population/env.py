"""Alembic environment of the population database; data.migrate hands the connection over."""

from alembic import context

from data.population_tables import population_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=population_metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
