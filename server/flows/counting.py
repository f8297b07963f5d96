"""Counting how a flow's steps fare: numbers by day, of nobody in particular."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from server.database import Transaction

KEPT_DAYS = 400
_ADD = (
    "INSERT INTO flow_count (flow_id, step, day, entered, answered, handed, silent)"
    " VALUES (:flow, :step, :day, :entered, :answered, :handed, :silent) ON CONFLICT (flow_id, step, day) DO UPDATE SET"
    " entered = flow_count.entered + excluded.entered, answered = flow_count.answered + excluded.answered,"
    " handed = flow_count.handed + excluded.handed, silent = flow_count.silent + excluded.silent"
)


def sweep(tx: Transaction) -> None:
    """Forget what is older than a year and a bit."""
    day = (tx.now - timedelta(days=KEPT_DAYS)).date().isoformat()
    tx.run("DELETE FROM flow_count WHERE day < :day", day=day)


def count(
    tx: Transaction,
    flow: int,
    *,
    entered: Sequence[str] = (),
    answered: str = "",
    handed: str = "",
    silent: str = "",
) -> None:
    """Steps that were come to, answered, left for a person, left in silence."""
    day = tx.now.date().isoformat()
    # In one order for all, so that two units on PostgreSQL do not wait for each other.
    for step in sorted({*entered, answered, handed, silent} - {""}):
        tx.run(
            _ADD,
            flow=flow,
            step=step,
            day=day,
            entered=list(entered).count(step),
            answered=int(step == answered),
            handed=int(step == handed),
            silent=int(step == silent),
        )
