"""Articles in and out: CSV for spreadsheets, Markdown for people and repositories. What goes out comes in again."""

from __future__ import annotations

import codecs
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
from server.faq import actions, files, queries
from server.faq.views import LANGUAGES, STATES, ArticleView, Content, State, Words

COLUMNS = (
    "id", "state", "lang", "question", "phrasings", "full", "short", "category", "channels", "shops", "audience",
    "valid_from", "valid_until", "review_on", "owner", "related", "attachments",
)  # fmt: skip
MOST_BYTES = 20_000_000
Format = Literal["csv", "markdown"]
_HEAD = re.compile(r"^<!-- article: ?(.*?) ?-->$")
_PART = re.compile(r"^<!-- (phrasings|short|full) -->$")
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})\Z")
_PLACE = re.compile(r" - at `\$.*?(\w+)(?:\[\.\.\.\])?`$")
_ITEM = re.compile(r"^[-*+]\s+")


class Row(msgspec.Struct, kw_only=True):
    """One article in one language, as it stands in a file; `place` is its line there, in CSV its row as spreadsheets
    count them."""

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
    shops: str | None = None
    owner: str | None = None
    related: str | None = None
    attachments: str | None = None
    """These four stay as they are where the file has no such column."""


class Kept(msgspec.Struct, frozen=True):
    """An article with what a file says of it by name: its owner's mail address, its files."""

    view: ArticleView
    owner: str
    files: list[str]


class Moved(msgspec.Struct, frozen=True):
    """What an import did. `missing` are files that it names and the articles do not have: people add them by hand.
    `unknown` are owners and related articles that it names and that are not here: they were left out."""

    added: int
    changed: int
    published: int
    missing: list[str] = []
    unknown: list[str] = []


def written(articles: Iterable[Kept], form: Format) -> str:
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


def decoded(raw: bytes) -> str:
    """A file's text: UTF-8, UTF-16 with its mark, or Shift_JIS as Excel saves CSV in Japan. Raises `Invalid`."""
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp932"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid(fields={"file": "is neither text in UTF-8 nor in Shift_JIS"})


def read(text: str, form: Format) -> list[Row]:
    """The rows of a file. Raises `Invalid`."""
    return _read_markdown(text) if form == "markdown" else _read_csv(text)


def take(tx: Transaction, agent: AgentView, rows: list[Row], *, publish: bool = False) -> Moved:
    """Add what is new and change what is known by its id; all of it or nothing. With `publish` it is live at once.

    Rows of the same id are one article. Without an id that is known here, the article of the same question is meant, so
    that the same file may come twice, else a new one. Raises `Invalid`, naming the line.
    """
    articles: dict[str, list[Row]] = {}
    for row in rows:
        articles.setdefault(row.id.strip() or f"line {row.place}", []).append(row)
    added = changed = published = 0
    missing: list[str] = []
    unknown: list[str] = []
    numbers: dict[str, int] = {}
    versions: dict[str, int] = {}
    taken: set[int] = set()
    titles = {row.title: row.id for row in tx.all("SELECT id, title FROM article WHERE state <> 'archived'")}
    for key, own in articles.items():
        try:
            known = _known(tx, key) or titles.get(" ".join(own[0].question.split()))
            before = queries.article(tx, known) if known else None
            if known in taken:
                raise Invalid(fields={"question": "stands in an earlier line too"})
            content = _content(own, before.content if before is not None else None)
            content = _named(tx, content, own[0], before, missing, unknown)
            if before is None:
                view = actions.add(tx, agent, content)
                added += 1
            else:
                view = actions.edit(tx, agent, before.id, content)
                versions[key] = before.version
            numbers[key] = view.id
            taken.add(view.id)
        except Invalid as error:
            raise _at(own[0], error) from error
    for key, own in articles.items():
        try:
            view = queries.article(tx, numbers[key])
            if own[0].related is not None:
                # An article is named as the file names it: by its id there.
                named = _listed(own[0].related)
                found = {each: numbers.get(each) or _known(tx, each) for each in named}
                unknown += [each for each, id in found.items() if id is None]
                content = msgspec.structs.replace(view.content, related=[id for id in found.values() if id])
                view = actions.edit(tx, agent, view.id, content)
            stood = versions.get(key)
            changed += stood is not None and view.version != stood
            if publish and view.state != "published":
                actions.move(tx, agent, view.id, "published")
                published += 1
        except Invalid as error:
            raise _at(own[0], error) from error
    return Moved(added, changed, published, missing, list(dict.fromkeys(unknown)))


