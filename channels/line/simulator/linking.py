"""Account linking: a token for a person, a dialog, and an event that says whether it worked.

https://developers.line.biz/en/docs/messaging-api/linking-accounts/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from channels.line.simulator import ids
from channels.line.simulator.people import Person, Said

if TYPE_CHECKING:
    from channels.line.simulator.simulator import Simulator

LIVES = timedelta(minutes=10)


class LinkingFailed(Exception):
    """The dialog could not even say for whom it was opened; the sentence is for the person."""


@dataclass
class _Issued:
    person: Person
    expires: datetime


class Links:
    """The link tokens of one account."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._issued: dict[str, _Issued] = {}

    def issue(self, person: Person) -> str:
        """A token that holds for ten minutes and for one linking."""
        token = ids.opaque(32)
        self._issued[token] = _Issued(person, self._simulator.clock() + LIVES)
        return token

    def owner(self, token: str) -> Person:
        """For whom a token was issued.

        Raises LinkingFailed when it is unknown, used or too old.
        """
        issued = self._issued.get(token)
        if issued is None or issued.expires <= self._simulator.clock():
            raise LinkingFailed("The link token is invalid or has expired.")
        return issued.person

    def open(self, person: Person, token: str, nonce: str) -> Said:
        """The dialog in this person's hand. With somebody else's token the account hears that it failed.

        Raises LinkingFailed for a token that no longer holds or a nonce that is not 10 to 255 characters.
        """
        if not 10 <= len(nonce) <= 255:
            raise LinkingFailed("The nonce must have 10 to 255 characters.")
        owner = self.owner(token)
        del self._issued[token]
        worked = owner is person
        link = {"link": {"result": "ok" if worked else "failed", "nonce": nonce}}
        return Said(self._simulator.happened("accountLink", link, person.chat, person, token=worked))
