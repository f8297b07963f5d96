"""Which engine reads the FAQ, as an admin decided, and the vectors that it made: kept, so that a start asks for none.

The choice is one row of the desk's settings; the key in it is sealed as the accounts' secrets are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from server.accounts.secrets import Keys, Locked
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

if TYPE_CHECKING:
    from server.faq.encoders import Vectors
    from server.faq.engines import Engine

Kind = Literal["use", "e5", "endpoint"]
NAME = "faq_engine"


class EngineChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided. `has_key`: a key is kept; it is never shown."""

    kind: Kind = "use"
    url: str = ""
    model: str = ""
    has_key: bool = False


class EngineChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin decides. `key` left out stays, unless the address is another; an empty one is forgotten."""

    kind: Kind
    url: Annotated[str, Meta(max_length=500)] = ""
    model: Annotated[str, Meta(max_length=200)] = ""
    key: Annotated[str, Meta(max_length=500)] | None = None


class _Stored(msgspec.Struct, kw_only=True):
    kind: Kind = "use"
    url: str = ""
    model: str = ""
    sealed: str = ""


def read(tx: Transaction) -> EngineChoice:
    """As decided; the default engine if nothing was."""
    held = _stored(tx)
    return EngineChoice(kind=held.kind, url=held.url, model=held.model, has_key=bool(held.sealed))


def write(tx: Transaction, agent: AgentView, change: EngineChange, keys: Keys) -> EngineChoice:
    """Decide. Raises `Invalid`."""
    require(agent, "admin")
    before = _stored(tx)
    url, model = change.url.strip(), change.model.strip()
    problems: dict[str, str] = {}
    if change.kind == "endpoint":
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.username
        except ValueError:
            good = False
        if not good:
            problems["url"] = "must begin with https://"
        if not model:
            problems["model"] = "is missing"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    sealed = before.sealed if change.key is None and url == before.url else ""
    if change.key:
        sealed = keys.seal({"key": change.key.strip()})
    stored = _Stored(kind=change.kind, url=url, model=model, sealed=sealed)
    _keep(tx, stored)
    tx.record(DeskChanged(what=NAME), by=agent.actor)
    return read(tx)


def engine(tx: Transaction, keys: Keys, allow: Sequence[str]) -> Engine | None:
    """The chosen engine, ready to be asked; None for the default one. Raises `EngineFailed`."""
    held = _stored(tx)
    if held.kind == "use":
        return None
    from server.faq.engines import E5Encoder, EndpointEncoder, EngineFailed

    if held.kind == "e5":
        return E5Encoder()
    try:
        key = keys.open(held.sealed).get("key", "")
    except Locked as error:
        raise EngineFailed("locked") from error
    return EndpointEncoder(held.url, held.model, key, allow=allow)


def reseal(tx: Transaction, keys: Keys) -> int:
    """Seal the key with the newest secret; how many were. Raises `Locked`."""
    held = _stored(tx)
    if keys.is_newest(held.sealed):
        return 0
    held.sealed = keys.seal(keys.open(held.sealed))
    _keep(tx, held)
    return 1


def vectors(tx: Transaction, model: str, texts: Sequence[str]) -> dict[str, Vectors]:
    """What is kept of these texts."""
    import numpy as np

    by_digest = {_digest(text): text for text in texts}
    listed = ", ".join(f"'{digest}'" for digest in by_digest)
    if not listed:
        return {}
    rows = tx.all(f"SELECT digest, vector FROM faq_vector WHERE model = :model AND digest IN ({listed})", model=model)
    return {by_digest[row.digest]: np.frombuffer(bytes(row.vector), np.float16).astype(np.float32) for row in rows}


def keep_vectors(tx: Transaction, model: str, made: Mapping[str, Vectors]) -> None:
    """Keep them; a process beside this one may have been quicker."""
    tx.many(
        "INSERT INTO faq_vector (model, digest, vector) VALUES (:model, :digest, :vector)"
        " ON CONFLICT (model, digest) DO NOTHING",
        [
            {"model": model, "digest": _digest(text), "vector": row.astype("float16").tobytes()}
            for text, row in made.items()
        ],
    )


def tidy_vectors(tx: Transaction, model: str, texts: Iterable[str]) -> int:
    """Remove those of other models, and of phrasings that are gone; how many."""
    wanted = {_digest(text) for text in texts}
    gone = [row.digest for row in tx.all("SELECT digest FROM faq_vector WHERE model = :model", model=model)]
    gone = [digest for digest in gone if digest not in wanted]
    tx.many(
        "DELETE FROM faq_vector WHERE model = :model AND digest = :digest",
        [{"model": model, "digest": digest} for digest in gone],
    )
    return len(gone) + tx.run("DELETE FROM faq_vector WHERE model <> :model", model=model)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _stored(tx: Transaction) -> _Stored:
    row = tx.first("SELECT value FROM desk_setting WHERE name = :name", name=NAME)
    return msgspec.convert(row.value, _Stored) if row is not None else _Stored()


def _keep(tx: Transaction, stored: _Stored) -> None:
    tx.run(
        "INSERT INTO desk_setting (name, value, updated_at) VALUES (:name, :value, :now)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        name=NAME,
        value=dump(msgspec.to_builtins(stored)),
        now=tx.now,
    )
