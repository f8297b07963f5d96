"""How somebody stops being led: the run's last state, what colleagues read of it, and the change that tells."""

from __future__ import annotations

from typing import Any

import msgspec

from server import tickets
from server.accounts import desk_settings
from server.agents import DESK
from server.database import Transaction
from server.database.types import dump
from server.events import FlowMoved
from server.flows import handing
from server.flows.talk import HandedOver, State
from server.flows.views import RunState


def finish(tx: Transaction, id: int, how: RunState, message: int, at: str = "") -> None:
    """What they said stands in the note and in the messages; a run that is over keeps none of it."""
    tx.run(
        "UPDATE flow_run SET state = :state, place = :place, moved_id = :message, moved_at = :now, due_at = NULL"
        " WHERE id = :id",
        state=how,
        place=dump({"at": at} if at else {}),
        message=message,
        now=tx.now,
        id=id,
    )
    tell(tx, id)


def joined(tx: Transaction, number: int, message: int | None = None) -> None:
    """A colleague wrote on the ticket or took it: it is theirs from now on, with a note of what was said so far."""
    row = tx.first(
        "SELECT r.*, f.name FROM flow_run r JOIN flow f ON f.id = r.flow_id"
        " WHERE r.ticket_number = :number AND r.state = 'on'",
        number=number,
    )
    if row is None:
        return
    finish(tx, row.id, "joined", message or row.moved_id)
    noted = msgspec.convert(row.place, State).noted
    if noted and not tx.value("SELECT 1 FROM ticket WHERE number = :n AND merged_into IS NOT NULL", n=number):
        language = desk_settings.read(tx).language
        tickets.note(tx, DESK, number, handing.summary(language, row.name, HandedOver(None, "joined"), noted))


def tell(tx: Transaction, id: int) -> None:
    """The change feed hears where a run stands."""
    run: Any = tx.one(
        "SELECT r.ticket_number, r.flow_id, r.state, f.name FROM flow_run r JOIN flow f ON f.id = r.flow_id"
        " WHERE r.id = :id",
        id=id,
    )
    tx.record(FlowMoved(ticket=run.ticket_number, flow=run.flow_id, name=run.name, state=run.state), "system")
