"""The schema: migrations lead where the models say, once, and say which database they cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from server.database import Database, Engine, Transaction, open_engine
from server.database.schema import import_models, is_ours, migrate, newest, revision


def test_migrations_lead_exactly_to_the_models(engine: Engine) -> None:
    import_models()
    connection = engine.connect(read_only=True)
    context = MigrationContext.configure(connection.alchemy, opts={"compare_type": False, "include_name": is_ours})
    assert compare_metadata(context, SQLModel.metadata) == []
    connection.close()


async def test_every_table_of_the_models_has_its_columns(database: Database) -> None:
    def columns(tx: Transaction) -> None:
        for table in SQLModel.metadata.sorted_tables:
            listed = ", ".join(f'"{column.name}"' for column in table.columns)
            tx.all(f'SELECT {listed} FROM "{table.name}" LIMIT 0')

    import_models()
    await database.read(columns)


def test_migrating_again_does_nothing(engine: Engine) -> None:
    assert not migrate(engine)
    connection = engine.connect()
    assert revision(connection) == newest()
    connection.close()


def test_a_blank_database_has_no_revision(tmp_path: Path) -> None:
    connection = open_engine(f"sqlite:///{tmp_path / 'blank.db'}").connect()
    assert revision(connection) is None
    connection.close()


def test_another_kind_of_database_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="sqlite:/// or postgresql://"):
        open_engine("mysql://localhost/desk")
