"""The message objects that a bot sends. https://developers.line.biz/en/reference/messaging-api/#message-objects"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from channels.line.rules.actions import QUICK, check_action
from channels.line.rules.flex import check_flex
from channels.line.rules.limits import MESSAGES, QUICK_REPLIES, TEXT
from channels.line.rules.looking import Findings, Look, problems_of
from channels.line.rules.refusal import Refusal
from channels.line.rules.stickers import sendable
from channels.line.rules.templates import check_template

_ALT_TEXT = 1500
_TRACKING = re.compile(r"[A-Za-z0-9\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}\Z")
_KEY = re.compile(r"[A-Za-z0-9_]{1,20}\Z")
_PLACE = re.compile(r"\{([A-Za-z0-9_]+)\}")


def check_messages(body: dict[str, Any], *, loopback: bool = False) -> None:
    """Check the `messages` of a request.

    Raises Refusal (400) with everything that is wrong, or with the first message whose Flex is wrong, as LINE does.
    """
    found = Findings(loopback=loopback)
    messages = Look(body, "", found).each("messages", 1, MESSAGES, required=True)
    for message in messages:
        _check_message(message)
    refusal = problems_of(found)
    if refusal is not None:
        raise refusal
    for index, message in enumerate(messages):
        if message.value["type"] == "flex":
            wrong = check_flex(message.value["contents"], loopback=loopback)
            if wrong:
                raise Refusal(400, f"A message (messages[{index}]) in the request body is invalid", tuple(wrong))


def _check_message(message: Look) -> None:
    kind = message.one_of("type", tuple(_CHECKS), required=True)
    if kind is None:
        return
    _CHECKS[kind](message)
    _check_quick_reply(message)
    sender = message.inside("sender")
    if sender is not None:
        sender.text("name", 20)
        sender.url("iconUrl")


def _check_quick_reply(message: Look) -> None:
    quick = message.inside("quickReply")
    if quick is None:
        return
    for item in quick.each("items", 1, QUICK_REPLIES, required=True):
        item.one_of("type", ("action",))
        item.url("imageUrl")
        action = item.inside("action", required=True)
        if action is not None:
            check_action(action, kinds=QUICK)


def _text(message: Look) -> None:
    text = message.text("text", TEXT, required=True)
    for emoji in message.each("emojis", 0, 20):
        emoji.number("index", 0, TEXT, required=True, whole=True)
        emoji.text("productId", required=True)
        emoji.text("emojiId", required=True)
        index = emoji.value.get("index")
        if text is not None and isinstance(index, int) and _unit(text, index) != "$":
            emoji.wrong("index", "Must be the place of a $ in the text")


def _unit(text: str, index: int) -> str:
    return text.encode("utf-16-le", "surrogatepass")[2 * index : 2 * index + 2].decode("utf-16-le", "replace")


def _text_v2(message: Look) -> None:
    text = message.text("text", TEXT, required=True)
    substitution = message.inside("substitution")
    known: set[str] = set()
    if substitution is not None:
        if len(substitution.value) > 100:
            message.wrong("substitution", "Size must be between 0 and 100")
        for key in substitution.value:
            known.add(key)
            if not _KEY.match(key):
                substitution.wrong(key, "Must match [A-Za-z0-9_]{1,20}")
            part = substitution.inside(key, required=True)
            if part is not None:
                _substitute(part)
    for name in _PLACE.findall((text or "").replace("{{", "").replace("}}", "")):
        if name not in known:
            message.wrong("text", f"The substitution {name} is not specified")


def _substitute(part: Look) -> None:
    kind = part.one_of("type", ("mention", "emoji"), required=True)
    if kind == "emoji":
        part.text("productId", required=True)
        part.text("emojiId", required=True)
    elif kind == "mention":
        target = part.inside("mentionee", required=True)
        if target is not None and target.one_of("type", ("user", "all"), required=True) == "user":
            target.text("userId", required=True)


def _sticker(message: Look) -> None:
    package = message.text("packageId", required=True)
    sticker = message.text("stickerId", required=True)
    if package and sticker and not sendable(package, sticker):
        message.wrong("stickerId", "The sticker cannot be sent by a bot")


def _image(message: Look) -> None:
    message.url("originalContentUrl", required=True)
    message.url("previewImageUrl", required=True)


def _video(message: Look) -> None:
    _image(message)
    message.matches("trackingId", lambda text: _TRACKING.match(text) is not None, "Invalid tracking ID")


def _audio(message: Look) -> None:
    message.url("originalContentUrl", required=True)
    message.number("duration", 1, 2**53, required=True, whole=True)


def _location(message: Look) -> None:
    message.text("title", 100, required=True)
    message.text("address", 100, required=True)
    message.number("latitude", -90, 90, required=True)
    message.number("longitude", -180, 180, required=True)


def _imagemap(message: Look) -> None:
    message.url("baseUrl", required=True)
    message.text("altText", _ALT_TEXT, required=True)
    size = message.inside("baseSize", required=True)
    if size is not None:
        size.number("width", 1040, 1040, required=True, whole=True)
        size.number("height", 1, 2147483647, required=True, whole=True)
    for action in message.each("actions", 0, 50, required=True):
        kind = action.one_of("type", ("uri", "message", "clipboard"), required=True)
        if kind == "uri":
            action.url("linkUri", 1000, required=True, schemes=("http", "https", "line", "tel"))
        elif kind == "message":
            action.text("text", 400, required=True)
        elif kind == "clipboard":
            action.text("clipboardText", 1000, required=True)
        action.text("label", 100)
        area = action.inside("area", required=True)
        if area is not None:
            for name in ("x", "y", "width", "height"):
                area.number(name, 0, 2147483647, required=True, whole=True)


def _template(message: Look) -> None:
    message.text("altText", _ALT_TEXT, required=True)
    template = message.inside("template", required=True)
    if template is not None:
        check_template(template)


def _flex(message: Look) -> None:
    message.text("altText", _ALT_TEXT, required=True)
    message.inside("contents", required=True)


def _coupon(message: Look) -> None:
    """No account here has coupons, so none can be sent."""
    message.text("couponId", required=True)
    message.wrong("couponId", "The coupon does not exist")


_CHECKS: dict[str, Callable[[Look], None]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _sticker,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "location": _location,
    "imagemap": _imagemap,
    "template": _template,
    "flex": _flex,
    "coupon": _coupon,
}
