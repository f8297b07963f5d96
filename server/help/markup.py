"""An article's Markdown as HTML: headings below the question, a table of contents, pictures of its own, no scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

KEPT = 500
"""The last answers as HTML: a page, its data for search engines and the feed show the same, and most articles stay as
they are when one changes."""
LONG = 3
"""From so many headings on an article has a table of contents."""
TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
    "a", "img", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading"},
    "th": {"class"},
    "td": {"class"},
    "ol": {"start"},
    **{f"h{n}": {"id"} for n in range(2, 7)},
}
_SCHEMES = re.compile(r"(?i)(https?:|mailto:|tel:|/(?!/)|#)")


class Heading(NamedTuple):
    """A part of a long article, and where on the page it begins."""

    id: str
    words: str


class Page(NamedTuple):
    """An answer as HTML, and its contents where it is long."""

    html: str
    contents: list[Heading]


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def page(markdown: str, pictures: Mapping[str, str]) -> Page:
    """`pictures` leads from the name of one of the article's files to its address. Pictures from elsewhere become
    links: a reader's browser asks nobody else."""
    return _page(markdown, tuple(pictures.items()))


@lru_cache(maxsize=KEPT)
def _page(markdown: str, files: tuple[tuple[str, str], ...]) -> Page:
    reader, pictures = _reader(), dict(files)
    tokens = reader.parse(markdown)
    contents: list[Heading] = []
    # Whatever level an author begins with stands right below the question.
    lower = 2 - min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + lower)}"
        if token.type == "heading_open" and token.tag == "h2":
            id = f"s{len(contents) + 1}"
            token.attrSet("id", id)
            contents.append(Heading(id, _words(tokens[place + 1])))
        if token.type in ("th_open", "td_open") and (style := str(token.attrGet("style") or "")):
            token.attrs = {"class": "end" if "right" in style else "middle"} if "left" not in style else {}
        if token.children:
            token.children = [each for child in token.children for each in _inline(child, pictures)]
    html = nh3.clean(
        reader.renderer.render(tokens, reader.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return Page(html, contents if len(contents) >= LONG else [])


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline")).strip()


def _inline(token: Token, pictures: Mapping[str, str]) -> list[Token]:
    if token.type == "link_open" and not _SCHEMES.match(str(token.attrGet("href") or "")):
        token.attrSet("href", pictures.get(unquote(str(token.attrGet("href"))), "#"))
    if token.type != "image":
        return [token]
    source = str(token.attrGet("src") or "")
    if (own := pictures.get(unquote(source))) is not None:
        token.attrSet("src", own)
        token.attrSet("loading", "lazy")
        return [token]
    if not source.startswith(("https://", "http://")):
        return [Token("text", "", 0, content=token.content)]
    opened = Token("link_open", "a", 1, attrs={"href": source})
    return [opened, Token("text", "", 0, content=token.content or source), Token("link_close", "a", -1)]
