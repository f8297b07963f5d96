"""The help centre of a running desk: the shelf, read again after a change; searches; what is offered to who types."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from channels.contract import Account
from server.database import Database
from server.faq.views import LANGUAGES, Entry, Lang, Match
from server.help import finding
from server.help.finding import Hit
from server.help.shelf import Centre, Leaf, Shelf, read
from server.help.views import Offer
from server.help.votes import Counts
from server.language import guess

log = logging.getLogger(__name__)

PATIENCE = 1.5
"""In seconds: how long a reader waits for the matcher, which loads its model at the first question."""
TYPED_PATIENCE = 20.0
"""In seconds: nobody waits for what is offered while they type, so it may come when the model is there."""
AT_ONCE = 8
"""So many readers' questions may wait for the matcher; for more, words count."""
OFFERED = 3
LEAST_OFFERED = 0.3
"""Who types is shown an article from this confidence on, so that most of what is shown is to the point."""
BRIEF = 300


class Asks(Protocol):
    """What the help centre wants of the FAQ."""

    async def match(
        self, text: str, *, lang: str | None = None, channel: str = "", shop: str = "", internal: bool = True
    ) -> Match:
        """What the articles say to a text."""


class Help:
    """The help centres. One for each process; costs nothing while none is on."""

    def __init__(self, database: Database, faq: Asks | None, *, public_url: str) -> None:
        self._database = database
        self._faq = faq
        self._public_url = public_url.rstrip("/")
        self._shelf: Shelf | None = None
        self._last: Shelf | None = None
        self._changes = 0
        self._asking: set[asyncio.Task[Match]] = set()
        self.counts = Counts(database)

    def changed(self) -> None:
        """Articles or what admins decided changed: read again before the next answer."""
        self._shelf = None
        self._changes += 1

    async def shelf(self) -> Shelf:
        """What stands in the centres now."""
        shelf = self._shelf
        while shelf is None or not shelf.holds:
            changes = self._changes
            shelf = await self._database.read(read, self._public_url)
            if self._changes == changes:
                self._shelf = self._last = shelf
                break
            shelf = None
        return shelf

    def at_domain(self, host: str) -> Centre | None:
        """The centre whose own host this is, as of the last time that the shelf was read."""
        return self._last.domains.get(host) if self._last is not None else None

    async def find(self, centre: Centre, lang: Lang, query: str) -> list[Hit]:
        """What a reader's search finds."""
        likely = await self._likely(centre, query, lang)
        return await asyncio.to_thread(finding.find, centre, lang, query, likely)

    async def offering(self, kind: str, slug: str) -> Centre | None:
        """The centre whose articles are offered in a form or chat; None: nothing is offered there."""
        centre = (await self.shelf()).offering(kind, slug)
        return centre if centre is not None and centre.leaves else None

    async def helps(self, account: Account) -> bool:
        """Whether anything is offered on a form or chat."""
        kind = "chat" if account.kind == "webchat" else account.kind
        return kind in ("form", "chat") and await self.offering(kind, str(account.settings.get("slug", ""))) is not None

    async def offers(self, centre: Centre, lang: Lang, text: str) -> list[Offer]:
        """At most three articles that may answer what somebody types; nothing of it is kept."""
        entries = await self._likely(centre, text, lang, TYPED_PATIENCE)
        return [
            offer(centre, centre.leaves[int(each.id)], lang)
            for each in entries
            if each.confidence >= LEAST_OFFERED and int(each.id) in centre.leaves
        ][:OFFERED]

    async def link(self, article: int, lang: str = "", shop: str = "") -> str:
        """Where customers of a shop read an article; empty when they cannot."""
        centre = (await self.shelf()).of_article(article, shop)
        if centre is None:
            return ""
        leaf = centre.leaves[article]
        wanted = leaf.lang(next((each for each in LANGUAGES if each == lang), centre.langs[0]))
        return f"{centre.view.url}/{wanted}/articles/{article}"

    async def _likely(self, centre: Centre, text: str, lang: Lang, patience: float = PATIENCE) -> Sequence[Entry]:
        if self._faq is None or len(self._asking) >= AT_ONCE or not text.strip():
            return ()
        spoken = guess(text) or lang
        asking = self._faq.match(text, lang=spoken, shop=centre.view.settings.shop, internal=False)
        task = asyncio.get_running_loop().create_task(asking)
        self._asking.add(task)
        task.add_done_callback(self._asked)
        await asyncio.wait({task}, timeout=patience)
        return task.result().entries if task.done() and not task.exception() else ()

    def _asked(self, task: asyncio.Task[Match]) -> None:
        self._asking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A reader's question could not be matched", exc_info=error)


def offer(centre: Centre, leaf: Leaf, lang: Lang) -> Offer:
    """An article for those who type."""
    own = leaf.lang(lang)
    return Offer(
        id=leaf.id,
        question=leaf.words(lang).question,
        text=leaf.brief(lang, BRIEF),
        url=f"{centre.view.url}/{own}/articles/{leaf.id}",
        lang=own,
    )
