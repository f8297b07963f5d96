"""Messages of ours that are more than words, in terms that every network can draw in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to tap: it says `text` (the label when empty), opens `url`, or sends `data` back unseen."""

    label: str
    text: str = ""
    url: str = ""
    data: str = ""


class Buttons(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="buttons"):
    """A text with a few buttons, with a title and a picture if wanted."""

    text: str
    choices: tuple[Choice, ...]
    title: str = ""
    picture: str = ""


class Confirm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="confirm"):
    """A question with two answers."""

    text: str
    yes: Choice
    no: Choice


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One card of a carousel. `picture` is an address."""

    text: str
    choices: tuple[Choice, ...]
    title: str = ""
    picture: str = ""


class Carousel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="carousel"):
    """Cards side by side."""

    columns: tuple[Column, ...]


class OutSticker(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sticker"):
    """A sticker of the network's own."""

    package: str
    sticker: str


class Native(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="native"):
    """The network's own format (LINE: a Flex container), with the words for those who cannot see it.

    With `instead` the message's own text says the same, and is not sent besides.
    """

    alt: str
    contents: dict[str, Any]
    format: Literal["flex"] = "flex"
    instead: bool = False


Rich = Buttons | Confirm | Carousel | OutSticker | Native


def in_words(rich: Rich | None, choices: Sequence[Choice] = ()) -> str:
    """The same for a network that draws no cards: words, and each button in a line of its own. Stickers say nothing."""
    match rich:
        case Buttons():
            shown = _block(rich.title, rich.text, rich.choices)
        case Confirm():
            shown = _block("", rich.text, (rich.yes, rich.no))
        case Carousel():
            shown = "\n\n".join(_block(one.title, one.text, one.choices) for one in rich.columns)
        case Native():
            shown = rich.alt.strip()
        case _:
            shown = ""
    return "\n\n".join(filter(None, (shown, _block("", "", choices))))


def _block(title: str, text: str, choices: Sequence[Choice]) -> str:
    lines = [title.strip(), text.strip()]
    lines += [f"・{one.label}: {one.url}" if one.url else f"・{one.label}" for one in choices]
    return "\n".join(filter(None, lines))
