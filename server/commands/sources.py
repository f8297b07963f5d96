"""Commands about sources."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from server.agents import DESK
from server.app import Parts, assemble
from server.commands.output import console, say, show
from server.commands.upkeep import needs
from server.customers import sources
from server.customers.sources import ComparisonView, Pulled, SourceDraft, Tried, ready
from server.customers.sources import mapping as mappings
from server.errors import Invalid, NotFound
from server.settings import Settings

R = TypeVar("R")
MARKS = {"new": "green", "changed": "yellow", "same": "dim", "stale": "dim", "refused": "red", "left_out": "dim"}


class _Failure(NamedTuple):
    id: int
    stream: str
    record: str
    times: int
    last_seen: object
    why: str


class _Change(NamedTuple):
    id: int
    stream: str
    version: int
    seen_at: object
    changes: str
    accepted: str


def listed(settings: Settings, as_json: bool) -> None:
    """Every source."""
    parts = _parts(settings)
    found = parts.database.read_now(sources.all, DESK, keys=parts.keys)
    columns = ("name", "kind", "enabled", "pulled_at", "failures", "words", "open_failures", "changes", "differing")
    show(found, as_json=as_json, columns=columns)


def ready_made() -> None:
    """The ready-made mappings."""
    for name in ready.names():
        found = mappings.read(ready.text(name))
        title = found.title if isinstance(found.title, str) else found.title.get("en", "")
        say(f"{name}  {title}")


def mapping(settings: Settings, name: str) -> None:
    """Print a mapping."""
    if name in ready.names():
        sys.stdout.write(ready.text(name))
        return
    parts = _parts(settings)
    sys.stdout.write(parts.database.read_now(sources.view, DESK, name, keys=parts.keys).mapping)


def add(
    settings: Settings, mapping: str, name: str, given: list[str], secrets: bool, every: int, as_json: bool
) -> None:
    """Add one."""
    parts = _parts(settings)
    draft = _draft(mapping, name, given, secrets, every)
    made = parts.database.write_now(sources.add, DESK, draft, keys=parts.keys)
    if as_json:
        show(parts.database.read_now(sources.view, DESK, made, keys=parts.keys), as_json=True)
    else:
        say(f"The source {made} was added. Try it: madoguchi sources try {made}")


def change(
    settings: Settings,
    name: str,
    mapping: Path | None,
    given: list[str],
    secrets: bool,
    every: int,
    compare_every: int,
    enabled: bool | None,
) -> None:
    """Change one."""
    parts = _parts(settings)
    draft = SourceDraft(
        mapping=_text(mapping) if mapping is not None else None,
        parameters=_parameters(given, secrets),
        every=every or None,
        compare_every=compare_every if compare_every >= 0 else None,
        enabled=enabled,
    )
    parts.database.write_now(sources.edit, DESK, name, draft, keys=parts.keys, version=None)
    say(f"The source {name} was changed.")


def attempt(
    settings: Settings, mapping: str, given: list[str], secrets: bool, file: Path | None, limit: int, as_json: bool
) -> int:
    """A dry run; the exit status."""
    parts = _parts(settings)
    if Path(mapping).is_file() or mapping in ready.names():
        draft = _draft(mapping, "", given, secrets, 0)
        tried = _run(parts, lambda: parts.sources.try_draft(DESK, draft, file=file, most=limit))
    else:
        tried = _run(parts, lambda: parts.sources.try_source(DESK, mapping, file=file, most=limit))
    if as_json:
        show(tried, as_json=True)
    else:
        _say_tried(tried)
    return 1 if tried.words or tried.counts.get("refused") else 0


def _say_tried(tried: Tried) -> None:
    for each in tried.records:
        if each.row:
            console.print(f"[{MARKS[each.outcome]}]{each.outcome:8}[/] {each.stream} {each.record}", highlight=False)
            for trouble in each.troubles:
                console.print(f"         {trouble}", style="red", markup=False, highlight=False)
    for stream, words in tried.words.items():
        console.print(f"{stream}: {words}", style="red", markup=False, highlight=False)
    say(", ".join(f"{count} {outcome}" for outcome, count in tried.counts.items()) or "Nothing was there.")


def pull(settings: Settings, name: str, whole: bool, as_json: bool) -> int:
    """Pull; the exit status."""
    parts = _parts(settings)
    pulled = _run(parts, lambda: parts.sources.pull(DESK, name, whole=whole))
    _say_pulled(pulled, as_json)
    return 1 if pulled.words else 0


def take(settings: Settings, name: str, file: Path, as_json: bool) -> None:
    """Read a file."""
    if not file.is_file():
        raise Invalid("There is no file {path}.", path=str(file))
    parts = _parts(settings)
    _say_pulled(_run(parts, lambda: parts.sources.take_file(DESK, name, file)), as_json)


def _say_pulled(pulled: Pulled, as_json: bool) -> None:
    if as_json:
        show(pulled, as_json=True)
        return
    for stream, counts in pulled.streams.items():
        say(f"{stream}: " + (", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing"))
    if pulled.words:
        console.print(pulled.words, style="red", markup=False, highlight=False)


def failures(settings: Settings, name: str, state: str, limit: int, as_json: bool) -> None:
    """Records that could not be read."""
    page = _parts(settings).database.read_now(sources.failures, DESK, name, state=state, limit=limit)
    if as_json:
        show(page, as_json=True)
        return
    rows = [
        _Failure(
            one.id, one.stream, one.record, one.times, one.last_seen, "\n".join(str(each) for each in one.troubles)
        )
        for one in page.items
    ]
    show(rows, as_json=False, columns=_Failure._fields)


def retry(settings: Settings, name: str, ids: list[int], as_json: bool) -> int:
    """Read them again; the exit status."""
    counts = dict(_parts(settings).database.write_now(sources.retry, DESK, name, ids))
    if as_json:
        show(counts, as_json=True)
    else:
        say(", ".join(f"{count} {what}" for what, count in counts.items()) or "Nothing had failed.")
    return 1 if counts.get("refused") else 0


def ignore(settings: Settings, ids: list[int]) -> None:
    """Look away from failures."""
    parts = _parts(settings)
    for id in ids:
        parts.database.write_now(sources.ignore, DESK, id)
    say(f"{len(ids)} failures are ignored.")


def schemas(settings: Settings, name: str, accept: int, as_json: bool) -> None:
    """What changed in the source's schema."""
    parts = _parts(settings)
    if accept:
        parts.database.write_now(sources.accept, DESK, name, accept)
    found = parts.database.read_now(sources.shapes, DESK, name)
    if as_json:
        show(found, as_json=True)
        return
    rows = [
        _Change(
            one.id,
            one.stream,
            one.version,
            one.seen_at,
            "\n".join(f"{each.field}: {each.what} {each.before} {each.after}".strip() for each in one.changes),
            one.accepted_by or "no",
        )
        for one in found
    ]
    show(rows, as_json=False, columns=_Change._fields)


