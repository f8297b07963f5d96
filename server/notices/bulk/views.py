"""What a bulk letter holds, and what queries about bulk letters answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.notices.kinds import Purpose, Way
from server.notices.views import View

State = Literal["draft", "asked", "running", "paused", "stopped", "done"]
Listing = Literal["", "under_way", "whole"]
Column = Literal["", "email", "customer", "order", "line"]
"""What a column of a file finds a customer by; empty for one that only templates may speak of."""
OrderStatus = Literal["placed", "confirmed", "preparing", "shipped", "delivered", "cancelled", "returned"]
Language = Literal["ja", "en"]
Short = Annotated[str, Meta(max_length=500)]
Day = Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class BulkChoice(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a bulk letter goes to: a `segment` by id, buyers of a product, or the rows of a file.

    `product` has articles, one a line: an SKU, or a part of a name. `since` and `until` are days of the order, both
    included, on the desk's clock; without `statuses` every order counts but cancelled and returned ones. `columns`
    are those of the file.
    """

    by: Literal["segment", "buyers", "file"] = "segment"
    segment: int | None = None
    product: Annotated[str, Meta(max_length=4000)] = ""
    since: Day = ""
    until: Day = ""
    statuses: list[OrderStatus] = []
    columns: list[Column] = []


class BulkWords(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words for one way in one language, as templates. LINE has no subject; without words of its own it says the
    mail's text."""

    way: Way
    language: Language
    subject: Short = ""
    text: Annotated[str, Meta(max_length=20_000)] = ""


class BulkContent(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a second person approves. With `quiet` nobody is written to in their quiet hours; `start_at` is
    the earliest moment at which it leaves."""

    purpose: Purpose = "transactional"
    choice: BulkChoice = BulkChoice()
    words: list[BulkWords] = []
    ways: list[Way] = msgspec.field(default_factory=lambda: ["line", "email"])
    quiet: bool = True
    start_at: datetime | None = None


class BulkCounts(View, frozen=True, kw_only=True):
    """How many recipients there are, and how far they are. `ways` are those of the listed, by the way they are
    expected to take; `reasons` why others are not written to. `under_way`, `delivered` and `failed` are together those
    that were sent. `problems` are rows of the file that found nobody."""

    recipients: int = 0
    listed: int = 0
    under_way: int = 0
    delivered: int = 0
    failed: int = 0
    skipped: int = 0
    problems: int = 0
    ways: dict[str, int] = {}
    reasons: dict[str, int] = {}


class BulkView(View, frozen=True, kw_only=True):
    """A bulk letter. `row_names` are what templates may say of the file's row: `row.…`."""

    id: int
    name: str
    content: BulkContent
    file_name: str
    headers: list[str]
    row_names: list[str]
    state: State
    listing: Listing
    share: float
    trouble: str
    version: int
    by: str
    asked_by: str
    asked_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    next_at: datetime | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    counts: BulkCounts


class BulkRow(View, frozen=True, kw_only=True):
    """A bulk letter as a list shows it."""

    id: int
    name: str
    purpose: str
    state: State
    by: str
    approved_by: str
    recipients: int
    settled: int
    created_at: datetime
    finished_at: datetime | None


class BulkPage(View, frozen=True, kw_only=True):
    """Bulk letters, newest first; `next` is the cursor of the following page."""

    items: list[BulkRow]
    next: str | None


class RecipientView(View, frozen=True, kw_only=True):
    """Somebody to whom a bulk letter goes. `state`: listed, sent or skipped, and why; of a sent one `letter_state`
    says how it fares. `orders` are numbers."""

    id: int
    customer: int
    name: str
    orders: list[str]
    number: int
    state: str
    reason: str
    words: str
    way: str
    address: str
    letter: int | None
    letter_state: str
    letter_words: str
    settled_at: datetime | None


class RecipientPage(View, frozen=True, kw_only=True):
    """Recipients in the order of the list."""

    items: list[RecipientView]
    next: str | None


class ProblemView(View, frozen=True, kw_only=True):
    """A row of the file that found nobody, or nobody new. `reason` in one word, `said` what was looked for."""

    id: int
    number: int
    reason: str
    said: str


class SampleView(View, frozen=True, kw_only=True):
    """A letter as one of its recipients will have it."""

    customer: int
    name: str
    way: str
    address: str
    language: str
    subject: str
    text: str
    trouble: str = ""
