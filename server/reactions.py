"""Who hears what: the one place where something that happened meets its effects.

Reactions run after the commit, in this process, for the changes of every process, in the order of the feed. What
must not be lost is not here: it is a row (a letter, an arrival). A reaction that fails is logged and hurts nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from channels.contract import Channel, ShowsTickets, TellsAttendance, TellsHours
from server.answers.answerer import Answerer
from server.answers.board import Board
from server.customers.imports.running import Importer
from server.customers.sources import Sources
from server.delivery import Courier
from server.delivery.steps import UNDELIVERED
from server.events import Change
from server.faq.live import Faq
from server.flows.live import Flows
from server.help.live import Help
from server.inbox import InboxDesk
from server.lessons.learner import Learner
from server.notices.bulk.running import Mailer
from server.tickets.alarm import Alarm
from server.tickets.indexing import Indexer
from server.webhooks import Webhooks

log = logging.getLogger(__name__)

Reaction = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Loops:
    """What works by itself and can be told to look at once."""

    courier: Courier
    indexer: Indexer
    alarm: Alarm
    continuity: Alarm
    planner: Alarm
    notices: Alarm
    mailer: Mailer
    flows: Flows
    answerer: Answerer
    learner: Learner
    reports: Alarm
    board: Board
    webhooks: Webhooks
    sources: Sources
    importer: Importer


class Kicked(Protocol):
    """A loop that sleeps until it is kicked."""

    def kick(self) -> None:
        """Look at once."""


class Reactions:
    """Joins the parts that react. `hear` is given to the change feed."""

    def __init__(self, desk: InboxDesk, channels: Mapping[str, Channel], faq: Faq, help: Help, loops: Loops) -> None:
        self._desk = desk
        self._faq = faq
        self._help = help
        self._loops = loops
        self._watched = [channel for channel in channels.values() if isinstance(channel, ShowsTickets)]
        self._telling = [channel for channel in channels.values() if isinstance(channel, TellsAttendance)]
        self._open = [channel for channel in channels.values() if isinstance(channel, TellsHours)]
        loops.board.listen(self._tell_hours)
        self._under_way: set[asyncio.Task[Any]] = set()
        carry, index = _kick(loops.courier), _kick(loops.indexer)
        plan, send = _kick(loops.planner), _kick(loops.notices)
        self._table: dict[str, tuple[Reaction, ...]] = {
            "message.received": (index, self._suggest, _kick(loops.flows), _kick(loops.answerer)),
            "message.written": (carry, index, _kick(loops.continuity), _kick(loops.flows), _kick(loops.learner)),
            "message.withdrawn": (index, self._forget),
            "message.changed": (index,),
            "message.read": (self._tell_read,),
            "note.written": (index,),
            "letter.moved": (carry, _where("state", UNDELIVERED, plan)),
            "ticket.opened": (index,),
            "ticket.changed": (
                index,
                _where("field", ("snoozed_until",), _kick(loops.alarm)),
                _where("field", ("assignee",), _kick(loops.flows)),
                _where("field", ("emptied",), self._forget),
            ),
            "ticket.merged": (index,),
            "ticket.split": (index,),
            "customer.changed": (index, plan, _where("what", ("erased",), self._forget)),
            "order.changed": (plan,),
            "interaction.noted": (plan,),
            "stock.changed": (plan,),
            "notice.moved": (send, carry),
            "answer.made": (_kick(loops.learner),),
            "desk.changed": (
                _where("what", ("account", "settings"), self._load_accounts),
                _where("what", ("agent", "team"), self._load_attendance),
                _where("what", ("article", "suggestion"), self._read_articles),
                _where("what", ("faq_engine",), lambda _: self._faq.engine_changed()),
                _where("what", ("article", "suggestion", "lessons"), lambda _: loops.learner.changed()),
                _where("what", ("article", "lessons", "settings"), _kick(loops.reports)),
                _where("what", ("lessons",), carry),
                _where("what", ("article", "help", "settings", "account"), self._read_help),
                _where("what", ("notices", "notice_kind"), send),
                _where("what", ("notices", "notice_kind"), plan),
                _where("what", ("notices", "bulk_letter"), _kick(loops.mailer)),
                _where("what", ("notices", "bulk_letter"), carry),
                _where("what", ("answers", "flow"), lambda _: loops.answerer.changed()),
                _where("what", ("answers", "settings"), self._read_hours),
                _where("what", ("flow",), self._read_flows),
                _where("what", ("source",), _kick(loops.sources)),
                self._take_in,
            ),
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
        self._loops.webhooks.kick(arranged=arranged)

    def _tell_read(self, change: Change) -> None:
        self._begin(
            self._desk.tell_read(int(change.data["message"])), "A customer was not told that their message was read"
        )

    def _suggest(self, change: Change) -> None:
        self._faq.heard(int(change.data["message"]))

    def _read_articles(self, _: Change) -> None:
        self._faq.changed()

    def _forget(self, _: Change) -> None:
        self._begin(self._faq.forget(), "Erased messages may still be in the FAQ's memory")

    def _read_hours(self, _: Change) -> None:
        self._begin(self._loops.board.load(), "The opening hours could not be read anew")

    def _read_help(self, _: Change) -> None:
        self._help.changed()
        self._begin(self._help.shelf(), "The help centres could not be read anew")

    def _read_flows(self, _: Change) -> None:
        self._loops.flows.changed()
        self._begin(self._desk.load_greetings(), "The flows that greet could not be read anew")

    def _take_in(self, change: Change) -> None:
        if str(change.data.get("what", "")).startswith("import_"):
            self._loops.importer.kick()

    def _load_accounts(self, _: Change) -> None:
        self._begin(self._desk.load_accounts(), "The accounts could not be read anew", then=self._loops.courier.kick)

    def _load_attendance(self, _: Change) -> None:
        self._begin(self._tell_attendance(), "Who is at the desk could not be read anew")

    async def _tell_attendance(self) -> None:
        if await self._desk.load_attendance():
            for channel in self._telling:
                channel.attendance_changed()

    def _tell_hours(self) -> None:
        for channel in self._open:
            channel.hours_changed()

    def _begin(self, work: Coroutine[Any, Any, Any], failing: str, then: Callable[[], None] | None = None) -> None:
        """Let something go on beside; `failing` is said when it fails, `then` called either way."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._under_way.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("%s", failing, exc_info=error)
            if then is not None:
                then()

        task.add_done_callback(done)


def _kick(loop: Kicked) -> Reaction:
    """Let a loop look at once."""
    return lambda _: loop.kick()


def _where(name: str, values: Collection[str], reaction: Reaction) -> Reaction:
    """A reaction to those changes alone whose `name` is one of these."""

    def reacts(change: Change) -> None:
        if change.data.get(name) in values:
            reaction(change)

    return reacts
