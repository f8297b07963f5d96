"""Reading flows: what is written, what was published, who is being led, what was counted."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec

from server import accounts
from server.database import Transaction
from server.errors import NotFound
from server.flows import checking
from server.flows.checking import Known
from server.flows.steps import Scenario, read
from server.flows.talk import State
from server.flows.views import FlowRef, FlowVersionView, FlowView, ProblemView, RunView, StepCount

KINDS = ("webchat", "line")
"""The kinds of accounts on which a flow can lead."""
_REF = [name for name in FlowRef.__struct_fields__ if name != "enabled"]


def all(tx: Transaction) -> list[FlowRef]:
    """Every flow that was not removed."""
    return [_ref(row) for row in tx.all("SELECT * FROM flow WHERE removed_at IS NULL ORDER BY id")]


def row(tx: Transaction, id: int) -> Any:
    """A flow's row. Raises `NotFound`."""
    found = tx.first("SELECT * FROM flow WHERE id = :id AND removed_at IS NULL", id=id)
    if found is None:
        raise NotFound("There is no such flow.")
    return found


def flow(tx: Transaction, id: int) -> FlowView:
    """One flow, with what is wrong with it. Raises `NotFound`."""
    found = row(tx, id)
    content = read(found.content)
    live = version(tx, id, found.live_version) if found.live_version is not None else None
    wrong = checking.problems(content, known(tx))
    return FlowView(
        **msgspec.structs.asdict(_ref(found)),
        content=content,
        changed=live != content,
        problems=[ProblemView(step=one.step, where=one.where, words=one.words) for one in wrong],
    )


def versions(tx: Transaction, id: int) -> list[FlowVersionView]:
    """Everything that was published of a flow, the newest first. Raises `NotFound`."""
    row(tx, id)
    rows = tx.all("SELECT * FROM flow_version WHERE flow_id = :id ORDER BY version DESC LIMIT 100", id=id)
    return [
        FlowVersionView(version=one.version, content=read(one.content), by=one.by_whom, created_at=one.created_at)
        for one in rows
    ]


def version(tx: Transaction, id: int, number: int) -> Scenario:
    """A flow as it was published. Raises `NotFound`."""
    found = tx.first("SELECT id, content FROM flow_version WHERE flow_id = :id AND version = :v", id=id, v=number)
    if found is None:
        raise NotFound("There is no such version.")
    return _scenario(msgspec.json.encode(found.content))


def leading(tx: Transaction, account_id: int) -> list[tuple[int, int, Scenario]]:
    """The flows that lead on an account now, each with its live version."""
    rows = tx.all(
        "SELECT id, live_version, accounts FROM flow WHERE enabled AND live_version IS NOT NULL AND removed_at IS NULL"
        " ORDER BY id"
    )
    return [
        (one.id, one.live_version, version(tx, one.id, one.live_version)) for one in rows if account_id in one.accounts
    ]


def any_leading(tx: Transaction) -> bool:
    """Whether any flow leads anybody, or could."""
    return (
        tx.first(
            "SELECT 1 FROM flow WHERE enabled AND live_version IS NOT NULL AND removed_at IS NULL"
            " UNION ALL SELECT 1 FROM flow_run WHERE state = 'on' LIMIT 1"
        )
        is not None
    )


def shop_of(tx: Transaction, view: FlowView) -> str:
    """The shop of all accounts that a flow leads on; empty where they are not of one."""
    shops = {accounts.shop_of(tx, account) for account in view.accounts}
    return shops.pop() if len(shops) == 1 else ""


def runs(tx: Transaction, number: int) -> list[RunView]:
    """How the customer of a ticket was led, the newest first. Raises `NotFound`."""
    if not tx.value("SELECT 1 FROM ticket WHERE number = :number", number=number):
        raise NotFound("There is no ticket #{number}.", number=number)
    rows = tx.all(
        "SELECT r.*, f.name FROM flow_run r JOIN flow f ON f.id = r.flow_id WHERE r.ticket_number = :number"
        " ORDER BY r.id DESC LIMIT 20",
        number=number,
    )
    return [_run(one) for one in rows]


def counts(tx: Transaction, id: int, days: int = 30) -> dict[str, StepCount]:
    """What was counted of a flow's steps in the last so many days. Raises `NotFound`."""
    row(tx, id)
    since = (tx.now - timedelta(days=days)).date()
    rows = tx.all(
        "SELECT step, sum(entered) AS entered, sum(answered) AS answered, sum(handed) AS handed, sum(silent) AS silent"
        " FROM flow_count WHERE flow_id = :id AND day >= :since GROUP BY step",
        id=id,
        since=since.isoformat(),
    )
    return {
        one.step: StepCount(
            step=one.step,
            entered=int(one.entered),
            answered=int(one.answered),
            handed=int(one.handed),
            silent=int(one.silent),
        )
        for one in rows
    }


def known(tx: Transaction) -> Known:
    """What of the desk a flow may speak of."""
    articles = {
        one.id: frozenset(one.live.get("words", {}))
        for one in tx.all("SELECT id, live FROM article WHERE live_version IS NOT NULL")
        if one.live.get("audience", "public") == "public"
    }
    return Known(
        articles=articles,
        teams=frozenset(one.id for one in tx.all("SELECT id FROM team")),
        fields={one.name: one.kind for one in tx.all("SELECT name, kind FROM custom_field")},
        segments=frozenset(one.id for one in tx.all("SELECT id FROM customer_segment")),
    )


@lru_cache(maxsize=64)
def _scenario(content: bytes) -> Scenario:
    return msgspec.json.decode(content, type=Scenario)


def _ref(row: Any) -> FlowRef:
    return FlowRef(**{name: getattr(row, name) for name in _REF}, enabled=bool(row.enabled))


def _run(row: Any) -> RunView:
    place = msgspec.convert(row.place, State)
    return RunView(
        flow=row.flow_id,
        name=row.name,
        version=row.version,
        ticket=row.ticket_number,
        state=row.state,
        step=place.at,
        said=list(place.noted),
        due_at=row.due_at,
        began_at=row.began_at,
        moved_at=row.moved_at,
    )
