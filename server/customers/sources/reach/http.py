"""HTTP APIs that answer JSON: pages in five ways, from where the last sweep ended.

Where records come in the order of their change and pages are only counted, a sweep goes on from the last record and not
from the next number: what changes meanwhile moves to the end, and would push others over the edge of a page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from server.customers.sources.mapping import Child, Find, Mapping, Stream, Unmapped, id_of, updated_of
from server.customers.sources.mapping import paths as mapping_paths
from server.customers.sources.mapping.document import Request
from server.customers.sources.mapping.values import zone
from server.customers.sources.reach import marks, templates
from server.customers.sources.reach.asking import Answer, Asker
from server.customers.sources.reach.pages import Failed, Later, Page, Record
from server.errors import Invalid

MOST_PAGES = 1_000_000


class HttpReader:
    """An API of another system, with the values of the mapping's parameters."""

    def __init__(self, mapping: Mapping, asker: Asker, given: dict[str, str]) -> None:
        self._mapping = mapping
        self._asker = asker
        self._given = given

    async def begin(self, stream: Stream, position: Any, *, whole: bool) -> Any:
        """From the position less the overlap; of everything from `begin`, or without a word of since when."""
        since = None
        if not whole and position is not None:
            since = marks.kept(marks.earlier(marks.given(position), stream.overlap))
        return {"since": since, "next": None, "newest": None, "end": None if whole else position, "at": None}

    async def page(self, stream: Stream, sweep: Any) -> Page:
        """The next records. A place that the source does not know any more is left for the sweep's beginning."""
        try:
            answer = await self._asked(stream, sweep)
        except Later:
            raise
        except Failed as error:
            if not sweep.get("resumed") or error.values.get("status") not in (400, 404, 410, 422):
                raise
            sweep = {**sweep, "next": None}
            answer = await self._asked(stream, sweep)
        records = _items(answer.body, stream.items)
        if not records:
            _refuse_errors(answer.body)
        await self._add_children(stream, records)
        return self._turned(stream, sweep, answer, records)

    async def look_up(self, stream: Stream, find: Find, value: str) -> list[Record]:
        """One request's records."""
        given = {**self._given, find.by: value, "size": find.limit}
        answer = await self._ask(find, given)
        records = _items(answer.body, find.items)[: find.limit]
        await self._add_children(stream, records)
        return records

    async def test(self) -> str:
        """The first page of the first stream."""
        stream = self._mapping.stream[0]
        found = await self.page(stream, await self.begin(stream, None, whole=True))
        return f"{stream.name}: {len(found.records)}"

    async def close(self) -> None:
        """Close the connections."""
        await self._asker.close()

    # ------------------------------------------------------------------------------------------------ asking

    async def _asked(self, stream: Stream, sweep: Any) -> Answer:
        following = sweep["next"] or {}
        if "url" in following:
            return await self._asker.ask(following["url"], headers=self._filled(stream.headers, {}))
        paging = stream.paging
        number = following.get("number", 0 if paging.by == "offset" and paging.first == 1 else paging.first)
        given = {
            **self._given,
            "since": self._since(stream, sweep["since"]),
            "cursor": following.get("cursor"),
            "page": number if paging.by == "page" else None,
            "offset": number if paging.by == "offset" else None,
            "size": paging.size,
        }
        extra: dict[str, Any] = {}
        if paging.by in ("page", "offset"):
            extra[paging.name] = number
        if paging.by == "cursor" and paging.name and following.get("cursor") is not None:
            extra[paging.name] = following["cursor"]
        if paging.size_name:
            extra[paging.size_name] = paging.size
        return await self._ask(stream, given, extra)

    async def _ask(self, asked: Request, given: dict[str, Any], extra: dict[str, Any] | None = None) -> Answer:
        try:
            path = templates.fill_path(asked.path, given)
        except templates.Missing as error:
            raise Invalid(fields={"path": f"has {error}, of which nothing is known"}) from error
        query = {**self._filled(asked.query, given), **(extra or {})}
        body = templates.fill(asked.body, given) if asked.body is not None else None
        headers = self._filled(asked.headers, given)
        return await self._asker.ask(path, method=asked.method, query=query, headers=headers, body=body)

    def _filled(self, table: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = templates.fill(table, {**self._given, **given})
        return made

    def _since(self, stream: Stream, mark: Any) -> Any:
        value = marks.given(mark)
        if value is None:
            return stream.begin or None
        if not isinstance(value, datetime):
            return value
        match stream.since:
            case "iso":
                return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            case "unix" | "number":
                return int(value.timestamp())
            case "unix_ms":
                return int(value.timestamp() * 1000)
            case form:
                return value.astimezone(zone(self._mapping.time_zone)).strftime(form)

    async def _add_children(self, stream: Stream, records: list[Record]) -> None:
        for name, child in stream.children.items():
            for record in records:
                record[name] = await self._children(child, id_of(stream, record, self._mapping))

    async def _children(self, child: Child, parent: str) -> list[Record]:
        answer = await self._ask(child, {**self._given, "id": parent})
        return _items(answer.body, child.items)

    # ------------------------------------------------------------------------------------------------ turning pages

    def _turned(self, stream: Stream, sweep: Any, answer: Answer, records: list[Record]) -> Page:
        at = sweep["at"] or (answer.at or datetime.now(UTC)).isoformat()
        newest = marks.given(sweep["newest"])
        moments = [moment for record in records if (moment := self._updated(stream, record)) is not None]
        for moment in moments:
            newest = marks.later_of(newest, moment)
        # What the mapping says of the order is believed only as long as it is so.
        ordered = stream.ascending and sweep.get("ordered", True) and _ascend(moments)
        since, following = self._following(stream, sweep, answer, records, newest if ordered else None)
        kept = {"since": since, "next": following, "newest": marks.kept(newest), "end": sweep["end"], "at": at,
                "ordered": ordered}  # fmt: skip
        if following is not None:
            return Page(records, kept)
        reached = newest
        began = datetime.fromisoformat(at) - timedelta(seconds=stream.overlap)
        if not ordered and isinstance(newest, datetime):
            reached = min(newest, began)
        end = marks.later_of(marks.given(sweep["end"]), reached)
        return Page(records, None, marks.kept(end))

    def _following(
        self, stream: Stream, sweep: Any, answer: Answer, records: list[Record], newest: Any
    ) -> tuple[Any, dict[str, Any] | None]:
        paging, body = stream.paging, answer.body
        stays = sweep["since"]
        if paging.more and _at(body, paging.more) in (None, False, "false", 0, ""):
            return stays, None
        match paging.by:
            case "link":
                return stays, {"url": answer.link} if answer.link else None
            case "next":
                found = _at(body, paging.next)
                return stays, {"url": str(found)} if found else None
            case "cursor":
                found = _at(body, paging.next)
                before = (sweep["next"] or {}).get("cursor")
                return stays, {"cursor": found} if found not in (None, "", False, before) else None
            case "page" | "offset":
                return self._counted(stream, sweep, records, newest)
            case _:
                return stays, None

    def _counted(
        self, stream: Stream, sweep: Any, records: list[Record], newest: Any
    ) -> tuple[Any, dict[str, Any] | None]:
        paging = stream.paging
        if not records or (len(records) < paging.size and not paging.more):
            return sweep["since"], None
        first = 0 if paging.by == "offset" and paging.first == 1 else paging.first
        asks = "since" in templates.names([stream.path, stream.query, stream.body])
        if asks and newest is not None:
            # A second before, whether the source reads "since" as from or as after.
            back = newest - timedelta(seconds=1) if isinstance(newest, datetime) else newest
            if self._since(stream, marks.kept(back)) != self._since(stream, sweep["since"]) and (
                sweep["since"] is None or back > marks.given(sweep["since"])
            ):
                return marks.kept(back), {"number": first}
        number = (sweep["next"] or {}).get("number", first)
        return sweep["since"], {"number": number + (1 if paging.by == "page" else len(records))}

    def _updated(self, stream: Stream, record: Record) -> Any:
        try:
            return updated_of(stream, record, self._mapping)
        except Unmapped:
            return None


def _ascend(moments: list[Any]) -> bool:
    return all(before <= after for before, after in pairwise(moments))


def _at(body: Any, path: str) -> Any:
    return mapping_paths.parse(path).find(body, body)


def _refuse_errors(body: Any) -> None:
    """Raises `Failed` for an answer of 200 that holds errors in the place of records, as GraphQL's do."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if errors:
        first = errors[0] if isinstance(errors, list) else errors
        words = first.get("message", first) if isinstance(first, dict) else first
        raise Failed("The source answers with errors: {reason}", reason=str(words)[:300])


def _items(body: Any, path: str) -> list[Record]:
    found = _at(body, path)
    items = found if isinstance(found, list) else [found] if found else []
    return [item if isinstance(item, dict) else {"value": item} for item in items]
