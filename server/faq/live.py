"""The desk's own matcher: the published articles in memory, loaded at the first message, never older than the last
change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from server.accounts import desk_settings
from server.accounts.secrets import Keys
from server.database import Database, Transaction
from server.faq import beside, engine_choice, queries
from server.faq.engine_choice import EngineChoice
from server.faq.queries import LiveArticle
from server.faq.views import LANGUAGES, NOTHING, EngineState, Entry, Match, Outlook

if TYPE_CHECKING:
    from server.faq.better import Better
    from server.faq.encoders import Encoder, Vectors
    from server.faq.stock import Said, Stock

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Messages that are looked for articles for in one read and one write."""


class Question(NamedTuple):
    """A text, and where it is asked; empty for any channel, and for no shop in particular."""

    text: str
    channel: str = ""
    shop: str = ""


class Faq:
    """What the published articles answer. One for each process; costs nothing while nothing is published."""

    def __init__(
        self,
        database: Database,
        encoder: Encoder | None = None,
        *,
        keys: Keys | None = None,
        allow: Sequence[str] = (),
    ) -> None:
        """`keys` open the key of a chosen engine, which may go to the private hosts in `allow`; without them there is
        only the default one."""
        self._database = database
        self._keys = keys
        self._allow = tuple(allow)
        self._better: Better | None = None
        self._chosen = False
        """Whether `_better` follows what was chosen; else the choice is to be read."""
        self._state = EngineState()
        self._encoder = encoder
        self._stock: Stock | None = None
        self._held: dict[int, LiveArticle] = {}
        self._fresh = False
        self._again = False
        """Whether the last messages are to be read anew."""
        self._silent = False
        """Whether it is known that nothing is published."""
        self._lock = asyncio.Lock()
        self._waiting: list[int] = []
        self._working: asyncio.Task[None] | None = None

    def engine_changed(self) -> None:
        """Another engine was chosen; it is made ready from the next message on."""
        self._chosen = False
        self.changed()

    async def engine(self) -> EngineState:
        """How the chosen engine is; it begins to be made ready when it was not."""
        async with self._lock:
            await self._refresh()
            return self._better.state() if self._better is not None else self._state

    def changed(self) -> None:
        """Articles or what agents made of them changed; read anew before the next message."""
        self._fresh = self._silent = False

    async def forget(self) -> None:
        """Messages were erased: none stays in memory, and those that are left are read anew before the next one."""
        self._again, self._fresh = True, False
        async with self._lock:
            if self._stock is not None:
                await asyncio.to_thread(self._stock.forget)
            if self._better is not None:
                await asyncio.to_thread(self._better.forget)

    def heard(self, message: int) -> None:
        """A customer wrote: articles are put beside it soon, together with those of others who write just now."""
        if self._silent:
            return
        self._waiting.append(message)
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work_off())

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                messages, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                try:
                    await self.suggest(*messages)
                except Exception:
                    log.exception("No articles could be suggested for the messages %s", messages)
                    if len(messages) > 1:  # one of them may have spoiled it for all
                        await asyncio.gather(*map(self.suggest, messages), return_exceptions=True)
        finally:
            self._working = None

    async def match(
        self, text: str, *, lang: str | None = None, channel: str = "", shop: str = "", internal: bool = True
    ) -> Match:
        """What the articles that hold today on this channel and in this shop say to a text."""
        return (await self.match_all([Question(text, channel, shop)], lang=lang, internal=internal))[0]

    async def match_all(
        self, asked: Sequence[Question], *, lang: str | None = None, internal: bool = True
    ) -> list[Match]:
        """The same for several texts, which are read together."""
        async with self._lock:
            today = await self._refresh()
            if not self._held:
                return [NOTHING] * len(asked)
            found = await asyncio.to_thread(self._read, asked, lang)
            return [self._allowed(match, today, one, internal) for one, match in zip(asked, found, strict=True)]

    async def outlook(self) -> list[Outlook] | None:
        """What may be expected of the articles, by language, as they are asked now; None before anything was asked."""
        async with self._lock:
            if self._stock is None:
                return None
            await self._refresh()
            deciding = self._better.stock if self._better is not None and self._better.ready else self._stock
            found = await asyncio.to_thread(lambda: [deciding.all.outlook(lang) for lang in LANGUAGES])
        return [one for one in found if one is not None]

    async def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """The sentence vectors of texts, a row each; None where there is no model."""
        async with self._lock:
            return await asyncio.to_thread(lambda: self._loaded().all.vectors(texts))

    async def suggest(self, *messages: int) -> bool:
        """Put articles beside customers' messages; False when there is nothing to put."""
        async with self._lock:
            today = await self._refresh()
            if not self._held:
                return False
            asked = await self._database.read(beside.asked, messages)
            if not asked:
                return False
            wanted = [Question(one.text, one.channel, one.shop) for one in asked]
            read = await asyncio.to_thread(lambda: self._read(wanted, None, heard=True))
            matches = [self._allowed(found, today, one, True) for one, found in zip(wanted, read, strict=True)]
        found = [(one, match) for one, match in zip(asked, matches, strict=True) if match.decision != "none"]
        return bool(found) and await self._database.write(beside.keep_all, found)

    def _read(self, asked: Sequence[Question], lang: str | None, *, heard: bool = False) -> list[Match]:
        """Ask the matchers, which numpy and the model are loaded for at the first time; of a shop all at once."""
        found: dict[int, Match] = {}
        for shop in dict.fromkeys(one.shop for one in asked):
            places = [place for place, one in enumerate(asked) if one.shop == shop]
            matches = self._read_shop([asked[place].text for place in places], lang, shop, heard=heard)
            found.update(zip(places, matches, strict=True))
        return [found[place] for place in range(len(asked))]

    def _read_shop(self, texts: Sequence[str], lang: str | None, shop: str, *, heard: bool) -> list[Match]:
        from server.faq.questions import read_all

        if self._better is not None and (found := self._better.read_all(texts, lang, shop)) is not None:
            return found
        return read_all(self._loaded().of(shop), texts, lang, heard=heard)

    def _loaded(self) -> Stock:
        if self._stock is None:
            from server.faq.encoders import UniversalEncoder
            from server.faq.matching import Matcher
            from server.faq.stock import Stock

            self._stock = Stock(Matcher(self._encoder or UniversalEncoder()))
        return self._stock

    def _put(
        self,
        held: dict[int, LiveArticle],
        judged: dict[str, list[tuple[float, bool]]],
        recent: list[Said] | None,
    ) -> None:
        """Lay the articles out. `recent` is what customers wrote lately, None where it is known."""
        from server.faq.confidence import learn

        stock = self._loaded()
        stock.lay(held)
        if recent is not None:
            stock.hear(recent)
        if self._better is not None:
            self._better.stock.lay(held)
        self._held = held
        for spoken, labels in judged.items():
            stock.learned(spoken, learn([logit for logit, _ in labels], [right for _, right in labels]))

    def _allowed(self, found: Match, today: datetime, asked: Question, internal: bool) -> Match:
        def holds(entry: Entry) -> bool:
            article = self._held.get(int(entry.id))
            return article is not None and article.holds(today.date(), asked.channel, asked.shop, internal=internal)

        entries = [entry for entry in found.entries if holds(entry)]
        if entries == found.entries:
            if found.decision != "answer" or asked.shop or not self._held[int(entries[0].id)].content.shops:
                return found
            # Nobody knows in which shop it was asked, and the article is one shop's.
            return msgspec.structs.replace(found, decision="suggest")
        # What is left was measured against an article that does not hold here: it is for a person to judge, if it is
        # worth a look.
        worth = found.decision != "none" and entries and entries[0].confidence >= beside.LEAST_SUGGESTED
        return Match(decision="suggest" if worth else "none", entries=entries, logit=found.logit)

    async def _choose(self) -> None:
        """Take the engine that was chosen."""
        if self._keys is None or self._chosen:
            return
        self._chosen = True
        try:
            choice = await self._database.read(engine_choice.read)
            better, state = await self._made(choice, self._keys)
        except BaseException:
            self._chosen = False
            raise
        if self._better is not None:
            self._better.close()
        self._better, self._state = better, state

    async def _made(self, choice: EngineChoice, keys: Keys) -> tuple[Better | None, EngineState]:
        if choice.kind == "use":
            return None, EngineState(kind=choice.kind)
        from server.faq.better import Better
        from server.faq.engines import EngineFailed

        try:
            engine = await self._database.read(engine_choice.engine, keys, self._allow)
        except EngineFailed as error:
            return None, EngineState(kind=choice.kind, model=choice.model, state="failing", trouble=error.trouble)
        return Better(self._database, choice, engine) if engine is not None else None, EngineState(kind=choice.kind)

    async def close(self) -> None:
        """Ask no engine any more."""
        if self._better is not None:
            self._better.close()

    async def _refresh(self) -> datetime:
        """The moment in the desk's time zone, with the articles read if they changed."""
        if self._fresh:
            return await self._database.read(_now)
        again = self._again
        self._fresh, self._again = True, False
        try:
            now, articles, judged = await self._database.read(_articles)
            said = await self._database.read(beside.recent) if articles and (again or not self._held) else None
            held = {article.id: article for article in articles}
            if held:
                await self._choose()
            if held or self._held:
                await asyncio.to_thread(self._put, held, judged, said)
                if self._better is not None:
                    self._better.prepare()
        except BaseException:
            self._fresh, self._again = False, again
            raise
        self._silent = self._fresh and not held
        return now


def _now(tx: Transaction) -> datetime:
    return tx.now.astimezone(desk_settings.read(tx).zone)


def _articles(tx: Transaction) -> tuple[datetime, list[LiveArticle], dict[str, list[tuple[float, bool]]]]:
    return _now(tx), queries.live(tx), {lang: queries.judged(tx, lang) for lang in LANGUAGES}
