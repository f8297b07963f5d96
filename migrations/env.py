"""Alembic's entry: runs migrations on the connection it is given, or on MADOGUCHI_DATABASE."""

import os

from alembic import context
from sqlmodel import SQLModel

from server.database import open_engine
from server.database.schema import import_models, is_ours

config = context.config
import_models()


def run(connection: object) -> None:
    """Run the migrations on one SQLAlchemy connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=False,
        include_name=is_ours,
    )
    context.run_migrations()


given = config.attributes.get("connection")
if given is None:
    engine = open_engine(os.environ.get("MADOGUCHI_DATABASE", "sqlite:///var/madoguchi.db"))
    opened = engine.connect()
    opened.cursor("BEGIN")
    run(opened.alchemy)
    opened.cursor("COMMIT")
else:
    run(given)
