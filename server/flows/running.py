"""Leading real customers: a message moves its conversation's run in one unit, with what is said and done.

A run stands on a ticket. What was said by the customer and what follows are one commit; the same message twice moves
once, because a run knows the newest message that moved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from channels.contract import Choice
from channels.wording import say
from server import accounts, tickets
from server.agents import DESK
from server.answers import deciding, manners, speaking
from server.answers.manners import Typing, nobody_types
from server.answers.speaking import Drawing, Words
from server.database import Transaction
from server.database.types import dump
from server.errors import DeskError, Invalid
from server.faq.views import Match
from server.flows import counting, ending, handing, leading, queries
from server.flows.starting import TAP, Begun, beginning, late
from server.flows.steps import Scenario, Tree
from server.flows.talk import Arranged, Ended, HandedOver, Heard, Moved, State, Wanted
from server.flows.views import RunState
from server.flows.world import DeskWorld
from server.tickets import TicketEdit, ledger

LONGEST_HEARD = 2_000
AT_ONCE = 50


class Run(NamedTuple):
    """Somebody under way: the row's id, and where they stand in which version."""

    id: int
    flow: int
    name: str
    scenario: Scenario
    state: State


def take(
    tx: Transaction,
    message_id: int,
    found: Mapping[str, Match],
    drawing: Drawing,
    typing: Typing = nobody_types,
    seq: int = 0,
) -> str:
    """Let a customer's message move the flow that it belongs to, if any. A text that the articles must be asked for
    before (then nothing was done); else empty. `seq` is the message's place in the change feed."""
    message = tx.first("SELECT * FROM message WHERE id = :id AND kind = 'customer'", id=message_id)
    if message is None or message.automatic or message.withdrawn_at is not None:
        return ""
    ticket = ledger.lock(tx, message.ticket_number)
    last = tx.first(
        "SELECT r.*, f.name, f.removed_at FROM flow_run r JOIN flow f ON f.id = r.flow_id"
        " WHERE r.ticket_number = :number ORDER BY r.id DESC LIMIT 1",
        number=ticket.number,
    )
    if last is not None and last.moved_id >= message.id:
        return ""
    if tx.value("SELECT 1 FROM attempt WHERE message_id = :id AND state NOT IN ('owed', 'taken')", id=message.id):
        return ""
    if last is not None and last.state == "on":
        return _go_on(tx, ticket, message, last, found, drawing, typing)
    begun = beginning(tx, ticket, message, seq)
    back = late(tx, ticket, message) if begun is None else None
    if (begun is None and back is None) or manners.silence(tx, ticket.number, typing=typing):
        deciding.leave(tx, ticket, message)
        return ""
    if begun is None:
        _come_late(tx, ticket, message, back, drawing)
        return ""
    return _begin(tx, ticket, message, begun, found, drawing)


def _come_late(tx: Transaction, ticket: Any, message: Any, row: Any, drawing: Drawing) -> None:
    """A person has it since the time was up: that is said once, in place of an answer to a button that leads no
    more."""
    scenario = queries.version(tx, row.flow_id, row.version)
    lang = leading.language_of(scenario, ticket.language)
    deciding.take(tx, ticket, message, "flow")
    ending.finish(tx, row.id, "handed", message.id, str(row.place.get("at", "")))
    words = Words(say(lang, "A person will answer you here."))
    speaking.speak(tx, ticket.number, words, drawing, why="flow", answers=message.id)


def _go_on(
    tx: Transaction, ticket: Any, message: Any, row: Any, found: Mapping[str, Match], drawing: Drawing, typing: Typing
) -> str:
    if manners.silence(tx, ticket.number, typing=typing):
        ending.joined(tx, ticket.number, message.id)
        return ""
    run = _run(tx, row)
    world = _world(tx, ticket, run.scenario, found, drawing)
    try:
        moved = leading.hear(run.scenario, run.state, _heard(message, run.id), world)
    except Wanted as wanted:
        return wanted.text
    _carry_out(tx, ticket, run, moved, message, drawing)
    return ""


