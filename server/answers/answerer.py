"""The loop that looks at what customers write and answers by itself: from the change feed, so that nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from server.answers import deciding, settings
from server.answers.case import Ways
from server.answers.deciding import Asked
from server.database import Database, Follower, Stretch, Transaction
from server.errors import Unavailable
from server.faq.live import Faq, Question
from server.faq.views import NOTHING, Match

TOGETHER = 50
"""Messages that are asked of the articles at once; others who ask them wait for so many at most."""


class Answerer(Follower):
    """Decides about each message that a customer wrote. An attempt says that it was, so twice does nothing."""

    desk = "answer_desk"
    kinds = ("message.received",)
    at_once = 200
    away = "What customers wrote cannot be looked at now: %s"
    stumbled = "The answerer stumbled; it goes on"

    def __init__(self, database: Database, faq: Faq, ways: Ways) -> None:
        super().__init__(database)
        self._faq = faq
        self._ways = ways
        self._warm = False
        """Whether the matcher was loaded: the first customer shall not wait for it."""

    def in_use(self, tx: Transaction) -> bool:
        """Whether anything is answered by itself."""
        return settings.read(tx).any_on

    async def take(self, stretch: Stretch) -> None:
        """Decide about what customers wrote."""
        messages = [(int(change.data["message"]), int(change.seq)) for change in stretch.changes]
        for at in range(0, len(messages), TOGETHER):
            await self._some(messages[at : at + TOGETHER])

    async def ring(self) -> float:
        """Load the matcher, once, where something is answered by itself."""
        if not self.idle and not self._warm:
            self._warm = True
            await self._warm_up()
        return self.longest_sleep

    async def _warm_up(self) -> None:
        try:
            shops = await self._database.read(_shops)
            await self._faq.match_all([Question("?", "", shop) for shop in shops], internal=False)
        except Unavailable:
            raise
        except Exception:
            self._log.exception("The matcher could not be loaded; each message tries again")

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
            self._log.exception("Some messages could not be read together; each is read alone")
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
        self._log.error("The message %d could not be decided about; people answer it", message, exc_info=error or True)
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
