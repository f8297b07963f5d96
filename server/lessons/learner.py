"""The loop that learns: counts what became of messages, and proposes phrasings, from the change feed."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from server.database import Database
from server.errors import Unavailable
from server.faq.live import Faq
from server.faq.views import LANGUAGES
from server.lessons import asking, counting, gaps, outlook, pairs
from server.lessons.phrasings import Proposal

log = logging.getLogger(__name__)

GATHER = 1.0
"""In seconds: what happens together is looked at together."""
SHARE = 10
"""At least so many times as long as a look took nothing is done: learning takes no more than a tenth of a core."""
LONGEST_SLEEP = 60.0


class Learner:
    """The composition runs `run` as a task, and kicks when something was asked, answered or said of an answer."""

    def __init__(self, database: Database, faq: Faq, *, gather: float = GATHER) -> None:
        self._database = database
        self._faq = faq
        self._gather = gather
        self._kicked = asyncio.Event()
        self._changed = asyncio.Event()
        self._idle = False
        """Whether it is known that no article is live: then messages cost nothing here."""

    def kick(self) -> None:
        """Something happened."""
        if not self._idle:
            self._kicked.set()

    def changed(self) -> None:
        """Articles changed, or what was said of them."""
        self._idle = False
        self._kicked.set()
        self._changed.set()

    async def run(self) -> None:
        """Learn until cancelled."""
        while True:
            self._kicked.clear()
            pause = self._gather
            try:
                began = time.monotonic()
                behind = await self.look()
                if not behind and await self.group():
                    continue
                if not behind and not self._idle:
                    await self.expect()
                pause = max(pause, SHARE * (time.monotonic() - began))
                if behind:
                    await asyncio.sleep(min(pause, LONGEST_SLEEP))
                    continue
            except Unavailable as error:
                log.warning("What became of answers cannot be counted now: %s", error)
            except Exception:
                log.exception("The learner stumbled; it goes on")
            try:
                async with asyncio.timeout(LONGEST_SLEEP):
                    await self._kicked.wait()
            except TimeoutError:
                self._idle = False
            await self._rest(pause)

    async def look(self) -> bool:
        """Count what came since the last look; whether there is more."""
        used = await self._database.read(counting.in_use)
        self._idle = used is False
        if self._idle:
            return False
        if used is None:
            await self._database.write(counting.begin)
        stretch = await self._database.read(counting.look)
        if stretch is None:
            return False
        touched = set(stretch.messages)
        if stretch.returned:
            touched |= await self._database.write(counting.mark, stretch.returned)
        days, counted = await self._database.read(counting.tallies, touched)
        await self._database.write(counting.keep, stretch, days, counted, await self._proposals(stretch))
        return stretch.behind

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

    async def _rest(self, seconds: float) -> None:
        """Do nothing for so long, unless somebody asks for the groups and waits for them."""
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(min(seconds, LONGEST_SLEEP)):
                while not await self._database.read(gaps.under_way):
                    await self._changed.wait()
                    self._changed.clear()

    async def expect(self) -> None:
        """Reckon what may be expected of the articles, where they changed or a day has passed. The matcher is not
        loaded for that: before the first message nothing is expected."""
        of = await self._database.read(outlook.stale)
        if of is not None and (found := await self._faq.outlook()) is not None:
            await self._database.write(outlook.keep, found, of)

    async def _proposals(self, stretch: counting.Stretch) -> list[Proposal]:
        found: list[Proposal] = []
        for pair in await self._database.read(pairs.pairs, stretch):
            known = await self._database.read(pairs.known, pair.article.id)
            for one in found:
                if one.article == pair.article.id:
                    known[one.lang].append(one.text)
            try:
                proposal = await pairs.proposal(self._faq, pair, known)
            except Exception:
                log.exception("No phrasing could be made of the message %d", pair.message)
                continue
            if proposal is not None:
                found.append(proposal)
        return found
