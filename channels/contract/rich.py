"""Messages of ours that are more than words, in terms that every network can draw in its own way."""

from __future__ import annotations

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


class Native(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="native"):
    """The network's own format (LINE: a Flex container), with the words for those who cannot see it."""

    alt: str
    contents: dict[str, Any]
    format: Literal["flex"] = "flex"


Rich = Buttons | Confirm | Carousel | OutSticker | Native
