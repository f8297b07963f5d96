"""A flow as its editor writes it: a tree of steps, as plain data that is kept, exported and led through.

Steps stand in lists. After the last step of an inner list the conversation goes on after the step that the list belongs
to. A list is named by its place: "" is the flow's own, `STEP.WAY` one inside a step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

Lang = Literal["ja", "en"]
LANGUAGES: tuple[Lang, ...] = ("ja", "en")
Id = Annotated[str, Meta(pattern="^[a-z0-9]{1,12}$")]
Said = Annotated[str, Meta(max_length=1_500)]
Brief = Annotated[str, Meta(max_length=100)]
Words = dict[Lang, Said]
Labels = dict[Lang, Brief]
FieldKind = Literal["text", "mail", "phone", "number", "date", "choice"]
FIELD_KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
Test = Literal["open", "known", "segment", "order"]
TESTS: tuple[Test, ...] = get_args(Test)
ORDER_STATES = ("found", "missing", "placed", "confirmed", "preparing", "shipped", "delivered", "cancelled", "returned")
ELSE = "else"
MINUTES = 30


class _Plain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the parts of a flow have in common."""


class Start(_Plain, frozen=True, kw_only=True):
    """When a flow begins: with the first message of a conversation, outside the opening hours only if `closed`; when a
    message is one of the `words`; when a place of a rich menu sends `menu` as its data; `opened`: it greets whoever
    opens the chat on the site."""

    first: bool = False
    closed: bool = False
    words: Annotated[list[Brief], Meta(max_length=50)] = []
    menu: Annotated[str, Meta(max_length=100)] = ""
    opened: bool = False


class Field(_Plain, frozen=True, kw_only=True):
    """Something asked of the customer. `to` is the custom field of the ticket that takes it."""

    id: Id
    label: Words = {}
    type: FieldKind = "text"
    options: Annotated[list[Labels], Meta(max_length=20)] = []
    optional: bool = False
    to: Annotated[str, Meta(max_length=40)] = ""


class _Step(_Plain, frozen=True, kw_only=True, tag_field="kind"):
    """`minutes` without an answer lead to a person; 0: as the flow says."""

    id: Id
    minutes: Annotated[int, Meta(ge=0, le=10_080)] = 0


class Say(_Step, frozen=True, kw_only=True, tag="say"):
    """Words, and on."""

    words: Words = {}


class Way(_Plain, frozen=True, kw_only=True):
    """An answer to tap, and what follows it."""

    id: Id
    label: Labels = {}
    steps: list[Step] = []


class Choices(_Step, frozen=True, kw_only=True, tag="choices"):
    """A question with answers to tap."""

    words: Words = {}
    ways: Annotated[list[Way], Meta(max_length=30)] = []


class Question(_Step, frozen=True, kw_only=True, tag="question"):
    """The customer asks in their own words; the articles answer."""

    words: Words = {}


class Article(_Step, frozen=True, kw_only=True, tag="article"):
    """An article's answer; with `ask` the customer says whether it helped, and what follows is for those it did not."""

    article: int = 0
    ask: bool = True


class Ask(_Step, frozen=True, kw_only=True, tag="ask"):
    """One thing asked."""

    field: Field


class Form(_Step, frozen=True, kw_only=True, tag="form"):
    """Several things asked, one after the other; with `confirm` the customer looks over them at the end."""

    words: Words = {}
    fields: Annotated[list[Field], Meta(max_length=20)] = []
    confirm: bool = True


class Order(_Step, frozen=True, kw_only=True, tag="order"):
    """An order's state, for whoever knows its number and the buyer's mail address. `words` begin the question."""

    words: Words = {}


class Case(_Plain, frozen=True, kw_only=True):
    """What must hold: `value` is a segment's number or an order's state."""

    id: Id
    test: Test = "open"
    value: Annotated[str, Meta(max_length=40)] = ""
    steps: list[Step] = []


