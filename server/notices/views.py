"""What queries about notices answer."""

from __future__ import annotations

from datetime import datetime

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A plain frozen answer."""


class NoticeView(View, frozen=True, kw_only=True):
    """A notice. `state`: planned, held, sent, skipped, task or cancelled; of a sent one `letter_state` says how it
    fares, of `way` (email, line), to `recipient`.

    `fate` is both in one word: the state, but of a sent one leaving, sent (its network took it), delivered (it said
    so), opened (somebody clicked in it), bounced, failed or complained. `label` is what people here call the kind.
    """

    id: int
    kind: str
    label: dict[str, str]
    fate: str
    about: str
    subject: str
    revision: str
    copy_no: int
    customer: int | None
    customer_name: str
    state: str
    reason: str
    words: str
    moment_at: datetime
    due_at: datetime
    letter: int | None
    letter_state: str
    letter_words: str
    way: str
    recipient: str
    order: int | None
    number: str
    ticket: int | None
    created_at: datetime
    settled_at: datetime | None
    opened_at: datetime | None


class Many(View, frozen=True, kw_only=True):
    """What became of several notices that something was to be done with: those it was done with, and why not."""

    done: list[int]
    refused: dict[int, str]


class NoticePage(View, frozen=True, kw_only=True):
    """Notices, newest first; `next` is the cursor of the following page."""

    items: list[NoticeView]
    next: str | None
