"""In charge of what is typed on a flow's page: from inputs to the flow's plain data. The tree itself is kept by the
desk; the page sends the words of each step, and what a button does to the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.flows import editing
from server.flows.steps import LANGUAGES, MINUTES

KINDS = (
    ("choices", "Question with answers to tap"),
    ("say", "Say something"),
    ("question", "Ask the FAQ"),
    ("article", "Show an article"),
    ("ask", "Ask one thing"),
    ("form", "Form"),
    ("order", "Look up an order"),
    ("branch", "Branch"),
    ("set", "Tags, priority, fields"),
    ("person", "Hand over to a person"),
    ("end", "End"),
    ("go", "Go to another step"),
)
FIELD_KINDS = (
    ("text", "Any words"),
    ("mail", "Mail address"),
    ("phone", "Phone number"),
    ("number", "Number"),
    ("date", "Date"),
    ("choice", "Choose one"),
)
TESTS = (
    ("open", "within the opening hours"),
    ("known", "the customer is known"),
    ("segment", "the customer is in a segment"),
    ("order", "the order that was looked up is"),
)
ORDER_STATES = (
    ("found", "found"),
    ("missing", "no such order"),
    ("placed", "Placed"),
    ("confirmed", "Confirmed"),
    ("preparing", "Preparing"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
    ("returned", "Returned"),
)
Typed = Mapping[str, Any]


def written(content: dict[str, Any], typed: Typed) -> dict[str, Any]:
    """The flow with what was typed on its page (as `frame.nested` gives it). What the page did not send stays."""
    if "start" in typed:
        _head(content, typed)
    sent = _part(typed, "s")
    for step in editing.steps(content):
        if isinstance(given := sent.get(step["id"]), dict):
            _step(step, given)
    return content


def _head(content: dict[str, Any], typed: Typed) -> None:
    start = _part(typed, "start")
    content["start"] = {
        "first": "first" in start,
        "closed": "closed" in start,
        "opened": "opened" in start,
        "words": _lines(start.get("words")),
        "menu": _text(start.get("menu")),
    }
    content["languages"] = [lang for lang in LANGUAGES if lang in _part(typed, "languages")]
    content["minutes"] = _number(typed.get("minutes"), MINUTES)
    content["team"] = _number(typed.get("team"), 0) or None


def _step(step: dict[str, Any], typed: Typed) -> None:
    if "minutes" in typed:
        step["minutes"] = _number(typed.get("minutes"), 0)
    if "words" in typed:
        step["words"] = _both(typed.get("words"))
    match step["kind"]:
        case "choices":
            for way in step["ways"]:
                way["label"] = _both(_part(_part(typed, "ways"), way["id"]).get("label"))
        case "article":
            step["article"] = _number(typed.get("article"), 0)
            step["ask"] = "ask" in typed
        case "ask":
            _field(step["field"], _part(typed, "field"))
        case "form":
            step["confirm"] = "confirm" in typed
            for field in step.get("fields", []):
                _field(field, _part(_part(typed, "fields"), field["id"]))
        case "branch":
            for case in step.get("cases", []):
                given = _part(_part(typed, "cases"), case["id"])
                case["test"] = _text(given.get("test")) or "open"
                case["value"] = _text(given.get(case["test"])) if case["test"] in ("segment", "order") else ""
        case "set":
            step["tags"] = [tag for line in _lines(typed.get("tags")) if (tag := line.strip())]
            step["priority"] = _text(typed.get("priority"))
            step["fields"] = _pairs(typed.get("fields"))
        case "person":
            step["team"] = _number(typed.get("team"), 0) or None
        case "end":
            step["solved"] = "solved" in typed
        case "go":
            step["to"] = _text(typed.get("to"))


def _field(field: dict[str, Any], typed: Typed) -> None:
    if not typed:
        return
    field["label"] = _both(typed.get("label"))
    field["type"] = _text(typed.get("type")) or "text"
    field["options"] = [_option(line) for line in _lines(typed.get("options"))]
    field["optional"] = "optional" in typed
    field["to"] = _text(typed.get("to"))


def _option(line: str) -> dict[str, str]:
    """`日本語 | English`."""
    labels = [part.strip() for part in line.replace("｜", "|").split("|")]
    return {lang: label for lang, label in zip(LANGUAGES, labels, strict=False) if label}


def options_text(options: list[dict[str, str]]) -> str:
    """Options as they are typed, one a line."""
    return "\n".join(" | ".join(one.get(lang, "") for lang in LANGUAGES).rstrip(" |") for one in options or [])


def pairs_text(fields: Mapping[str, str]) -> str:
    """Custom fields as they are typed: `name = value`, one a line."""
    return "\n".join(f"{name} = {value}" for name, value in fields.items())


def _pairs(text: Any) -> dict[str, str]:
    found = {}
    for line in _lines(text):
        name, _, value = line.partition("=")
        if name.strip():
            found[name.strip()] = value.strip()
    return found


def _both(value: Any) -> dict[str, str]:
    part = value if isinstance(value, dict) else {}
    return {lang: text.strip() for lang in LANGUAGES if isinstance(text := part.get(lang), str) and text.strip()}


def _part(typed: Typed, name: str) -> Typed:
    part = typed.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _lines(value: Any) -> list[str]:
    return [line.strip() for line in _text(value).splitlines() if line.strip()]


def _number(value: Any, otherwise: int) -> int:
    text = _text(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise
