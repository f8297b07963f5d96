"""What a message is when it is more than words: a sticker, a place, a tap on a button, words with pictures in them."""

from __future__ import annotations

from typing import Literal

import msgspec


class Sticker(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sticker"):
    """A sticker, by its network's ids. `file` is the content id of the message's file that holds its picture."""

    package: str
    sticker: str
    keywords: tuple[str, ...] = ()
    text: str = ""
    animated: bool = False
    file: str = ""


class Location(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="location"):
    """A place, in degrees (WGS 84)."""

    latitude: float
    longitude: float
    title: str = ""
    address: str = ""


class Tapped(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="tapped"):
    """A button of ours was tapped (LINE's postback): what we put into it, and what was picked there (a date).

    `of` is the `ShownMessage.seq` of the message that offered it, where the network says so: then the desk looks
    whether that stands.
    """

    data: str
    picked: dict[str, str] = {}
    of: int = 0


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text, in characters. An emoji's picture is the message's file with the content id `file`."""

    start: int
    length: int
    what: Literal["emoji", "mention"]
    file: str = ""
    us: bool = False
    """Whether the mention is of ourselves."""


class Marked(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="marked"):
    """A text some of whose stretches are pictures or names."""

    marks: tuple[Mark, ...]


class Album(msgspec.Struct, frozen=True, kw_only=True):
    """This message is one of several pictures sent at once; `index` counts from 1, 0 where the network does not say."""

    id: str
    index: int = 0
    total: int = 0


Card = Sticker | Location | Tapped | Marked
