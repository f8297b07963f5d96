"""Fixtures of the tests end to end: a street where desks are opened, on SQLite or on both databases."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests import postgresql
from tests.conftest import _database_url
from tests.servers import Nursery, Street


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where desks are forked from."""
    opened = Nursery()
    yield opened
    opened.close()


@pytest.fixture
async def street(tmp_path: Path, blank_sqlite: Path, nursery: Nursery) -> AsyncIterator[Street]:
    """Desks on SQLite."""
    opened = Street(tmp_path, nursery, lambda: _copied(blank_sqlite, tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes blank PostgreSQL databases; gives their URLs."""
    server: str = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("blank_postgresql")
    made: list[str] = []

    def blank() -> str:
        made.append(f"street_{uuid4().hex}")
        postgresql.manage(server, f'CREATE DATABASE "{made[-1]}" TEMPLATE "{template}"')
        return _database_url(server, made[-1])

    yield blank
    for name in made:
        postgresql.manage(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
async def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, blank_sqlite: Path, nursery: Nursery
) -> AsyncIterator[Street]:
    """Desks on SQLite, and once more on PostgreSQL."""
    blank: Callable[[], str] = (
        (lambda: _copied(blank_sqlite, tmp_path))
        if request.param == "sqlite"
        else request.getfixturevalue("on_postgresql")
    )
    opened = Street(tmp_path, nursery, blank)
    yield opened
    await opened.close()


def _copied(blank: Path, folder: Path) -> str:
    target = folder / f"{uuid4().hex}.db"
    shutil.copyfile(blank, target)
    return f"sqlite:///{target}"
