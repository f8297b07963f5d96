"""The composition root: parts are made and joined here, and nowhere else.

`assemble` makes the parts from the settings (the command line uses them without a web server); `build` joins them
into an application that opens every door.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.metadata
import ipaddress
import logging
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from urllib.parse import urlsplit

from aiohttp import web

from channels.api import ApiChannel
from channels.contract import Account, Channel, MeetsDesk
from channels.email.channel import EmailChannel
from channels.form import FormChannel
from channels.line import LineChannel
from channels.phone import PhoneChannel
from channels.webchat import WebchatChannel
from channels.webchat.site import Opening, always_open
from server.accounts import Keys, desk_settings, records
from server.accounts.secrets import derive
from server.agents import sessions
from server.answers.answerer import Answerer
from server.answers.board import Board
from server.answers.case import Ways
from server.answers.links import ChoiceLinks, FileLinks
from server.answers.speaking import Drawing, networks_of
from server.customers import overview, scale
from server.customers.imports import actions as imports
from server.customers.imports.running import Importer
from server.customers.rights.audit import Looks
from server.customers.sources import Sources
from server.database import Database, Engine, Transaction, open_engine
from server.database.schema import migrate
from server.delivery import Courier
from server.errors import Unavailable
from server.faq.live import Faq
from server.files import Files
from server.flows import counting, starting
from server.flows.live import Flows
from server.help import queries as help_centres
from server.help import votes
from server.help.live import Help
from server.inbox import InboxDesk
from server.lessons import counting as lessons
from server.lessons import weekly
from server.lessons.learner import Learner
from server.notices import rounds, sending
from server.notices.bulk import keeping
from server.notices.bulk.running import Mailer
from server.notices.caps import Caps
from server.privacy.keeper import Keeper
from server.reactions import Loops, Reactions
from server.settings import Settings
from server.tickets import attachments, continuity
from server.tickets.alarm import Alarm
from server.tickets.indexing import Indexer
from server.web import Doors, idempotency, setup
from server.web.buckets import Buckets, Policy
from server.web.doors import address_of
from server.web.feed import Feed, newest_seq
from server.webhooks import Webhooks
from server.webhooks import sweep as sweep_webhooks

log = logging.getLogger(__name__)

LOOK_FOR_OTHERS = 0.5
"""In seconds: how often the feed is compared with the database, for what other processes committed."""
TIDY = 3600.0
"""In seconds: how often what has expired is removed."""
KEEP_UNNAMED = 86_400.0
"""In seconds: how long a file may lie in the store before anything names it."""
SWITCH_INTERVAL = 0.0003
"""In seconds: a busy event loop hands over to the database's thread sooner than Python's 5 ms."""


GARBAGE = (50_000, 20, 50)
"""How many objects are made before each generation is looked through: with thousands of connections a look costs much,
and hardly anything here is garbage in cycles."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one process, joined but not started."""

    settings: Settings
    engine: Engine
    database: Database
    files: Files
    keys: Keys
    channels: Mapping[str, Channel]
    desk: InboxDesk
    courier: Courier
    indexer: Indexer
    faq: Faq
    help: Help
    flows: Flows
    answerer: Answerer
    learner: Learner
    reports: Alarm
    choice_links: ChoiceLinks
    file_links: FileLinks
    board: Board
    alarm: Alarm
    continuity: Alarm
    planner: Alarm
    notices: Alarm
    mailer: Mailer
    webhooks: Webhooks
    sources: Sources
    importer: Importer
    looks: Looks
    keeper: Keeper
    feed: Feed
    buckets: Buckets


@lru_cache
def _policy(limit: int, seconds: float) -> Policy:
    return Policy(f"channel {limit}/{seconds}", limit, seconds)


def channels_of(settings: Settings, board: Board | None = None) -> dict[str, Channel]:
    """Every channel: our own, and those that other packages bring (entry points of `madoguchi.channels`).

    `board` knows when somebody is there; without it the desk never closes.
    """

    def hours(account: Account, now: datetime) -> Opening:
        if board is None:
            return always_open(account, now)
        found = board.opening(account.settings.get("team_id"), now)
        return Opening(found.open, found.until, found.next)

    allow = settings.outside_allow.split()
    smtp = (settings.smtp_host, settings.smtp_port) if settings.smtp_port else None
    lmtp = (settings.smtp_host, settings.lmtp_port) if settings.lmtp_port else None
    own: list[Channel] = [
        EmailChannel(
            smtp=smtp, lmtp=lmtp, hostname=_host_name(settings.public_url), max_bytes=settings.max_arrival_bytes
        ),
        FormChannel(allow=allow, client_address=lambda request: address_of(request, settings.proxies)),
        PhoneChannel(),
        ApiChannel(allow=allow, client_address=lambda request: address_of(request, settings.proxies)),
        WebchatChannel(client_address=lambda request: address_of(request, settings.proxies), hours=hours),
        LineChannel(client_address=lambda request: address_of(request, settings.proxies)),
    ]
    brought: list[Channel] = [point.load()() for point in importlib.metadata.entry_points(group="madoguchi.channels")]
    return {channel.kind: channel for channel in (*own, *brought)}


