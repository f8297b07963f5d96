"""The FAQ's results, added up from the days' counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from server.database import Transaction
from server.faq import queries as articles
from server.lessons import outlook
from server.lessons.views import ArticleResult, Counts, Due, Failing, MissedWords, Part, Results

UNUSED = timedelta(days=30)
"""Who is live for so long and is neither used nor read is not needed, or not found."""
LEAST_WRONG = 3
MOST_WRONG = 1 / 3
MOST_MISSED = 50
LEAST_MISSED = 2
"""Words that only one search held are shown to nobody."""
COLUMNS = (
    "week", "channel", "language", "article", "question", "asked", "found", "sure", "suggested", "used", "edited",
    "rejected", "reopened", "answered", "right", "wrong", "person", "solved", "offered",
)  # fmt: skip


def results(tx: Transaction, weeks: int = 13, channel: str = "", lang: str = "") -> Results:
    """How the FAQ did in the last weeks, this one with them; on one channel or in one language where they are said."""
    since = _since(tx, weeks)
    where, values = _where(since, channel, lang)
    by: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in tx.all(
        f"SELECT day, channel, lang, what, sum(times) AS times FROM faq_tally WHERE {where} GROUP BY 1, 2, 3, 4",
        **values,
    ):
        for kind, name in (("week", monday(row.day)), ("channel", row.channel), ("lang", row.lang), ("all", "")):
            by[kind][name][row.what] += int(row.times)
    empty: Counter[str] = Counter()
    mondays = [(since + timedelta(weeks=place)).isoformat() for place in range(weeks)]
    told = _articles(tx, where, values, since)
    expected, expected_at = outlook.read(tx)
    return Results(
        since=since.isoformat(),
        all=counts(by["all"][""]),
        weeks=[Part(name=name, counts=counts(by["week"].get(name, empty))) for name in mondays],
        channels=_parts(by["channel"]),
        languages=_parts(by["lang"]),
        articles=sorted(told, key=lambda one: (-one.counts.answered - one.suggested, one.article)),
        unused=_unused(tx, told),
        failing=sorted(filter(_fails, told), key=lambda one: -_bad(one)),
        due=due(tx),
        missed=missed(tx, lang),
        expected=[one for one in expected if not lang or one.lang == lang],
        expected_at=expected_at,
    )


def between(tx: Transaction, since: date, until: date) -> Counts:
    """What became of the messages of some days, both with them."""
    rows = tx.all(
        "SELECT what, sum(times) AS times FROM faq_tally WHERE day >= :since AND day <= :until GROUP BY what",
        since=since.isoformat(),
        until=until.isoformat(),
    )
    return counts({row.what: int(row.times) for row in rows})


def failing(tx: Transaction, since: date) -> list[Failing]:
    """Articles whose answers failed since a day, the worst first."""
    where, values = _where(since, "", "")
    told = sorted(filter(_fails, _articles(tx, where, values, since)), key=lambda one: -_bad(one))
    return [Failing(article=one.article, title=one.title, bad=_bad(one), good=_good(one)) for one in told]


def rows(tx: Transaction, weeks: int = 13) -> Iterator[list[Any]]:
    """The same for a spreadsheet: a line for each week, channel, language and article; without an article what is of
    the messages."""
    titles = {row.id: row.title for row in tx.all("SELECT id, title FROM article")}
    added: dict[tuple[str, str, str, int], Counter[str]] = defaultdict(Counter)
    for row in tx.all(
        "SELECT day, channel, lang, article_id, what, times FROM faq_tally WHERE day >= :since",
        since=_since(tx, weeks).isoformat(),
    ):
        added[monday(row.day), row.channel, row.lang, row.article_id][row.what] += int(row.times)
    for (week, channel, lang, article), found in sorted(added.items()):
        yield [week, channel, lang, article or "", titles.get(article, ""), *(found[name] for name in COLUMNS[5:])]


def counts(found: Mapping[str, int]) -> Counts:
    """Counts with their shares."""

    def many(name: str) -> int:
        return found.get(name, 0)

    used = many("used") + many("edited")
    return Counts(
        asked=many("asked"),
        found=many("found"),
        sure=many("sure"),
        answered=many("answered"),
        solved=many("solved"),
        right=many("right"),
        wrong=many("wrong"),
        person=many("person"),
        used=used,
        rejected=many("rejected"),
        reopened=many("reopened"),
        coverage=_share(many("answered"), many("asked")),
        precision=_share(many("right"), many("right") + many("wrong")),
        alone=_share(many("solved"), many("asked")),
        useful=_share(used - many("reopened"), used + many("rejected")),
    )


def missed(tx: Transaction, lang: str = "") -> list[MissedWords]:
    """What readers of the help centre looked for more than once in the last 90 days, and found nothing."""
    rows = tx.all(
        "SELECT lang, words, times, last_at FROM help_missed WHERE times >= :least"
        + (" AND lang = :lang" if lang else "")
        + " ORDER BY times DESC, last_at DESC LIMIT :most",
        least=LEAST_MISSED,
        most=MOST_MISSED,
        **({"lang": lang} if lang else {}),
    )
    return [MissedWords(lang=row.lang, words=row.words, times=row.times, last_at=row.last_at) for row in rows]


def monday(day: str) -> str:
    """The Monday of a day's week."""
    on = date.fromisoformat(day)
    return (on - timedelta(days=on.weekday())).isoformat()


