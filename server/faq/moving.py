"""Articles in and out: CSV for spreadsheets, Markdown for people and repositories. What goes out comes in again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from server.agents import AgentView
from server.database import Transaction
from server.errors import Invalid
from server.faq import actions, queries
from server.faq.views import LANGUAGES, STATES, ArticleView, Content, State, Words

COLUMNS = (
    "id", "state", "lang", "question", "phrasings", "full", "short", "category", "channels", "audience",
    "valid_from", "valid_until", "review_on",
)  # fmt: skip
MOST_BYTES = 20_000_000
Format = Literal["csv", "markdown"]
_HEAD = re.compile(r"^<!-- article: ?(.*?) ?-->$")
_PART = re.compile(r"^<!-- (phrasings|short|full) -->$")
_ITEM = re.compile(r"^[-*+]\s+")


class Row(msgspec.Struct, kw_only=True):
    """One article in one language, as it stands in a file; `place` is its line there."""

    place: int
    id: str = ""
    state: str = ""
    lang: str = ""
    question: str = ""
    phrasings: str = ""
    full: str = ""
    short: str = ""
    category: str = ""
    channels: str = ""
    audience: str = ""
    valid_from: str = ""
    valid_until: str = ""
    review_on: str = ""


class Moved(msgspec.Struct, frozen=True):
    """What an import did."""

    added: int
    changed: int
    published: int


def written(articles: Iterable[ArticleView], form: Format) -> str:
    """The articles as a file. CSV begins with a byte order mark: spreadsheets take it for UTF-8 then."""
    rows = [row for article in articles for row in _rows(article)]
    if form == "markdown":
        return "\n".join(_markdown(row) for row in rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: getattr(row, name) for name in COLUMNS})
    return "\ufeff" + out.getvalue()


def read(text: str, form: Format) -> list[Row]:
    """The rows of a file. Raises `Invalid`."""
    return _read_markdown(text) if form == "markdown" else _read_csv(text)


def take(tx: Transaction, agent: AgentView, rows: list[Row], *, publish: bool = False) -> Moved:
    """Add what is new and change what is known by its id; all of it or nothing. With `publish` it is live at once.

    Rows of the same id are one article; without an id each row is a new one. Raises `Invalid`, naming the line.
    """
    articles: dict[str, list[Row]] = {}
    for row in rows:
        articles.setdefault(row.id.strip() or f"line {row.place}", []).append(row)
    added = changed = published = 0
    for key, own in articles.items():
        try:
            known = key.isdecimal() and len(key) < 10 and tx.value("SELECT 1 FROM article WHERE id = :id", id=int(key))
            before = queries.article(tx, int(key)) if known else None
            content = _content(own, before.content if before is not None else None)
            if before is None:
                view = actions.add(tx, agent, content)
                added += 1
            else:
                view = actions.edit(tx, agent, before.id, content)
                changed += view.version != before.version
            if publish and view.state != "published":
                actions.move(tx, agent, view.id, "published")
                published += 1
        except Invalid as error:
            words = ", ".join(f"{name} {what}" for name, what in error.fields.items()) or str(error)
            raise Invalid("Line {line}: {why}", line=own[0].place, why=words) from error
    return Moved(added, changed, published)


def _rows(article: ArticleView) -> list[Row]:
    content = article.content
    return [
        Row(
            place=0,
            id=str(article.id),
            state=article.state,
            lang=lang,
            question=words.question,
            phrasings="\n".join(words.phrasings),
            full=words.full,
            short=words.short,
            category=content.category,
            channels=", ".join(content.channels),
            audience=content.audience,
            valid_from=str(content.valid_from or ""),
            valid_until=str(content.valid_until or ""),
            review_on=str(content.review_on or ""),
        )
        for lang in LANGUAGES
        if (words := content.words.get(lang)) is not None
    ]


def _content(rows: list[Row], before: Content | None) -> Content:
    first = rows[0]
    problems: dict[str, str] = {}
    if any(row.lang not in LANGUAGES for row in rows):
        problems["lang"] = "must be ja or en"
    if first.audience not in ("", "public", "internal"):
        problems["audience"] = "is not one of the choices"
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until", "review_on"):
        given = getattr(first, name).strip().replace("/", "-")
        try:
            days[name] = date.fromisoformat(given) if given else None
        except ValueError:
            problems[name] = "must be a date like 2026-08-20"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    told = {
        "words": dict(before.words if before is not None else {})
        | {
            row.lang: Words(question=row.question, phrasings=row.phrasings.splitlines(), full=row.full, short=row.short)
            for row in rows
        },
        "category": first.category,
        "channels": [each.strip() for each in re.split(r"[,、]", first.channels) if each.strip()],
        "audience": first.audience or "public",
        "owner": before.owner if before is not None else None,
        "related": before.related if before is not None else [],
        **days,
    }
    try:
        return msgspec.convert(msgspec.to_builtins(told), Content)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"": str(error)}) from error


def _read_csv(text: str) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    if "question" not in names or "lang" not in names:
        raise Invalid("The first line must name the columns, question and lang among them.")
    rows = []
    for told in reader:
        if None in told:
            raise Invalid(
                "Line {line}: {why}", line=reader.line_num, why="a line has more cells than the first one names"
            )
        known = {name: told.get(name) or "" for name in COLUMNS if name in names}
        rows.append(Row(place=reader.line_num, **known))
    return rows


def _markdown(row: Row) -> str:
    facts = [(name, getattr(row, name)) for name in COLUMNS if name not in ("question", "phrasings", "full", "short")]
    head = "; ".join(f"{name}={value}" for name, value in facts if value)
    parts = [f"<!-- article: {head} -->", "", f"# {row.question}", ""]
    if row.phrasings:
        parts += ["<!-- phrasings -->", "", *(f"- {line}" for line in row.phrasings.splitlines()), ""]
    if row.short:
        parts += ["<!-- short -->", "", row.short, ""]
    if row.full:
        parts += ["<!-- full -->", "", row.full, ""]
    return "\n".join(parts)


def _read_markdown(text: str) -> list[Row]:
    rows: list[Row] = []
    part, lines = "", [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    for number, line in enumerate(lines, 1):
        if head := _HEAD.match(line):
            facts = dict(pair.split("=", 1) for pair in head[1].split("; ") if "=" in pair)
            rows.append(Row(place=number, **{name: value for name, value in facts.items() if name in COLUMNS}))
            part = "question"
        elif not rows:
            if line.strip():
                raise Invalid("Line {line}: {why}", line=number, why="an article begins with <!-- article: lang=ja -->")
        elif (mark := _PART.match(line)) is not None:
            part = mark[1]
        elif part == "question":
            if line.strip():
                rows[-1].question = line.removeprefix("# ").strip()
        elif part == "phrasings":
            if line.strip():
                rows[-1].phrasings += _ITEM.sub("", line) + "\n"
        else:
            setattr(rows[-1], part, getattr(rows[-1], part) + line + "\n")
    for row in rows:
        row.full, row.short = row.full.strip("\n"), row.short.strip("\n")
    return rows


def all_articles(tx: Transaction, states: tuple[State, ...] = STATES[:3]) -> list[ArticleView]:
    """Every article in these states, in the order in which they were written."""
    rows = tx.all("SELECT id, state FROM article ORDER BY id")
    return [queries.article(tx, row.id) for row in rows if row.state in states]
