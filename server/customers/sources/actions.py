"""What admins do with sources: adding, editing, taking away, and what to do about failures and changed schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from datetime import timedelta
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from server.agents import AgentView, require
from server.customers.sources import mapping as mappings
from server.customers.sources import ready
from server.customers.sources.mapping import Mapping, Stream
from server.customers.sources.reach.asking import SPENT
from server.customers.store.facts import Source
from server.customers.views import View
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged


class Seals(Protocol):
    """The desk's keys, as far as sources need them."""

    def seal(self, values: Table[str, str]) -> str:
        """Secrets as one opaque text."""

    def open(self, sealed: str) -> dict[str, str]:
        """What was sealed. Raises `Unavailable`."""

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key sealed it."""


class SourceDraft(View, frozen=True, kw_only=True):
    """A source as an admin writes it. What is left out of an edit stays; an empty secret stays too."""

    name: Source | None = None
    mapping: Annotated[str, Meta(max_length=200_000)] | None = None
    ready: Annotated[str, Meta(max_length=60)] | None = None
    parameters: dict[str, Annotated[str, Meta(max_length=20_000)]] = {}
    enabled: bool | None = None
    every: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    compare_every: Annotated[int, Meta(ge=0, le=366)] | None = None


def add(tx: Transaction, agent: AgentView, draft: SourceDraft, *, keys: Seals) -> str:
    """A new source; its name. Raises `Invalid` for a mapping that cannot be read, or parameters that are missing."""
    require(agent, "admin")
    text = draft.mapping or (ready.text(draft.ready) if draft.ready else "")
    if not text:
        raise Invalid(fields={"mapping": "is empty"})
    found = mappings.read(text)
    name = draft.name or found.name
    if tx.value("SELECT 1 FROM source WHERE name = :name", name=name):
        raise Invalid(fields={"name": "is taken by another source"})
    given, secrets = _parted(found, draft.parameters, {}, {})
    tx.run(
        "INSERT INTO source (name, ready, kind, mapping, given, secrets, enabled, every, compare_every, next_at,"
        " failures, words, version, created_at)"
        " VALUES (:name, :ready, :kind, :mapping, :given, :secrets, :enabled, :every, :compare, :now, 0, '', 1, :now)",
        name=name,
        ready=draft.ready or "",
        kind=found.kind,
        mapping=text,
        given=dump(given),
        secrets=keys.seal(secrets),
        enabled=draft.enabled if draft.enabled is not None else True,
        every=draft.every or found.every,
        compare=draft.compare_every or 0,
        now=tx.now,
    )
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")
    return name


def checked(draft: SourceDraft) -> tuple[str, dict[str, str]]:
    """A draft's mapping and all values of its parameters. Raises `Invalid`."""
    text = draft.mapping or (ready.text(draft.ready) if draft.ready else "")
    if not text:
        raise Invalid(fields={"mapping": "is empty"})
    given, secrets = _parted(mappings.read(text), draft.parameters, {}, {})
    return text, {**given, **secrets}


def edit(tx: Transaction, agent: AgentView, name: str, draft: SourceDraft, *, keys: Seals, version: int | None) -> None:
    """Change a source. A stream whose table, query or cursor changed is read from the beginning of its changes."""
    require(agent, "admin")
    row = row_of(tx, name)
    if version is not None and version != row.version:
        raise Conflict("Somebody changed this source in between.", current=row.version)
    text = draft.mapping if draft.mapping else row.mapping
    found = mappings.read(text)
    held = keys.open(row.secrets) if row.secrets else {}
    given, secrets = _parted(found, draft.parameters, row.given, held)
    tx.run(
        "UPDATE source SET kind = :kind, mapping = :mapping, given = :given, secrets = :secrets, enabled = :enabled,"
        " every = :every, compare_every = :compare, next_at = :now, failures = 0, words = '', version = version + 1"
        " WHERE name = :name",
        name=name,
        kind=found.kind,
        mapping=text,
        given=dump(given),
        secrets=keys.seal(secrets),
        enabled=draft.enabled if draft.enabled is not None else row.enabled,
        every=draft.every or row.every,
        compare=draft.compare_every if draft.compare_every is not None else row.compare_every,
        now=tx.now,
    )
    if text != row.mapping:
        _forget(tx, name, mappings.read(row.mapping), found)
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")


def remove(tx: Transaction, agent: AgentView, name: str) -> None:
    """Take a source away; what was learned from it stays."""
    require(agent, "admin")
    row_of(tx, name)
    for table in ("source_stream", "source_failure", "source_shape", "source_comparison", "source_asked"):
        tx.run(f"DELETE FROM {table} WHERE source = :name", name=name)
    tx.run("DELETE FROM source WHERE name = :name", name=name)
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")


def pull_soon(tx: Transaction, agent: AgentView, name: str, *, whole: bool = False) -> None:
    """Let the running desk pull now; `whole`: everything, from the beginning."""
    require(agent, "admin")
    row_of(tx, name)
    if whole:
        tx.run("UPDATE source_stream SET position = NULL, sweep = NULL WHERE source = :name", name=name)
        everything(tx, name)
    tx.run("UPDATE source SET next_at = :now WHERE name = :name", now=tx.now, name=name)
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")


