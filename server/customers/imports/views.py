"""What queries about imports answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from server.customers.imports.plans import Plan
from server.customers.sheets import Form
from server.customers.views import View

State = Literal["new", "trying", "tried", "running", "done", "cancelled", "failed", "undoing", "undone"]
WORKING = ("trying", "running", "undoing")


class Counts(View, frozen=True, kw_only=True):
    """How many customers or orders became what. `rows` are the file's; `left` were taken without some of their cells.

    Of an undone import `removed` and `restored` were taken back, and `kept` stayed because somebody had changed them.
    """

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0
    refused: int = 0
    left: int = 0
    removed: int = 0
    restored: int = 0
    kept: int = 0


class ImportView(View, frozen=True, kw_only=True):
    """A file of customers or orders, what is to become of it, and how far that is. `share` is of the work at hand."""

    id: int
    name: str
    size: int
    state: State
    form: Form
    headers: list[str]
    plan: Plan
    share: float
    counts: Counts
    trial: Counts
    words: str
    by: str
    digest: str
    """In the file store; empty once the file was removed."""
    can_undo: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ProblemView(View, frozen=True, kw_only=True):
    """What is wrong with a row, by header; `*` stands for the row as a whole."""

    row: int
    refused: bool
    reasons: dict[str, str]


class KeptView(View, frozen=True, kw_only=True):
    """Something that stayed when an import was taken back."""

    row: int
    kind: str
    subject: int
    why: str
