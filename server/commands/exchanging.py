"""What the commands of import and export do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from rich.progress import Progress

from channels.wording import say as worded
from server.accounts import desk_settings
from server.agents import DESK
from server.app import Parts, assemble
from server.commands.output import console, errors, say, show
from server.commands.upkeep import needs
from server.customers import attributes, exports, segments
from server.customers.exports import Choice
from server.customers.imports import actions, plans, queries, returning
from server.customers.imports import fields as known
from server.customers.imports.plans import Plan
from server.customers.imports.views import Counts, ImportView, ProblemView
from server.customers.sheets import writer
from server.customers.sheets.writing import stand_in
from server.errors import Invalid, NotFound
from server.files import CHUNK
from server.settings import Settings

R = TypeVar("R")


class Wanted(msgspec.Struct, kw_only=True):
    """What `import file` was asked for; `given` are parts of the plan."""

    file: Path
    what: str
    sheet: str
    header: int
    columns: list[str]
    given: dict[str, Any]
    trial: bool
    refused: Path | None


class Column(msgspec.Struct, frozen=True):
    """A column as `import look` shows it."""

    column: str
    field: str
    examples: str


def look(settings: Settings, file: Path, what: str, sheet: str, header: int, as_json: bool) -> None:
    """Show how a file would be read."""
    parts = _ready(settings)
    seen = _look(file, sheet, header)
    plan = plans.proposed(seen.headers, parts.database.read_now(attributes.all), _what(what))
    found = []
    for place, (name, field) in enumerate(zip(seen.headers, plan.columns, strict=True)):
        cells = [row[place] for row in seen.rows if place < len(row) and row[place]]
        found.append(Column(name, field or "–", " / ".join(list(dict.fromkeys(cells))[:3])))
    if as_json:
        show({"form": seen.form, "what": plan.what, "columns": found, "rows": seen.rows}, as_json=True)
        return
    of = seen.form.sheet or f"{seen.form.encoding}, {seen.form.delimiter!r}"
    show(found, as_json=False, columns=("column", "field", "examples"), title=f"{plan.what} ({of})")


def fields(settings: Settings, as_json: bool) -> None:
    """List what a column can be."""
    own = _ready(settings).database.read_now(attributes.all)
    rows = [
        Column(name, what, field.label) for what, listed in known.SETS.items() for name, field in listed.items()
    ] + [Column(f"attributes.{one.name}", "customers", one.label_en or one.label_ja) for one in own]
    if as_json:
        show([{"name": one.column, "of": one.field, "label": one.examples} for one in rows], as_json=True)
        return
    for one in rows:
        say(f"{one.field:10} [bold]{one.column:24}[/] {one.examples}")


def take(settings: Settings, wanted: Wanted, as_json: bool) -> int:
    """Take a file in, or try it; the exit status."""
    parts = _ready(settings)
    seen = _look(wanted.file, wanted.sheet, wanted.header)

    async def taking() -> ImportView:
        stored = await asyncio.to_thread(parts.files.keep, _chunks(wanted.file))
        made = await parts.database.write(actions.take, DESK, wanted.file.name, stored, seen)
        plan = _plan(made.plan, seen.headers, parts.database.read_now(attributes.all), wanted)
        await parts.database.write(actions.decide, DESK, made.id, plan)
        return await _work(parts, made.id, trial=wanted.trial)

    view = _run(parts, taking)
    if wanted.refused is not None:
        _write_refused(settings, view, wanted.refused)
    return _told(view, view.trial if wanted.trial else view.counts, as_json)


def go_on(settings: Settings, id: int, as_json: bool) -> int:
    """Go on with an import; the exit status."""
    parts = _ready(settings)
    view = _run(parts, lambda: _work(parts, id))
    return _told(view, view.counts, as_json)


def undo(settings: Settings, id: int, as_json: bool) -> None:
    """Take an import back."""
    parts = _ready(settings)

    async def undoing() -> ImportView:
        await parts.database.write(actions.undo, DESK, id)
        return await _claimed(parts, id)

    view = _run(parts, undoing)
    kept = assemble(settings).database.read_now(queries.kept, DESK, id)
    if as_json:
        show({"import": view, "kept": kept}, as_json=True)
        return
    say(f"{view.counts.removed} removed, {view.counts.restored} as before, {view.counts.kept} stay.")
    for one in kept:
        say(f"  row {one.row}: {one.kind} {one.subject} {one.why}")


def cancel(settings: Settings, id: int) -> None:
    """Stop an import."""
    _ready(settings).database.write_now(actions.cancel, DESK, id)
    say("It stops after the rows that are under way.")


def listed(settings: Settings, as_json: bool) -> None:
    """List the imports."""
    rows = _ready(settings).database.read_now(queries.all, DESK)
    if as_json:
        show(rows, as_json=True)
        return
    for one in rows:
        counts = one.counts if one.started_at else one.trial
        say(
            f"{one.id:5} {one.state:9} {one.plan.what:9} {counts.new:>8} new {counts.changed:>8} changed"
            f" {counts.refused:>6} refused  {one.created_at:%Y-%m-%d %H:%M}  {one.name}"
        )


def export(settings: Settings, what: str, file: Path, encoding: str, segment: str, search: str, language: str) -> None:
    """Write a file of customers or orders."""
    parts = _ready(settings)
    format = file.suffix.lower().removeprefix(".")
    if format not in ("xlsx", "csv", "tsv"):
        raise Invalid(fields={"file": "must end with .xlsx, .csv or .tsv"})
    if encoding not in ("utf-8", "cp932"):
        raise Invalid(fields={"encoding": "is not one of the choices"})
    id = None
    if segment:
        named = {one.name: one.id for one in parts.database.read_now(segments.all, counted=False)}
        if segment not in named:
            raise NotFound("There is no such segment.")
        id = named[segment]
    choice = msgspec.convert(
        {"what": what, "format": format, "encoding": "cp932" if encoding == "cp932" else "utf-8-sig", "segment": id,
         "search": search}, Choice)  # fmt: skip

    async def writing() -> dict[str, int]:
        begun = await parts.database.write(exports.begin, DESK, choice, language)
        zone = (await parts.database.read(desk_settings.read)).zone
        out = writer(choice.format, choice.encoding, begun.header)
        with file.open("wb") as target:
            async for piece in exports.pieces(parts.database, choice, begun, language, zone, out):
                target.write(piece)
        return dict(out.strange.most_common())

    strange = _run(parts, writing)
    say(f"{file} is written.")
    for char, many in strange.items():
        errors.print(f"{char} (U+{ord(char):04X}) does not fit: {stand_in(char) or '–'} in its place, {many} times",
                     highlight=False, markup=False)  # fmt: skip


# ------------------------------------------------------------------------------------------------ parts of it


def _ready(settings: Settings) -> Parts:
    parts = assemble(settings)
    needs(parts)
    return parts


def _run(parts: Parts, act: Callable[[], Awaitable[R]]) -> R:
    async def running() -> R:
        try:
            return await act()
        finally:
            await parts.database.close()

    return asyncio.run(running())


def _look(file: Path, sheet: str, header: int) -> actions.Look:
    try:
        return actions.look(file, sheet=sheet, header=header)
    except OSError as error:
        raise Invalid("The file cannot be read: {why}", why=str(error)) from error


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


def _what(what: str) -> known.What | None:
    if what not in ("", "customers", "orders"):
        raise Invalid(fields={"what": "is not one of the choices"})
    return what or None  # type: ignore[return-value]  # checked above


def _plan(plan: Plan, headers: list[str], own: list[attributes.AttributeView], wanted: Wanted) -> Plan:
    """The plan that the headers speak for, or that is remembered, with what the command line says."""
    if (what := _what(wanted.what)) is not None and what != plan.what:
        plan = plans.proposed(headers, own, what)
    columns = list(plan.columns)
    for pair in wanted.columns:
        header, _, field = pair.partition("=")
        if header not in headers:
            raise Invalid(fields={"map": f"there is no column {header}"})
        columns[headers.index(header)] = field
    try:
        return msgspec.convert({**msgspec.to_builtins(plan), "columns": columns, **wanted.given}, Plan)
    except msgspec.ValidationError as error:
        raise Invalid(str(error).replace("{", "(").replace("}", ")")) from error


async def _work(parts: Parts, id: int, *, trial: bool = False) -> ImportView:
    await parts.database.write(actions.start, DESK, id, trial=trial)
    return await _claimed(parts, id)


async def _claimed(parts: Parts, id: int) -> ImportView:
    """Do the work here, unless the running desk was faster; then watch it."""
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def told(view: ImportView) -> None:
            bar.update(task, completed=view.share, description=f"{view.counts.rows or view.trial.rows} rows")

        if await parts.importer.take_over(id):
            await parts.importer.work(id, told)
        view = await parts.database.read(queries.one, DESK, id)
        while view.state in ("trying", "running", "undoing"):
            await asyncio.sleep(0.5)
            view = await parts.database.read(queries.one, DESK, id)
            told(view)
    return view


def _told(view: ImportView, counts: Counts, as_json: bool) -> int:
    if as_json:
        show(view, as_json=True)
    else:
        say(
            f"Import {view.id} ({view.state}): {counts.rows} rows; {counts.new} new, {counts.changed} changed,"
            f" {counts.same} the same, {counts.skipped} left alone, {counts.refused} refused"
            + (f", {counts.left} without some cells" if counts.left else "")
            + "."
        )
        if view.words:
            console.print(view.words, style="red", highlight=False, markup=False)
    return 1 if counts.refused or view.words else 0


def _write_refused(settings: Settings, view: ImportView, target: Path) -> None:
    parts = assemble(settings)

    def more(after: int) -> list[ProblemView]:
        found = parts.database.read_now(
            queries.problems, DESK, view.id, trial=view.started_at is None, limit=500, after=after
        )
        return found

    def said(problem: ProblemView) -> str:
        return "; ".join(words if name == "*" else f"{name}: {words}" for name, words in problem.reasons.items())

    with target.open("wb") as file:
        why = worded("en", "Why it was refused")
        for piece in returning.pieces(parts.files.path(view.digest), view, more, why, said):
            file.write(piece)
