"""Files of articles: kept with the article that they were sent to, in whichever versions name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.faq import actions, queries
from server.faq.views import ArticleView, Content, FileView

MOST = 20
MOST_BYTES = 20_000_000
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\,、;<>]+")
_MEDIA = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")


def keep(tx: Transaction, agent: AgentView, article: int, stored: Sequence[tuple[str, str, str, int]]) -> ArticleView:
    """Add files that lie in the store (name, type, digest, size) to an article's draft. A file of a name that it has
    takes that one's place. Raises `NotFound`, `Invalid`."""
    require(agent, "agent")
    content = queries.article(tx, article).content
    mine = {each.name: each.id for each in _named(tx, article, content.attachments)}
    for name, media, digest, size in stored:
        name = name_of(name)
        mine[name] = tx.insert(
            "article_file", article_id=article, name=name, size=size, digest=digest, created_at=tx.now,
            content_type=media if _MEDIA.fullmatch(media) else "application/octet-stream",
        )  # fmt: skip
    if len(mine) > MOST:
        raise Invalid(fields={"attachments": "are more than 20"})
    return actions.edit(tx, agent, article, _with(content, list(mine.values())))


def drop(tx: Transaction, agent: AgentView, article: int, file: int) -> ArticleView:
    """Take a file out of an article's draft. Raises `NotFound`."""
    content = queries.article(tx, article).content
    if file not in content.attachments:
        raise NotFound("There is no such file.")
    return actions.edit(tx, agent, article, _with(content, [each for each in content.attachments if each != file]))


def name_of(name: str) -> str:
    """A file's name without what no system can keep, and without what parts names in an export."""
    return _NO_NAME.sub(" ", name).strip(". ")[-200:] or "file"


def files(tx: Transaction, article: int, wanted: Sequence[int]) -> list[FileView]:
    """Those of an article's files, in this order."""
    return _named(tx, article, wanted)


def attached(tx: Transaction, article: int) -> list[FileView]:
    """The files of an article's draft. Raises `NotFound`."""
    return _named(tx, article, queries.article(tx, article).content.attachments)


def digest(tx: Transaction, article: int, file: int) -> tuple[FileView, str]:
    """A file and its name in the store. Raises `NotFound`."""
    row = tx.first("SELECT * FROM article_file WHERE id = :id AND article_id = :article", id=file, article=article)
    if row is None:
        raise NotFound("There is no such file.")
    return _view(row), row.digest


def by_number(tx: Transaction, file: int) -> tuple[FileView, str]:
    """Any article's file and its name in the store. Raises `NotFound`."""
    row = tx.first("SELECT * FROM article_file WHERE id = :id", id=file)
    if row is None:
        raise NotFound("There is no such file.")
    return _view(row), row.digest


def files_of(tx: Transaction) -> dict[int, dict[int, FileView]]:
    """Every article's files, by article and number."""
    found: dict[int, dict[int, FileView]] = {}
    for row in tx.all("SELECT * FROM article_file ORDER BY id"):
        found.setdefault(row.article_id, {})[row.id] = _view(row)
    return found


def _named(tx: Transaction, article: int, wanted: Sequence[int]) -> list[FileView]:
    rows = tx.all("SELECT * FROM article_file WHERE article_id = :article", article=article)
    known = {row.id: _view(row) for row in rows}
    return [known[id] for id in wanted if id in known]


def _with(content: Content, attachments: list[int]) -> Content:
    return msgspec.structs.replace(content, attachments=attachments)


def _view(row: Any) -> FileView:
    return FileView(
        id=row.id,
        name=row.name,
        content_type=row.content_type,
        size=row.size,
        url=f"/api/v1/articles/{row.article_id}/files/{row.id}",
    )
