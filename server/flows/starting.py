"""Which flow a message begins, if any: by what it says, by a place of a menu, or because a conversation begins."""

from __future__ import annotations

from typing import Any, NamedTuple

from server.accounts import desk_settings
from server.answers import settings as answer_settings
from server.answers.opening import opening
from server.database import Transaction
from server.flows import queries
from server.flows.steps import Choices, Say, Scenario
from server.flows.talk import PERSON, Offer
from server.flows.understanding import bare, chosen, wish

TAP = "flow"
"""What stands behind our choices: `flow:RUN:TURN:KEY`."""
OPENED = "flow-opened"
"""What stands behind the choices with which a flow greets whoever opens the chat: `flow-opened:FLOW:KEY`."""
CLOSED = ("done", "none_needed")
LONGEST_WORD = 100


class Begun(NamedTuple):
    """A flow that begins: `named` when the message only called it, `key` what was tapped in its greeting."""

    flow: int
    version: int
    name: str
    scenario: Scenario
    named: bool = False
    key: str = ""


def beginning(tx: Transaction, ticket: Any, message: Any, seq: int) -> Begun | None:
    """The flow that this message begins on its ticket. `seq` is its place in the change feed."""
    if ticket.spam or ticket.merged_into is not None or message.account_id != ticket.account_id:
        return None
    leading = queries.leading(tx, ticket.account_id)
    if not leading:
        return None
    called = _called(tx, message, leading)
    if called is not None:
        return called
    if not is_first(tx, ticket, message, seq):
        return None
    if (answered := _answered(tx, ticket, message, leading)) is not None:
        return answered
    closed = None
    for flow, version, scenario in leading:
        if scenario.start.closed:
            closed = _is_closed(tx, scenario.team or ticket.team_id) if closed is None else closed
            if closed:
                return _begun(tx, flow, version, scenario)
    for flow, version, scenario in leading:
        if scenario.start.first:
            return _begun(tx, flow, version, scenario)
    return None


def leads(tx: Transaction, message_id: int, seq: int = 0) -> bool:
    """Whether a customer's message is a flow's to answer: one is under way on its ticket, or begins with it."""
    message = tx.first("SELECT * FROM message WHERE id = :id AND kind = 'customer'", id=message_id)
    if message is None or message.automatic or message.withdrawn_at is not None:
        return False
    if tx.value("SELECT 1 FROM flow_run WHERE ticket_number = :number AND state = 'on'", number=message.ticket_number):
        return True
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=message.ticket_number)
    return beginning(tx, ticket, message, seq) is not None or late(tx, ticket, message) is not None


def late(tx: Transaction, ticket: Any, message: Any) -> Any | None:
    """The run that time ended, when its customer comes back after all: taps one of its buttons, or asks for a
    person."""
    if message.seq <= 1:
        return None
    last = tx.first(
        "SELECT * FROM flow_run WHERE ticket_number = :number ORDER BY id DESC LIMIT 1", number=ticket.number
    )
    if last is None or last.state != "silent" or last.moved_id >= message.id:
        return None
    card = message.card or {}
    data = str(card.get("data", "")) if card.get("kind") == "tapped" else ""
    if not data.startswith(f"{TAP}:{last.id}:") and wish(message.text[: LONGEST_WORD + 1]) != PERSON:
        return None
    leads_still = any(flow == last.flow_id for flow, _, _ in queries.leading(tx, ticket.account_id))
    return last if leads_still else None


def _called(tx: Transaction, message: Any, leading: list[tuple[int, int, Scenario]]) -> Begun | None:
    """By its place in a menu, its greeting, or one of its words."""
    card = message.card or {}
    data = str(card.get("data", "")) if card.get("kind") == "tapped" else ""
    said = bare(message.text) if len(message.text) <= LONGEST_WORD else ""
    for flow, version, scenario in leading:
        start = scenario.start
        if data and start.menu and data == start.menu:
            return _begun(tx, flow, version, scenario)._replace(named=True)
        if data.startswith(f"{OPENED}:{flow}:") and start.opened:
            return _begun(tx, flow, version, scenario)._replace(named=True, key=data.rpartition(":")[2])
        if said and any(said == bare(word) for word in start.words):
            return _begun(tx, flow, version, scenario)._replace(named=True)
    return None


def _answered(tx: Transaction, ticket: Any, message: Any, leading: list[tuple[int, int, Scenario]]) -> Begun | None:
    """The flow that greeted in the chat, when somebody writes one of its first answers rather than tapping it."""
    if len(message.text) > LONGEST_WORD:
        return None
    if tx.value("SELECT kind FROM channel_account WHERE id = :id", id=ticket.account_id) != "webchat":
        return None
    for flow, version, scenario in leading:
        first = next((step for step in scenario.steps if not isinstance(step, Say)), None)
        if not scenario.start.opened or not isinstance(first, Choices):
            continue
        for language in scenario.languages:
            offers = [Offer(way.id, way.label.get(language, "")) for way in first.ways]
            if key := chosen(message.text, offers) or wish(message.text):
                return _begun(tx, flow, version, scenario)._replace(named=True, key=key)
        return None
    return None


def is_first(tx: Transaction, ticket: Any, message: Any, seq: int) -> bool:
    """Whether a conversation begins with it: nothing was said before, or what was said is over."""
    if ticket.about is None and not tx.value(
        "SELECT 1 FROM message WHERE ticket_number = :number AND seq < :seq AND kind IN ('customer', 'agent') LIMIT 1",
        number=ticket.number,
        seq=message.seq,
    ):
        return True
    lately = tx.all(
        "SELECT kind, data FROM change WHERE ticket_number = :number AND seq < :seq ORDER BY seq DESC LIMIT 4",
        number=ticket.number,
        seq=seq,
    )
    for change in lately:
        if change.kind == "ticket.changed" and change.data.get("field") == "status":
            return change.data.get("before") in CLOSED
        if change.kind.startswith("message."):
            return False
    return False


def _is_closed(tx: Transaction, team: int | None) -> bool:
    return not opening(answer_settings.read(tx).opening.of(team), tx.now, desk_settings.read(tx).zone).open


def _begun(tx: Transaction, flow: int, version: int, scenario: Scenario) -> Begun:
    return Begun(flow, version, str(tx.value("SELECT name FROM flow WHERE id = :id", id=flow)), scenario)
