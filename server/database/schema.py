"""The schema as a whole: which modules hold tables, and bringing a database up to date."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.database.engine import Connection, Engine

MODELS = (
    "server.database.models",
    "server.agents.models",
    "server.accounts.models",
    "server.customers.models",
    "server.tickets.models",
    "server.inbox.models",
    "server.delivery.models",
)
MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"
# The search index is made by SQL that SQLModel cannot say; Alembic leaves its tables alone.
OWN_SQL = "search_"


def import_models() -> None:
    """Let SQLModel know every table."""
    for name in MODELS:
        import_module(name)


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Alembic's `include_name`: every table but those of the search index."""
    return not (kind == "table" and name is not None and name.startswith(OWN_SQL))


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("path_separator", "os")
    if connection is not None:
        made.attributes["connection"] = connection.alchemy
    return made


def migrate(engine: Engine) -> bool:
    """Bring the database to the newest schema, in one transaction. True when something was done.

    Raises `Unavailable` when the database cannot be opened.
    """
    connection = engine.connect()
    try:
        if revision(connection) == newest():
            return False
        if connection.dialect == "sqlite":
            connection.cursor("PRAGMA foreign_keys=OFF")
        connection.cursor("BEGIN IMMEDIATE" if connection.dialect == "sqlite" else "BEGIN")
        if connection.dialect == "postgresql":
            connection.cursor("SELECT pg_advisory_xact_lock(7261)")
        command.upgrade(config(connection), "head")
        connection.cursor("COMMIT")
        return True
    finally:
        connection.close()


def revision(connection: Connection) -> str | None:
    """The revision that a database stands at; None when it is blank."""
    return MigrationContext.configure(connection.alchemy).get_current_revision()


def newest() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(config()).get_current_head()
