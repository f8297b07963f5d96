"""What admins do with outgoing webhooks: add, change, give a new secret, pause, resume, send again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from channels import webhook as signing
from server.accounts import Keys
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.webhooks import kinds, queries
from server.webhooks.views import NewWebhookView, WebhookView

OVERLAP = timedelta(hours=24)
"""How long a former secret signs as well, unless told otherwise."""
KEEP = timedelta(days=30)
"""How long a message that is finished stays in the log."""


class WebhookDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as somebody wants it. What comes from one of `skip_sources` is not told back to it."""

    name: str
    url: str
    kinds: list[str]
    full: bool = True
    skip_sources: list[str] = []
    version: int | None = None


def add(
    tx: Transaction, agent: AgentView, draft: WebhookDraft, *, keys: Keys, secret: str | None = None
) -> NewWebhookView:
    """A webhook that hears what happens from now on. Raises `Invalid`."""
    require(agent, "admin")
    given = _secret(secret)
    id = tx.insert(
        "webhook",
        key=secrets.token_hex(6),
        **_columns(draft),
        secrets=keys.seal({"secret": given}),
        state="active",
        words="",
        seq=tx.value("SELECT seq FROM change_counter") or 0,
        failures=0,
        version=1,
        created_at=tx.now,
    )
    _tell(tx, agent, id)
    return _with_secret(queries.view(tx, id), given)


