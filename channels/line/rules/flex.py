"""Flex messages. https://developers.line.biz/en/reference/messaging-api/#flex-message"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from channels.line.rules.actions import BUTTON, check_action
from channels.line.rules.limits import FLEX_BUBBLES
from channels.line.rules.looking import Findings, Look
from channels.line.rules.refusal import Detail

BUBBLE_BYTES = 30_000
CAROUSEL_BYTES = 50_000
_DEPTH = 10

_STEPS = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
_SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
_BORDERS = ("none", "light", "normal", "medium", "semi-bold", "bold")
_PIXELS = re.compile(r"\d+(\.\d+)?px\Z")
_PERCENT = re.compile(r"\d+(\.\d+)?%\Z")
_RATIO = re.compile(r"\d+(\.\d+)?:\d+(\.\d+)?\Z")
_ANGLE = re.compile(r"\d+(\.\d+)?deg\Z")

_POSITION = ("margin", "position", "offsetTop", "offsetBottom", "offsetStart", "offsetEnd")
_FIELDS: dict[str, tuple[str, ...]] = {
    "box": (
        *("layout", "contents", "backgroundColor", "borderColor", "borderWidth", "cornerRadius", "width", "maxWidth"),
        *("height", "maxHeight", "flex", "spacing", "paddingAll", "paddingTop", "paddingBottom", "paddingStart"),
        *("paddingEnd", "action", "justifyContent", "alignItems", "background", *_POSITION),
    ),
    "button": ("action", "flex", "height", "style", "color", "gravity", "adjustMode", "scaling", *_POSITION),
    "image": (
        *("url", "flex", "align", "gravity", "size", "aspectRatio", "aspectMode", "backgroundColor", "action"),
        *("animated", *_POSITION),
    ),
    "video": ("url", "previewUrl", "altContent", "aspectRatio", "action"),
    "icon": ("url", "size", "scaling", "aspectRatio", *_POSITION),
    "text": (
        *("text", "contents", "adjustMode", "flex", "size", "align", "gravity", "wrap", "lineSpacing", "maxLines"),
        *("weight", "color", "action", "style", "decoration", "scaling", *_POSITION),
    ),
    "span": ("text", "color", "size", "weight", "style", "decoration"),
    "separator": ("margin", "color"),
    "filler": ("flex",),
}
_IN_BOX = ("box", "button", "image", "text", "separator", "filler")
_IN_BASELINE = ("icon", "text", "filler")


def check_flex(contents: dict[str, Any], *, loopback: bool = False) -> list[Detail]:
    """Everything that is wrong with a Flex message's `contents`, with JSON pointers as LINE gives them."""
    found = Findings(loopback=loopback)
    look = Look(contents, "", found, join="/")
    kind = look.one_of("type", ("bubble", "carousel"), required=True)
    if kind == "carousel":
        look.only(("type", "contents"))
        bubbles = look.each("contents", 1, FLEX_BUBBLES, required=True)
        for bubble in bubbles:
            if bubble.one_of("type", ("bubble",), required=True):
                _check_bubble(bubble)
        if len({bubble.value.get("size", "mega") for bubble in bubbles}) > 1:
            look.wrong("contents", "all bubbles of a carousel must have the same size")
        _check_weight(look, CAROUSEL_BYTES)
    elif kind == "bubble":
        _check_bubble(look)
    return [Detail(each.message, "/" + each.property.lstrip("/")) for each in found]


def _check_weight(look: Look, most: int) -> None:
    if len(json.dumps(look.value, ensure_ascii=False, separators=(",", ":")).encode()) > most:
        look.found.append(Detail(f"the size must be {most // 1000} KB or less", look.path))


