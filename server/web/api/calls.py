"""Telephone calls, written down by whoever took them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol, cast, runtime_checkable

import msgspec
from msgspec import Meta

from channels.contract import Accepted, Account, Desk
from server import agents
from server.errors import Invalid, Unavailable
from server.web.api.shapes import Id, Line, Moment, Text
from server.web.call import Call
from server.web.endpoints import Api
from server.web.reading import Form

api = Api()


@runtime_checkable
class WritesCallsDown(Protocol):
    """What the doors ask of a channel of calls, beside the contract."""

    async def write_down(self, desk: Desk, account: Account, note: Mapping[str, Any]) -> Accepted:
        """File a call."""


class CallNote(Form, frozen=True, kw_only=True):
    """A call in ten seconds. `due_at` is when the customer was promised a call."""

    text: Annotated[Text, Meta(min_length=1)]
    number: Annotated[str, Meta(max_length=60)] = ""
    name: Annotated[str, Meta(max_length=100)] = ""
    subject: Line = ""
    due_at: Moment | None = None
    started_at: Moment | None = None
    direction: Literal["in", "out"] = "in"
    account: Id | None = None


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket that the call is on; None when it could not be filed and stands in quarantine."""

    arrival: int
    ticket: int | None


@api.post("/calls", "Write a call down")
async def write_down(call: Call, form: CallNote) -> Filed:
    """It is a ticket like any other; the caller is looked up by the number."""
    agents.require(call.agent, "agent")
    if not form.text.strip():
        raise Invalid(fields={"text": "is empty"})
    channel, desk = call.doors.channels.get("phone"), call.doors.desk
    if desk is None or not isinstance(channel, WritesCallsDown):
        raise Unavailable("This desk takes no calls.")
    accepted = await channel.write_down(desk, _line(desk, form.account), _note(call, form))
    return Filed(arrival=accepted.arrival_id, ticket=accepted.ticket)


def _line(desk: Desk, wanted: int | None) -> Account:
    """The line that was called; the first when none is named. Raises `Invalid`."""
    lines = [line for line in desk.accounts("phone") if wanted in (None, line.id)]
    if not lines:
        raise Invalid("There is no phone line yet: an admin adds one.", fields={"account": "is not a phone line"})
    return lines[0]


def _note(call: Call, form: CallNote) -> dict[str, Any]:
    note = {
        "text": form.text,
        "agent_id": call.agent.id,
        "number": form.number,
        "name": form.name,
        "subject": form.subject,
        "callback_at": form.due_at,
        "started_at": form.started_at,
        "direction": form.direction,
        "language": call.agent.language,
    }
    if call.memory is not None:
        note["key"] = f"call:{call.memory.whose}:{call.memory.key}"
    return cast(dict[str, Any], note)
