"""The pages of segments: who is in each, made and changed condition by condition, tried before they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from server.customers import overview, segments
from server.customers.segments import FIELDS, Condition, SegmentDraft, SegmentPage
from server.errors import DeskError, Invalid
from server.web import spreadsheet
from server.web.admin.frame import agent, database, done, number, page, tried, typed

SPARE = 2
"""Empty lines for further conditions; saving gives more."""
SHOWN = 50
_NO = ("", "0", "no", "false", "いいえ")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/segments", index),
        web.get("/admin/segments/new", fresh),
        web.post("/admin/segments/new", save),
        web.get("/admin/segments/{id}", show),
        web.post("/admin/segments/{id}", save),
        web.get("/admin/segments/{id}/customers.csv", export),
    ]


async def index(request: web.Request) -> web.Response:
    """Every segment with how many are in it."""
    await agent(request, "lead")
    return await page(request, "segments.html", segments=await database(request).read(segments.all), **_words())


async def fresh(request: web.Request) -> web.Response:
    """A new one; the query may begin it: `?recency=5&frequency=3`."""
    await agent(request, "lead")
    begun = {f"{part}{place}": text for place, (name, value) in enumerate(request.query.items())
             for part, text in (("field", name), ("op", "is"), ("value", value))}  # fmt: skip
    conditions, error = _conditions(begun)
    return await _editor(request, None, SegmentDraft(name="", conditions=conditions), error=error)


async def show(request: web.Request) -> web.Response:
    """One, and who is in it."""
    await agent(request, "lead")
    id = number(request)
    found = await database(request).read(segments.one, id)
    return await _editor(request, id, found)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep it, only show who would be in it, or remove it."""
    lead, data = await agent(request, "lead"), await typed(request)
    id = number(request) if "id" in request.match_info else None
    store, act = database(request), data.get("do")
    if act == "remove" and id is not None:
        await store.write(segments.remove, lead, id)
        return done("/admin/segments", "removed")
    conditions, error = _conditions(data)
    priority = data.get("priority", "")
    draft = SegmentDraft(
        name=data.get("name", ""),
        conditions=conditions,
        priority=priority if priority in ("normal", "high", "urgent") else "",
    )
    if error is None and act == "save":
        saved, error = await tried(
            store.write(segments.add, lead, draft) if id is None else store.write(segments.change, lead, id, draft)
        )
        if saved is not None:
            return done(f"/admin/segments/{saved.id}", "saved")
    return await _editor(request, id, draft, error=error)


async def export(request: web.Request) -> web.StreamResponse:
    """Its customers, for a spreadsheet."""
    id = number(request)
    await database(request).write(overview.exported, await agent(request, "lead"), id)
    pieces = spreadsheet.by_id(database(request), overview.members, id)
    return await spreadsheet.stream(request, f"segment-{id}.csv", overview.COLUMNS, pieces)


def _conditions(data: Any) -> tuple[list[Condition], DeskError | None]:
    """The lines of the form; those without a field are left out."""
    found: list[Condition] = []
    error: DeskError | None = None
    for place in range(segments.MOST_CONDITIONS):
        field, text = data.get(f"field{place}", ""), data.get(f"value{place}", "").strip()
        if field not in FIELDS:
            continue
        kind, value = FIELDS[field].kind, text
        try:
            typed = _typed(kind, text)
            found.append(msgspec.convert({"field": field, "op": data.get(f"op{place}", ""), "value": typed}, Condition))
        except (ValueError, msgspec.ValidationError):
            found.append(Condition(field=field, op="is", value=value))
            error = Invalid("A condition has a value that does not fit its field.")
    return found, error


def _typed(kind: str, text: str) -> bool | float | str:
    """A value as a person writes it. Raises `ValueError`."""
    if kind == "number":
        return float(text.replace(",", ""))
    return text.lower() not in _NO if kind == "yes" else text


async def _editor(
    request: web.Request, id: int | None, draft: SegmentDraft, *, error: DeskError | None = None
) -> web.Response:
    """The form as it stands, and who is in it by its conditions."""
    many, members = 0, SegmentPage(items=[], next=None)
    if draft.conditions and error is None:
        after = request.query.get("after")
        counted, error = await tried(database(request).read(segments.preview, draft.conditions))
        if counted is not None:
            many = counted
            members = await database(request).read(segments.members, draft.conditions, limit=SHOWN, after=after)
    return await page(
        request,
        "segment.html",
        error=error,
        id=id,
        draft=draft,
        many=many,
        members=members,
        lines=_lines(draft.conditions),
        **_words(),
    )


def _lines(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """The lines of the form, with values as a person writes them."""
    lines = [{"field": one.field, "op": one.op, "value": _written(one.value)} for one in conditions]
    spare = min(SPARE, segments.MOST_CONDITIONS - len(lines)) if lines else SPARE + 1
    return lines + [{"field": "", "op": "at_least", "value": ""} for _ in range(spare)]


def _written(value: bool | float | str) -> str:
    return value if isinstance(value, str) else ("1" if value else "0") if isinstance(value, bool) else f"{value:.12g}"


def _words() -> dict[str, Any]:
    return {"fields": list(FIELDS), "kinds": {name: kind.kind for name, kind in FIELDS.items()}}