def compare(settings: Settings, name: str, as_json: bool) -> int:
    """Compare both sides; the exit status."""
    parts = _parts(settings)
    found = _run(parts, lambda: parts.sources.compare(DESK, name))
    if as_json:
        show(found, as_json=True)
    else:
        for one in found:
            _say_compared(one)
    return 1 if any(one.differing or one.words for one in found) else 0


def _say_compared(one: ComparisonView) -> None:
    say(f"[bold]{one.stream}[/]: {one.there} there, {one.here} here, {one.differing} differ")
    if one.words:
        console.print(one.words, style="red", markup=False, highlight=False)
    for each in one.periods:
        mark = "[green]=[/]" if each.same else "[red]≠[/]"
        late = f", {each.late} not pulled yet" if each.late else ""
        say(f"  {mark} {each.period}: {each.there} there {each.there_sum}, {each.here} here {each.here_sum}{late}")
    for difference in one.differences[:50]:
        console.print(f"  {difference.what}: {difference.record}", markup=False, highlight=False)


def remove(settings: Settings, name: str) -> None:
    """Take one away."""
    _parts(settings).database.write_now(sources.remove, DESK, name)
    say(f"The source {name} was taken away.")


def _parts(settings: Settings) -> Parts:
    parts = assemble(settings)
    needs(parts)
    return parts


def _run(parts: Parts, work: Callable[[], Awaitable[R]]) -> R:
    async def running() -> R:
        try:
            return await work()
        finally:
            await parts.sources.close()
            await parts.desk.close()
            await parts.database.close()

    return asyncio.run(running())


def _draft(mapping: str, name: str, given: list[str], secrets: bool, every: int) -> SourceDraft:
    path = Path(mapping)
    if not path.is_file() and mapping not in ready.names():
        raise NotFound("There is neither a file nor a ready-made mapping {name}.", name=mapping)
    return SourceDraft(
        name=name or None,
        mapping=_text(path) if path.is_file() else None,
        ready=None if path.is_file() else mapping,
        parameters=_parameters(given, secrets),
        every=every or None,
    )


def _parameters(given: list[str], secrets: bool) -> dict[str, str]:
    lines = [*given, *(line.rstrip("\n") for line in (sys.stdin if secrets else ()))]
    made: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals:
            raise Invalid("Parameters are written name=value, not {line}.", line=line)
        made[name.strip()] = _text(Path(value[1:])).strip() if value.startswith("@") else value
    return made


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("The file cannot be read: {why}", why=str(error)) from error
