"""A letter as LINE's message objects.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from channels.contract import (
    Attachment,
    Buttons,
    Carousel,
    Choice,
    Confirm,
    Desk,
    Native,
    OutboundMessage,
    OutSticker,
    Rich,
    Undeliverable,
)
from channels.filenames import safe_filename
from channels.line import media
from channels.line.rules import limits
from channels.line.rules.limits import units
from channels.line.texts import shorten, split
from channels.wording import say

ALT = 400
"""Of the 1,500 that LINE takes: notifications and lists of chats show no more."""

Bubble = dict[str, Any]


async def compose(desk: Desk, message: OutboundMessage) -> list[Bubble]:
    """All bubbles of a letter, in order, the same at each try. Raises `Undeliverable` for what LINE never takes."""
    found: list[Bubble] = []
    if message.text.strip() and not (isinstance(message.rich, Native) and message.rich.instead):
        found = [{"type": "text", "text": piece} for piece in split(message.text)]
    if message.quotes and found:
        found[0]["quoteToken"] = message.quotes
    if message.rich is not None:
        found += rich(message.rich)
        if message.quotes and not message.text.strip() and found[0]["type"] == "sticker":
            found[0]["quoteToken"] = message.quotes
    for place, file in enumerate(message.attachments):
        found.append(await _file(desk, message, place, file))
    if not found:
        raise Undeliverable("There is nothing in this letter that could be shown on LINE.", code="empty")
    with_choices(found, message.choices)
    return found


def with_choices(bubbles: list[Bubble], choices: Sequence[Choice]) -> None:
    """Offer answers under the last of them."""
    if choices:
        bubbles[-1]["quickReply"] = {"items": [_quick(choice) for choice in choices[: limits.QUICK_REPLIES]]}


# ----------------------------------------------------------------------------------------------------------- files


async def _file(desk: Desk, message: OutboundMessage, place: int, file: Attachment) -> Bubble:
    """A picture, a film or a voice where LINE shows it so, else a card with a link."""
    name = f"{message.key}:{place}"
    if file.content_type.startswith("image/") and file.size <= 4 * media.LARGEST_IMAGE:
        shown = await asyncio.to_thread(media.picture, file)
        if shown is not None:
            return {
                "type": "image",
                "originalContentUrl": await desk.publish(message.account, name, shown.original),
                "previewImageUrl": await desk.publish(message.account, f"{name}:preview", shown.preview),
            }
    url = await desk.publish(message.account, name, file)
    if file.content_type in media.VIDEO and file.size <= media.LARGEST_MEDIA:
        preview = await asyncio.to_thread(media.film_preview)
        return {
            "type": "video",
            "originalContentUrl": url,
            "previewImageUrl": await desk.publish(message.account, f"{name}:preview", preview),
        }
    if file.content_type in media.AUDIO and file.size <= media.LARGEST_MEDIA:
        length = await asyncio.to_thread(media.milliseconds, file)
        return {"type": "audio", "originalContentUrl": url, "duration": length}
    return _card(file, url, message.language)


def _card(file: Attachment, url: str, language: str) -> Bubble:
    name = safe_filename(file.filename)
    return {
        "type": "flex",
        "altText": shorten(say(language, "A file: {name}", name=name), ALT),
        "contents": {
            "type": "bubble",
            "size": "kilo",
            "body": {
                "type": "box",
                "layout": "vertical",
                "spacing": "sm",
                "contents": [
                    {"type": "text", "text": name, "weight": "bold", "wrap": True, "maxLines": 4},
                    {"type": "text", "text": _size(file.size), "size": "xs", "color": "#6b7280"},
                ],
            },
            "footer": {
                "type": "box",
                "layout": "vertical",
                "contents": [
                    {
                        "type": "button",
                        "style": "primary",
                        "height": "sm",
                        "action": {"type": "uri", "label": say(language, "Open the file"), "uri": url},
                    }
                ],
            },
        },
    }


def _size(bytes_: int) -> str:
    return f"{bytes_ / 1_000_000:.1f} MB" if bytes_ >= 100_000 else f"{max(bytes_ / 1000, 0.1):.1f} kB"


# ------------------------------------------------------------------------------------------------------------ rich


def rich(what: Rich) -> list[Bubble]:
    """Buttons and cards: as LINE's templates where they fit, else drawn as Flex, which holds more."""
    match what:
        case OutSticker():
            return [{"type": "sticker", "packageId": what.package, "stickerId": what.sticker}]
        case Native():
            return [{"type": "flex", "altText": shorten(what.alt, ALT) or "…", "contents": what.contents}]
        case Confirm():
            pair = [_action(what.yes), _action(what.no)]
            if units(what.text) <= limits.CONFIRM_TEXT:
                return [_template(what.text, {"type": "confirm", "text": what.text, "actions": pair})]
            return [_flex(what.text, _drawn("", what.text, "", (what.yes, what.no)))]
        case Buttons():
            return [_buttons(what)]
        case Carousel():
            return [_carousel(what)]


