"""Rearranging a flow's tree, as plain data: steps added, moved, copied, removed; ways, cases and fields in them."""

from __future__ import annotations

import copy as copying
from collections.abc import Iterator
from typing import Any

from server.flows.steps import ELSE

Plain = dict[str, Any]
INNER = {"choices": "ways", "branch": "cases"}
PARTS = {"choices": "ways", "branch": "cases", "form": "fields"}
MOST_STEPS = 300


def lists(content: Plain) -> Iterator[tuple[str, list[Plain]]]:
    """Every list of steps with its place, in the order of the page."""
    steps = content.setdefault("steps", [])
    yield "", steps
    yield from _inside(steps)


def _inside(steps: list[Plain]) -> Iterator[tuple[str, list[Plain]]]:
    for step in steps:
        for place, inner in _ways(step):
            yield place, inner
            yield from _inside(inner)


def _ways(step: Plain) -> Iterator[tuple[str, list[Plain]]]:
    for part in step.get(INNER.get(step["kind"], ""), ()):
        yield f"{step['id']}.{part['id']}", part.setdefault("steps", [])
    if step["kind"] == "branch":
        yield f"{step['id']}.{ELSE}", step.setdefault("otherwise", [])


def steps(content: Plain) -> Iterator[Plain]:
    """Every step."""
    for _, inner in lists(content):
        yield from inner


def changed(content: Plain, act: str, kind: str = "", to: str = "") -> str | None:
    """Do what a button says (`add:PLACE`, `up:STEP`, `down:STEP`, `copy:STEP`, `remove:STEP`, `into:STEP`,
    `part-add:STEP`, `part-up:STEP.PART` …); the step to look at then, None when the button says none of these."""
    what, _, where = act.partition(":")
    match what:
        case "add":
            return _add(content, where, kind)
        case "up" | "down":
            return _move(content, where, -1 if what == "up" else 1)
        case "copy":
            return _copy(content, where)
        case "remove":
            return _remove(content, where)
        case "into":
            return _into(content, where, to)
        case "part-add" | "part-up" | "part-down" | "part-remove":
            return _part(content, what.removeprefix("part-"), where)
    return None


def blank(kind: str, id: str) -> Plain:
    """A step as it is added."""
    made: Plain = {"kind": kind, "id": id}
    match kind:
        case "choices":
            made["ways"] = [{"id": "a", "steps": []}, {"id": "b", "steps": []}]
        case "branch":
            made["cases"] = [{"id": "a", "test": "open", "steps": []}]
        case "form":
            made["fields"] = [{"id": "a"}]
        case "ask":
            made["field"] = {"id": "a"}
    return made


def _found(content: Plain, id: str) -> tuple[list[Plain], int] | None:
    for _, inner in lists(content):
        for position, step in enumerate(inner):
            if step["id"] == id:
                return inner, position
    return None


def _new_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"s{number}" in taken:
        number += 1
    taken.add(f"s{number}")
    return f"s{number}"


def _ids(content: Plain) -> set[str]:
    return {str(step["id"]) for step in steps(content)}


def _add(content: Plain, place: str, kind: str) -> str:
    """At the end of a place, or behind a step (`+STEP`)."""
    ids = _ids(content)
    if len(ids) >= MOST_STEPS:
        return ""
    made = blank(kind, _new_id(ids))
    if place.startswith("+"):
        found = _found(content, place[1:])
        if found is None:
            return ""
        found[0].insert(found[1] + 1, made)
        return str(made["id"])
    inner = dict(lists(content)).get(place)
    if inner is None:
        return ""
    inner.append(made)
    return str(made["id"])


def _move(content: Plain, id: str, by: int) -> str:
    found = _found(content, id)
    if found is not None:
        inner, position = found
        to = min(max(position + by, 0), len(inner) - 1)
        inner.insert(to, inner.pop(position))
    return id


def _copy(content: Plain, id: str) -> str:
    found = _found(content, id)
    if found is None or len(_ids(content)) >= MOST_STEPS:
        return id
    inner, position = found
    made = copying.deepcopy(inner[position])
    taken = _ids(content)
    names = {str(step["id"]): _new_id(taken) for step in _all([made])}
    for step in _all([made]):
        step["id"] = names[step["id"]]
        if step["kind"] == "go":
            step["to"] = names.get(step.get("to", ""), step.get("to", ""))
    inner.insert(position + 1, made)
    return str(made["id"])


def _all(inner: list[Plain]) -> list[Plain]:
    return [*inner, *(step for _, each in _inside(inner) for step in each)]


def _remove(content: Plain, id: str) -> str:
    found = _found(content, id)
    if found is None:
        return ""
    inner, position = found
    inner.pop(position)
    return str(inner[max(position - 1, 0)]["id"]) if inner else ""


def _into(content: Plain, id: str, place: str) -> str:
    """To the end of another place; never into itself."""
    found = _found(content, id)
    if found is None:
        return id
    inner, position = found
    step = inner[position]
    own = {each for each, _ in _inside([step])}
    target = dict(lists(content)).get(place)
    if target is not None and place not in own:
        inner.pop(position)
        target.append(step)
    return id


def _part(content: Plain, what: str, where: str) -> str:
    """Ways of choices, cases of a branch, fields of a form."""
    id, _, part = where.partition(".")
    found = _found(content, id)
    if found is None:
        return ""
    step = found[0][found[1]]
    parts: list[Plain] = step.setdefault(PARTS.get(step["kind"], "ways"), [])
    at = next((place for place, one in enumerate(parts) if one["id"] == part), -1)
    if what == "add" and len(parts) < 20:
        taken = {str(one["id"]) for one in parts}
        name = next(one for one in (*"abcdefghijklmnopqrstuvwxyz", *(f"z{n}" for n in range(99))) if one not in taken)
        parts.append({"id": name} if step["kind"] == "form" else {"id": name, "steps": []})
    elif at >= 0 and what == "remove":
        parts.pop(at)
    elif at >= 0 and what in ("up", "down"):
        to = min(max(at + (-1 if what == "up" else 1), 0), len(parts) - 1)
        parts.insert(to, parts.pop(at))
    return id
