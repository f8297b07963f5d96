"""What is wrong with a flow before it is published: dead ends, missing words, what the desk does not have, circles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from server.flows.steps import (
    FIELD_KINDS,
    LAST,
    ORDER_STATES,
    WAITING,
    Arrange,
    Article,
    Ask,
    Branch,
    Choices,
    Field,
    Form,
    Go,
    HandOver,
    Lang,
    Say,
    Scenario,
    Step,
    Tree,
    walk,
    ways_of,
)

MOST_WAYS = 10
"""LINE shows 13 quick replies; three are kept for a person, back, and start over."""
LONGEST_LABEL = 20
"""In UTF-16 code units: LINE's limit of a quick reply's label."""
NO_WORDS = {"ja": "The article has no Japanese words.", "en": "The article has no English words."}
FITS = {"text": ("text", "mail", "phone", "choice", "date", "number"), "number": ("number",), "date": ("date",),
        "choice": ("choice",), "boolean": ()}  # fmt: skip
"""Which answers a custom field of a kind can take."""


class Known(NamedTuple):
    """What the desk has: published articles that customers may read with their languages, teams, custom fields with
    their kinds, segments."""

    articles: dict[int, frozenset[str]]
    teams: frozenset[int]
    fields: dict[str, str]
    segments: frozenset[int]


class Problem(NamedTuple):
    """What is wrong: at which step ("" for the flow itself), at what of it, in English words of the catalogue."""

    step: str
    where: str
    words: str


def problems(scenario: Scenario, known: Known) -> list[Problem]:
    """All of them, in the order of the page; none: it may be published."""
    found = list(_of_flow(scenario, known))
    tree = Tree(scenario)
    seen: set[str] = set()
    for _, _, step in walk(scenario.steps):
        if step.id in seen:
            found.append(Problem(step.id, "id", "stands there twice"))
        seen.add(step.id)
        found += _of_step(step, scenario, known)
        found += _leads_on(step, tree)
    found += _behind_an_end(scenario.steps)
    found += [Problem(id, "", "leads round in a circle without asking anything") for id in _circles(tree)]
    return found


def _of_flow(scenario: Scenario, known: Known) -> Iterator[Problem]:
    start = scenario.start
    if not (start.first or start.closed or start.opened or start.menu or any(word.strip() for word in start.words)):
        yield Problem("", "start", "Nothing begins this flow.")
    asked = next((one for one in scenario.steps if not isinstance(one, Say)), None)
    if start.opened and not isinstance(asked, Choices):
        yield Problem("", "start", "To greet in the chat it must begin with a question with answers to tap.")
    if not scenario.languages:
        yield Problem("", "languages", "is missing")
    if not scenario.steps:
        yield Problem("", "steps", "There is no step yet.")
    if scenario.team is not None and scenario.team not in known.teams:
        yield Problem("", "team", "This team is gone.")


def _of_step(step: Step, scenario: Scenario, known: Known) -> Iterator[Problem]:
    languages = scenario.languages
    match step:
        case Say():
            yield from _words(step.id, "words", step.words, languages)
        case Choices():
            yield from _words(step.id, "words", step.words, languages)
            yield from _labels(step.id, [(f"ways.{way.id}", way.label) for way in step.ways], languages, MOST_WAYS)
        case Article():
            if step.article not in known.articles:
                yield Problem(step.id, "article", "There is no such published article.")
            elif missing := [lang for lang in languages if lang not in known.articles[step.article]]:
                yield Problem(step.id, "article", NO_WORDS[missing[0]])
        case Ask():
            yield from _of_field(step.id, "field", step.field, languages, known)
        case Form():
            if not step.fields:
                yield Problem(step.id, "fields", "A form needs a field.")
            for field in step.fields:
                yield from _of_field(step.id, f"fields.{field.id}", field, languages, known)
        case Branch():
            if not step.cases:
                yield Problem(step.id, "cases", "A branch needs a case.")
            for case in step.cases:
                if case.test == "segment" and not (case.value.isdecimal() and int(case.value) in known.segments):
                    yield Problem(step.id, f"cases.{case.id}", "This segment is gone.")
                if case.test == "order" and case.value not in ORDER_STATES:
                    yield Problem(step.id, f"cases.{case.id}", "is not one of the choices")
        case Arrange():
            if not (step.tags or step.priority or step.fields):
                yield Problem(step.id, "", "This step sets nothing.")
            for name in step.fields:
                if name not in known.fields:
                    yield Problem(step.id, f"fields.{name}", "is no field of this desk")
        case HandOver():
            if step.team is not None and step.team not in known.teams:
                yield Problem(step.id, "team", "This team is gone.")


def _of_field(step: str, where: str, field: Field, languages: list[Lang], known: Known) -> Iterator[Problem]:
    yield from _words(step, f"{where}.label", field.label, languages)
    if field.type == "choice":
        options = [(f"{where}.options", option) for option in field.options]
        yield from _labels(step, options, languages, MOST_WAYS - field.optional)
    if field.to and field.to not in known.fields:
        yield Problem(step, f"{where}.to", "is no field of this desk")
    elif field.to and field.type in FIELD_KINDS and field.type not in FITS.get(known.fields[field.to], ()):
        yield Problem(step, f"{where}.to", "This custom field takes another kind of answer.")


def _words(step: str, where: str, words: dict[Lang, str], languages: list[Lang]) -> Iterator[Problem]:
    for lang in languages:
        if not words.get(lang, "").strip():
            yield Problem(step, f"{where}.{lang}", "is missing")


def _labels(
    step: str, labels: list[tuple[str, dict[Lang, str]]], languages: list[Lang], most: int
) -> Iterator[Problem]:
    if not labels:
        yield Problem(step, "ways", "There is nothing to choose.")
    if len(labels) > most:
        yield Problem(step, "ways", "More answers than LINE can show; ten at most, with “skip” nine.")
    for lang in languages:
        taken: set[str] = set()
        for where, words in labels:
            label = words.get(lang, "").strip()
            if not label:
                yield Problem(step, f"{where}.{lang}", "is missing")
            elif len(label.encode("utf-16-le")) // 2 > LONGEST_LABEL:
                yield Problem(step, f"{where}.{lang}", "is longer than the 20 characters that LINE shows")
            elif label in taken:
                yield Problem(step, f"{where}.{lang}", "stands there twice")
            taken.add(label)


def _leads_on(step: Step, tree: Tree) -> Iterator[Problem]:
    if isinstance(step, Go) and step.to and step.to not in tree.steps:
        yield Problem(step.id, "to", "leads to a step that is not there")
    if isinstance(step, LAST) or tree.after(step) is not None:
        return
    ways = ways_of(step)
    empty = [way for way, inner in ways if not inner]
    if not ways or empty:
        where = f"ways.{empty[0]}" if empty else ""
        yield Problem(step.id, where, "A dead end: let a person take over, end it, or lead on.")


def _behind_an_end(steps: list[Step]) -> Iterator[Problem]:
    for position, step in enumerate(steps):
        if position and isinstance(steps[position - 1], LAST):
            yield Problem(step.id, "", "Nobody comes here: the step before it ends the way.")
        for _, inner in ways_of(step):
            yield from _behind_an_end(inner)


def _waits(step: Step) -> bool:
    return isinstance(step, WAITING) or (isinstance(step, Article) and step.ask)


def _next(step: Step, tree: Tree) -> list[Step]:
    """The steps that may come without the customer saying anything."""
    if _waits(step) or (isinstance(step, LAST) and not isinstance(step, Go)):
        return []
    if isinstance(step, Go):
        to = tree.steps.get(step.to) if step.to else tree.first
        return [to] if to is not None else []
    inside = [tree.inside(step, way) for way, _ in ways_of(step)] or [tree.after(step)]
    return [one for one in inside if one is not None]


def _circles(tree: Tree) -> list[str]:
    """The first step of each circle in which nothing is asked."""
    state: dict[str, int] = {}
    found: list[str] = []
    for begin in tree.steps.values():
        stack: list[tuple[Step, Iterator[Step]]] = []
        if state.get(begin.id):
            continue
        state[begin.id] = 1
        stack.append((begin, iter(_next(begin, tree))))
        while stack:
            step, following = stack[-1]
            after = next(following, None)
            if after is None:
                state[step.id] = 2
                stack.pop()
            elif state.get(after.id) == 1:
                found.append(step.id)
            elif not state.get(after.id):
                state[after.id] = 1
                stack.append((after, iter(_next(after, tree))))
    return list(dict.fromkeys(found))
