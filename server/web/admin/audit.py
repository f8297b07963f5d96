"""The page of the audit log: who looked at whom, who took data out, when and from where; and its spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from server import agents
from server.accounts import desk_settings
from server.customers.rights import audit
from server.customers.rights.audit import KINDS, AuditFilter, AuditView
from server.database.types import dump
from server.errors import Invalid
from server.web.admin.frame import agent, chosen, database, page

COLUMNS = ("at", "last_at", "what", "agent", "agent_name", "customer", "customer_name", "times", "address", "through",
           "detail")  # fmt: skip
CHUNK = 200


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get("/admin/audit", index), web.get("/admin/audit.csv", export)]


async def index(request: web.Request) -> web.Response:
    """What fits, newest first."""
    await agent(request, "admin")
    zone = (await database(request).read(desk_settings.read)).zone
    error = None
    try:
        wanted = _filter(request, zone)
    except Invalid as wrong:
        wanted, error = AuditFilter(), wrong
    found = await database(request).read(audit.search, wanted, before=chosen(request.query.get("before")))
    return await page(
        request,
        "audit.html",
        error=error,
        found=found,
        asked={name: value for name, value in request.query.items() if name not in ("before", "done", "lang")},
        people=await database(request).read(agents.all_agents),
        kinds=KINDS,
    )


async def export(request: web.Request) -> web.StreamResponse:
    """The same as a spreadsheet (UTF-8 with BOM); written piece by piece, and itself in the log."""
    admin = await agent(request, "admin")
    zone = (await database(request).read(desk_settings.read)).zone
    wanted = _filter(request, zone)
    await database(request).write(audit.exported, admin, "audit")
    answer = web.StreamResponse(headers={"Content-Disposition": 'attachment; filename="audit.csv"'})
    answer.content_type, answer.charset = "text/csv", "utf-8"
    await answer.prepare(request)
    await answer.write("\ufeff".encode() + _lines([list(COLUMNS)]))
    before: int | None = None
    while True:
        found = await database(request).read(audit.search, wanted, limit=CHUNK, before=before)
        await answer.write(_lines([_row(entry, zone) for entry in found.items]))
        if (before := found.next) is None:
            break
    await answer.write_eof()
    return answer


def _filter(request: web.Request, zone: ZoneInfo) -> AuditFilter:
    """What is asked for in the address. Raises `Invalid`."""
    query = request.query
    until = _day(query.get("until", ""), zone)
    return AuditFilter(
        what=query.get("what", "") if query.get("what") in KINDS else "",
        agent=chosen(query.get("agent")),
        customer=chosen(query.get("customer")),
        address=query.get("address", "").strip()[:64],
        since=_day(query.get("since", ""), zone),
        until=until + timedelta(days=1) if until is not None else None,
    )


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  # the desk's zone comes next
    except ValueError as error:
        raise Invalid("A day is written like 2026-11-22.") from error
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _row(entry: AuditView, zone: ZoneInfo) -> list[str]:
    cells = []
    for name in COLUMNS:
        value = getattr(entry, name)
        if isinstance(value, datetime):
            value = f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        elif isinstance(value, dict):
            value = dump(value) if value else ""
        text = "" if value is None else str(value)
        cells.append(f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text)
    return cells


def _lines(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