def assemble(settings: Settings) -> Parts:
    """Make the parts. Touches neither the network nor the database; makes the folder of files."""
    engine = open_engine(settings.database)
    database = Database(engine, readers=settings.readers)
    files = Files(settings.files)
    keys = Keys(settings.secret, settings.old_secrets.split())
    board = Board(database)
    channels = channels_of(settings, board)
    buckets = Buckets()
    desk = InboxDesk(
        database,
        files,
        channels,
        keys,
        public_url=settings.public_url,
        secret=derive(settings.secret, b"madoguchi signatures v1"),
        max_bytes=settings.max_arrival_bytes,
        allow=lambda bucket, limit, per: buckets.take(_policy(limit, per), bucket).after,
    )
    for channel in channels.values():
        if isinstance(channel, MeetsDesk):
            channel.meet(desk)
    caps = Caps(desk, channels)
    faq = Faq(database, keys=keys, allow=settings.outside_allow.split())
    help = Help(database, faq, public_url=settings.public_url)
    desk.helping = help.helps
    choice_links = ChoiceLinks(settings.public_url, derive(settings.secret, b"madoguchi choices v1"))
    file_links = FileLinks(settings.public_url, derive(settings.secret, b"madoguchi article files v1"))
    drawing = Drawing(networks_of(channels), choice_links, file_links)
    return Parts(
        settings=settings,
        engine=engine,
        database=database,
        files=files,
        keys=keys,
        channels=channels,
        desk=desk,
        courier=Courier(database, files, channels, desk),
        indexer=Indexer(database),
        faq=faq,
        help=help,
        flows=Flows(database, faq, drawing, desk.presence.types),
        answerer=Answerer(database, faq, Ways(drawing, desk.presence.types, (starting.leads,))),
        learner=Learner(database, faq),
        reports=Alarm(database, weekly.next_due, partial(weekly.send_due, public_url=settings.public_url.rstrip("/"))),
        choice_links=choice_links,
        file_links=file_links,
        board=board,
        alarm=Alarm(database),
        continuity=Alarm(database, continuity.next_due, continuity.send_due),
        planner=Alarm(database, rounds.next_due, rounds.work),
        notices=Alarm(
            database,
            sending.next_due,
            partial(sending.send_due, public_url=settings.public_url, left=caps.left),
            before=caps.look,
        ),
        mailer=Mailer(database, files, caps, public_url=settings.public_url),
        webhooks=Webhooks(database, keys, public_url=settings.public_url, allow=settings.outside_allow.split()),
        sources=Sources(database, keys, allow=settings.outside_allow.split(), folders=settings.source_folders.split()),
        importer=Importer(database, files, lambda tx: desk_settings.read(tx).zone),
        looks=Looks(database),
        keeper=Keeper(database, files),
        feed=Feed(database),
        buckets=buckets,
    )


def build(parts: Parts) -> web.Application:
    """The application: its doors open when it starts, in an order in which nothing arrives before it can be filed."""
    settings = parts.settings
    app = web.Application(client_max_size=settings.max_arrival_bytes)
    app.cleanup_ctx.append(lambda _: _running(parts))
    setup(
        app,
        Doors(
            database=parts.database,
            files=parts.files,
            keys=parts.keys,
            public_url=settings.public_url.rstrip("/"),
            secret=derive(settings.secret, b"madoguchi doors v1"),
            desk=parts.desk,
            channels=parts.channels,
            faq=parts.faq,
            choice_links=parts.choice_links,
            file_links=parts.file_links,
            help=parts.help,
            presence=parts.desk.presence,
            webhooks=parts.webhooks,
            sources=parts.sources,
            looks=parts.looks,
            keeper=parts.keeper,
            proxies=settings.proxies,
            demo=settings.demo,
            max_upload_bytes=settings.max_arrival_bytes,
            max_import_bytes=settings.max_import_bytes,
            version=importlib.metadata.version("madoguchi"),
        ),
        feed=parts.feed,
        buckets=parts.buckets,
    )
    for channel in parts.channels.values():
        channel.attach(app, parts.desk)
    return app


