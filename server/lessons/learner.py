"""The loop that learns: counts what became of messages, and proposes phrasings, from the change feed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from server.database import Database, Follower, Keep, Stretch, Transaction
from server.errors import Unavailable
from server.faq.live import Faq
from server.faq.views import LANGUAGES
from server.lessons import asking, counting, gaps, outlook, pairs
from server.lessons.phrasings import Proposal

GATHER = 1.0
"""In seconds: what happens together is looked at together."""


class Learner(Follower):
    """Costs nothing while no article is live, and takes no more than a tenth of a core: `share`."""

    desk = "lesson_desk"
    kinds = counting.KINDS
    at_once = 1_000
    longest_sleep = 60.0
    share = 10
    away = "What became of answers cannot be counted now: %s"
    stumbled = "The learner stumbled; it goes on"

    def __init__(self, database: Database, faq: Faq, *, gather: float = GATHER) -> None:
        super().__init__(database)
        self._faq = faq
        self.gather = gather
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Articles changed, or what was said of them."""
        super().changed()
        self._changed.set()

    def in_use(self, tx: Transaction) -> bool:
        """Whether there is anything to count: an article is live."""
        return counting.in_use(tx) is True

    async def look(self) -> bool:
        """Count what came since the last look, from the first article on; whether there is more."""
        if await self._database.read(counting.in_use) is None:
            await self._database.write(counting.begin)
        return await super().look()

    async def take(self, stretch: Stretch) -> Keep:
        """Count what became of messages, and propose phrasings."""
        happened = await self._database.read(counting.look, stretch.changes)
        touched = set(happened.messages)
        if happened.returned:
            touched |= await self._database.write(counting.mark, happened.returned)
        days, counted = await self._database.read(counting.tallies, touched)
        proposals = await self._proposals(happened)
        return lambda tx: counting.keep(tx, happened, days, counted, proposals)

    async def ring(self) -> float:
        """Group questions, and reckon what may be expected, when that is due."""
        if await self.group():
            return 0.0
        if not self.idle:
            await self.expect()
        return self.longest_sleep

    async def group(self) -> bool:
        """Put questions that no article answers into groups, when that is due; whether it was."""
        before = await self._database.read(gaps.due)
        if before is False or not await self._database.write(gaps.claim, before):
            return False
        candidates = await self._database.read(gaps.candidates)
        for lang in LANGUAGES:
            made = await asking.made(self._database, self._faq, lang, candidates)
            await self._database.write(gaps.keep, lang, made)
        await self._database.write(gaps.finish)
        return True

    async def rest(self, seconds: float) -> None:
        """Do nothing for so long, unless somebody asks for the groups and waits for them."""
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(seconds):
                while not await self._database.read(gaps.under_way):
                    await self._changed.wait()
                    self._changed.clear()

    async def expect(self) -> None:
        """Reckon what may be expected of the articles, where they changed or a day has passed. The matcher is not
        loaded for that: before the first message nothing is expected."""
        of = await self._database.read(outlook.stale)
        if of is not None and (found := await self._faq.outlook()) is not None:
            await self._database.write(outlook.keep, found, of)

    async def _proposals(self, happened: counting.Happened) -> list[Proposal]:
        found: list[Proposal] = []
        for pair in await self._database.read(pairs.pairs, happened):
            known = await self._database.read(pairs.known, pair.article.id)
            for one in found:
                if one.article == pair.article.id:
                    known[one.lang].append(one.text)
            try:
                proposal = await pairs.proposal(self._faq, pair, known)
            except Exception:
                self._log.exception("No phrasing could be made of the message %d", pair.message)
                continue
            if proposal is not None:
                found.append(proposal)
        return found
