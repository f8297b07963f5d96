"""What tests stand on: a blank database per test on SQLite and on a real PostgreSQL, files, and a desk to write to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from server.database import Database, Engine, open_engine
from server.database.schema import migrate
from server.files import Files
from tests import postgresql
from tests.desks import ScriptedChannel, TestDesk

# No example is too slow for a machine that stands still for a moment.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("desk")


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows, to be copied."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    migrate(open_engine(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_server(worker_id: str) -> Iterator[str]:
    """The URL of a real PostgreSQL, without a database name: given, or started here."""
    given = os.environ.get("MADOGUCHI_TEST_POSTGRESQL")
    if given:
        yield given
        return
    folder = tempfile.mkdtemp(prefix=f"madoguchi-pg-{worker_id}-")
    server = postgresql.start(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # no test cuts the power, and a killed process loses nothing; who cleans up by itself stands in the way of
            # those who copy a blank database
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """xdist's name of this process; "main" without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def blank_postgresql(postgresql_server: str) -> str:
    """The name of a migrated PostgreSQL database without rows, to be used as a template."""
    name = f"blank_{uuid4().hex}"
    postgresql.manage(postgresql_server, f'CREATE DATABASE "{name}"')
    migrate(open_engine(_database_url(postgresql_server, name)))
    return name


def _database_url(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def sqlite_engine(blank_sqlite: Path, tmp_path: Path) -> Engine:
    """A blank SQLite database of this test's own."""
    path = tmp_path / "desk.db"
    shutil.copyfile(blank_sqlite, path)
    return open_engine(f"sqlite:///{path}")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A blank database of this test's own, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_engine")
        return
    server: str = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("blank_postgresql")
    name = f"test_{uuid4().hex}"
    postgresql.manage(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield open_engine(_database_url(server, name))
    postgresql.manage(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(engine: Engine) -> AsyncIterator[Database]:
    """A running database over a blank engine."""
    opened = Database(engine)
    yield opened
    await opened.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty file store."""
    return Files(tmp_path / "files")


@pytest.fixture
def scripted() -> ScriptedChannel:
    """A channel whose network the test plays."""
    return ScriptedChannel()


@pytest.fixture
async def desk(database: Database, files: Files, scripted: ScriptedChannel) -> AsyncIterator[TestDesk]:
    """A desk on each database, with one scripted account and one agent."""
    opened = await TestDesk(database, files, {"email": scripted}).open()
    yield opened
    await opened.close()