def _check_bubble(bubble: Look) -> None:
    bubble.only(("type", "size", "direction", "header", "hero", "body", "footer", "styles", "action"))
    bubble.one_of("size", ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"))
    bubble.one_of("direction", ("ltr", "rtl"))
    if not any(bubble.has(block) for block in ("header", "hero", "body", "footer")):
        bubble.wrong("body", "must be specified")
    for block in ("header", "body", "footer"):
        part = bubble.inside(block)
        if part is not None:
            _check_component(part, ("box",), depth=1)
    hero = bubble.inside("hero")
    if hero is not None:
        _check_component(hero, ("box", "image", "video"), depth=1)
        if hero.value.get("type") == "video" and bubble.value.get("size", "mega") not in ("kilo", "mega", "giga"):
            bubble.wrong("size", "must be kilo, mega or giga with a video")
    _check_styles(bubble)
    _check_tap(bubble)
    _check_weight(bubble, BUBBLE_BYTES)


def _check_styles(bubble: Look) -> None:
    styles = bubble.inside("styles")
    if styles is None:
        return
    styles.only(("header", "hero", "body", "footer"))
    for block in ("header", "hero", "body", "footer"):
        style = styles.inside(block)
        if style is not None:
            style.only(("backgroundColor", "separator", "separatorColor"))
            style.color("backgroundColor")
            style.truth("separator")
            style.color("separatorColor")


def _check_component(part: Look, kinds: tuple[str, ...], *, depth: int) -> None:
    kind = part.one_of("type", kinds, required=True)
    if kind is None:
        return
    if depth > _DEPTH:
        part.found.append(Detail("nested too deeply", part.path))
        return
    part.only(("type", *_FIELDS[kind]))
    _check_place(part)
    _CHECKS[kind](part, depth)


def _check_place(part: Look) -> None:
    part.number("flex", 0, 2147483647, whole=True)
    _length(part, "margin", _STEPS)
    part.one_of("position", ("relative", "absolute"))
    for side in ("offsetTop", "offsetBottom", "offsetStart", "offsetEnd"):
        _length(part, side, _STEPS, percent=True)
    part.one_of("gravity", ("top", "bottom", "center"))
    part.one_of("align", ("start", "end", "center"))


def _length(part: Look, name: str, words: tuple[str, ...], *, percent: bool = False) -> None:
    part.matches(
        name,
        lambda text: text in words or _PIXELS.match(text) is not None or (percent and _PERCENT.match(text) is not None),
    )


def _check_tap(part: Look, *, required: bool = False) -> None:
    action = part.inside("action", required=required)
    if action is not None:
        check_action(action, kinds=BUTTON, label=40, labelled=required)


def _box(part: Look, depth: int) -> None:
    layout = part.one_of("layout", ("horizontal", "vertical", "baseline"), required=True)
    for name in ("backgroundColor", "borderColor"):
        part.color(name)
    _length(part, "borderWidth", _BORDERS)
    for name in ("cornerRadius", "spacing"):
        _length(part, name, _STEPS)
    for name in ("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"):
        _length(part, name, _STEPS, percent=True)
    for name in ("width", "maxWidth", "height", "maxHeight"):
        _length(part, name, (), percent=True)
    part.one_of("justifyContent", ("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"))
    part.one_of("alignItems", ("center", "flex-start", "flex-end"))
    background = part.inside("background")
    if background is not None:
        background.one_of("type", ("linearGradient",), required=True)
        background.text("angle", required=True)
        background.matches("angle", lambda text: _ANGLE.match(text) is not None)
        for name in ("startColor", "centerColor", "endColor"):
            background.color(name)
        for name in ("startColor", "endColor"):
            background.text(name, required=True)
    _check_tap(part)
    for child in part.each("contents", 0, 1000, required=True):
        _check_component(child, _IN_BASELINE if layout == "baseline" else _IN_BOX, depth=depth + 1)


def _button(part: Look, depth: int) -> None:
    part.one_of("height", ("sm", "md"))
    part.one_of("style", ("primary", "secondary", "link"))
    part.color("color")
    part.one_of("adjustMode", ("shrink-to-fit",))
    part.truth("scaling")
    _check_tap(part, required=True)


def _image(part: Look, depth: int) -> None:
    part.url("url", required=True)
    _length(part, "size", (*_SIZES, "full"), percent=True)
    part.matches("aspectRatio", lambda text: _RATIO.match(text) is not None)
    part.one_of("aspectMode", ("cover", "fit"))
    part.color("backgroundColor")
    part.truth("animated")
    _check_tap(part)


def _video(part: Look, depth: int) -> None:
    part.url("url", required=True)
    part.url("previewUrl", required=True)
    part.matches("aspectRatio", lambda text: _RATIO.match(text) is not None)
    instead = part.inside("altContent", required=True)
    if instead is not None:
        _check_component(instead, ("box", "image"), depth=depth + 1)
    _check_tap(part)


def _icon(part: Look, depth: int) -> None:
    part.url("url", required=True)
    _length(part, "size", _SIZES)
    part.truth("scaling")
    part.matches("aspectRatio", lambda text: _RATIO.match(text) is not None)


def _letters(part: Look) -> None:
    _length(part, "size", _SIZES)
    part.one_of("weight", ("regular", "bold"))
    part.color("color")
    part.one_of("style", ("normal", "italic"))
    part.one_of("decoration", ("none", "underline", "line-through"))


def _text(part: Look, depth: int) -> None:
    _letters(part)
    if part.has("contents"):
        for child in part.each("contents", 0, 1000):
            _check_component(child, ("span",), depth=depth + 1)
    elif not isinstance(part.value.get("text"), str) or not part.value["text"]:
        part.wrong("text", "must be non-empty text")
    part.truth("wrap")
    _length(part, "lineSpacing", ())
    part.number("maxLines", 0, 2147483647, whole=True)
    part.one_of("adjustMode", ("shrink-to-fit",))
    part.truth("scaling")
    _check_tap(part)


def _span(part: Look, depth: int) -> None:
    _letters(part)
    part.text("text")


def _separator(part: Look, depth: int) -> None:
    part.color("color")


def _filler(part: Look, depth: int) -> None:
    """A filler has nothing but its flex, which its place has looked at."""


_CHECKS: dict[str, Callable[[Look, int], None]] = {
    "box": _box,
    "button": _button,
    "image": _image,
    "video": _video,
    "icon": _icon,
    "text": _text,
    "span": _span,
    "separator": _separator,
    "filler": _filler,
}
