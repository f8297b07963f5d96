"""What readers make of articles: a vote each, and counts of what happened.

Of what they typed only the words of searches that found nothing are kept, by themselves, for ninety days.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from server.accounts import desk_settings
from server.database import Database, Transaction
from server.errors import Unavailable
from server.help.views import Place, What
from server.language import fold

log = logging.getLogger(__name__)

KNOWN_FOR = timedelta(days=30)
"""How long a reader's vote can be told from another reader's, and so be changed."""
WORDS_FOR = timedelta(days=365)
"""How long readers' words are kept."""
MISSED_FOR = timedelta(days=90)
"""How long it is kept what was looked for and not found."""
MOST_WORDS = 1_000
MOST_MISSED = 500
"""So many different searches that found nothing are kept between two flushes."""
LONGEST_MISSED = 60

Counted = tuple[Place, What, int]
"""Where, what, of which article (0: none)."""


def visitor(secret: bytes, article: int, address: str, browser: str) -> str:
    """A name for a reader that holds for one article and leads back to nobody without the desk's secret."""
    told = f"{article}\n{address}\n{browser}".encode(errors="replace")
    return hmac.new(secret, b"help vote\n" + told, hashlib.sha256).hexdigest()[:32]


def vote(tx: Transaction, article: int, centre: int, lang: str, helpful: bool, who: str, words: str = "") -> None:
    """A reader's vote; a second one of the same reader replaces the first, whose words stay unless there are new."""
    said = words.replace("\0", "").strip()[:MOST_WORDS]
    tx.run(
        "INSERT INTO help_vote (article_id, centre_id, lang, helpful, visitor, words, created_at)"
        " VALUES (:article, :centre, :lang, :helpful, :who, :words, :now)"
        " ON CONFLICT (article_id, visitor) DO UPDATE SET helpful = excluded.helpful, lang = excluded.lang,"
        " words = CASE WHEN excluded.words <> '' THEN excluded.words ELSE help_vote.words END,"
        " created_at = excluded.created_at",
        article=article, centre=centre, lang=lang, helpful=helpful, who=who, words=said, now=tx.now,
    )  # fmt: skip


def add(tx: Transaction, counts: Mapping[Counted, int], missed: Mapping[tuple[str, str], int]) -> None:
    """Add to the counts of the desk's day, and to what was looked for and not found: words by language."""
    day = tx.now.astimezone(desk_settings.read(tx).zone).date().isoformat()
    for (place, what, article), times in counts.items():
        tx.run(
            "INSERT INTO help_count (day, place, what, article_id, times)"
            " VALUES (:day, :place, :what, :article, :times)"
            " ON CONFLICT (day, place, what, article_id) DO UPDATE SET times = help_count.times + excluded.times",
            day=day, place=place, what=what, article=article, times=times,
        )  # fmt: skip
    for (lang, words), times in missed.items():
        tx.run(
            "INSERT INTO help_missed (lang, words, times, last_at) VALUES (:lang, :words, :times, :now)"
            " ON CONFLICT (lang, words) DO UPDATE SET times = help_missed.times + excluded.times, last_at = :now",
            lang=lang, words=words, times=times, now=tx.now,
        )  # fmt: skip


def sweep(tx: Transaction) -> None:
    """Forget who voted after thirty days, what they wrote after a year, and what was looked for after ninety days."""
    tx.run("DELETE FROM help_missed WHERE last_at < :at", at=tx.now - MISSED_FOR)
    tx.run("UPDATE help_vote SET visitor = NULL WHERE visitor IS NOT NULL AND created_at < :at", at=tx.now - KNOWN_FOR)
    tx.run("UPDATE help_vote SET words = '' WHERE words <> '' AND created_at < :at", at=tx.now - WORDS_FOR)


class Counts:
    """Counts on their way to the database. The composition runs `run` as a task and calls `flush` at the end."""

    def __init__(self, database: Database, *, gather: float = 2.0) -> None:
        self._database = database
        self._gather = gather
        self._counted: Counter[Counted] = Counter()
        self._missed: Counter[tuple[str, str]] = Counter()
        self._kicked = asyncio.Event()

    def count(self, place: Place, what: What, article: int = 0) -> None:
        """Once more."""
        self._counted[place, what, article] += 1
        self._kicked.set()

    def missed(self, lang: str, words: str) -> None:
        """A search found nothing. Kept are its folded words, unless they are long, or a number or an address."""
        said = " ".join(fold(words).split())
        if not said or len(said) > LONGEST_MISSED or "@" in said or re.search(r"\d{4}", said):
            return
        if len(self._missed) < MOST_MISSED:
            self._missed[lang, said] += 1
            self._kicked.set()

    async def run(self) -> None:
        """Write down what was counted, until cancelled."""
        while True:
            await self._kicked.wait()
            await asyncio.sleep(self._gather)
            self._kicked.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write down what is kept in memory; what the database does not take now waits for the next time."""
        counted, self._counted = self._counted, Counter()
        missed, self._missed = self._missed, Counter()
        if not counted and not missed:
            return
        try:
            await self._database.write(add, counted, missed)
        except Unavailable as error:
            log.warning("The help centre's counts have to wait: %s", error)
            self._counted.update(counted)
            self._missed.update(missed)
            self._kicked.set()
