"""Who hears what: the one place where something that happened meets its effects.

Reactions run after the commit, in this process, for the changes of every process, in the order of the feed. What
must not be lost is not here: it is a row (a letter, an arrival). A reaction that fails is logged and hurts nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from channels.contract import Channel, ShowsTickets, TellsAttendance
from server.customers.imports.running import Importer
from server.customers.sources import Sources
from server.delivery import Courier
from server.events import Change
from server.faq.live import Faq
from server.inbox import InboxDesk
from server.tickets.alarm import Alarm
from server.tickets.indexing import Indexer
from server.webhooks import Webhooks

log = logging.getLogger(__name__)

Reaction = Callable[[Change], None]


class Reactions:
    """Joins the parts that react. `hear` is given to the change feed."""

    def __init__(
        self,
        desk: InboxDesk,
        courier: Courier,
        indexer: Indexer,
        alarm: Alarm,
        continuity: Alarm,
        channels: Mapping[str, Channel],
        faq: Faq,
        webhooks: Webhooks,
        sources: Sources,
        importer: Importer,
    ) -> None:
        self._desk = desk
        self._courier = courier
        self._indexer = indexer
        self._alarm = alarm
        self._continuity = continuity
        self._faq = faq
        self._webhooks = webhooks
        self._sources = sources
        self._importer = importer
        self._watched = [channel for channel in channels.values() if isinstance(channel, ShowsTickets)]
        self._telling = [channel for channel in channels.values() if isinstance(channel, TellsAttendance)]
        self._loading: set[asyncio.Task[Any]] = set()
        self._table: dict[str, tuple[Reaction, ...]] = {
            "message.received": (self._index, self._suggest),
            "message.written": (self._carry, self._index, self._go_on_by_mail),
            "message.withdrawn": (self._index,),
            "message.changed": (self._index,),
            "message.read": (self._tell_read,),
            "note.written": (self._index,),
            "letter.moved": (self._carry,),
            "ticket.opened": (self._index,),
            "ticket.changed": (self._index, self._set_alarm),
            "ticket.merged": (self._index,),
            "ticket.split": (self._index,),
            "customer.changed": (self._index,),
            "desk.changed": (self._load_accounts, self._load_attendance, self._read_articles, self._pull, self._take_in),
            "agent.availability": (self._load_attendance,),
        }

    def hear(self, changes: Sequence[Change]) -> None:
        """What was committed, in order."""
        for change in changes:
            for reaction in (self._show, self._tell_others, *self._table.get(change.kind, ())):
                try:
                    reaction(change)
                except Exception:
                    log.exception("A reaction to %s (change %d) failed", change.kind, change.seq)

    def _show(self, change: Change) -> None:
        """Customers who watch their conversation see it change."""
        if change.ticket is not None:
            for channel in self._watched:
                channel.ticket_changed(change.ticket, change.kind, change.data)

    def _tell_others(self, change: Change) -> None:
        """Other systems hear of it."""
        arranged = change.kind == "desk.changed" and change.data.get("what") == "webhook"
        self._webhooks.kick(arranged=arranged)

    def _tell_read(self, change: Change) -> None:
        task = asyncio.get_running_loop().create_task(self._desk.tell_read(int(change.data["message"])))
        self._loading.add(task)
        task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._loading.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("A customer could not be told that their message was read: %s", error)

    def _go_on_by_mail(self, _: Change) -> None:
        self._continuity.kick()

    def _carry(self, _: Change) -> None:
        self._courier.kick()

    def _index(self, _: Change) -> None:
        self._indexer.kick()

    def _pull(self, change: Change) -> None:
        if change.data.get("what") == "source":
            self._sources.kick()

    def _take_in(self, change: Change) -> None:
        if str(change.data.get("what", "")).startswith("import_"):
            self._importer.kick()

    def _read_articles(self, change: Change) -> None:
        if change.data.get("what") in ("article", "suggestion"):
            self._faq.changed()

    def _suggest(self, change: Change) -> None:
        self._faq.heard(int(change.data["message"]))

    def _set_alarm(self, change: Change) -> None:
        if change.data.get("field") == "snoozed_until":
            self._alarm.kick()

    def _load_accounts(self, change: Change) -> None:
        if change.data.get("what") not in ("account", "settings"):
            return
        task = asyncio.get_running_loop().create_task(self._desk.load_accounts())
        self._loading.add(task)
        task.add_done_callback(self._loaded)

    def _load_attendance(self, change: Change) -> None:
        if change.kind == "desk.changed" and change.data.get("what") not in ("agent", "team"):
            return
        task = asyncio.get_running_loop().create_task(self._tell_attendance())
        self._loading.add(task)
        task.add_done_callback(self._loaded)

    async def _tell_attendance(self) -> None:
        if await self._desk.load_attendance():
            for channel in self._telling:
                channel.attendance_changed()

    def _loaded(self, task: asyncio.Task[None]) -> None:
        self._loading.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The accounts could not be read anew", exc_info=error)
        self._courier.kick()
