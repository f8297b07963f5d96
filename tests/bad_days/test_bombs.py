"""Mail bombs: refused or filed within bounded memory and time, while the desk goes on answering others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import psutil

from tests.channels.email.network import Caller
from tests.servers import SUPPORT, Agent, Desk, Street, a_mail

MEGABYTE = 1 << 20
HEAD = f"From: bomber@elsewhere.example\r\nTo: {SUPPORT}\r\nSubject: bomb\r\nDate: Sat, 21 Nov 2026 10:00:00 +0900\r\n"


class Watch:
    """What the desk cost while somebody threw a bomb at it.

    Its work is told in seconds of a processor, which it also takes no more of where the machine is busy with others or
    stands still. `slowest`: how much of it lay between a question and its answer.
    """

    def __init__(self, desk: Desk) -> None:
        self._process = psutil.Process(desk.pid)
        self.before = self.memory()
        self.most = self.before
        self.slowest = 0.0
        self._worked = self.worked()

    def worked(self) -> float:
        """How long it has worked since it was started."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    @property
    def work(self) -> float:
        """How long it has worked since the watch began."""
        return self.worked() - self._worked

    def memory(self) -> int:
        """Its own memory in bytes; a mapped file is not its own."""
        now = self._process.memory_info()
        return int(now.rss - now.shared)

    @property
    def grown(self) -> float:
        """By how many megabytes, at worst."""
        return (self.most - self.before) / MEGABYTE


@asynccontextmanager
async def watching(desk: Desk) -> AsyncIterator[Watch]:
    """Look at its memory, and ask it something, all the time."""
    watch = Watch(desk)

    async def look() -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                watch.most = max(watch.most, watch.memory())
                began = watch.worked()
                async with http.get(f"{desk.url}/healthz") as response:
                    assert response.status == 200
                watch.slowest = max(watch.slowest, watch.worked() - began)
                await asyncio.sleep(0.02)

    task = asyncio.create_task(look())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def thrown(desk: Desk, pieces: Iterator[bytes]) -> str:
    """Stream a mail to the listener; the last answer."""
    caller = await Caller.call(desk.smtp)
    try:
        await caller.answer()
        for words in ("EHLO bomber", "MAIL FROM:<bomber@elsewhere.example>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            said = await caller.say(words)
            assert said[:1] in "23", said
        for piece in pieces:
            caller.writer.write(piece)
            await caller.writer.drain()
        caller.writer.write(b"\r\n.\r\n")
        async with asyncio.timeout(120):
            return (await caller.reader.readline()).decode().strip()
    finally:
        await caller.close()


async def at_work(street: Street) -> tuple[Desk, Agent]:
    """A desk that has read a mail before, so that everything it needs for that is in memory."""
    desk = street.desk()
    await desk.mailbox()
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("普通のメール" * 100))
    await agent.has_tickets(1)
    return desk, agent


def nested_parts() -> bytes:
    """Ten thousand multiparts, each in another."""
    deep = 10_000
    head = HEAD + "MIME-Version: 1.0\r\n"
    opens = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(deep))
    return (head + opens + "Content-Type: text/plain\r\n\r\nboom\r\n").encode()


def nested_mails() -> bytes:
    """Ten thousand forwarded mails, each in another."""
    return (HEAD + ("MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + HEAD) * 10_000 + "\r\nboom").encode()


def many_headers() -> bytes:
    """A hundred thousand headers."""
    return (HEAD + "".join(f"X-Bomb-{n}: {n}\r\n" for n in range(100_000)) + "\r\nboom").encode()


def long_header() -> bytes:
    """One header of ten megabytes, of encoded words."""
    return (HEAD + "X-Long: " + "=?utf-8?B?44GC?= " * 600_000 + "\r\n\r\nboom").encode()


def many_references() -> bytes:
    """A hundred thousand references and as many recipients."""
    references = " ".join(f"<{n}@x.example>" for n in range(100_000))
    people = ", ".join(f"p{n}@x.example" for n in range(100_000))
    return (HEAD + f"References: {references}\r\nCc: {people}\r\n\r\nboom").encode()


def many_parts() -> bytes:
    """A hundred thousand attachments of a few bytes, each another."""
    part = "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a\r\n\r\n"
    head = HEAD + 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return (head + "".join(f"{part}{n}\r\n" for n in range(100_000)) + "--b--\r\n").encode()


def one_letter() -> bytes:
    """Forty megabytes of the same letter, which any archive makes nothing of."""
    return HEAD.encode() + b'Content-Type: text/html; charset="utf-8"\r\n\r\n' + b"a" * (40 * MEGABYTE)


def open_tags() -> bytes:
    """A million tags that nobody closes."""
    return HEAD.encode() + b'Content-Type: text/html; charset="utf-8"\r\n\r\n' + b"<div><b><i>" * 400_000


def quoted_text() -> bytes:
    """A quotation of quotations, and white space without end."""
    lines = b"\r\n".join(b">" * (n % 500) + b" On Mon, x wrote:" for n in range(60_000))
    return HEAD.encode() + b"\r\n" + lines + b"\r\n" + b" " * (5 * MEGABYTE) + b"\r\n" + b"\t \r\n" * 100_000


BOMBS = (
    nested_parts, nested_mails, many_headers, long_header, many_references, many_parts, one_letter, open_tags,
    quoted_text,
)  # fmt: skip


async def test_no_bomb_costs_more_than_its_share_of_memory_and_time(street: Street) -> None:
    desk, agent = await at_work(street)
    for bomb in BOMBS:
        raw = bomb()
        async with watching(desk) as watch:
            said = await thrown(desk, (raw[at : at + MEGABYTE] for at in range(0, len(raw), MEGABYTE)))
        assert said[:3] in ("250", "552", "554"), (bomb.__name__, said)
        assert watch.work < 10 and watch.slowest < 1, (bomb.__name__, watch.work, watch.slowest)
        assert watch.grown < 120, (bomb.__name__, watch.grown)
        assert (await desk.mail(a_mail("普通の質問", sender=f"{bomb.__name__}@customer.example"))).startswith("250")
    # what was taken is filed, lists and threads of it open, and nothing stumbled
    found = await agent.has_tickets(1 + 2 * len(BOMBS))
    for row in found:
        assert (await agent.ask("GET", f"/tickets/{row['number']}")).status == 200
    assert await desk.count("attachment") <= 600, "a file for each of a hundred thousand parts is a bomb as well"
    assert "Traceback" not in desk.said()


async def test_a_gigabyte_in_one_line_is_refused_while_it_streams(street: Street) -> None:
    desk, agent = await at_work(street)
    head = HEAD.encode() + b"MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    piece = b"QUJD" * (MEGABYTE // 4)

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(1024):
            yield piece

    async with watching(desk) as watch:
        said = await thrown(desk, pieces())
    assert said.startswith("552"), said
    assert watch.grown < 30, "what is refused is not kept in memory"
    assert watch.slowest < 1
    left = [path for path in (desk.folder / "files").rglob("*") if path.is_file()]
    assert left == [], "nor on disk"
    assert len(await agent.tickets()) == 1
    assert (await desk.mail(a_mail("普通の質問", sender="next@customer.example"))).startswith("250")
