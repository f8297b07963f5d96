"""The sign at the door: whether somebody is there now, as channels may ask at any moment without waiting."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from server.accounts import desk_settings
from server.answers import settings
from server.answers.opening import Opening, Openings, opening
from server.database import Database, Transaction


class Board:
    """The opening hours in memory, as they were when they were read last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._openings = Openings()
        self._zone = ZoneInfo("Asia/Tokyo")

    async def load(self) -> None:
        """Read them anew."""
        self._openings, self._zone = await self._database.read(_read)

    def opening(self, team: int | None, now: datetime) -> Opening:
        """How it stands for a team, or the desk."""
        return opening(self._openings.of(team), now, self._zone)


def _read(tx: Transaction) -> tuple[Openings, ZoneInfo]:
    return settings.read(tx).opening, desk_settings.read(tx).zone
