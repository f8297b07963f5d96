"""In charge of telling the demo's stories to the desk: each turn at its hour, by the desk's own actions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from channels.contract import Account, Arrival, Channel, InboundMessage, Raw, Receipt
from server import accounts, delivery, tickets
from server.accounts import Keys
from server.agents import AgentView
from server.database import Transaction
from server.delivery import Attached
from server.demo_data import articles, purchases, raw
from server.demo_data.house import ADDRESS, CHAT, FORM, House, open_house
from server.demo_data.stories import Customer, Story, Turn, stories
from server.files import Files
from server.inbox import filing
from server.inbox.filing import Kept, Said

FRESH = timedelta(minutes=15)
"""Letters younger than this are left for the courier, so that the letter box is not empty."""


def filled(tx: Transaction) -> bool:
    """Whether anybody works here already."""
    return tx.value("SELECT 1 FROM agent LIMIT 1") is not None


def fill(
    tx: Transaction,
    channels: Mapping[str, Channel],
    keys: Keys,
    files: Files,
    *,
    public_url: str,
    smtp_out: tuple[str, int],
) -> House:
    """A desk with some weeks behind it, in one unit of work. `smtp_out` is where the mailbox's letters go."""
    began = tx.now
    tx.now = began - timedelta(days=30)
    house = open_house(tx, channels, keys, public_url=public_url, smtp_out=smtp_out)
    chat = CHAT if "webchat" in channels else ""
    sato, yamaguchi = house.people["sato"], house.people["yamaguchi"]
    articles.write(tx, sato, yamaguchi, public_url=public_url, form=FORM, chat=chat)
    teller = Teller(tx, channels, keys, files, house, began)
    turns = [(turn.ago, place, story, turn) for place, story in enumerate(stories()) for turn in story.turns]
    for _, place, story, turn in sorted(turns, key=lambda each: (-each[0], each[1])):
        tx.now = began - timedelta(hours=turn.ago)
        teller.tell(place, story, turn)
    tx.now = began
    teller.quarantine()
    everybody = [story.customer for story in stories()]
    purchases.shop(tx, house.people["yamaguchi"], everybody, public_url=public_url)
    return house


