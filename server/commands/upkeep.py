"""Commands of the person who runs the desk: migrate, doctor, backup, restore, rotate."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.markup import escape

from channels.contract import TestsAccount
from server import accounts, webhooks
from server import backup as archives
from server.agents import DESK
from server.app import Parts, assemble
from server.commands.output import console, say, show
from server.commands.trying import tried
from server.customers import sources
from server.customers.rights import audit, requests
from server.database import Transaction, schema
from server.errors import DeskError, Invalid
from server.faq import engine_choice
from server.settings import Settings
from server.tickets import indexing

FREE_BYTES = 1_000_000_000
"""A disk with less room than this is told of."""


class SettingRow(NamedTuple):
    """A setting as `settings` lists it."""

    name: str
    value: str
    description: str


class Finding(msgspec.Struct, frozen=True):
    """One thing the doctor looked at."""

    what: str
    ok: bool
    words: str = ""


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    changed = schema.migrate(assemble(_with_secret(settings)).engine)
    say("The database is at the newest schema now." if changed else "The database was at the newest schema already.")


def doctor(settings: Settings, as_json: bool) -> int:
    """Look at everything; the exit status."""
    findings = asyncio.run(_examine(settings))
    if as_json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
    else:
        for finding in findings:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            console.print(
                f"{mark} {finding.what}" + (f": {escape(finding.words)}" if finding.words else ""), highlight=False
            )
    return 0 if all(finding.ok for finding in findings) else 1


async def _examine(settings: Settings) -> list[Finding]:
    findings = [Finding("settings", False, words) for words in settings.missing()] or [Finding("settings", True)]
    try:
        parts = assemble(_with_secret(settings))
    except (ValueError, OSError) as error:
        return [*findings, Finding("settings", False, str(error))]
    try:
        findings.append(await asyncio.to_thread(_database, parts))
        findings.append(_disk(parts))
        if all(finding.ok for finding in findings if finding.what == "database"):
            findings += await asyncio.to_thread(_contents, parts)
            findings += await _accounts(parts)
            findings.append(await asyncio.to_thread(_faq_engine, parts))
    finally:
        await parts.desk.close()
        await parts.database.close()
    return findings


def _database(parts: Parts) -> Finding:
    try:
        connection = parts.engine.connect()
    except DeskError as error:
        return Finding("database", False, f"{error} Check MADOGUCHI_DATABASE.")
    try:
        at = schema.revision(connection)
        if at != schema.newest():
            return Finding("database", False, f"at revision {at}, wants {schema.newest()}: run `madoguchi migrate`")
        if connection.dialect == "sqlite":
            said = connection.cursor("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                return Finding("database", False, f"damaged: {said}. Restore a backup.")
        return Finding("database", True, f"{connection.dialect}, revision {at}")
    finally:
        connection.close()


def _disk(parts: Parts) -> Finding:
    folder = parts.settings.files
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("files", False, f"{folder} cannot be written: {error}")
    return Finding("files", free > FREE_BYTES, f"{folder}, {free / 1e9:.1f} GB free")


def _faq_engine(parts: Parts) -> Finding:
    """Ask the chosen engine for one vector."""
    from server.faq.engines import UNHURRIED, EngineFailed

    try:
        allow = parts.settings.outside_allow.split()
        engine = parts.database.read_now(engine_choice.engine, parts.keys, allow)
        if engine is None:
            return Finding("faq engine", True, "the default one")
        try:
            engine.encode(["送料はいくらですか"], seconds=UNHURRIED)
        finally:
            engine.close()
    except EngineFailed as error:
        return Finding("faq engine", False, f"{error} The default one decides.")
    return Finding("faq engine", True, engine.name)


def _contents(parts: Parts) -> list[Finding]:
    def look(tx: Transaction) -> list[Finding]:
        quarantined = tx.value("SELECT count(*) FROM arrival WHERE state = 'quarantined'")
        failed = tx.value("SELECT count(*) FROM letter WHERE state = 'failed'")
        late = tx.value("SELECT count(*) FROM letter WHERE state = 'waiting' AND attempts > 2")
        agents = tx.value("SELECT count(*) FROM agent WHERE active AND role = 'admin'")
        return [
            Finding("quarantine", not quarantined, f"{quarantined} arrivals: `madoguchi arrivals list`")
            if quarantined
            else Finding("quarantine", True, "empty"),
            Finding("letters", not failed and not late, f"{failed} failed, {late} waiting after several tries"),
            Finding(
                "admins", bool(agents), "" if agents else "nobody can sign in: `madoguchi agent add … --role admin`"
            ),
            *(_webhook(one) for one in webhooks.all(tx)),
            _requests(requests.pressing(tx)),
            *(Finding(f"source {name}", not words, words) for name, words in sources.ailing(tx)),
        ]

    return parts.database.read_now(look)


def _webhook(view: webhooks.WebhookView) -> Finding:
    what, resume = f"webhook {view.id} {view.name}", f"`madoguchi webhooks resume {view.id}`"
    if view.state == "gone":
        return Finding(what, False, f"the other side switched it off (410); {resume} or remove it")
    if view.state == "paused" and view.failures:
        return Finding(what, False, f"paused after days of failures ({view.words}); mend the address, then {resume}")
    if view.failing_since is not None:
        since = f"{view.failing_since:%Y-%m-%d %H:%M} UTC"
        return Finding(what, False, f"failing since {since} ({view.words}): `madoguchi webhooks log {view.id}`")
    if view.failed:
        return Finding(what, False, f"{view.failed} messages failed: `madoguchi webhooks log {view.id} --state failed`")
    return Finding(what, True, "resting" if view.state == "paused" else f"{view.waiting} waiting")


async def _accounts(parts: Parts) -> list[Finding]:
    findings = []
    for view in await parts.database.read(accounts.all, parts.keys):
        what = f"account {view.id} {view.kind} {view.address}"
        if view.locked:
            findings.append(Finding(what, False, "its secrets were sealed with another MADOGUCHI_SECRET"))
        elif view.enabled and isinstance(channel := parts.channels.get(view.kind), TestsAccount):
            account = await parts.desk.account(view.id)
            findings += [
                Finding(f"{what}: {check.name}", check.ok, check.words)
                for check in await tried(parts, channel, account)
            ]
        else:
            findings.append(Finding(what, True, "" if view.enabled else "disabled"))
    return findings


def _requests(pressing: int) -> Finding:
    """Whether people's requests are answered in time."""
    words = f"{pressing} late or near their day: see /admin/rights" if pressing else ""
    return Finding("people's requests", not pressing, words)


