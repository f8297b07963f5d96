"""Databases to measure in: fresh ones, on SQLite and PostgreSQL, on a real disk and with real durability."""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg

from server.accounts.models import ChannelAccount
from server.agents.models import Agent
from server.agents.views import AgentView
from server.database import Engine, Transaction, open_engine
from server.database.schema import migrate

AGENT = AgentView(id=1, email="agent@bench.example", name="窓口 係", role="admin")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "cache_size=-32000", "mmap_size=268435456")


def fresh(place: Path, name: str) -> Engine:
    """A blank, migrated SQLite database."""
    path = place / f"{name}.db"
    for old in place.glob(f"{path.name}*"):
        old.unlink()
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    return engine


def bare(place: Path, name: str) -> sqlite3.Connection:
    """An empty SQLite file, as durable as the desk's."""
    path = place / f"{name}.db"
    for old in place.glob(f"{path.name}*"):
        old.unlink()
    return attach(path)


def attach(path: Path) -> sqlite3.Connection:
    """A plain connection to a SQLite file, set up as the desk sets up its own."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def drop(engine: Engine) -> None:
    """Remove a SQLite database that is not needed again."""
    for path in engine.path.parent.glob(f"{engine.path.name}*"):
        path.unlink(missing_ok=True)


class Server:
    """A PostgreSQL to measure on: that of MADOGUCHI_BENCH_POSTGRES, else one of `pgserver`, else none, and why."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.url: str | None = os.environ.get("MADOGUCHI_BENCH_POSTGRES")
        self.note = ""
        if self.url is None:
            try:
                os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="madoguchi-run-"))
                import pgserver

                folder = Path(options.place).resolve() / f"pg-{uuid4().hex[:8]}"
                server = pgserver.get_server(folder, cleanup_mode="delete")
                self.url = server.get_uri()
                atexit.register(shutil.rmtree, folder, ignore_errors=True)
                atexit.register(server.cleanup)
            except Exception as error:  # a benchmark goes on without PostgreSQL, and says so
                self.note = (
                    f"PostgreSQL was not measured: pgserver cannot start one ({type(error).__name__}: {error})."
                    " Set MADOGUCHI_BENCH_POSTGRES to the URL of a server on which databases may be made."
                )

    def fresh(self) -> Engine:
        """A blank, migrated database."""
        assert self.url is not None
        name = f"bench_{uuid4().hex[:12]}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        head, _, query = self.url.partition("?")
        engine = open_engine(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else ""))
        migrate(engine)
        return engine


def staff(tx: Transaction, kind: str = "email") -> None:
    """One agent and one account, both with the id 1."""
    tx.add(Agent(id=AGENT.id, email=AGENT.email, name=AGENT.name, role="admin", password_hash="", created_at=tx.now))
    tx.add(ChannelAccount(id=1, kind=kind, name="Bench", address="support@shop.example.jp", created_at=tx.now))
