"""The loop that looks at what customers write and answers by itself: from the change feed, so that nothing is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

from server.answers import deciding, settings
from server.answers.case import Ways
from server.answers.deciding import Asked
from server.database import Database, Transaction
from server.errors import Unavailable
from server.faq.live import Faq, Question
from server.faq.views import NOTHING, Match

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Changes that are looked through in one read."""
TOGETHER = 50
"""Messages that are asked of the articles at once; others who ask them wait for so many at most."""
LONGEST_SLEEP = 30.0
"""In seconds: how late something is seen of which nobody told."""


class Seen(NamedTuple):
    """A stretch of the feed: the messages in it with their places, and how far it goes. `behind`: there is
    more."""

    messages: list[tuple[int, int]]
    upto: int
    behind: bool


class Answerer:
    """The composition runs `run` as a task, and kicks when a customer wrote."""

    def __init__(self, database: Database, faq: Faq, ways: Ways) -> None:
        self._database = database
        self._faq = faq
        self._ways = ways
        self._kicked = asyncio.Event()
        self._idle = False
        """Whether it is known that nothing is answered by itself: then messages cost nothing here."""
        self._warm = False
        """Whether the matcher was loaded: the first customer shall not wait for it."""

    def kick(self) -> None:
        """A customer wrote."""
        if not self._idle:
            self._kicked.set()

    def changed(self) -> None:
        """Admins decided something else."""
        self._idle = False
        self._kicked.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            self._kicked.clear()
            try:
                if await self.look():
                    continue
            except Unavailable as error:
                log.warning("What customers wrote cannot be looked at now: %s", error)
            except Exception:
                log.exception("The answerer stumbled; it goes on")
            try:
                async with asyncio.timeout(LONGEST_SLEEP):
                    await self._kicked.wait()
            except TimeoutError:
                self._idle = False

    async def look(self) -> bool:
        """Decide about what came since the last look; whether there is more."""
        seen = await self._database.read(_since)
        self._idle = seen is None
        if seen is None:
            return False
        if not self._warm:
            self._warm = True
            await self._warm_up()
        for at in range(0, len(seen.messages), TOGETHER):
            await self._some(seen.messages[at : at + TOGETHER])
        await self._database.write(_advance, seen.upto)
        return seen.behind

    async def _warm_up(self) -> None:
        try:
            shops = await self._database.read(_shops)
            await self._faq.match_all([Question("?", "", shop) for shop in shops], internal=False)
        except Unavailable:
            raise
        except Exception:
            log.exception("The matcher could not be loaded; each message tries again")

    async def _some(self, messages: Sequence[tuple[int, int]]) -> None:
        """Several messages, read together and each decided about in a unit of its own, in their order."""
        try:
            asked = await self._database.read(_look_at, messages)
            matches = await self._match([one for one, _ in asked])
        except Unavailable:
            raise
        except Exception:
            if len(messages) == 1:
                await self._give_up(messages[0][0])
                return
            log.exception("Some messages could not be read together; each is read alone")
            for message in messages:
                await self._some([message])
            return
        units = [
            self._database.write(deciding.decide, one.message, match, self._ways, seq)
            for (one, seq), match in zip(asked, matches, strict=True)
        ]
        done = await asyncio.gather(*units, return_exceptions=True)
        for (one, _), error in zip(asked, done, strict=True):
            if isinstance(error, Unavailable):
                raise error
            if isinstance(error, Exception):
                await self._give_up(one.message, error)

    async def _give_up(self, message: int, error: Exception | None = None) -> None:
        log.error("The message %d could not be decided about; people answer it", message, exc_info=error or True)
        await self._database.write(deciding.give_up, message)

    async def _match(self, asked: Sequence[Asked]) -> list[Match]:
        """What the articles say to each; nothing to those that have no text for them."""
        texts = [Question(one.text, one.kind, one.shop) for one in asked if one.text.strip()]
        found = iter(await self._faq.match_all(texts, internal=False) if texts else ())
        return [next(found) if one.text.strip() else NOTHING for one in asked]


def _shops(tx: Transaction) -> list[str]:
    """The shops of the accounts that answer by themselves."""
    decided = settings.read(tx)
    rows = tx.all("SELECT id, shop FROM channel_account WHERE enabled AND removed_at IS NULL ORDER BY id")
    return list(dict.fromkeys(row.shop for row in rows if decided.policy(row.id).on))


def _look_at(tx: Transaction, messages: Sequence[tuple[int, int]]) -> list[tuple[Asked, int]]:
    """Those of the messages that are to be decided about, with their places in the feed."""
    return [(asked, seq) for message, seq in messages if (asked := deciding.look(tx, message)) is not None]


def _since(tx: Transaction) -> Seen | None:
    """What customers wrote since the last look; None while nothing is answered by itself."""
    row = tx.first("SELECT seen FROM answer_desk")
    if row is None or not settings.read(tx).any_on:
        return None
    changes = tx.all(
        "SELECT seq, kind, data FROM change WHERE seq > :seen ORDER BY seq LIMIT :most", seen=row.seen, most=AT_ONCE
    )
    upto = changes[-1].seq if changes else row.seen
    messages = [(int(one.data["message"]), int(one.seq)) for one in changes if one.kind == "message.received"]
    return Seen(messages, upto, len(changes) == AT_ONCE)


def _advance(tx: Transaction, upto: int) -> None:
    tx.run("UPDATE answer_desk SET seen = :upto WHERE seen < :upto", upto=upto)
