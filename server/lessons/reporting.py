"""When the weekly report leaves and who gets it: the day and hour are the desk's, the wish is each reader's own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from msgspec import UNSET

from server import agents
from server.accounts import desk_settings
from server.agents import AgentView, may, require
from server.database import Transaction
from server.events import DeskChanged
from server.faq import queries as articles
from server.lessons.views import ReportChange, ReportSettings

WEEKDAY = 0
AT = "09:00"


def read(tx: Transaction, agent: AgentView) -> ReportSettings:
    """As decided, or as it ships: on Mondays at nine, to leads, and to admins where nobody is a lead."""
    row = tx.first("SELECT * FROM lesson_report")
    getting = readers(tx)
    return ReportSettings(
        weekday=row.weekday if row is not None else WEEKDAY,
        at=row.at if row is not None else AT,
        next_at=next_at(tx, row) if row is not None and articles.any_live(tx) else None,
        mine=agent.id in {one.id for one in getting},
        readers=[one.name for one in getting],
    )


def write(tx: Transaction, agent: AgentView, change: ReportChange) -> ReportSettings:
    """Decide when it leaves, and whether whoever decides gets it. A day that has passed is not made up for."""
    require(agent, "lead")
    begin(tx)
    row = locked(tx)
    weekday = row.weekday if change.weekday is UNSET else change.weekday
    at = row.at if change.at is UNSET else change.at
    if (weekday, at) != (row.weekday, row.at):
        tx.run(
            "UPDATE lesson_report SET weekday = :weekday, at = :at, done_on = :done",
            weekday=weekday, at=at, done=_done(tx, at, row.sent_on),
        )  # fmt: skip
    if change.mine is not UNSET:
        tx.run(
            "INSERT INTO lesson_reader (agent_id, weekly) VALUES (:id, :weekly)"
            " ON CONFLICT (agent_id) DO UPDATE SET weekly = excluded.weekly",
            id=agent.id, weekly=change.mine,
        )  # fmt: skip
    tx.record(DeskChanged(what="lessons"), by=agent.actor)
    return read(tx, agent)


def readers(tx: Transaction) -> list[AgentView]:
    """Who gets the weekly report, by name."""
    said = {row.agent_id: bool(row.weekly) for row in tx.all("SELECT agent_id, weekly FROM lesson_reader")}
    everybody = [one for one in agents.all_agents(tx, active_only=True) if may(one, "lead")]
    wanted = "lead" if any(one.role == "lead" for one in everybody) else "admin"
    return [one for one in everybody if said.get(one.id, one.role == wanted)]


def begin(tx: Transaction) -> None:
    """Have a row: from now on reports leave."""
    tx.run(
        "INSERT INTO lesson_report (id, weekday, at, done_on, sent_on, reminded_on)"
        " VALUES (1, :weekday, :at, :done, '', '') ON CONFLICT DO NOTHING",
        weekday=WEEKDAY, at=AT, done=_done(tx, AT, ""),
    )  # fmt: skip


def locked(tx: Transaction) -> Any:
    """The one row, kept for this unit alone; None before there is one."""
    return tx.first("SELECT * FROM lesson_report" + ("" if tx.dialect == "sqlite" else " FOR UPDATE"))


def moment(tx: Transaction, day: date, at: str) -> datetime:
    """An hour of a day, by the desk's clock."""
    return datetime.combine(day, time.fromisoformat(at), desk_settings.read(tx).zone)


def scheduled(tx: Transaction, row: Any) -> date | None:
    """The last day whose report is due by now and neither left nor was let go; None when none is."""
    today = articles.today(tx)
    day = today - timedelta(days=(today.weekday() - row.weekday) % 7)
    if moment(tx, day, row.at) > tx.now:
        day -= timedelta(days=7)
    return day if day.isoformat() > row.done_on else None


def next_at(tx: Transaction, row: Any) -> datetime:
    """When the next report is due; in the past when one is overdue."""
    if (day := scheduled(tx, row)) is not None:
        return moment(tx, day, row.at)
    after = max(articles.today(tx), date.fromisoformat(row.done_on) + timedelta(days=1))
    day = after + timedelta(days=(row.weekday - after.weekday()) % 7)
    at = moment(tx, day, row.at)
    return at if at > tx.now else moment(tx, day + timedelta(days=7), row.at)


def _done(tx: Transaction, at: str, sent_on: str) -> str:
    """The day up to which nothing leaves any more: yesterday while today's hour is still to come."""
    today = articles.today(tx)
    ahead = moment(tx, today, at) > tx.now and sent_on != today.isoformat()
    return (today - timedelta(days=1) if ahead else today).isoformat()
