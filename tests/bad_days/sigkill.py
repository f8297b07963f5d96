"""The desk killed again and again under load, and the account of what was promised: `python -m tests.bad_days.sigkill`.

Mails are offered by SMTP as servers do it, until each was taken; others lie in a mailbox; replies are posted with an
Idempotency-Key until each was accepted; a slow relay takes the letters. Meanwhile the process is killed at random
moments. Afterwards every mail must be exactly one message, and every reply must have left, under one Message-ID.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import aiohttp
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.database import open_engine
from server.database.schema import migrate
from tests.channels.email.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.channels.email.network import MailServer, mail_server
from tests.desks import until
from tests.servers import Agent, Desk, Nursery, Street, a_mail

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
class Account:
    """What was promised to whom, and what came of it."""

    kills: int = 0
    mails: set[str] = field(default_factory=set)
    offered_again: int = 0
    fetched: set[str] = field(default_factory=set)
    replies: set[str] = field(default_factory=set)
    posted_again: int = 0
    left: int = 0
    left_again: int = 0
    dropped: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s: {len(self.mails)} mails taken at the listener"
            f" ({self.offered_again} offered again) and {len(self.fetched)} out of the mailbox, each exactly one"
            f" message; {len(self.replies)} replies accepted ({self.posted_again} posted again), {self.left} letters"
            f" left for them, {self.left_again} of these a second time under the same Message-ID"
            f" ({self.dropped} were in somebody's hands at the end)"
        )


class Ordeal:
    """One desk, its customers, its agents, its relay, and its killer."""

    def __init__(self, desk: Desk, relay: SlowRelay, imap: ImapServer) -> None:
        self.desk = desk
        self.relay = relay
        self.imap = imap
        self.account = Account()
        self.over = False
        self._agent: Agent

    async def run(self, kills: int) -> Account:
        """Everything; raises `AssertionError` where a promise was broken."""
        began = time.monotonic()
        await self.desk.mailbox(self.relay)
        await self.desk.mailbox(
            self.relay, FETCHED, incoming="imap", imap_host="127.0.0.1", imap_port=self.imap.port, imap_security="none",
            imap_user=USER, imap_password=PASSWORD,
        )  # fmt: skip
        self._agent = await self.desk.agent()
        await self.desk.start()
        work = [self.send_mails(n) for n in range(SENDERS)]
        work += [self.reply(n) for n in range(REPLIERS)]
        tasks = [asyncio.create_task(one) for one in (*work, self.fill_mailbox())]
        try:
            for _ in range(kills):
                # now and then while it starts, mostly while it works
                if random.random() < 0.9:
                    await until(self.desk.lives, 30)
                    await asyncio.sleep(random.expovariate(1 / 0.3))
                else:
                    await asyncio.sleep(random.uniform(0, 0.3))
                for task in tasks:
                    if task.done():
                        await task  # it ended before its time: let it say why
                await self.desk.kill()
                self.account.kills += 1
                await self.desk.start(wait=False)
            await until(self.desk.lives, 30)
            self.over = True
            async with asyncio.timeout(60):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.settle()
        await self.judge()
        self.account.seconds = time.monotonic() - began
        return self.account

    # ---------------------------------------------------------------------------------------------- the load

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

    async def reply(self, replier: int) -> None:
        """Like a console: each reply is posted, under its key, until it was accepted."""
        n = 0
        while not self.over:
            n += 1
            text = f"答え r{replier}-{n}."
            body: dict[str, Any] | None = None
            while True:
                try:
                    if body is None:
                        rows = await self._agent.get("/tickets?view=all&sort=recent&limit=50")
                        row = random.choice(rows["items"])
                        body = {"text": text, "seen": row["last_seq"]}
                    answer = await self._agent.ask(
                        "POST",
                        f"/tickets/{row['number']}/replies",
                        body,
                        headers={"Idempotency-Key": f"r{replier}-{n}"},
                    )
                    if answer.status == 201:
                        self.account.replies.add(text)
                        break
                    assert answer.status in (409, 503), answer.text
                except (aiohttp.ClientError, OSError, TimeoutError, IndexError):
                    pass
                self.account.posted_again += 1
                await asyncio.sleep(0.05)

    # ------------------------------------------------------------------------------------------- the account

    async def settle(self) -> None:
        """What the dead left behind is taken up; their lease of minutes is not waited for."""
        self.account.dropped = await self.desk.count("letter", "state = 'sending'")

        async def all_left() -> bool:
            await self.desk.unit(
                lambda tx: tx.run(
                    "UPDATE letter SET next_at = :now WHERE state IN ('waiting', 'sending') AND next_at > :soon",
                    now=tx.now,
                    soon=tx.now,
                )
            )
            return await self.desk.count("letter", "state <> 'delivered'") == 0

        async def all_fetched() -> bool:
            found = await self.desk.count("message", "external_id LIKE 'imap-%'")
            return found >= len(self.account.fetched)

        await until(all_fetched, 60)
        end = time.monotonic() + 120
        while not await all_left():
            assert time.monotonic() < end, await self.desk.rows("SELECT id, state, words, attempts FROM letter")
            await asyncio.sleep(0.5)

    async def judge(self) -> None:
        """Every promise, one by one."""
        rows = await self.desk.rows("SELECT external_id FROM message WHERE kind = 'customer'")
        filed = Counter(row.external_id for row in rows)
        promised = self.account.mails | self.account.fetched
        assert set(filed) == promised, (sorted(promised - set(filed))[:5], sorted(set(filed) - promised)[:5])
        assert set(filed.values()) == {1}, [name for name, many in filed.items() if many > 1][:5]
        assert await self.desk.count("arrival", "state <> 'filed'") == 0
        assert await self.desk.count("arrival") == len(promised)

        said = await self.desk.rows("SELECT text FROM message WHERE kind = 'agent'")
        assert Counter(row.text for row in said) == dict.fromkeys(self.account.replies, 1)
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
        await self.judge_the_books()

    async def judge_the_books(self) -> None:
        """Nothing is half written: numbers without gaps, files that are there."""
        seqs = [row.seq for row in await self.desk.rows("SELECT seq FROM change ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1)), "the change feed has a gap"
        for row in await self.desk.rows(
            "SELECT t.number, t.last_seq, count(*) AS many, max(m.seq) AS newest FROM ticket t"
            " JOIN message m ON m.ticket_number = t.number GROUP BY t.number, t.last_seq"
        ):
            assert row.last_seq == row.many == row.newest, row
        digests = await self.desk.rows("SELECT digest FROM arrival WHERE digest IS NOT NULL")
        lost = [row.digest for row in digests if not self.desk.parts.files.path(row.digest).exists()]
        assert lost == [], "a row names a file that was never kept"


async def ordeal(desk: Desk, kills: int) -> Account:
    """Run one against this desk, not started yet."""
    async with mail_server(SlowRelay()) as relay, imap_server() as imap:
        assert isinstance(relay, SlowRelay)
        return await Ordeal(desk, relay, imap).run(kills)


async def _alone(kills: int, database: str | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-sigkill-"))
    nursery = Nursery()
    url = database or f"sqlite:///{folder}/desk.db"
    migrate(open_engine(url))
    street = Street(folder, nursery, lambda: url)
    try:
        account = await ordeal(street.desk(), kills)
        sys.stdout.write(f"{account}\n")
    finally:
        await street.close()
        nursery.close()
        shutil.rmtree(folder)


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--database", help="a blank database; SQLite in a temporary folder unless given")
    chosen = parser.parse_args()
    asyncio.run(_alone(chosen.kills, chosen.database))


if __name__ == "__main__":
    main()