class Branch(_Step, frozen=True, kw_only=True, tag="branch"):
    """The first case that holds, else `otherwise`."""

    cases: Annotated[list[Case], Meta(max_length=10)] = []
    otherwise: list[Step] = []


class Arrange(_Step, frozen=True, kw_only=True, tag="set"):
    """Tags, priority and custom fields of the ticket."""

    tags: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=20)] = []
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    fields: dict[str, Annotated[str, Meta(max_length=200)]] = {}


class HandOver(_Step, frozen=True, kw_only=True, tag="person"):
    """A person takes over, of a team or of nobody in particular."""

    words: Words = {}
    team: int | None = None


class End(_Step, frozen=True, kw_only=True, tag="end"):
    """It is over; `solved` counts it as solved and closes the ticket, else it stays with the agents."""

    words: Words = {}
    solved: bool = True


class Go(_Step, frozen=True, kw_only=True, tag="go"):
    """On with another step; empty: from the beginning."""

    to: Annotated[str, Meta(max_length=12)] = ""


Step = (
    Say | Choices | Question | Article | Ask | Form | Order | Branch | Arrange | HandOver | End | Go
)  # fmt: skip
KINDS: tuple[str, ...] = tuple(str(kind.__struct_config__.tag) for kind in get_args(Step))
WAITING = (Choices, Question, Ask, Form, Order)
"""Steps that wait for the customer, besides an article that asks."""
LAST = (HandOver, End, Go)


class Scenario(_Plain, frozen=True, kw_only=True):
    """A whole flow. `languages` are those in which its words must be there; `team` takes over where no step says."""

    start: Start = Start()
    languages: Annotated[list[Lang], Meta(max_length=2)] = msgspec.field(default_factory=lambda: list(LANGUAGES))
    minutes: Annotated[int, Meta(ge=1, le=10_080)] = MINUTES
    team: int | None = None
    steps: list[Step] = []


def ways_of(step: Step) -> list[tuple[str, list[Step]]]:
    """The lists inside a step, each with its way's id."""
    match step:
        case Choices():
            return [(way.id, way.steps) for way in step.ways]
        case Branch():
            return [*((case.id, case.steps) for case in step.cases), (ELSE, step.otherwise)]
        case _:
            return []


def walk(steps: list[Step], place: str = "") -> Iterator[tuple[str, int, Step]]:
    """Every step in the order of the page, with its place and its position there."""
    for position, step in enumerate(steps):
        yield place, position, step
        for way, inner in ways_of(step):
            yield from walk(inner, f"{step.id}.{way}")


class Tree:
    """A scenario's steps by their ids, and what comes after each."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.steps: dict[str, Step] = {}
        self._after: dict[str, str] = {}
        self._put(scenario.steps, "")

    def _put(self, steps: list[Step], beyond: str) -> None:
        for position, step in enumerate(steps):
            self.steps[step.id] = step
            after = steps[position + 1].id if position + 1 < len(steps) else beyond
            self._after[step.id] = after
            for _, inner in ways_of(step):
                self._put(inner, after)

    @property
    def first(self) -> Step | None:
        """Where it begins."""
        return self.scenario.steps[0] if self.scenario.steps else None

    def after(self, step: Step) -> Step | None:
        """The step that follows it when nothing leads elsewhere; None: a dead end."""
        return self.steps.get(self._after.get(step.id, ""))

    def inside(self, step: Step, way: str) -> Step | None:
        """The first step of a way, or what follows the step when the way is empty."""
        inner = next((steps for id, steps in ways_of(step) if id == way), [])
        return inner[0] if inner else self.after(step)


def in_language(words: dict[Any, str], lang: str) -> str:
    """Words in a language, or in another rather than none."""
    return words.get(lang, "").strip() or next((text.strip() for text in words.values() if text.strip()), "")


def read(content: Any) -> Scenario:
    """A scenario out of plain data. Raises `msgspec.ValidationError`, naming the place."""
    return msgspec.convert(content, Scenario)