def _buttons(what: Buttons) -> Bubble:
    room = limits.BUTTONS_TEXT_TOPPED if what.title or what.picture else limits.BUTTONS_TEXT
    short = units(what.text) <= room and units(what.title) <= limits.TITLE
    if not short or not 1 <= len(what.choices) <= limits.BUTTONS:
        return _flex(what.title or what.text, _drawn(what.title, what.text, what.picture, what.choices))
    template: Bubble = {"type": "buttons", "text": what.text, "actions": [_action(choice) for choice in what.choices]}
    if what.title:
        template["title"] = what.title
    if what.picture:
        template["thumbnailImageUrl"] = what.picture
    return _template(what.title or what.text, template)


def _carousel(what: Carousel) -> Bubble:
    """A template wants as many actions, and titles and pictures, on each card as on every other."""
    columns = what.columns
    if not 1 <= len(columns) <= limits.FLEX_BUBBLES:
        raise Undeliverable(f"A carousel on LINE has 1 to {limits.FLEX_BUBBLES} cards.", code="refused")
    alike = {(len(one.choices), bool(one.title), bool(one.picture)) for one in columns}
    topped = any(one.title or one.picture for one in columns)
    room = limits.COLUMN_TEXT_TOPPED if topped else limits.COLUMN_TEXT
    short = all(units(one.text) <= room and units(one.title) <= limits.TITLE for one in columns)
    fits = short and all(1 <= len(one.choices) <= limits.COLUMN_BUTTONS for one in columns)
    words = columns[0].title or columns[0].text
    if len(alike) > 1 or not fits or len(columns) > limits.COLUMNS:
        drawn = [_drawn(one.title, one.text, one.picture, one.choices) for one in columns]
        return _flex(words, {"type": "carousel", "contents": drawn})
    cards: list[Bubble] = []
    for one in columns:
        card: Bubble = {"text": one.text, "actions": [_action(choice) for choice in one.choices]}
        if one.title:
            card["title"] = one.title
        if one.picture:
            card["thumbnailImageUrl"] = one.picture
        cards.append(card)
    return _template(words, {"type": "carousel", "columns": cards})


def _template(alt: str, template: Bubble) -> Bubble:
    return {"type": "template", "altText": shorten(alt, ALT), "template": template}


def _flex(alt: str, contents: Bubble) -> Bubble:
    return {"type": "flex", "altText": shorten(alt, ALT), "contents": contents}


def _drawn(title: str, text: str, picture: str, choices: Sequence[Choice]) -> Bubble:
    words: list[Bubble] = (
        [{"type": "text", "text": title, "weight": "bold", "size": "lg", "wrap": True}] if title else []
    )
    words.append({"type": "text", "text": text or "…", "wrap": True})
    bubble: Bubble = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": words},
    }
    if picture:
        bubble["hero"] = {
            "type": "image",
            "url": picture,
            "size": "full",
            "aspectRatio": "20:13",
            "aspectMode": "cover",
        }
    if choices:
        buttons = [{"type": "button", "height": "sm", "action": _action(choice)} for choice in choices]
        bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons}
    return bubble


def _quick(choice: Choice) -> Bubble:
    return {"type": "action", "action": _action(choice)}


def _action(choice: Choice) -> Bubble:
    if not 1 <= units(choice.label) <= limits.LABEL:
        words = f"A button on LINE has a label of 1 to {limits.LABEL} characters: {choice.label}"
        raise Undeliverable(words, code="refused")
    words = choice.text or choice.label
    if choice.url:
        return {"type": "uri", "label": choice.label, "uri": choice.url}
    if choice.data:
        return {"type": "postback", "label": choice.label, "data": choice.data, "displayText": words}
    return {"type": "message", "label": choice.label, "text": words}
