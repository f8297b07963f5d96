"""Actions: what a tap does. https://developers.line.biz/en/reference/messaging-api/#action-objects"""

from __future__ import annotations

import re
from collections.abc import Collection

from channels.line.rules.limits import LABEL
from channels.line.rules.looking import Look

BUTTON = ("postback", "message", "uri", "datetimepicker", "clipboard")
QUICK = (*BUTTON, "camera", "cameraRoll", "location")
MENU = (*BUTTON, "richmenuswitch")

_SCHEMES = ("http", "https", "line", "tel")
_MOMENT = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}\Z"),
    "time": re.compile(r"\d{2}:\d{2}\Z"),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}\Z"),
}


def check_action(action: Look, *, kinds: Collection[str] = BUTTON, label: int = LABEL, labelled: bool = True) -> None:
    """Check one action of a kind that its place allows; `label` is the most letters its label may have there."""
    kind = action.one_of("type", kinds, required=True)
    if kind is None:
        return
    action.text("label", label, required=labelled)
    if kind == "postback":
        action.text("data", 300, required=True)
        action.text("displayText", 300)
        action.text("text", 300)
        action.one_of("inputOption", ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"))
        action.text("fillInText", 300)
        if action.has("text") and action.has("displayText"):
            action.wrong("displayText", "Cannot be specified together with text")
    elif kind == "message":
        action.text("text", 300, required=True)
    elif kind == "uri":
        action.url("uri", 1000, required=True, schemes=_SCHEMES, message="invalid uri scheme")
        elsewhere = action.inside("altUri")
        if elsewhere is not None:
            elsewhere.url("desktop", 1000, schemes=_SCHEMES, message="invalid uri scheme")
    elif kind == "datetimepicker":
        _check_moment(action)
    elif kind == "clipboard":
        action.text("clipboardText", 1000, required=True)
    elif kind == "richmenuswitch":
        action.text("richMenuAliasId", 32, required=True)
        action.text("data", 300, required=True)


def _check_moment(action: Look) -> None:
    action.text("data", 300, required=True)
    mode = action.one_of("mode", tuple(_MOMENT), required=True)
    if mode is None:
        return
    for name in ("initial", "max", "min"):
        action.matches(name, lambda text: _MOMENT[mode].match(text) is not None, "Must match the mode")
