"""In charge of what is typed on the form editor's page: from inputs to a form's settings and back, rows moved about.

A form's settings are its channel's own (`channels.form` says what they mean, and judges them); this page only knows
how they are written down. Options are typed one a line, `value | 日本語 | English`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.wording import LANGUAGES

MEGABYTE = 1024 * 1024
TYPES = (
    ("text", "One line"),
    ("textarea", "Several lines"),
    ("email", "Mail address"),
    ("phone", "Phone number"),
    ("select", "Choice from a list"),
    ("radio", "Choice of buttons"),
    ("checkbox", "Boxes to tick"),
    ("date", "Date"),
    ("number", "Number"),
    ("file", "Files"),
    ("consent", "Consent"),
    ("hidden", "Hidden"),
)
ROLES = (
    ("name", "The customer's name"),
    ("kana", "Their name in kana"),
    ("email", "Their mail address"),
    ("phone", "Their phone number"),
    ("subject", "The subject"),
    ("body", "The message"),
    ("order_number", "The order number"),
)
WORDS = ("label", "help", "placeholder", "pattern_help")
NUMBERS = ("min_length", "max_length", "max_files")
NEW_FIELD = {"name": "", "type": "text", "label": {"ja": "", "en": ""}}


TEXTS = ("title", "intro", "confirmation", "submit", "subject")


def settings_of(typed: Mapping[str, Any], tags: Sequence[str] = ()) -> dict[str, Any]:
    """A form's settings out of the page's inputs (as `frame.nested` gives them). What is empty is left out."""
    settings: dict[str, Any] = {name: _both(typed.get(name)) for name in TEXTS}
    settings.update(
        slug=_text(typed, "slug"),
        sites=_lines(typed, "sites"),
        tags=list(tags),
        acknowledge="acknowledge" in typed,
        theme=_text(typed, "theme"),
        min_seconds=_number(_text(typed, "min_seconds") or "2"),
        rate={name: _number(text) for name, text in _part(typed, "rate").items() if text},
        captcha={name: text.strip() for name, text in _part(typed, "captcha").items() if text.strip()},
        captcha_secret=_text(typed, "captcha_secret"),
        fields=[field_of(row) for row in rows(typed)],
    )
    if _text(typed, "priority"):
        settings["priority"] = _text(typed, "priority")
    if _text(typed, "team_id"):
        settings["team_id"] = _number(_text(typed, "team_id"))
    return {name: value for name, value in settings.items() if value not in ({}, "")}


def rows(typed: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fields' inputs in the order of the page."""
    numbered = _part(typed, "fields")
    order = sorted((key for key in numbered if key.isascii() and key.isdecimal() and len(key) < 6), key=int)
    return [row for key in order if isinstance(row := numbered[key], dict)]


def field_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """One field's definition."""
    made: dict[str, Any] = {"name": _text(row, "name"), "type": _text(row, "type") or "text"}
    made.update({name: words for name in WORDS if (words := _both(row.get(name)))})
    made.update({name: _number(text) for name in NUMBERS if (text := _text(row, name))})
    made.update({name: text for name in ("role", "pattern", "default", "link") if (text := _text(row, name))})
    for name in ("minimum", "maximum"):
        if text := _text(row, name):
            made[name] = _number(text) if made["type"] == "number" else text
    if "required" in row:
        made["required"] = True
    if text := _text(row, "options"):
        made["options"] = [option for line in text.splitlines() if (option := _option(line))]
    if text := _text(row, "accept"):
        made["accept"] = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    if text := _text(row, "max_megabytes"):
        size = _number(text)
        made["max_bytes"] = int(size * MEGABYTE) if isinstance(size, int | float) else size
    return made


def arranged(fields: list[Any], act: str) -> tuple[list[Any], int | None]:
    """The fields after a button was pressed (`up.2`, `down.2`, `remove.2`, `redraw.2`, `add`), and which to unfold.

    None for the second when the button was none of these.
    """
    what, _, place = act.partition(".")
    if what == "add":
        return [*fields, NEW_FIELD], len(fields)
    at = int(place) if place.isascii() and place.isdecimal() and len(place) < 6 else -1
    if what not in ("up", "down", "remove", "redraw") or not 0 <= at < len(fields):
        return fields, None
    if what == "redraw":
        return fields, at
    moved = list(fields)
    taken = moved.pop(at)
    if what == "remove":
        return moved, -1
    to = max(at - 1, 0) if what == "up" else min(at + 1, len(moved))
    moved.insert(to, taken)
    return moved, to


def options_text(options: Any) -> str:
    """Options as they are typed."""
    lines = []
    for option in options or ():
        label = option.get("label", "")
        words = [label.get(language, "") for language in LANGUAGES] if isinstance(label, dict) else [label]
        lines.append(" | ".join([option.get("value", ""), *(word for word in words if word)]))
    return "\n".join(lines)


def words(value: Any, language: str) -> str:
    """Words in one language, as its input shows them; words without language are Japanese."""
    if isinstance(value, dict):
        return str(value.get(language, ""))
    return str(value or "") if language == "ja" else ""


def _option(line: str) -> dict[str, Any] | None:
    value, *labels = (part.strip() for part in line.replace("｜", "|").split("|"))
    if not value:
        return None
    given = {language: label for language, label in zip(LANGUAGES, labels, strict=False) if label}
    return {"value": value, "label": given} if given else {"value": value}


def _both(value: Any) -> dict[str, str]:
    part = value if isinstance(value, dict) else {}
    return {language: text for language in LANGUAGES if isinstance(text := part.get(language), str) and text.strip()}


def _part(typed: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = typed.get(name)
    return part if isinstance(part, dict) else {}


def _text(typed: Mapping[str, Any], name: str) -> str:
    text = typed.get(name)
    return text.strip() if isinstance(text, str) else ""


def _lines(typed: Mapping[str, Any], name: str) -> list[str]:
    return [line.strip() for line in _text(typed, name).splitlines() if line.strip()]


def _number(text: Any) -> Any:
    """A number, or the text as it stands, so that the form's own judge names what is wrong with it."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return text
    return int(number) if number.is_integer() else number