def everything(tx: Transaction, name: str) -> None:
    """Mark every stream to be read as a whole next, those without a cursor too."""
    for stream in mappings.read(row_of(tx, name).mapping).stream:
        stream_row(tx, name, stream.name)
        tx.run(
            "UPDATE source_stream SET position = NULL, sweep = :whole WHERE source = :name AND stream = :stream",
            whole=dump({"whole": True}),
            name=name,
            stream=stream.name,
        )


def keep_secret(tx: Transaction, name: str, secret: str, value: str, *, keys: Seals) -> None:
    """Keep a refresh token that came back."""
    row = row_of(tx, name)
    held = keys.open(row.secrets) if row.secrets else {}
    tx.run(
        "UPDATE source SET secrets = :sealed WHERE name = :name", sealed=keys.seal({**held, secret: value}), name=name
    )


def reseal(tx: Transaction, keys: Seals) -> int:
    """Seal every source's secrets with the newest key; how many were."""
    count = 0
    for row in tx.all("SELECT name, secrets FROM source"):
        if row.secrets and not keys.is_newest(row.secrets):
            sealed = keys.seal(keys.open(row.secrets))
            tx.run("UPDATE source SET secrets = :sealed WHERE name = :name", sealed=sealed, name=row.name)
            count += 1
    return count


def ignore(tx: Transaction, agent: AgentView, id: int, *, ignored: bool = True) -> None:
    """Look away from a failure, or at it again. It is ignored until its record can be read."""
    require(agent, "admin")
    state = "ignored" if ignored else "open"
    if not tx.run("UPDATE source_failure SET state = :state WHERE id = :id", state=state, id=id):
        raise NotFound("There is no failure {id}.", id=id)
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")


def accept(tx: Transaction, agent: AgentView, name: str, id: int) -> None:
    """Say of a changed schema, and of all before it, that it is well."""
    require(agent, "admin")
    row = tx.first("SELECT stream, version FROM source_shape WHERE id = :id AND source = :name", id=id, name=name)
    if row is None:
        raise NotFound("There is no schema {id}.", id=id)
    tx.run(
        "UPDATE source_shape SET accepted_by = :by WHERE source = :name AND stream = :stream AND version <= :version"
        " AND accepted_by = ''",
        by=f"agent:{agent.id}",
        name=name,
        stream=row.stream,
        version=row.version,
    )
    tx.run("UPDATE source SET next_at = :now WHERE name = :name", now=tx.now, name=name)
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")


def row_of(tx: Transaction, name: str) -> Any:
    """A source's row. Raises `NotFound`."""
    row = tx.first("SELECT * FROM source WHERE name = :name", name=name)
    if row is None:
        raise NotFound("There is no source {name}.", name=name)
    return row


def stream_row(tx: Transaction, source: str, stream: str) -> Any:
    """A stream's row, made when there is none."""
    found = "SELECT * FROM source_stream WHERE source = :source AND stream = :stream"
    row = tx.first(found, source=source, stream=stream)
    if row is None:
        tx.run(
            "INSERT INTO source_stream (source, stream, records, learned) VALUES (:source, :stream, 0, 0)"
            " ON CONFLICT DO NOTHING",
            source=source,
            stream=stream,
        )
        row = tx.one(found, source=source, stream=stream)
    return row


def due_in(row: Any) -> timedelta:
    """How long until a source is pulled again after a good pull."""
    return timedelta(minutes=int(row.every))


def _parted(
    found: Mapping, new: Table[str, str], given: Table[str, str], secrets: Table[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Values of parameters, those that are secret apart. Raises `Invalid` by `parameters.NAME`."""
    errors: dict[str, str] = {}
    for name in new.keys() - found.parameters.keys():
        errors[f"parameters.{name}"] = "is no parameter of this mapping"
    plain: dict[str, str] = {}
    sealed: dict[str, str] = {SPENT: secrets[SPENT]} if SPENT in secrets and SPENT not in found.parameters else {}
    for name, parameter in found.parameters.items():
        held = secrets if parameter.secret else given
        value = new[name].strip() if name in new and (new[name] or not parameter.secret) else held.get(name, "")
        if not value and parameter.default is None:
            errors[f"parameters.{name}"] = "is wanted"
        elif value and parameter.pattern and not re.fullmatch(parameter.pattern, value):
            errors[f"parameters.{name}"] = f"is not like {parameter.example or parameter.pattern}"
        (sealed if parameter.secret else plain)[name] = value
    if errors:
        raise Invalid(fields=errors)
    if any(new.get(name) for name, parameter in found.parameters.items() if parameter.secret):
        sealed.pop(SPENT, None) if SPENT not in found.parameters else None
    return plain, {name: value for name, value in sealed.items() if value}


_CURSOR = ("table", "sql", "path", "query", "updated", "since", "begin")


def _forget(tx: Transaction, name: str, before: Mapping, after: Mapping) -> None:
    """Positions of streams that are gone, or that are read in another way now."""
    streams = {each.name: each for each in after.stream}
    for stream in before.stream:
        now = streams.get(stream.name)
        if now is None or _way(now) != _way(stream):
            tx.run("DELETE FROM source_stream WHERE source = :name AND stream = :stream", name=name, stream=stream.name)
        if now is None:
            for table in ("source_failure", "source_shape", "source_comparison"):
                tx.run(f"DELETE FROM {table} WHERE source = :name AND stream = :stream", name=name, stream=stream.name)


def _way(stream: Stream) -> list[Any]:
    return [msgspec.to_builtins(getattr(stream, name)) for name in _CURSOR]