class Teller:
    """Keeps which story became which ticket."""

    def __init__(
        self,
        tx: Transaction,
        channels: Mapping[str, Channel],
        keys: Keys,
        files: Files,
        house: House,
        began: datetime,
    ) -> None:
        self._tx = tx
        self._channels = channels
        self._files = files
        self._house = house
        self._began = began
        self._numbers: dict[int, int] = {}
        self._accounts: dict[str, Account] = {
            name: accounts.contract(tx, keys, view.id)
            for name, view in (("mail", house.mail), ("form", house.form), ("phone", house.phone))
        }

    def tell(self, place: int, story: Story, turn: Turn) -> None:
        """One turn."""
        who, _, noted = turn.who.partition(":")
        if who == "customer":
            self._customer(place, story, turn)
        elif noted:
            tickets.note(self._tx, self._house.people[noted], self._numbers[place], turn.text)
        else:
            self._reply(self._house.people[who], self._numbers[place], turn)

    def quarantine(self) -> None:
        """One arrival that could not be read at first, and can be now: what trying again is for."""
        story = Story(Customer("渡邉 健二", "kenji.watanabe@example.com"), "領収書がダウンロードできません", ())
        turn = Turn("customer", 0.6, "マイページの領収書ボタンを押しても、エラーになります。\nご確認ください。")
        arrival = self._arrival(story, turn, 99, None)
        error = "Traceback (most recent call last):\n  …\nLookupError: unknown encoding: x-unknown-japanese"
        filing.quarantine(self._tx, self._kept(arrival), "LookupError", error)

    # ---------------------------------------------------------------------------------------------- turns

    def _customer(self, place: int, story: Story, turn: Turn) -> None:
        known = self._numbers.get(place)
        arrival = self._arrival(story, turn, place, known)
        accepted = filing.file(self._tx, self._kept(arrival), self._read(arrival))
        assert accepted.ticket is not None
        self._leave(accepted.ticket)
        if known is None:
            self._numbers[place] = accepted.ticket
            self._arrange(story, accepted.ticket)

    def _reply(self, agent: AgentView, number: int, turn: Turn) -> None:
        seen = self._tx.value("SELECT last_seq FROM ticket WHERE number = :number", number=number)
        tickets.reply(self._tx, agent, number, turn.text, seen=seen, status=turn.status)
        self._leave(number, turn.fails)

    def _arrange(self, story: Story, number: int) -> None:
        """What somebody decided about the ticket soon after it came."""
        changes: dict[str, Any] = dict(story.edit)
        if story.tags:
            changes["tags"] = list(story.tags)
        if story.assignee:
            changes["assignee"] = self._house.people[story.assignee].id
        if changes:
            self._tx.now += timedelta(minutes=4)
            edit = msgspec.convert(changes, tickets.TicketEdit)
            tickets.edit(self._tx, self._house.people["sato"], number, edit, version=None)

    def _leave(self, number: int, fails: str = "") -> None:
        """What was posted long ago has left, or failed."""
        if self._began - self._tx.now < FRESH:
            return
        for row in self._tx.all("SELECT id FROM letter WHERE ticket_number = :n AND state = 'waiting'", n=number):
            if fails:
                delivery.outcomes.failed(self._tx, row.id, fails)
            else:
                delivery.outcomes.delivered(self._tx, row.id, Receipt(words="250 2.0.0 Ok"))

    # -------------------------------------------------------------------------------------------- arrivals

    def _arrival(self, story: Story, turn: Turn, place: int, known: int | None) -> Arrival:
        at, customer = self._tx.now, story.customer
        data: bytes
        envelope: dict[str, Any]
        account = self._accounts[story.by if known is None else "mail"]
        if story.by == "phone":
            agent = self._house.people["tanaka"].id
            data, envelope = raw.call(story, turn, agent, at), {}
            media_type = "application/vnd.madoguchi.call+json"
        elif story.by == "form" and known is None:
            data, envelope = raw.form(story, turn), {"language": "ja"}
            media_type = "application/x-www-form-urlencoded"
        else:
            to, references = self._thread(known)
            message_id = f"<demo-{place}-{int(turn.ago * 60)}@{customer.email.partition('@')[2]}>"
            data = raw.mail(story, turn, at, to=to, message_id=message_id, references=references)
            envelope, media_type = {"mail_from": customer.email, "rcpt_tos": [to]}, "message/rfc822"
        return Arrival(account, f"demo-{place}-{int(turn.ago * 60)}", Raw(data), media_type, at, envelope)

    def _thread(self, known: int | None) -> tuple[str, list[str]]:
        """Where an answer goes, and which of our letters it answers."""
        if known is None:
            return ADDRESS, []
        ticket = self._tx.one("SELECT token FROM ticket WHERE number = :n", n=known)
        key = self._tx.value("SELECT key FROM letter WHERE ticket_number = :n ORDER BY id DESC LIMIT 1", n=known)
        local, _, domain = ADDRESS.partition("@")
        return f"{local}+t{ticket.token}@{domain}", [f"<{key}@{domain}>"] if key else []

    def _kept(self, arrival: Arrival) -> Kept:
        data = arrival.raw.bytes()
        return Kept(
            arrival.account.id,
            arrival.external_id,
            arrival.media_type,
            len(data),
            data,
            None,
            arrival.envelope,
            arrival.received_at,
        )

    def _read(self, arrival: Arrival) -> list[Said]:
        said = []
        for inbound in self._channels[arrival.account.kind].read(arrival):
            files = inbound.attachments if isinstance(inbound, InboundMessage) else ()
            stored = [(file, self._files.keep(file.chunks())) for file in files]
            said.append(
                Said(
                    inbound,
                    tuple(
                        Attached(file.filename, file.content_type, kept.size, kept.digest, file.inline, file.content_id)
                        for file, kept in stored
                    ),
                )
            )
        return said
