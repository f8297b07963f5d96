"""A desk that exists in a test's head alone: what flows ask of the world, answered at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from server.flows import leading
from server.flows.steps import Lang, Scenario, read
from server.flows.talk import Answer, Heard, Matched, Moved, Order

SAMPLE = Path(__file__).parent.parent.parent / "server" / "flows" / "sample.json"
ORDER = Order("A-1024", "shipped", ("ご注文 A-1024: 発送済み", "https://carrier.example/1"))


def sample() -> Scenario:
    """The ready-made flow."""
    return read(json.loads(SAMPLE.read_text()))


def of_steps(*steps: dict[str, Any], **more: Any) -> Scenario:
    """A flow of these steps, in Japanese."""
    return read({"languages": ["ja"], "start": {"first": True}, "steps": list(steps), **more})


@dataclass
class World:
    """See `talk.World`."""

    articles: dict[int, Answer] = field(default_factory=dict)
    says: dict[str, Matched] = field(default_factory=dict)
    orders: dict[tuple[str, str], Order] = field(default_factory=lambda: {("A-1024", "hana@customer.example"): ORDER})
    open: bool = True
    tries: int = 100

    def article(self, id: int, lang: Lang) -> Answer | None:
        return self.articles.get(id)

    def match(self, text: str, lang: Lang) -> Matched:
        return self.says.get(text, Matched(False))

    def order(self, number: str, mail: str, lang: Lang) -> Order | Literal["missing", "wait"]:
        self.tries -= 1
        return "wait" if self.tries < 0 else self.orders.get((number, mail), "missing")

    def is_open(self) -> bool:
        return self.open

    def is_known(self) -> bool:
        return False

    def in_segment(self, segment: int) -> bool:
        return segment == 7


class Talk:
    """A customer who is led, with everything that was said to them."""

    def __init__(self, scenario: Scenario, world: World | None = None, lang: str = "ja") -> None:
        self.scenario = scenario
        self.world = world or World()
        self.now = leading.begin(scenario, lang, self.world)
        self.turns: list[Moved] = [self.now]

    def say(self, *texts: str) -> Moved:
        """One thing after the other."""
        for text in texts:
            self.hear(Heard(text))
        return self.now

    def tap(self, key: str, turn: int | None = None) -> Moved:
        """A choice of the newest question, or of an earlier one."""
        assert self.now.state is not None
        return self.hear(Heard("", key, self.now.state.turn if turn is None else turn))

    def hear(self, heard: Heard) -> Moved:
        assert self.now.state is not None, "the flow is over"
        self.now = leading.hear(self.scenario, self.now.state, heard, self.world)
        self.turns.append(self.now)
        return self.now

    @property
    def at(self) -> str:
        return self.now.state.at if self.now.state else ""

    def labels(self) -> Sequence[str]:
        return [offer.label for offer in self.now.offers]

    def noted(self) -> dict[str, str]:
        return {one.key: one.value for one in self.now.noted}
