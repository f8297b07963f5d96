"""The fields of what goes along with a macro's text: buttons, cards, a sticker, Flex, choices; written in plain lines.

A button is a line `label`, `label = words that it says` or `label = https://…`. A card of several is a paragraph: its
title, its text, an address of a picture, and its buttons, each behind a hyphen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from channels.contract import Buttons, Carousel, Choice, Column, Confirm, Native, OutSticker, Rich
from server.errors import Invalid
from server.tickets.macros import Besides, MacroView


def typed(data: Any) -> Besides:
    """What was typed. Raises `Invalid` by field."""
    return Besides(rich=_rich(data), choices=_choices(data.get("choices", "")))


def shown(macro: MacroView) -> dict[str, Any]:
    """The fields as they stand."""
    fields: dict[str, Any] = {"rich": "", "choices": _lines(macro.choices)}
    match macro.rich:
        case Buttons() as one:
            fields |= {"rich": "buttons", "card_title": one.title, "card_text": one.text, "picture": one.picture}
            fields["buttons"] = _lines(one.choices)
        case Confirm() as one:
            fields |= {"rich": "confirm", "card_text": one.text, "buttons": _lines((one.yes, one.no))}
        case Carousel() as one:
            fields |= {"rich": "carousel", "cards": "\n\n".join(_card_lines(card) for card in one.columns)}
        case OutSticker() as one:
            fields |= {"rich": "sticker", "sticker": f"{one.package}/{one.sticker}"}
        case Native() as one:
            contents = msgspec.json.format(msgspec.json.encode(one.contents), indent=1).decode()
            fields |= {"rich": "native", "alt": one.alt, "flex": contents}
    return fields


def _rich(data: Any) -> Rich | None:
    text = data.get("card_text", "").strip()
    match data.get("rich"):
        case "buttons":
            _needed("card_text", text)
            buttons = _choices(_needed("buttons", data.get("buttons", "")))
            title, picture = data.get("card_title", "").strip(), data.get("picture", "").strip()
            return Buttons(text=text, choices=buttons, title=title, picture=picture)
        case "confirm":
            _needed("card_text", text)
            pair = _choices(data.get("buttons", ""))
            if len(pair) != 2:
                raise Invalid(fields={"buttons": "A question has two answers: two lines."})
            return Confirm(text=text, yes=pair[0], no=pair[1])
        case "carousel":
            cards = _needed("cards", data.get("cards", "")).replace("\r\n", "\n").split("\n\n")
            return Carousel(columns=tuple(_card(card) for card in cards if card.strip()))
        case "sticker":
            package, slash, sticker = data.get("sticker", "").strip().partition("/")
            if not slash or not package.isdecimal() or not sticker.isdecimal():
                raise Invalid(fields={"sticker": "Package and sticker, as in 446/1989"})
            return OutSticker(package=package, sticker=sticker)
        case "native":
            alt = _needed("alt", data.get("alt", ""))
            try:
                contents = msgspec.json.decode(data.get("flex", ""), type=dict[str, Any])
            except msgspec.DecodeError as error:
                raise Invalid(fields={"flex": "This is not JSON of a Flex message."}) from error
            return Native(alt=alt, contents=contents)
    return None


def _needed(name: str, text: str) -> str:
    if not text.strip():
        raise Invalid(fields={name: "is missing"})
    return text.strip()


def _choices(text: str) -> tuple[Choice, ...]:
    return tuple(_choice(line) for line in text.splitlines() if line.strip())


def _choice(line: str) -> Choice:
    label, _, rest = (part.strip() for part in line.replace("＝", "=", 1).partition("="))
    if rest.startswith(("https://", "http://", "tel:", "mailto:")):
        return Choice(label=label, url=rest)
    if rest.startswith("data:"):
        return Choice(label=label, data=rest.removeprefix("data:").strip())
    return Choice(label=label, text=rest)


def _lines(choices: Sequence[Choice]) -> str:
    return "\n".join(_line(one) for one in choices)


def _line(one: Choice) -> str:
    rest = one.url or (f"data:{one.data}" if one.data else one.text)
    return f"{one.label} = {rest}" if rest else one.label


def _card(text: str) -> Column:
    words: list[str] = []
    choices: list[Choice] = []
    picture = ""
    for line in (line.strip() for line in text.splitlines() if line.strip()):
        if line.startswith(("-", "・")):
            choices.append(_choice(line[1:].strip()))
        elif line.startswith(("https://", "http://")) and not picture:
            picture = line
        else:
            words.append(line)
    if not words or not choices:
        raise Invalid(fields={"cards": "Each card has a text and at least one button."})
    title = words.pop(0) if len(words) > 1 else ""
    return Column(text="\n".join(words), choices=tuple(choices), title=title, picture=picture)


def _card_lines(card: Column) -> str:
    lines = [card.title, card.text, card.picture, *(f"- {_line(one)}" for one in card.choices)]
    return "\n".join(filter(None, lines))