async def collect_less(_: web.Application) -> None:
    """For a process that serves one desk, when it starts: what is loaded by then is never garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


async def _running(parts: Parts) -> AsyncIterator[None]:
    """From the database up to date to the last letter put down."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    await asyncio.to_thread(migrate, parts.engine)
    parts.database.on_commit(parts.feed.announce)
    loops = Loops(
        courier=parts.courier,
        indexer=parts.indexer,
        alarm=parts.alarm,
        continuity=parts.continuity,
        planner=parts.planner,
        notices=parts.notices,
        mailer=parts.mailer,
        flows=parts.flows,
        answerer=parts.answerer,
        learner=parts.learner,
        reports=parts.reports,
        board=parts.board,
        webhooks=parts.webhooks,
        sources=parts.sources,
        importer=parts.importer,
    )
    reactions = Reactions(parts.desk, parts.channels, parts.faq, parts.help, loops)
    parts.feed.listen(reactions.hear)
    await parts.feed.start()
    await parts.desk.load_accounts()
    await parts.desk.load_attendance()
    await parts.board.load()
    parts.courier.start()
    tasks = [
        asyncio.create_task(work, name=name)
        for name, work in {
            "indexer": parts.indexer.run(),
            "alarm": parts.alarm.run(),
            "continuity": parts.continuity.run(),
            "planner": parts.planner.run(),
            "notices": parts.notices.run(),
            "mailer": parts.mailer.run(),
            "flows": parts.flows.run(),
            "answerer": parts.answerer.run(),
            "learner": parts.learner.run(),
            "reports": parts.reports.run(),
            "errands": parts.desk.errands.run(),
            "webhooks": parts.webhooks.run(),
            "sources": parts.sources.run(),
            "importer": parts.importer.run(),
            "looks": parts.looks.run(),
            "keeper": parts.keeper.run(),
            "help": parts.help.counts.run(),
            "others": _watch_others(parts),
            "tidy": _tidy(parts),
        }.items()
    ]
    yield
    await parts.courier.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await parts.looks.flush()
    await parts.help.counts.flush()
    await parts.faq.close()
    await parts.webhooks.close()
    await parts.sources.close()
    await parts.feed.close()
    await parts.desk.close()
    await parts.database.close()


async def _watch_others(parts: Parts) -> None:
    """Other processes and the command line commit too: tell the feed when the database is ahead of it."""
    while True:
        await asyncio.sleep(LOOK_FOR_OTHERS)
        try:
            parts.feed.poke(await parts.database.read(newest_seq))
        except Unavailable as error:
            log.warning("The change feed cannot be looked at now: %s", error)


async def _tidy(parts: Parts) -> None:
    """Remove what has expired: sessions, remembered answers, uploads that no message took."""
    while True:
        await asyncio.sleep(TIDY)
        with contextlib.suppress(Unavailable):
            await parts.database.write(_sweep)
            await parts.database.write(scale.keep, await parts.database.read(scale.count))
            zone = (await parts.database.read(desk_settings.read)).zone
            await parts.database.write(overview.keep, await parts.database.read(overview.overview, zone))
            named = await parts.database.read(_named_files)
            await asyncio.to_thread(parts.files.sweep, named.__contains__, time.time() - KEEP_UNNAMED)


def _sweep(tx: Transaction) -> None:
    sessions.sweep(tx)
    attachments.sweep(tx)
    records.sweep(tx)
    imports.sweep(tx)
    keeping.sweep(tx)
    idempotency.sweep(tx)
    sweep_webhooks(tx)
    counting.sweep(tx)
    votes.sweep(tx)
    lessons.sweep(tx)


def _named_files(tx: Transaction) -> set[str]:
    rows = tx.all(
        "SELECT digest FROM attachment UNION SELECT digest FROM arrival WHERE digest IS NOT NULL"
        " UNION SELECT picture FROM agent WHERE picture <> ''"
        " UNION SELECT picture FROM contact WHERE picture IS NOT NULL UNION SELECT digest FROM published_file"
        " UNION SELECT digest FROM customer_import WHERE digest <> '' UNION SELECT digest FROM article_file"
        " UNION SELECT digest FROM bulk_letter WHERE digest <> ''"
    )
    return {row.digest for row in rows} | help_centres.logos(tx)


def _host_name(public_url: str) -> str:
    """How our SMTP listener names itself: the public host, or an address literal (RFC 5321 §4.1.3)."""
    host = urlsplit(public_url).hostname or "localhost"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{host}]"