def edit(tx: Transaction, agent: AgentView, id: int, draft: WebhookDraft) -> WebhookView:
    """Another name, address or choice of events. Raises `Invalid`, `NotFound` or `Conflict`."""
    require(agent, "admin")
    row = _held(tx, id)
    if draft.version is not None and draft.version != row.version:
        raise Conflict("Somebody changed this in between.", current=queries.view(tx, id))
    columns = _columns(draft)
    places = ", ".join(f"{name} = :{name}" for name in columns)
    tx.run(f"UPDATE webhook SET {places}, version = version + 1 WHERE id = :id", id=id, **columns)
    if columns["url"] != row.url:  # what the former address did is not the new one's fault
        _begin_anew(tx, id)
    _tell(tx, agent, id)
    return queries.view(tx, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Take a webhook away with its log; what was on its way is not sent."""
    require(agent, "admin")
    _held(tx, id)
    tx.run(
        "DELETE FROM webhook_try WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE webhook_id = :id)", id=id
    )
    tx.run("DELETE FROM webhook_delivery WHERE webhook_id = :id", id=id)
    tx.run("DELETE FROM webhook WHERE id = :id", id=id)
    _tell(tx, agent, id)


def renew_secret(
    tx: Transaction,
    agent: AgentView,
    id: int,
    *,
    keys: Keys,
    overlap: timedelta = OVERLAP,
    secret: str | None = None,
) -> NewWebhookView:
    """A new secret; the one before signs as well for a while, so that the other side loses nothing meanwhile."""
    require(agent, "admin")
    row, given = _held(tx, id), _secret(secret)
    former = keys.open(row.secrets).get("secret", "") if overlap else ""
    tx.run(
        "UPDATE webhook SET secrets = :sealed, former_until = :until, version = version + 1 WHERE id = :id",
        id=id,
        sealed=keys.seal({"secret": given, **({"former": former} if former else {})}),
        until=tx.now + overlap if former else None,
    )
    _tell(tx, agent, id)
    return _with_secret(queries.view(tx, id), given)


def pause(tx: Transaction, agent: AgentView, id: int) -> WebhookView:
    """Send nothing until it is resumed. Nothing is lost: it goes on where it stopped."""
    require(agent, "admin")
    _held(tx, id)
    tx.run("UPDATE webhook SET state = 'paused' WHERE id = :id", id=id)
    _begin_anew(tx, id)
    _tell(tx, agent, id)
    return queries.view(tx, id)


def resume(tx: Transaction, agent: AgentView, id: int, *, skip: bool = False) -> WebhookView:
    """Go on where it stopped, at once; with `skip` from now on, and leave out what waited."""
    require(agent, "admin")
    _held(tx, id)
    if skip:
        tx.run(
            "UPDATE webhook_delivery SET state = 'skipped', finished_at = :now, next_at = NULL"
            " WHERE webhook_id = :id AND state = 'waiting'",
            id=id,
            now=tx.now,
        )
        tx.run("UPDATE webhook SET seq = (SELECT seq FROM change_counter) WHERE id = :id", id=id)
    tx.run("UPDATE webhook SET state = 'active' WHERE id = :id", id=id)
    _begin_anew(tx, id)
    _tell(tx, agent, id)
    return queries.view(tx, id)


def replay(tx: Transaction, agent: AgentView, delivery: int) -> None:
    """Send one message again, under the same id. Raises `Conflict` while it is under way."""
    require(agent, "admin")
    row = queries.found(tx, delivery)
    if not _again(tx, "id = :id", id=delivery):
        raise Conflict("A message that is {state} is not sent again.", state=row.state)
    _tell(tx, agent, row.webhook_id)


def skip(tx: Transaction, agent: AgentView, delivery: int) -> None:
    """Give one message up, so that what waits behind it goes on. Raises `Conflict` unless it waits."""
    require(agent, "admin")
    row = queries.found(tx, delivery)
    touched = tx.run(
        "UPDATE webhook_delivery SET state = 'skipped', finished_at = :now, next_at = NULL"
        " WHERE id = :id AND state = 'waiting'",
        id=delivery,
        now=tx.now,
    )
    if not touched:
        raise Conflict("Only a message that waits can be left out.")
    _tell(tx, agent, row.webhook_id)


def replay_since(tx: Transaction, agent: AgentView, id: int, since: datetime, *, failed_only: bool = False) -> int:
    """Send again what happened since a moment: the messages in the log, how many that are, and everything else of
    the chosen kinds that is in the change feed; or only what failed."""
    require(agent, "admin")
    row = _held(tx, id)
    states = "state = 'failed'" if failed_only else "state IN ('failed', 'delivered', 'skipped')"
    again = _again(tx, f"webhook_id = :id AND at >= :since AND seq > 0 AND {states}", id=id, since=since)
    if not failed_only:
        tx.run("UPDATE webhook SET seq = :seq WHERE id = :id", id=id, seq=min(row.seq, _seq_before(tx, since)))
    _tell(tx, agent, id)
    return again


def reseal(tx: Transaction, keys: Keys) -> int:
    """Seal with the newest key what an old one sealed; how many webhooks that were. Raises `Locked`."""
    rows = tx.all("SELECT id, secrets FROM webhook")
    old = [row for row in rows if not keys.is_newest(row.secrets)]
    for row in old:
        tx.run("UPDATE webhook SET secrets = :it WHERE id = :id", id=row.id, it=keys.seal(keys.open(row.secrets)))
    return len(old)


def sweep(tx: Transaction) -> int:
    """Remove from the log what has been finished for long, and what tells of people who were erased; how many."""
    old = "state IN ('delivered', 'failed', 'skipped') AND created_at < :before AND finished_at < :before"
    return _drop(tx, old, before=tx.now - KEEP) + _drop(tx, _OF_ERASED, since=tx.now - KEEP - timedelta(days=1))


_OF_ERASED = (
    "kind <> 'customer.erased' AND subject IN ("
    "SELECT 'customer:' || id FROM customer WHERE erased_at > :since"
    " UNION SELECT 'order:' || o.id FROM orders o JOIN customer k ON k.id = o.customer_id WHERE k.erased_at > :since"
    " UNION SELECT 'ticket:' || t.number FROM ticket t JOIN customer k ON k.id = t.customer_id"
    " WHERE k.erased_at > :since)"
)


def _drop(tx: Transaction, which: str, **values: Any) -> int:
    tx.run(f"DELETE FROM webhook_try WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE {which})", **values)
    return tx.run(f"DELETE FROM webhook_delivery WHERE {which}", **values)


def _again(tx: Transaction, which: str, **values: Any) -> int:
    return tx.run(
        "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, next_at = :now, finished_at = NULL"
        f" WHERE {which} AND state <> 'sending'",
        now=tx.now,
        **values,
    )


def _begin_anew(tx: Transaction, id: int) -> None:
    tx.run("UPDATE webhook SET failures = 0, failing_since = NULL, rest_until = NULL, words = '' WHERE id = :id", id=id)
    tx.run("UPDATE webhook_delivery SET next_at = :now WHERE webhook_id = :id AND state = 'waiting'", id=id, now=tx.now)


def _seq_before(tx: Transaction, moment: datetime) -> int:
    """The last change before a moment, by halves: seq and time grow together."""
    low, high = 0, int(tx.value("SELECT seq FROM change_counter") or 0)
    while low < high:
        middle = (low + high + 1) // 2
        at = tx.value("SELECT at FROM change WHERE seq = :seq", seq=middle)
        if at is None or at < moment:
            low = middle
        else:
            high = middle - 1
    return low


def _columns(draft: WebhookDraft) -> dict[str, Any]:
    name, url = draft.name.strip(), draft.url.strip()
    wrong = {}
    if not 0 < len(name) <= 200:
        wrong["name"] = "is missing" if not name else "is too long"
    if (words := _wrong_address(url)) is not None:
        wrong["url"] = words
    if wrong:
        raise Invalid(fields=wrong)
    return {
        "name": name,
        "url": url,
        "kinds": dump(kinds.checked(draft.kinds)),
        "whole": draft.full,
        "skip_sources": dump(_sources(draft.skip_sources)),
    }


def _wrong_address(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or len(url) > 2000 or any(ord(one) <= 32 for one in url):
        return "An address that begins with https://"
    return "Put no password into the address: the signature says who sends." if "@" in parts.netloc else None


def _sources(names: Sequence[str]) -> list[str]:
    return sorted({name.strip() for name in names if name.strip()})


def _secret(given: str | None) -> str:
    """A secret of the other side's, or a new one. Raises `Invalid`."""
    if not given:
        return signing.new_secret()
    try:
        signing.sign(given, "msg", 0, b"")
    except ValueError:
        raise Invalid(fields={"secret": "A webhook secret is whsec_ and base64."}) from None
    return given


def _held(tx: Transaction, id: int) -> Any:
    row = tx.first(
        "SELECT * FROM webhook WHERE id = :id" + (" FOR UPDATE" if tx.dialect == "postgresql" else ""), id=id
    )
    if row is None:
        raise NotFound("There is no webhook {id}.", id=id)
    return row


def _with_secret(view: WebhookView, secret: str) -> NewWebhookView:
    return NewWebhookView(**msgspec.structs.asdict(view), secret=secret)


def _tell(tx: Transaction, agent: AgentView, id: int) -> None:
    tx.record(DeskChanged(what="webhook", id=id), agent.actor)
