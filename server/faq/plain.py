"""Markdown as people write it in a mail: words, with their links behind them."""

from __future__ import annotations

import re

_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[([^\]]+)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_BARE = re.compile(r"<((?:https?://|mailto:)[^>\s]+)>")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$", re.M)
_CODE = re.compile(r"`([^`\n]+)`")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|-])")
_BULLET = re.compile(r"^( *)[*+] (?=\S)", re.M)

_ROW = re.compile(r"^ {0,3}\|(.*)\|[ \t]*$", re.M)
_RULE = re.compile(r"^ {0,3}\|[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|[ \t]*(\n|\Z)", re.M)


def plain(markdown: str) -> str:
    """What a text says without its marks. What only looks like a mark, as in 3 * 4, stays."""
    text = _ROW.sub(_cells, _RULE.sub("", markdown))
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(lambda link: link[2] if link[1] == link[2] else f"{link[1]} ( {link[2]} )", text)
    text = _BARE.sub(lambda bare: bare[1].removeprefix("mailto:"), text)
    text = _BULLET.sub(r"\1- ", text)
    text = _HEADING.sub(r"\1", text)
    text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", text).strip()


def _cells(row: re.Match[str]) -> str:
    """A table's row as words: `送料: 770円`, or its cells with strokes between."""
    cells = [cell.strip() for cell in row[1].replace("\\|", "\0").split("|")]
    line = ": ".join(cells) if len(cells) == 2 and cells[0] else " / ".join(cells)
    return line.replace("\0", "|")
