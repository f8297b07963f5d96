"""Shapes that several endpoints share: pages of a list, moments within reason, recipients as people type them."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from typing import Annotated

from msgspec import Meta

from server.tickets.views import PartyView
from server.web.reading import Query

Id = Annotated[int, Meta(ge=1, le=2_147_483_647)]
IdOrNone = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Line = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=200_000)]
Cursor = Annotated[str, Meta(min_length=1, max_length=300, pattern="^[A-Za-z0-9_=.:-]+$")]
Seq = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
MessageSeq = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Moment = Annotated[datetime, Meta(tz=True)]
Recipient = Annotated[str, Meta(min_length=1, max_length=500)] | PartyView
"""An address, as `a@b.jp` or `Name <a@b.jp>`, or as the two parts."""


class Paged(Query, frozen=True, kw_only=True):
    """A keyset page: `after` is the `next` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Cursor | None = None


def party(recipient: str | PartyView) -> PartyView:
    """A recipient as it is kept."""
    if isinstance(recipient, PartyView):
        return recipient
    name, address = parseaddr(recipient) if "<" in recipient else ("", recipient)
    return PartyView(name=name.strip(), address=(address or recipient).strip())


def parties(recipients: list[str | PartyView] | None) -> list[PartyView] | None:
    """Several of them; None stays what it means."""
    return None if recipients is None else [party(recipient) for recipient in recipients]
