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


def plain(markdown: str) -> str:
    """What a text says without its marks. What only looks like a mark, as in 3 * 4, stays."""
    text = _IMAGE.sub(r"\1", markdown)
    text = _LINK.sub(lambda link: link[2] if link[1] == link[2] else f"{link[1]} ( {link[2]} )", text)
    text = _BARE.sub(lambda bare: bare[1].removeprefix("mailto:"), text)
    text = _BULLET.sub(r"\1- ", text)
    text = _HEADING.sub(r"\1", text)
    text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", text).strip()
