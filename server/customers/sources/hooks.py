"""Webhooks that a source sends: checked by their signature, then learned from as if they had been pulled.

Nothing is answered before it is stored. A webhook that comes twice, or after a newer one, changes nothing: of each
record the greatest revision stands. One that only says that something changed (`items = ""`) lets the source be pulled.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Mapping as Table
from typing import Any, NamedTuple

import orjson

from server.agents import DESK
from server.customers.sources import actions, learning
from server.customers.sources import mapping as mappings
from server.customers.sources.actions import Seals
from server.customers.sources.mapping import Hook, Mapping, paths
from server.customers.sources.mapping.document import HookEvent, Signature
from server.customers.sources.reach import templates
from server.customers.views import View
from server.database import Database, Transaction
from server.errors import Invalid, NotFound, Unauthenticated, Unavailable

PING = re.compile(rb"webhook_id=[0-9]{1,20}")
"""What WooCommerce posts, unsigned, to see whether an address answers."""


class Heard(View, frozen=True, kw_only=True):
    """What became of a webhook: its topics, the streams that it brought records of, and what became of those."""

    topics: list[str]
    streams: dict[str, dict[str, int]]
    pulls: bool = False


class _Opened(NamedTuple):
    mapping: Mapping
    hook: Hook
    signature: Signature


async def hear(database: Database, keys: Seals, name: str, headers: Table[str, str], body: bytes) -> Heard:
    """Check a webhook and learn from it. `headers` in whatever case.

    Raises `NotFound` for a source without webhooks, `Unauthenticated` when it was not signed with our secret, `Invalid`
    when it cannot be read, `Unavailable` when it could not be stored or the source rests: offer it again.
    """
    row, given = await database.read(_row, name, keys)
    opened = await asyncio.to_thread(_opened, row, given)
    if PING.fullmatch(body):
        return Heard(topics=["ping"], streams={})
    check(opened.signature, headers, body)
    if not row.enabled:
        raise Unavailable("This source rests.")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid("The webhook is not JSON.") from None
    named = _topics(opened.hook.topic, headers, document)
    streams: dict[str, dict[str, int]] = {}
    pulls = False
    for event in _events(opened.hook, named):
        if not event.items:
            pulls = True
            continue
        stream = opened.mapping.named(event.stream)
        found = _items(document, event.items)
        counts = await learning.take(database, opened.mapping, name, stream, found)
        await database.write(_count, name, stream.name, counts)
        streams[stream.name] = dict(Counter(streams.get(stream.name, {})) + counts)
    if pulls:
        await database.write(actions.pull_soon, DESK, name)
    return Heard(topics=named, streams=streams, pulls=pulls)


def check(signature: Signature, headers: Table[str, str], body: bytes) -> None:
    """Raises `Unauthenticated` unless the raw body was signed with the secret. Takes as long for every wrong one."""
    if not signature.secret:
        raise Unauthenticated("This source has no secret for webhooks yet.")
    given = next((value for each, value in headers.items() if each.lower() == signature.header.lower()), "").strip()
    made = hmac.new(signature.secret.encode(), body, getattr(hashlib, signature.algorithm)).digest()
    wanted = base64.b64encode(made) if signature.encoding == "base64" else made.hex().encode()
    if signature.prefix and not given.startswith(signature.prefix):
        given = ""
    offered = given.removeprefix(signature.prefix).encode("utf-8", "replace")
    if not hmac.compare_digest(wanted, offered.lower() if signature.encoding == "hex" else offered):
        raise Unauthenticated("The signature does not fit.")


def _row(tx: Transaction, name: str, keys: Seals) -> tuple[Any, dict[str, str]]:
    row = actions.row_of(tx, name)
    return row, {**row.given, **(keys.open(row.secrets) if row.secrets else {})}


def _opened(row: Any, given: Table[str, str]) -> _Opened:
    mapping = mappings.read(row.mapping)
    if mapping.hook is None:
        raise NotFound("This source has no webhooks.")
    values = {name: one.default for name, one in mapping.parameters.items() if one.default is not None}
    values |= {name: value for name, value in given.items() if value}
    return _Opened(mapping, mapping.hook, templates.fill_struct(mapping.hook.signature, values))


def _topics(written: str, headers: Table[str, str], document: Any) -> list[str]:
    """The topics of a webhook: a header's, or those at a path of its body; none is said where there is only one."""
    if not written:
        return [""]
    if written.startswith("header:"):
        name = written.removeprefix("header:").strip().lower()
        return [next((value.strip() for each, value in headers.items() if each.lower() == name), "")]
    found = paths.parse(written).find(document, document)
    return list(dict.fromkeys(str(one) for one in (found if isinstance(found, list) else [found]) if one is not None))


def _events(hook: Hook, topics: list[str]) -> list[HookEvent]:
    return [event for event in hook.event if event.topic in topics]


def _items(document: Any, path: str) -> list[Any]:
    found = paths.parse(path).find(document, document)
    items = found if isinstance(found, list) else [found] if found is not None else []
    return [item for item in items if isinstance(item, dict)]


def _count(tx: Transaction, source: str, stream: str, counts: Counter[str]) -> None:
    """What came by webhook counts as read."""
    actions.stream_row(tx, source, stream)
    tx.run(
        "UPDATE source_stream SET records = records + :records, learned = learned + :learned, read_at = :now"
        " WHERE source = :source AND stream = :stream",
        source=source,
        stream=stream,
        records=counts["records"],
        learned=counts["new"] + counts["changed"],
        now=tx.now,
    )


__all__ = ["Heard", "check", "hear"]