def _begin(
    tx: Transaction, ticket: Any, message: Any, begun: Begun, found: Mapping[str, Match], drawing: Drawing
) -> str:
    world = _world(tx, ticket, begun.scenario, found, drawing)
    heard = Heard("" if begun.named else message.text[:LONGEST_HEARD], begun.key)
    try:
        moved = leading.begin(begun.scenario, ticket.language, world, heard)
    except Wanted as wanted:
        return wanted.text
    id = tx.insert(
        "flow_run",
        flow_id=begun.flow,
        version=begun.version,
        ticket_number=ticket.number,
        began_id=message.id,
        moved_id=message.id,
        state="on",
        place="{}",
        due_at=None,
        began_at=tx.now,
        moved_at=tx.now,
    )
    ending.tell(tx, id)
    run = Run(id, begun.flow, begun.name, begun.scenario, State())
    _carry_out(tx, ticket, run, moved, message, drawing)
    return ""


def leave(tx: Transaction, message_id: int) -> None:
    """Leading failed over this message: people answer it, and its customer hears that it arrived."""
    message = tx.first("SELECT * FROM message WHERE id = :id", id=message_id)
    if message is not None:
        deciding.leave(tx, ledger.lock(tx, message.ticket_number), message)


def expire(tx: Transaction) -> int:
    """Nobody answered in time, or the flow was removed: a person takes over what was collected. How many."""
    skip = "" if tx.dialect == "sqlite" else " FOR UPDATE OF r SKIP LOCKED"
    due = tx.all(
        "SELECT r.*, f.name, f.removed_at FROM flow_run r JOIN flow f ON f.id = r.flow_id"
        f" WHERE r.state = 'on' AND r.due_at <= :now ORDER BY r.due_at LIMIT {AT_ONCE}{skip}",
        now=tx.now,
    )
    for row in due:
        ticket = ledger.lock(tx, row.ticket_number)
        run = _run(tx, row)
        silence = manners.silence(tx, ticket.number)
        if silence in ("assigned", "person", "draft", "merged"):
            ending.joined(tx, ticket.number)
            continue
        moved = leading.give_up(run.scenario, run.state)
        counting.count(tx, run.flow, silent=moved.last)
        ending.finish(tx, run.id, "gone" if row.removed_at is not None else "silent", row.moved_id, at=moved.last)
        _act(tx, ticket, run, moved)
    return len(due)


def next_due(tx: Transaction) -> datetime | None:
    """When the next one has waited long enough."""
    row = tx.first("SELECT due_at FROM flow_run WHERE state = 'on' AND due_at IS NOT NULL ORDER BY due_at LIMIT 1")
    return row.due_at if row is not None else None


# ------------------------------------------------------------------------------------------------------- parts


def _run(tx: Transaction, row: Any) -> Run:
    scenario = queries.version(tx, row.flow_id, row.version)
    return Run(row.id, row.flow_id, row.name, scenario, msgspec.convert(row.place, State))


def _world(tx: Transaction, ticket: Any, scenario: Scenario, found: Mapping[str, Match], drawing: Drawing) -> DeskWorld:
    return DeskWorld(
        tx,
        channel=ticket.channel,
        shop=accounts.shop_of(tx, ticket.account_id),
        customer=ticket.customer_id,
        team=scenario.team or ticket.team_id,
        who=f"contact:{ticket.contact_id}",
        found=found,
        files=drawing.files,
    )


def _heard(message: Any, run: int) -> Heard:
    """The message as the flow hears it. A tap on another run's choice is its words."""
    card = message.card or {}
    if card.get("kind") == "tapped":
        kind, _, rest = str(card.get("data", "")).partition(":")
        parts = rest.split(":")
        if kind == TAP and len(parts) == 3 and parts[0] == str(run) and parts[1].isdecimal():
            return Heard("", parts[2], int(parts[1]))
    return Heard(message.text[:LONGEST_HEARD])