def _rows(kept: Kept) -> list[Row]:
    article = kept.view
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
            shops=", ".join(content.shops),
            audience=content.audience,
            valid_from=str(content.valid_from or ""),
            valid_until=str(content.valid_until or ""),
            review_on=str(content.review_on or ""),
            owner=kept.owner,
            related=", ".join(map(str, content.related)),
            attachments=", ".join(kept.files),
        )
        for lang in LANGUAGES
        if (words := content.words.get(lang)) is not None
    ]


def _content(rows: list[Row], before: Content | None) -> Content:
    first = rows[0]
    problems: dict[str, str] = {}
    if any(row.lang not in LANGUAGES for row in rows):
        problems["lang"] = "must be ja or en"
    elif len({row.lang for row in rows}) < len(rows):
        problems["lang"] = "stands twice for one id"
    if any(row.state not in ("", *STATES) for row in rows):
        problems["state"] = "is not one of the choices"
    if first.audience not in ("", "public", "internal"):
        problems["audience"] = "is not one of the choices"
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until", "review_on"):
        given = getattr(first, name).strip()
        try:
            days[name] = _day(given) if given else None
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
        "channels": _listed(first.channels),
        "shops": _listed(first.shops) if first.shops is not None else before.shops if before is not None else [],
        "audience": first.audience or "public",
        "owner": before.owner if before is not None else None,
        "related": before.related if before is not None else [],
        "attachments": before.attachments if before is not None else [],
        **days,
    }
    try:
        return msgspec.convert(msgspec.to_builtins(told), Content)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"": str(error)}) from error


def _day(given: str) -> date:
    """Also as spreadsheets in Japan write it: 2026/8/20. Raises `ValueError`."""
    if (found := _DAY.match(given)) is None:
        raise ValueError(given)
    year, month, day = map(int, found.groups())
    return date(year, month, day)


def _read_csv(text: str) -> list[Row]:
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count))
    names = [name.strip() for name in next(reader, ())]
    if "question" not in names or "lang" not in names:
        raise Invalid("The first line must name the columns, question and lang among them.")
    if unknown := [name for name in names if name and name not in COLUMNS]:
        raise Invalid("The first line names columns that articles do not have: {names}", names=", ".join(unknown))
    rows = []
    for place, cells in enumerate(reader, 2):
        if any(cells[len(names) :]):
            raise Invalid("Line {line}: {why}", line=place, why="a line has more cells than the first one names")
        if any(cells):
            told = dict(zip(names, cells, strict=False))
            rows.append(Row(place=place, **{name: told.get(name, "") for name in COLUMNS if name in names}))
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


def all_articles(tx: Transaction, states: tuple[State, ...] = STATES[:3]) -> list[Kept]:
    """Every article in these states, in the order in which they were written."""
    rows = tx.all("SELECT id, state FROM article ORDER BY id")
    mails = {row.id: row.email for row in tx.all("SELECT id, email FROM agent")}
    held = files.files_of(tx)
    found = []
    for view in (queries.article(tx, row.id) for row in rows if row.state in states):
        own = held.get(view.id, {})
        names = [own[id].name for id in view.content.attachments if id in own]
        found.append(Kept(view, mails.get(view.content.owner, ""), names))
    return found


def _named(
    tx: Transaction, content: Content, row: Row, before: ArticleView | None, missing: list[str], unknown: list[str]
) -> Content:
    """The owner and the files that a row names, as far as they are here; what is not is added to the lists."""
    owner, attachments = content.owner, content.attachments
    if row.owner is not None:
        mail = row.owner.strip()
        found = tx.value("SELECT id FROM agent WHERE lower(email) = :mail", mail=mail.lower())
        if found is None and mail:
            unknown.append(mail)
        else:
            owner = found
    if row.attachments is not None:
        named = _listed(row.attachments)
        held = files.files_of(tx).get(before.id, {}) if before is not None else {}
        ids = {file.name: id for id, file in held.items()}  # of two of a name the later one
        attachments = [ids[name] for name in named if name in ids]
        missing += [name for name in named if name not in ids]
    return msgspec.structs.replace(content, owner=owner, attachments=attachments)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"[,、]", text) if each.strip()]


def _known(tx: Transaction, key: str) -> int | None:
    known = key.isdecimal() and len(key) < 10
    return tx.value("SELECT id FROM article WHERE id = :id", id=int(key)) if known else None


def _at(row: Row, error: Invalid) -> Invalid:
    name, why = next(iter(error.fields.items()), ("", str(error)))
    if found := _PLACE.search(why):
        name, why = found[1], why[: found.start()]
    if not name:
        return Invalid("Line {line}: {why}", line=row.place, why=why)
    return Invalid("Line {line}, {column}: {why}", line=row.place, column=name.rpartition(".")[2], why=why)