def backup(settings: Settings, archive: Path, as_json: bool) -> None:
    """Write an archive."""
    parts = assemble(_with_secret(settings))
    summary = archives.write(parts.engine, parts.files, archive)
    # An erasure names the archives that still hold what it takes.
    parts.database.write_now(audit.write, DESK, "backup", detail={"path": str(archive.resolve())})
    _report(summary, archive, as_json)


def restore(settings: Settings, archive: Path, as_json: bool) -> None:
    """Fill a blank desk from an archive."""
    if not archive.exists():
        raise Invalid("There is no file {path}.", path=str(archive))
    parts = assemble(_with_secret(settings))
    summary = archives.restore(parts.engine, parts.files, archive)
    _report(summary, archive, as_json)


def _report(summary: archives.Summary, archive: Path, as_json: bool) -> None:
    if as_json:
        show(summary._asdict(), as_json=True)
        return
    say(f"{archive}: {summary.rows} rows, {summary.files} files, revision {summary.revision}")
    for digest in summary.missing:
        say(f"[yellow]missing from the file store: {digest}[/]")


def rotate(settings: Settings) -> None:
    """Seal every account's secrets with the present key."""
    parts = assemble(settings)
    say(f"{parts.database.write_now(accounts.rotate, parts.keys)} accounts were sealed anew.")
    say(f"{parts.database.write_now(webhooks.reseal, parts.keys)} webhooks were sealed anew.")
    say(f"{parts.database.write_now(sources.reseal, parts.keys)} sources were sealed anew.")
    say(f"{parts.database.write_now(engine_choice.reseal, parts.keys)} keys of FAQ engines were sealed anew.")


def rebuild_search(settings: Settings) -> None:
    """Begin the index anew."""
    parts = assemble(_with_secret(settings))
    say(f"{parts.database.write_now(indexing.rebuild)} tickets are to be indexed; the running desk does it.")


def _with_secret(settings: Settings) -> Settings:
    """Some commands need no secret; the parts want one to be made."""
    return settings if settings.secret else settings.model_copy(update={"secret": "unset-only-for-reading"})


def needs(parts: Parts) -> None:
    """Refuse to work without the desk's secret, or on a database of another schema."""
    if not parts.settings.secret:
        raise Invalid(parts.settings.missing()[0])
    connection = parts.engine.connect()
    try:
        if schema.revision(connection) != schema.newest():
            raise Invalid("The database is not up to date. Run `madoguchi migrate`.")
    finally:
        connection.close()
