"""A flow tried before anybody is led by it: the same leading, with what the desk knows; nothing is sent or kept."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from server.answers.speaking import FileLinks
from server.database import Transaction
from server.faq.views import Match
from server.flows import leading
from server.flows.steps import Scenario
from server.flows.talk import Arranged, Ended, HandedOver, Heard, Moved, State, Wanted
from server.flows.world import DeskWorld

LONGEST = 100
"""Lines of a tried conversation that are kept on its page."""


class Did(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the desk would have done: "tags", "person" or "end", in which team, with what."""

    what: str
    team: int | None = None
    words: str = ""
    solved: bool = False


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of it: who said it, what, and the labels offered under it."""

    who: str
    text: str
    choices: list[tuple[str, str]] = []
    did: list[Did] = []


class Tried(msgspec.Struct, frozen=True, omit_defaults=True):
    """A conversation so far; carried along by its page. `state` is None when it is over or has not begun."""

    state: State | None = None
    lines: list[Line] = []
    over: bool = False


class Wish(msgspec.Struct, frozen=True):
    """What is done on the page: words, or what was tapped."""

    text: str = ""
    key: str = ""
    label: str = ""


def step(
    tx: Transaction,
    scenario: Scenario,
    channel: str,
    shop: str,
    lang: str,
    tried: Tried,
    wish: Wish,
    found: Mapping[str, Match],
    files: FileLinks | None = None,
) -> Tried | str:
    """The conversation after something was said; a text that the articles must be asked for first."""
    world = DeskWorld(
        tx, channel=channel, shop=shop, customer=None, team=scenario.team, who="", found=found, files=files
    )
    lines = list(tried.lines)
    try:
        if tried.state is None:
            moved = leading.begin(scenario, lang, world)
            lines = []
        else:
            heard = Heard(wish.text, wish.key, tried.state.turn if wish.key else None)
            moved = leading.hear(scenario, tried.state, heard, world)
            lines.append(Line("customer", wish.label or wish.text))
    except Wanted as wanted:
        return wanted.text
    if not moved.ignored:
        choices = [(one.key, one.label) for one in moved.offers]
        lines.append(Line("desk", moved.text, choices, _did(moved)))
    return Tried(moved.state, lines[-LONGEST:], moved.state is None)


def _did(moved: Moved) -> list[Did]:
    did: list[Did] = []
    for act in moved.acts:
        match act:
            case Arranged():
                fields = [f"{name} = {value}" for name, value in act.fields]
                did.append(Did("set", words=", ".join(filter(None, (*act.tags, act.priority, *fields)))))
            case HandedOver():
                said = "\n".join(one.line for one in moved.noted)
                did.append(Did("person", team=act.team, words=said))
            case Ended():
                did.append(Did("end", solved=act.solved))
    return did
