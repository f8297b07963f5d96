"""What automatic answers show of themselves: what was tried on a ticket, what is decided, what would have been said."""

from __future__ import annotations

from datetime import datetime

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what is shown here."""


class AttemptView(View, frozen=True, kw_only=True):
    """What the desk made of a customer's message by itself. `state` is answered, offered, refused (with the `reason`
    in one word), heard (the message was a tap on what an earlier one offered) or taken (by whom `reason` names);
    `outcome` what the customer said of it: yes, no, person, chosen, other. `confidence` is that of the likeliest
    article, also where it was refused; 0 where no article was found or asked for."""

    id: int
    message: int
    state: str
    reason: str
    article: int | None
    question: str
    offered: list[str]
    confidence: float
    spoken: int | None
    outcome: str
    at: datetime
    outcome_at: datetime | None


class Sample(View, frozen=True, kw_only=True):
    """A message that would have been answered by itself, and with what."""

    ticket: int
    message: int
    text: str
    article: int
    question: str
    confidence: float
    judged: str
    """used, edited or rejected by an agent; empty when nobody said."""
    at: datetime


class Rehearsal(View, frozen=True, kw_only=True):
    """What an account would have said by itself in the last `days`: of so many messages that had suggestions, so many.

    `expected` is the mean probability that it would have been right; `confirmed` the share that agents found right,
    of `judged` such messages.
    """

    account: int
    days: int
    messages: int
    answers: int
    expected: float | None
    judged: int
    confirmed: float | None
    samples: list[Sample]


class Standing(View, frozen=True, kw_only=True):
    """How automatic answers of an account do: what was said of them in the last 90 days. `least` is the lower bound of
    the confirmed precision (Wilson, one-sided 90 %), None below five verdicts."""

    account: int
    name: str
    kind: str
    on: bool
    answered: int
    solved: int
    wrong: int
    person: int
    refused: dict[str, int]
    least: float | None
    stopped_because: str
