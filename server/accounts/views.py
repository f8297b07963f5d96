"""What queries about accounts answer. Secrets are never in it, only which of them are set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's way in was doing when it last said so."""

    ok: bool
    words: str
    last_fetched: datetime | None
    waiting: int | None
    at: datetime


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """One place at which the desk can be reached. `quarantined` counts its arrivals that could not be filed."""

    id: int
    kind: str
    name: str
    address: str
    settings: dict[str, Any]
    secrets_set: list[str]
    locked: bool
    """True when its secrets cannot be opened by the keys we have."""
    enabled: bool
    can_send: bool
    """Whether letters leave from it; not from a form, nor from a mailbox that has no SMTP server."""
    team: int | None
    shop: str
    """The shop or brand that it belongs to; empty: none in particular."""
    created_at: datetime
    removed_at: datetime | None
    health: HealthView | None
    quarantined: int
    version: int


class AccountDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin typed. `settings` holds every field of the channel, the secret ones too.

    Values may be strings, as from an HTML form or the command line; `typed` makes them what the fields want. A
    secret that is missing or empty keeps what is there; `forget` names those to throw away.
    """

    kind: str
    name: str
    address: str
    settings: dict[str, Any] = {}
    enabled: bool = True
    team: int | None = None
    shop: str | None = None
    """None keeps what is there."""
    forget: tuple[str, ...] = ()
    version: int | None = None
    """The version that the writer had before them; None writes over whatever stands."""
