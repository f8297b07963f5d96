"""What queries about sources answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from server.customers.sources.mapping import Trouble
from server.customers.views import View


class ParameterView(View, frozen=True, kw_only=True):
    """A parameter of a mapping and what it is now; of a secret only whether there is one."""

    name: str
    title: str | dict[str, str]
    hint: str | dict[str, str]
    example: str
    secret: bool
    value: str
    given: bool


class StreamView(View, frozen=True, kw_only=True):
    """How far a stream was read. `under_way` when its end has not been reached."""

    name: str
    fact: str
    records: int = 0
    learned: int = 0
    read_at: datetime | None = None
    swept_at: datetime | None = None
    under_way: bool = False


class SourceView(View, frozen=True, kw_only=True):
    """A source and how it is doing. All that the other side had at `pulled_at` is here, but for the failures."""

    name: str
    kind: Literal["sql", "http", "file"]
    title: str | dict[str, str]
    ready: str
    enabled: bool
    every: int
    compare_every: int
    locked: bool
    parameters: list[ParameterView]
    streams: list[StreamView]
    next_at: datetime
    tried_at: datetime | None
    pulled_at: datetime | None
    compared_at: datetime | None
    failures: int
    words: str
    open_failures: int
    ignored_failures: int
    changes: int
    differing: int
    version: int
    mapping: str
    hook: str = ""
    """Where its webhooks go, relative to the desk; empty when it has none."""


class FailureView(View, frozen=True, kw_only=True):
    """A record that could not become a fact, as it was last seen."""

    id: int
    source: str
    stream: str
    record: str
    troubles: list[Trouble]
    state: Literal["open", "ignored"]
    times: int
    first_seen: datetime
    last_seen: datetime
    payload: Any = None


class FailurePage(View, frozen=True, kw_only=True):
    """Failures, the latest first; `next` is the cursor of those before."""

    items: list[FailureView]
    next: str | None = None


class ShapeChange(View, frozen=True, kw_only=True):
    """One thing that is other than it was: a field that came, went, or is of another type. `used`: by the mapping."""

    field: str
    what: Literal["new", "gone", "type"]
    before: str = ""
    after: str = ""
    used: bool = False


class ShapeView(View, frozen=True, kw_only=True):
    """A version of what a stream's records look like; `accepted_by` is empty while nobody said that it is well."""

    id: int
    source: str
    stream: str
    version: int
    seen_at: datetime
    changes: list[ShapeChange]
    fields: dict[str, str]
    accepted_by: str


class PeriodView(View, frozen=True, kw_only=True):
    """How many records of a month each side has, and a checksum of what they say; `late`: not pulled yet."""

    period: str
    there: int
    here: int
    there_sum: str
    here_sum: str
    same: bool
    late: int = 0


class DifferenceView(View, frozen=True, kw_only=True):
    """A record that is not the same on both sides. `failed`: it stands among the failures."""

    record: str
    period: str
    what: Literal["missing", "gone", "other", "failed"]


class ComparisonView(View, frozen=True, kw_only=True):
    """Both sides of a stream at one time."""

    id: int
    source: str
    stream: str
    at: datetime
    there: int
    here: int
    differing: int
    periods: list[PeriodView]
    differences: list[DifferenceView]
    words: str


class TriedRecord(View, frozen=True, kw_only=True):
    """What would become of a record: new, changed, same, stale, or refused with what is wrong."""

    stream: str
    row: int
    record: str
    outcome: Literal["new", "changed", "same", "stale", "refused", "left_out"]
    troubles: list[Trouble] = []
    fact: Any = None


class Tried(View, frozen=True, kw_only=True):
    """A dry run: what would be learned of the first records of each stream. Nothing was written."""

    counts: dict[str, int]
    records: list[TriedRecord]
    words: dict[str, str] = {}


class Pulled(View, frozen=True, kw_only=True):
    """What one pull did, by stream: how many records were read, and what became of them."""

    source: str
    streams: dict[str, dict[str, int]]
    whole: bool
    words: str = ""


State = Literal["fresh", "asking", "old", "failed"]


class Freshness(View, frozen=True, kw_only=True):
    """How old what is known of a customer from a source is. `state`: being asked, or failed with words."""

    source: str
    title: str | dict[str, str]
    at: datetime | None
    state: State
    words: str = ""
