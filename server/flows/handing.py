"""Handing a customer over to people: the team, the ticket's fields, and a note of what was collected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels.wording import say
from server import tickets
from server.accounts import desk_settings
from server.agents import DESK
from server.database import Transaction
from server.errors import Conflict, Invalid
from server.flows.talk import HandedOver, Noted
from server.tickets import TicketEdit, fields

WHY = {
    "asked": "The customer asked for a person.",
    "written": "The flow leads to a person here.",
    "lost": "The flow could not go on.",
    "silent": "The customer did not answer in time.",
    "wait": "The customer asked for too many orders.",
    "unclear": "The flow did not understand the customer.",
    "stuck": "The flow could not go on.",
    "joined": "A colleague took over.",
}


def hand_over(tx: Transaction, ticket: Any, name: str, act: HandedOver, noted: Sequence[Noted]) -> None:
    """The ticket stands open for a team, or for everybody, with a note. The flow itself has told the customer."""
    number = ticket.number
    keep_fields(tx, number, noted)
    tickets.note(tx, DESK, number, summary(desk_settings.read(tx).language, name, act, noted))
    team = act.team if act.team and tx.value("SELECT 1 FROM team WHERE id = :id", id=act.team) else None
    tickets.edit(tx, DESK, number, TicketEdit(status="open") if team is None else TicketEdit(status="open", team=team))
    tx.run("UPDATE ticket SET waiting_since = :now WHERE number = :number", now=tx.now, number=number)


def summary(language: str, name: str, act: HandedOver, noted: Sequence[Noted]) -> str:
    """What colleagues read: why, and everything that was said, a line each."""
    head = say(language, "From the flow “{name}”. {why}", name=name, why=say(language, WHY[act.why]))
    return "\n".join([head, "", *(one.line for one in noted)]).strip()


def keep_fields(tx: Transaction, number: int, noted: Sequence[Noted]) -> None:
    """What was asked for custom fields goes there."""
    put_fields(tx, number, {one.to: one.value for one in noted if one.to})


def put_fields(tx: Transaction, number: int, wanted: dict[str, str]) -> None:
    """Values for custom fields, each by its kind; what a field does not take stands in the note alone."""
    kinds = {field.name: field.kind for field in fields.all(tx)}
    for name, text in wanted.items():
        if name not in kinds:
            continue
        value: Any = text
        if kinds[name] == "number":
            value = _number(text)
        elif kinds[name] == "boolean":
            value = text.strip().lower() in ("1", "true", "yes", "on", "はい")
        try:
            tickets.edit(tx, DESK, number, TicketEdit(fields={name: value}))
        except (Invalid, Conflict):
            continue


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
