"""The phone channel: no wires of its own, calls are written down by agents and answered by calling.

A telephone system hands a ringing number to the console by opening `{public_url}/console/phone?number=09012345678`
in the agent's browser (a CTI link; `name=` and `direction=out` may follow). The console looks the caller up, takes
the note and saves it over the JSON API, which calls `PhoneChannel.write_down`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
from aiohttp import web

from channels import numbers
from channels.contract import (
    Accepted,
    Account,
    Arrival,
    Desk,
    Field,
    Inbound,
    OutboundMessage,
    Raw,
    Receipt,
    Undeliverable,
)
from channels.phone.note import BadNote, CallNote, read

MEDIA_TYPE = "application/vnd.madoguchi.call+json"


class PhoneChannel:
    """Calls written down. An account is a line that customers call."""

    kind: ClassVar[str] = "phone"
    label: ClassVar[str] = "Phone"
    answers_by: ClassVar[str] = "email"
    fields: ClassVar[Sequence[Field]] = (
        Field("region", "Country", default="JP", help="Of numbers written without one, as two letters"),
        Field("team_id", "Team", "number", section="Routing"),
        Field(
            "priority",
            "Priority",
            "choice",
            default="normal",
            choices=(("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")),
            section="Routing",
        ),
        Field("tags", "Tags", "json", default=[], section="Routing"),
        Field("templates", "Templates", "json", default=[], help='[{"name": "折り返し", "text": "…"}]'),
    )

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Nothing to open: notes come through `write_down`."""

    async def write_down(self, desk: Desk, account: Account, note: CallNote | Mapping[str, Any]) -> Accepted:
        """File a call. A mapping is read as a `CallNote`; raises `BadNote`, naming the field.

        Raises whatever `Desk.accept` raises; the note is then not filed and can be saved again with the same key.
        """
        try:
            taken = note if isinstance(note, CallNote) else msgspec.convert(note, CallNote)
        except msgspec.ValidationError as error:
            raise BadNote(str(error)) from error
        if not taken.text.strip():
            raise BadNote("Expected a text - at `$.text`")
        # The time of the call is fixed now, so that a note read again years later still says when it was.
        now = datetime.now(UTC)
        raw = Raw(msgspec.json.encode(msgspec.structs.replace(taken, started_at=taken.started_at or now)))
        return await desk.accept(Arrival(account, taken.external_id(now), raw, MEDIA_TYPE, now))

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """The one call in a note, routed as the line's owner decided."""
        message, settings = read(arrival), arrival.account.settings
        routing = replace(
            message.routing,
            team_id=settings.get("team_id"),
            priority=settings.get("priority") or None,
            tags=tuple(settings.get("tags") or ()),
        )
        return [replace(message, routing=routing)]

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Always `Undeliverable`: a person has to call."""
        number = message.to[0].address if message.to else ""
        shown = numbers.readable(number) if number.startswith("+") else number
        raise Undeliverable(f"call {shown}".strip(), code="call")