def _carry_out(tx: Transaction, ticket: Any, run: Run, moved: Moved, message: Any, drawing: Drawing) -> None:
    """Everything that follows, in this order: what is said, what is arranged, where the run stands."""
    deciding.take(tx, ticket, message, "flow")
    if moved.ignored:
        tx.run("UPDATE flow_run SET moved_id = :message WHERE id = :id", message=message.id, id=run.id)
        return
    handed = any(isinstance(act, HandedOver) for act in moved.acts)
    counting.count(
        tx,
        run.flow,
        entered=moved.entered,
        answered=moved.answered,
        handed=moved.last if handed else "",
    )
    state = moved.state
    if state is not None:
        choices = [Choice(label=one.label, data=f"{TAP}:{run.id}:{state.turn}:{one.key}") for one in moved.offers]
        minutes = _minutes(run.scenario, state)
        tx.run(
            "UPDATE flow_run SET place = :place, moved_id = :message, moved_at = :now, due_at = :due WHERE id = :id",
            place=dump(state),
            message=message.id,
            now=tx.now,
            due=tx.now + timedelta(minutes=minutes),
            id=run.id,
        )
        said = speaking.speak(
            tx, ticket.number, Words(moved.text), drawing, choices=choices, why="flow", answers=message.id
        )
        _act(tx, ticket, run, moved)
        if said is not None:
            _wait(tx, ticket.number)
            return
        ending.finish(tx, run.id, "handed", message.id, moved.last)
        handing.hand_over(tx, ticket, run.name, HandedOver(run.scenario.team, "stuck"), moved.noted)
        return
    ended = next((act for act in moved.acts if isinstance(act, Ended)), None)
    how: RunState = "handed" if handed else "solved" if ended and ended.solved else "ended"
    ending.finish(tx, run.id, how, message.id, moved.last)
    if moved.text:
        speaking.speak(tx, ticket.number, Words(moved.text), drawing, why="flow", answers=message.id)
    _act(tx, ticket, run, moved)


def _minutes(scenario: Scenario, state: State) -> int:
    step = Tree(scenario).steps.get(state.at)
    return (step.minutes if step is not None else 0) or scenario.minutes


def _wait(tx: Transaction, number: int) -> None:
    """The ticket waits for the customer, not for a colleague."""
    if tx.value("SELECT status FROM ticket WHERE number = :number", number=number) == "open":
        tickets.edit(tx, DESK, number, TicketEdit(status="waiting"))


def _act(tx: Transaction, ticket: Any, run: Run, moved: Moved) -> None:
    for act in moved.acts:
        match act:
            case Arranged():
                _arrange(tx, ticket.number, act)
            case HandedOver():
                handing.hand_over(tx, ticket, run.name, act, moved.noted)
            case Ended() if act.solved:
                handing.keep_fields(tx, ticket.number, moved.noted)
                tickets.edit(tx, DESK, ticket.number, TicketEdit(status="done"))
            case Ended():
                handing.hand_over(tx, ticket, run.name, HandedOver(None, "written"), moved.noted)


def _arrange(tx: Transaction, number: int, act: Arranged) -> None:
    if act.tags:
        tags = [*tickets.view(tx, DESK, number).tags, *act.tags]
        _try(tx, number, TicketEdit(tags=tags))
    if act.priority:
        _try(tx, number, TicketEdit(priority=act.priority))  # type: ignore[arg-type]
    if act.fields:
        handing.put_fields(tx, number, dict(act.fields))


def _try(tx: Transaction, number: int, changes: TicketEdit) -> None:
    """What the desk does not have any more is left out; the conversation goes on."""
    try:
        tickets.edit(tx, DESK, number, changes)
    except (Invalid, DeskError):
        return
