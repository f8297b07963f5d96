"""What admins decide for all notices, and the one row that says how far the feed was looked through."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.database import Transaction, kept
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged
from server.notices import holding
from server.notices.clock import Calendar, Quiet
from server.notices.kinds import TIME_OF_DAY
from server.notices.views import View

COLOR = "#2f5d50"
"""Of headings and buttons, until a shop chooses its own."""


class NoticeSettings(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for all notices. `legal` is what stands below advertising: who sends it, by language; `seller` are the
    lines that the law wants of who sells at a distance (特定商取引法 §11), below every mail; `color` is the shop's.

    Until they are `on`, nothing is planned: a shop's own system may be telling its customers. With `clicks`, addresses
    in notices lead over this desk, which then knows that a notice was opened. At most
    `advertising_most` advertising letters go to one customer within `advertising_days`.
    """

    on: bool = False
    quiet: Quiet = Quiet()
    calendar: Calendar = Calendar()
    clicks: bool = False
    advertising_most: int = 2
    advertising_days: int = 7
    legal: dict[str, str] = {}
    seller: dict[str, str] = {}
    color: str = COLOR


def sender(decided: NoticeSettings, language: str) -> str:
    """Who sends advertising, in a language, or in the other rather than not at all; empty when nobody said."""
    return decided.legal.get(language, "").strip() or next(filter(str.strip, decided.legal.values()), "")


def lock(tx: Transaction) -> Any:
    """The one row, kept for this unit alone."""
    tx.run(
        "INSERT INTO notice_desk (id, seen, held_by, held_because, settings)"
        " VALUES (1, 0, '', '', '{}') ON CONFLICT (id) DO NOTHING"
    )
    return tx.one("SELECT * FROM notice_desk" + ("" if tx.dialect == "sqlite" else " FOR UPDATE"))


@kept
def read(tx: Transaction) -> NoticeSettings:
    """As decided, or as it ships."""
    row = tx.first("SELECT settings FROM notice_desk")
    return msgspec.convert(row.settings, NoticeSettings) if row is not None else NoticeSettings()


def write(tx: Transaction, agent: AgentView, wanted: NoticeSettings) -> NoticeSettings:
    """Decide them all. Raises `Invalid`."""
    require(agent, "admin")
    problems = dict(_problems(wanted))
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    lock(tx)
    tx.run("UPDATE notice_desk SET settings = :settings", settings=dump(wanted))
    tx.record(DeskChanged(what="notices"), agent.actor)
    return wanted


def hold_all(tx: Transaction, agent: AgentView, because: str) -> None:
    """配送停止中: nothing leaves until `release_all`, nor what was handed over already and waits for its network.
    Raises `Invalid` without a reason."""
    require(agent, "lead")
    if not because.strip():
        raise Invalid(fields={"because": "is missing"})
    lock(tx)
    tx.run(
        "UPDATE notice_desk SET held_by = :by, held_because = :why", by=agent.name or agent.actor, why=because.strip()
    )
    holding.keep_letters(tx)
    tx.record(DeskChanged(what="notices"), agent.actor)


def release_all(tx: Transaction, agent: AgentView) -> None:
    """Let them leave again. What is not true any more by now is skipped as its turn comes."""
    require(agent, "lead")
    lock(tx)
    tx.run("UPDATE notice_desk SET held_by = '', held_because = ''")
    holding.release_letters(tx)
    tx.record(DeskChanged(what="notices"), agent.actor)


def held(tx: Transaction) -> tuple[str, str]:
    """Who holds everything back, and why; empty words when nobody does."""
    row = tx.first("SELECT held_by, held_because FROM notice_desk")
    return (row.held_by, row.held_because) if row is not None else ("", "")


def _problems(wanted: NoticeSettings) -> list[tuple[str, str]]:
    found = []
    for name, at in (("begins", wanted.quiet.begins), ("ends", wanted.quiet.ends)):
        if at and not TIME_OF_DAY.fullmatch(at):
            found.append((f"quiet.{name}", "is not a time like 10:00"))
    if any(not 0 <= day <= 6 for day in wanted.calendar.weekly) or len(set(wanted.calendar.weekly)) > 6:
        found.append(("calendar.weekly", "is not one of the choices"))
    for name, days in (("off", wanted.calendar.off), ("on", wanted.calendar.on)):
        for day in days:
            try:
                date.fromisoformat(day)
            except ValueError:
                found.append((f"calendar.{name}", "is not a day like 2026-12-31"))
    if not re.fullmatch(r"#[0-9a-f]{6}", wanted.color):
        found.append(("color", "is not a colour like #2f5d50"))
    if any(len(words) > 2000 for words in (*wanted.legal.values(), *wanted.seller.values())):
        found.append(("legal", "is too long"))
    if wanted.advertising_most < 0 or not 1 <= wanted.advertising_days <= 365:
        found.append(("advertising_days", "1 to 365"))
    return found
