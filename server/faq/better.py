"""A better engine beside the default one: it decides as soon as it knows every phrasing, and as long as it answers.

Until then, and whenever it fails, the default engine decides: no customer waits for it, and what was just published is
found at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from server.database import Database
from server.faq import engine_choice
from server.faq.engine_choice import EngineChoice
from server.faq.engines import UNHURRIED, EndpointEncoder, Engine, EngineFailed
from server.faq.matching import Matcher
from server.faq.questions import pieces, read_all
from server.faq.stock import Stock
from server.faq.views import EngineState, Match

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Phrasings that are asked for in one go."""


class Better:
    """One chosen engine with its own matcher."""

    def __init__(self, database: Database, choice: EngineChoice, engine: Engine) -> None:
        self.stock = Stock(Matcher(engine))
        self._database = database
        self._choice = choice
        self._engine = engine
        self._ready = False
        self._trouble: EngineFailed | None = None
        self._preparing: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        """The articles changed: find the vectors that are missing, in the background."""
        self._ready = False
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.get_running_loop().create_task(self._prepare())

    def close(self) -> None:
        """Another engine was chosen."""
        self._ready = False
        if self._preparing is not None:
            self._preparing.cancel()
        self._engine.close()

    @property
    def ready(self) -> bool:
        """Whether it decides, unless it fails."""
        return self._ready

    def forget(self) -> None:
        """Keep no message that was asked."""
        if isinstance(self._engine, EndpointEncoder):
            self._engine.forget()

    def state(self) -> EngineState:
        """How far it is."""
        texts = len(set(self.stock.all.texts()))
        trouble = self._trouble
        return EngineState(
            kind=self._choice.kind,
            model=self._engine.name,
            state="failing" if trouble is not None else "ready" if self._ready else "preparing",
            known=texts - len(self.stock.all.unknown()),
            phrasings=texts,
            trouble=trouble.trouble if trouble is not None else None,
            detail=trouble.detail if trouble is not None else "",
        )

    def read_all(self, texts: Sequence[str], lang: str | None, shop: str) -> list[Match] | None:
        """What it says to messages of a shop; None when it cannot say: then the default engine is to be asked. In a
        thread."""
        if not self._ready:
            return None
        try:
            matcher = self.stock.of(shop)
            if asked := pieces(matcher, texts):
                self._engine.encode(asked)
            found = read_all(matcher, texts, lang)
        except EngineFailed as error:
            self._fails(error)
            return None
        finally:
            self.forget()
        self._trouble = None
        return found

    def _fails(self, error: EngineFailed) -> None:
        if self._trouble is None or self._trouble.trouble != error.trouble:
            log.warning("The FAQ's engine %s fails, the default one decides: %s", self._engine.name, error)
        self._trouble = error

    async def _prepare(self) -> None:
        """Until every phrasing has its vector: look what is kept, ask for the rest, keep it."""
        name = self._engine.name
        while missing := self.stock.all.unknown():
            some = missing[:AT_ONCE]
            made = await self._database.read(engine_choice.vectors, name, some)
            if fresh := [text for text in some if text not in made]:
                try:
                    rows = await asyncio.to_thread(partial(self._engine.encode, fresh, seconds=UNHURRIED))
                except EngineFailed as error:
                    self._fails(error)
                    await asyncio.sleep(max(error.rest, 1.0))
                    continue
                new = dict(zip(fresh, rows, strict=True))
                await self._database.write(engine_choice.keep_vectors, name, new)
                made |= new
                self._trouble = None
            self.stock.all.know(made)
        self._ready = True
        await self._database.write(engine_choice.tidy_vectors, name, self.stock.all.texts())