def _since(tx: Transaction, weeks: int) -> date:
    return date.fromisoformat(monday(articles.today(tx).isoformat())) - timedelta(weeks=weeks - 1)


def _where(since: date, channel: str, lang: str) -> tuple[str, dict[str, str]]:
    given = {"channel": channel, "lang": lang}
    values = {"since": since.isoformat(), **{name: value for name, value in given.items() if value}}
    return " AND ".join(["day >= :since", *(f"{name} = :{name}" for name in values if name != "since")]), values


def _parts(found: Mapping[str, Counter[str]]) -> list[Part]:
    parts = [Part(name=name, counts=counts(each)) for name, each in found.items()]
    return sorted(parts, key=lambda part: -part.counts.asked)


def _articles(tx: Transaction, where: str, values: dict[str, str], since: date) -> list[ArticleResult]:
    """Every article that is live, or of which something was counted."""
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for row in tx.all(
        f"SELECT article_id, what, sum(times) AS times FROM faq_tally WHERE article_id <> 0 AND {where} GROUP BY 1, 2",
        **values,
    ):
        counted[row.article_id][row.what] += int(row.times)
    viewed = {
        row.article_id: int(row.times)
        for row in tx.all(
            "SELECT article_id, sum(times) AS times FROM help_count WHERE day >= :since AND article_id <> 0"
            " AND what IN ('viewed', 'opened', 'solved') GROUP BY 1",
            since=since.isoformat(),
        )
    }
    votes: dict[tuple[int, bool], int] = {
        (row.article_id, bool(row.helpful)): row.times
        for row in tx.all("SELECT article_id, helpful, count(*) AS times FROM help_vote GROUP BY 1, 2")
    }
    return [
        ArticleResult(
            article=row.id,
            title=row.title,
            suggested=counted[row.id]["suggested"],
            counts=counts(counted[row.id]),
            helpful=votes.get((row.id, True), 0),
            unhelpful=votes.get((row.id, False), 0),
            viewed=viewed.get(row.id, 0),
        )
        for row in tx.all("SELECT id, title, live_version FROM article ORDER BY id")
        if row.live_version is not None or row.id in counted
    ]


def _unused(tx: Transaction, told: list[ArticleResult]) -> list[ArticleResult]:
    old = {
        row.id
        for row in tx.all(
            "SELECT a.id FROM article a WHERE a.live_version IS NOT NULL AND (SELECT min(v.created_at)"
            " FROM article_version v WHERE v.article_id = a.id AND v.state = 'published') < :before",
            before=tx.now - UNUSED,
        )
    }
    return [one for one in told if one.article in old and not (one.counts.used or one.counts.answered or one.viewed)]


def _fails(one: ArticleResult) -> bool:
    return _bad(one) >= LEAST_WRONG and _bad(one) >= MOST_WRONG * (_bad(one) + _good(one))


def _good(one: ArticleResult) -> int:
    return one.counts.right + one.counts.used - one.counts.reopened + one.helpful


def _bad(one: ArticleResult) -> int:
    return one.counts.wrong + one.counts.rejected + one.counts.reopened + one.unhelpful


def due(tx: Transaction) -> list[Due]:
    """Articles that are to be looked at again today or earlier."""
    rows = tx.all(
        "SELECT id, title, review_on FROM article WHERE review_on <= :day AND state <> 'archived'"
        " ORDER BY review_on, id",
        day=articles.today(tx).isoformat(),
    )
    return [Due(article=row.id, title=row.title, review_on=row.review_on) for row in rows]


def _share(some: int, of: int) -> float | None:
    return some / of if of else None
