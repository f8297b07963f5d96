"""A notice on LINE as a card: drawn from its title and text in the shop's colour, or the shop's own Flex.

https://developers.line.biz/en/docs/messaging-api/flex-message-elements/ ; within the limits that
`channels.line.rules.flex` checks: 30 kB a bubble, no empty text, labels of at most 40 characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from channels.contract import Native
from server.errors import Invalid
from server.notices.blocks import Block, Button, Heading, Paragraph, Row, Rule, read, rows
from server.notices.markup import ink

MOST_ARTICLES = 12
MOST_BLOCKS = 30
LONGEST = 500
LABEL = 20
ADDRESS = 1000
SOFT = "#6b7280"
INK = "#111827"
COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[\]}])')
"""Texts, and commas before a closing bracket, as loops leave them."""

Part = dict[str, Any]


def drawn(title: str, text: str, *, shop: str, color: str, language: str) -> dict[str, Any]:
    """The bubble for a text. Its buttons are below, the first in the shop's colour."""
    parts = read(text)
    buttons = [each for each in parts.body if isinstance(each, Button) and each.label and len(each.url) <= ADDRESS]
    shown = [each for each in parts.body if each not in buttons]
    tint = ink(color)
    head: list[Part] = [{"type": "text", "text": shop[:60], "size": "xs", "color": tint}] if shop.strip() else []
    head.append({"type": "text", "text": title[:LONGEST], "weight": "bold", "size": "md", "wrap": True, "color": tint})
    bubble: dict[str, Any] = {
        "type": "bubble",
        "size": "mega",
        "header": _box(head, spacing="xs", paddingAll="lg", backgroundColor=color),
    }
    body = _body(shown, language)
    if foot := _foot(parts.foot):
        body += [{"type": "separator", "margin": "lg"}, _box(foot, spacing="xs", margin="md")]
    if body:
        bubble["body"] = _box(body, spacing="md", paddingAll="lg")
    if buttons:
        bubble["footer"] = _box([_button(each, place, color) for place, each in enumerate(buttons[:4])], spacing="sm")
    return bubble


def own(source: str) -> dict[str, Any]:
    """The shop's own Flex, after it was filled in: without commas too many, and without texts that came out empty.

    Raises `Invalid` for what is not JSON of a bubble or a carousel.
    """
    try:
        found = json.loads(COMMA.sub(lambda hit: hit[1] or "", source))
    except ValueError as error:
        raise Invalid("The card cannot be filled in: {reason}", reason=str(error)) from error
    if isinstance(found, dict) and found.get("type") == "flex":
        found = found.get("contents")
    if not isinstance(found, dict) or found.get("type") not in ("bubble", "carousel"):
        raise Invalid("The card cannot be filled in: {reason}", reason="no bubble or carousel")
    pruned: dict[str, Any] = _pruned(found)
    return pruned


def native(title: str, text: str, contents: dict[str, Any]) -> Native:
    """The card with the words for those who do not see it."""
    return Native(alt="\n".join(filter(None, (title.strip(), text.strip()))), contents=contents, instead=True)


def _body(blocks: Sequence[Block], language: str) -> list[Part]:
    parts: list[Part] = []
    for block in rows(blocks):
        match block:
            case list():
                parts.append(_rows(block, language))
            case Heading():
                parts.append(_text(block.words, weight="bold", size="sm", color=INK, margin="lg"))
            case Button():
                parts.append(_link(block))
            case Paragraph():
                parts.append(_text("\n".join(block.lines), size="sm", color=INK))
            case Rule():
                parts.append({"type": "separator", "margin": "lg"})
    while parts and parts[-1]["type"] == "separator":
        parts.pop()
    return parts[:MOST_BLOCKS]


def _foot(blocks: Sequence[Block]) -> list[Part]:
    """Small print; an address there is a link, not a button."""
    parts: list[Part] = []
    for block in blocks:
        match block:
            case Row():
                parts.append(_text(f"{block.left}: {block.right}", size="xxs", color=SOFT))
            case Heading():
                parts.append(_text(block.words, size="xxs", color=SOFT, weight="bold"))
            case Paragraph():
                parts.append(_text("\n".join(block.lines), size="xxs", color=SOFT))
            case Button():
                parts.append(_link(block, size="xxs"))
            case Rule():
                pass
    return parts


def _link(block: Button, size: str = "xs") -> Part:
    """An address as words to tap."""
    shown = _text(block.label or block.url, size=size, color=SOFT)
    if len(block.url) > ADDRESS:
        return shown
    action = {"type": "uri", "label": (block.label or block.url)[:LABEL], "uri": block.url}
    return shown | {"decoration": "underline", "action": action}


def _rows(found: Sequence[Row], language: str) -> Part:
    articles = [row for row in found if row.article]
    left_out = len(articles) - MOST_ARTICLES
    priced = bool(articles)
    shown: list[Part] = []
    listed = 0
    for row in found:
        listed += row.article
        if row.article and listed > MOST_ARTICLES:
            if listed == MOST_ARTICLES + 1:
                more = f"ほか{left_out}点" if language == "ja" else f"and {left_out} more"
                shown.append(_text(more, size="xs", color=SOFT))
            continue
        shown.append(_row(row, priced))
    return _box(shown[:MOST_BLOCKS], spacing="sm", margin="md")


def _row(row: Row, priced: bool) -> Part:
    if priced:
        left = _text(row.left, size="sm", color=INK if row.article else SOFT, flex=5)
        right = {"type": "text", "text": row.right[:40], "size": "sm", "color": INK, "align": "end", "flex": 3}
    else:
        left = _text(row.left, size="sm", color=SOFT, flex=4)
        right = _text(row.right, size="sm", color=INK, flex=7)
    return {"type": "box", "layout": "horizontal", "spacing": "md", "contents": [left, right]}


def _button(block: Button, place: int, color: str) -> Part:
    label = block.label if len(block.label) <= LABEL else block.label[: LABEL - 1] + "…"
    action = {"type": "uri", "label": label, "uri": block.url}
    if place:
        return {"type": "button", "style": "link", "height": "sm", "action": action}
    if ink(color) != "#ffffff":
        return {"type": "button", "style": "secondary", "height": "sm", "action": action}
    return {"type": "button", "style": "primary", "height": "sm", "color": color, "action": action}


def _text(words: str, **look: Any) -> Part:
    return {"type": "text", "text": words[:LONGEST], "wrap": True, **look}


def _box(contents: list[Part], **look: Any) -> Part:
    return {"type": "box", "layout": "vertical", "contents": contents, **look}


def _pruned(part: Any) -> Any:
    """Without texts and spans that say nothing, buttons that lead nowhere, and boxes in which nothing is left."""
    if isinstance(part, list):
        return [each for each in map(_pruned, part) if each is not None]
    if not isinstance(part, dict):
        return part
    kind = part.get("type")
    if kind in ("text", "span") and not part.get("text") and not part.get("contents"):
        return None
    if kind in ("image", "icon") and not part.get("url"):
        return None
    if kind == "button" and not any(part.get("action", {}).get(name) for name in ("uri", "text", "data")):
        return None
    found = {name: _pruned(value) for name, value in part.items()}
    return {name: value for name, value in found.items() if value is not None}
