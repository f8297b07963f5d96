"""The schema as a whole: which modules hold tables, and bringing a database up to date."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from server.database.engine import Connection, Engine

MODELS = (
    "server.database.models",
    "server.agents.models",
    "server.accounts.models",
    "server.customers.models",
    "server.customers.orders.models",
    "server.tickets.models",
    "server.inbox.models",
    "server.delivery.models",
    "server.faq.models",
    "server.help.models",
    "server.notices.models",
    "server.notices.bulk.models",
    "server.answers.models",
    "server.flows.models",
    "server.lessons.models",
    "server.customers.sources.models",
    "server.customers.rights.models",
    "server.privacy.models",
    "server.customers.imports.models",
    "server.webhooks.models",
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
        _upgrade(connection)
        connection.cursor("COMMIT")
        return True
    finally:
        connection.close()


def _upgrade(connection: Connection) -> None:
    # Imported here: a desk that is up to date, which is every start but one, does without its memory and its time.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection.alchemy
    command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """The revision that a database stands at; None when it is blank."""
    kept = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
        "postgresql": "SELECT 1 FROM pg_class WHERE relname = 'alembic_version' AND pg_table_is_visible(oid)",
    }
    if connection.cursor(kept[connection.dialect]).fetchone() is None:
        return None
    row = connection.cursor("SELECT version_num FROM alembic_version").fetchone()
    return str(row.version_num) if row is not None else None


def newest() -> str:
    """The newest revision there is. Revisions are numbered, and their files begin with the number."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
