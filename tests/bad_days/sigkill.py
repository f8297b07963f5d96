"""The desk killed again and again under load, and the account of what was promised: `python -m tests.bad_days.sigkill`.

Mails are offered by SMTP as servers do it, until each was taken; others lie in a mailbox; replies are posted with an
Idempotency-Key until each was accepted; a slow relay takes the letters. Meanwhile the process is killed at random
moments. Afterwards every mail must be exactly one message, and every reply must have left, under one Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.bad_days import ordeal as ordeals
from tests.channels.email.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.channels.email.network import MailServer, mail_server
from tests.desks import until
from tests.servers import Desk, a_mail

SENDERS, REPLIERS = 4, 2
FETCHED = "fetched@shop.example"


class SlowRelay(MailServer):
    """A relay that thinks before it takes a letter, and again before it says so."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Content."""
        await asyncio.sleep(random.uniform(0, 0.03))
        said = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(random.uniform(0, 0.03))
        return said


@dataclass
class Account(ordeals.Account):
    """What was promised to whom, and what came of it."""

    mails: set[str] = field(default_factory=set)
    offered_again: int = 0
    fetched: set[str] = field(default_factory=set)
    left: int = 0
    left_again: int = 0
    dropped: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s: {len(self.mails)} mails taken at the listener"
            f" ({self.offered_again} offered again) and {len(self.fetched)} out of the mailbox, each exactly one"
            f" message; {len(self.replies)} replies accepted ({self.posted_again} posted again), {self.left} letters"
            f" left for them, {self.left_again} of these a second time under the same Message-ID"
            f" ({self.dropped} were in somebody's hands at the end)"
        )


class Ordeal(ordeals.Ordeal):
    """Its customers, its mailbox and its relay."""

    account: Account

    def __init__(self, desk: Desk, relay: SlowRelay, imap: ImapServer) -> None:
        super().__init__(desk)
        self.relay = relay
        self.imap = imap
        self.account = Account()

    async def prepare(self) -> None:
        """Two mailboxes: one is sent to, one is fetched from."""
        await self.desk.mailbox(self.relay)
        await self.desk.mailbox(
            self.relay, FETCHED, incoming="imap", imap_host="127.0.0.1", imap_port=self.imap.port, imap_security="none",
            imap_user=USER, imap_password=PASSWORD,
        )  # fmt: skip

    def work(self) -> Iterable[Coroutine[Any, Any, None]]:
        """Mails come both ways, agents answer."""
        senders, repliers = map(self.send_mails, range(SENDERS)), map(self.reply, range(REPLIERS))
        return [*senders, *repliers, self.fill_mailbox()]

    async def send_mails(self, sender: int) -> None:
        """Like a mail server: each mail is offered until it was taken."""
        n = 0
        while not self.over:
            n += 1
            name = f"s{sender}-{n}"
            text = f"質問 {name}\n" + "長" * random.choice((10, 10, 10, 60_000))
            raw = a_mail(text, sender=f"客 <c{sender}-{n % 40}@customer.example>", subject=name, id=name)
            while True:
                try:
                    said = await self.desk.mail(raw)
                except (OSError, TimeoutError):
                    said = ""
                if said.startswith("250"):
                    self.account.mails.add(f"{name}@customer.example")
                    break
                assert not said.startswith("5"), said
                self.account.offered_again += 1
                await asyncio.sleep(0.05)

    async def fill_mailbox(self) -> None:
        """A mail in the mailbox now and then."""
        n = 0
        while not self.over:
            n += 1
            await self.imap.append(a_mail(f"手紙 {n}", sender="imap@customer.example", to=FETCHED, id=f"imap-{n}"))
            self.account.fetched.add(f"imap-{n}@customer.example")
            await asyncio.sleep(0.3)

    async def settle(self) -> None:
        """What the dead left behind is taken up; their lease of minutes is not waited for."""
        self.account.dropped = await self.desk.count("letter", "state = 'sending'")

        async def all_fetched() -> bool:
            found = await self.desk.count("message", "external_id LIKE 'imap-%'")
            return found >= len(self.account.fetched)

        await until(all_fetched, 60)
        await self.all_left()

    async def judge(self) -> None:
        """Every promise, one by one."""
        rows = await self.desk.rows("SELECT external_id FROM message WHERE kind = 'customer'")
        filed = Counter(row.external_id for row in rows)
        promised = self.account.mails | self.account.fetched
        assert set(filed) == promised, (sorted(promised - set(filed))[:5], sorted(set(filed) - promised)[:5])
        assert set(filed.values()) == {1}, [name for name, many in filed.items() if many > 1][:5]
        assert await self.desk.count("arrival", "state <> 'filed'") == 0
        assert await self.desk.count("arrival") == len(promised)

        ids: dict[str, list[str]] = defaultdict(list)
        for got in self.relay.got:
            mail = message_from_bytes(got.content)
            parts = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/plain"]
            text = b"".join(part for part in parts if isinstance(part, bytes)).decode().partition(".")[0] + "."
            ids[text].append(str(mail["Message-ID"]))
        assert set(ids) == self.account.replies, self.account.replies ^ set(ids)
        for text, sent in ids.items():
            assert len(set(sent)) == 1, (text, sent)
        self.account.left = len(ids)
        self.account.left_again = sum(len(sent) - 1 for sent in ids.values())


async def ordeal(desk: Desk, kills: int) -> Account:
    """Run one against this desk, not started yet."""
    async with mail_server(SlowRelay()) as relay, imap_server() as imap:
        assert isinstance(relay, SlowRelay)
        one = Ordeal(desk, relay, imap)
        await one.run(kills)
        return one.account


if __name__ == "__main__":
    ordeals.long_run(__doc__, ordeal)
