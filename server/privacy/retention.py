"""Retention: what goes when its time is over, by the rules that admins set; counted before a rule is switched on.

A round works rule by rule in small units; what is done is marked by being empty, so that a round that was broken off
goes on where it was. Tickets of somebody with an open request wait until it is answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from server.customers.rights.rules import RetentionRule
from server.customers.views import View
from server.database import Transaction
from server.privacy import emptying
from server.tickets.rows import several

TICKETS = 20
ROWS = 500
CLOSED = "t.status IN ('done', 'none_needed') AND t.spam = :no"
UNASKED = (
    "NOT EXISTS (SELECT 1 FROM rights_request r WHERE r.customer_id = t.customer_id"
    " AND r.state IN ('open', 'waiting', 'running'))"
)
FULL = "NOT EXISTS (SELECT 1 FROM ticket_emptied e WHERE e.ticket_number = t.number AND e.last_seq >= t.last_seq)"
UNKNOWN = (
    "EXISTS (SELECT 1 FROM contact k WHERE k.customer_id = t.customer_id)"
    " AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.customer_id = t.customer_id AND k.kind NOT LIKE 'visitor%')"
)
_WHICH = {
    "spam": "t.spam = :yes",
    "closed": CLOSED,
    "visitors": f"t.channel = 'webchat' AND t.spam = :no AND {UNKNOWN}",
}


class RulePreview(View, frozen=True, kw_only=True):
    """What a rule would take now: how many things, how many messages in them, and the oldest one's time."""

    kind: str
    channel: str
    days: int
    on: bool
    many: int
    messages: int
    oldest: datetime | None


class Removed(NamedTuple):
    """What one unit took; `more` when there may be more."""

    many: int
    more: bool
    digests: frozenset[str] = frozenset()


def preview(tx: Transaction, rule: RetentionRule) -> RulePreview:
    """What a rule would take if it were on now."""
    values = _values(tx, rule)
    if rule.kind in _WHICH:
        many = tx.value(f"SELECT count(*) {_tickets(rule)}", **values)
        oldest = tx.value(f"SELECT t.updated_at {_tickets(rule)} ORDER BY t.updated_at LIMIT 1", **values)
        messages = tx.value(
            f"SELECT count(*) FROM message m WHERE m.ticket_number IN (SELECT t.number {_tickets(rule)})", **values
        )
    else:
        many = tx.value(f"SELECT count(*) FROM ({_rows(rule)}) AS found", **values)
        first = tx.first(f"{_rows(rule)} ORDER BY 2 LIMIT 1", **values)
        oldest = first[1] if first is not None else None
        messages = 0
    return RulePreview(
        kind=rule.kind,
        channel=rule.channel,
        days=rule.days,
        on=rule.on,
        many=many,
        messages=messages,
        oldest=oldest,
    )


def apply(tx: Transaction, rule: RetentionRule) -> Removed:
    """Take the next few of what a rule is about."""
    values = _values(tx, rule)
    if rule.kind in _WHICH:
        rows = tx.all(
            f"SELECT t.number, t.customer_id {_tickets(rule)} ORDER BY t.number LIMIT :many", **values, many=TICKETS
        )
        emptied = emptying.Emptied()
        for row in rows:
            emptied = emptied.plus(emptying.ticket(tx, row.number, "retention", rule=rule.kind))
            if rule.kind == "visitors":
                _forget_visitor(tx, row.customer_id)
        return Removed(len(rows), len(rows) == TICKETS, emptied.digests)
    ids = [row.id for row in tx.all(f"{_rows(rule)} ORDER BY 1 LIMIT :many", **values, many=ROWS)]
    if not ids:
        return Removed(0, False)
    digests: frozenset[str] = frozenset()
    if rule.kind == "arrivals":
        digests = emptying.arrivals(tx, f"id IN ({several(ids)})")
    elif rule.kind == "files":
        digests = emptying.attachments(tx, f"id IN ({several(ids)})").digests
    else:
        tx.run(f"DELETE FROM audit WHERE id IN ({several(ids)})")
    return Removed(len(ids), len(ids) == ROWS, digests)


def _tickets(rule: RetentionRule) -> str:
    channel = " AND t.channel = :channel" if rule.channel else ""
    return f"FROM ticket t WHERE {_WHICH[rule.kind]}{channel} AND t.updated_at < :old AND {FULL} AND {UNASKED}"


def _rows(rule: RetentionRule) -> str:
    """The rows of a rule that is not about whole tickets: their id and time."""
    if rule.kind == "audit":
        return "SELECT id, at FROM audit WHERE last_at < :old"
    if rule.kind == "files":
        channel = " AND t.channel = :channel" if rule.channel else ""
        return (
            "SELECT a.id, a.created_at FROM attachment a JOIN message m ON m.id = a.message_id"
            f" JOIN ticket t ON t.number = m.ticket_number WHERE {CLOSED}{channel} AND t.updated_at < :old"
            f" AND {UNASKED}"
        )
    account = " AND account_id IN (SELECT id FROM channel_account WHERE kind = :channel)" if rule.channel else ""
    return (
        "SELECT id, received_at FROM arrival WHERE state = 'filed' AND (body IS NOT NULL OR digest IS NOT NULL)"
        f" AND received_at < :old{account}"
    )


def _values(tx: Transaction, rule: RetentionRule) -> dict[str, Any]:
    """The parameters that a rule's SQL has."""
    values: dict[str, Any] = {"old": tx.now - timedelta(days=rule.days)}
    sql = _tickets(rule) if rule.kind in _WHICH else _rows(rule)
    for name, value in {"no": False, "yes": True, "channel": rule.channel}.items():
        if f":{name}" in sql:
            values[name] = value
    return values


def _forget_visitor(tx: Transaction, customer_id: int) -> None:
    """Nothing of an unknown visitor stays but that there was one."""
    for row in tx.all("SELECT id, address FROM contact WHERE customer_id = :id", id=customer_id):
        tx.run("UPDATE contact SET name = '', status_message = '' WHERE id = :id", id=row.id)
        tx.run("DELETE FROM account_record WHERE key = :key", key=row.address)
    tx.run(
        "UPDATE customer SET name = '', family_name = '', given_name = '', kana = '', family_kana = '',"
        " given_kana = '', note = '', attributes = '{}' WHERE id = :id",
        id=customer_id,
    )
    tx.run("DELETE FROM customer_key WHERE customer_id = :id", id=customer_id)
