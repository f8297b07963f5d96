"""The database locked or gone, the disk full: what was said to be taken is there once, the rest is offered again."""

from __future__ import annotations

import asyncio
import io
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from server.database import open_engine
from server.database.schema import migrate
from tests import postgresql
from tests.desks import until
from tests.servers import Desk, Street, a_mail, sent


async def offered_until_taken(
    desk: Desk, name: str, text: str = "質問です。", heard: list[str] | None = None
) -> list[str]:
    """What a mail server hears until its mail is taken, written down as it is said."""
    heard = [] if heard is None else heard
    while not heard or not heard[-1].startswith("250"):
        heard.append(await desk.mail(a_mail(text, sender=f"{name}@customer.example", id=name)))
        assert heard[-1][:1] in ("2", "4"), heard
        if heard[-1].startswith("4"):
            await asyncio.sleep(0.05)
    return heard


async def names(desk: Desk) -> Counter[str]:
    """How often each mail is filed."""
    rows = await desk.rows("SELECT external_id FROM message WHERE kind = 'customer'")
    return Counter(row.external_id.partition("@")[0] for row in rows)


async def test_while_the_database_is_locked_mail_waits_and_reading_goes_on(street: Street) -> None:
    relay = await street.relay()
    desk = street.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("先客"))
    await agent.has_tickets(1)
    somebody = sqlite3.connect(desk.settings["database"].removeprefix("sqlite:///"), isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    mails = [asyncio.create_task(offered_until_taken(desk, f"m{n}")) for n in range(20)]
    reply = asyncio.create_task(agent.reply(1, "お待たせしました。"))
    for _ in range(4):
        await asyncio.sleep(0.5)
        assert len(await agent.tickets()) == 1, "lists open as if nothing were wrong"
    assert not any(task.done() for task in (*mails, reply)), "nothing is promised that is not on disk"
    somebody.execute("ROLLBACK")
    somebody.close()
    await asyncio.gather(*mails, reply)
    assert set((await names(desk)).values()) == {1} and len(await names(desk)) == 21
    await sent(relay, 1)


@pytest.fixture
def own_postgresql() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL of this test's own, to be stopped: a blank migrated database's URL, and the server's folder."""
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-pg-bad-day-"))
    server = postgresql.start(str(folder))
    try:
        name = f"desk_{uuid4().hex}"
        server.psql(f"CREATE DATABASE {name}")
        url = server.get_uri(name)
        migrate(open_engine(url))
        yield url, folder
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def stop_postgresql(folder: Path) -> None:
    """As a power cut does it, but for the disk."""
    from pgserver._commands import pg_ctl

    pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=folder, user=_owner(folder))


def start_postgresql(folder: Path) -> None:
    """The same server again, with the options it had."""
    from pgserver._commands import pg_ctl

    options = f'-h "" -k {folder}'
    pg_ctl(["-w", "-o", options, "-l", str(folder / "log"), "start"], pgdata=folder, user=_owner(folder))


def _owner(folder: Path) -> str | None:
    owner = folder.owner()
    return owner if owner != "root" else None


async def test_a_database_that_goes_away_amid_traffic_and_comes_back_loses_nothing(
    street: Street, own_postgresql: tuple[str, Path]
) -> None:
    url, folder = own_postgresql
    relay = await street.relay()
    desk = street.desk(url)
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("先客", id="first"))
    await agent.has_tickets(1)
    heard: dict[str, list[str]] = {}
    over = asyncio.Event()

    def refused() -> bool:
        return any(line.startswith("4") for lines in heard.values() for line in lines)

    async def customer(number: int) -> None:
        for n in count():
            if over.is_set():
                return
            lines = heard[f"m{number}-{n}"] = []
            await offered_until_taken(desk, f"m{number}-{n}", heard=lines)

    customers = [asyncio.create_task(customer(number)) for number in range(5)]
    await until(lambda: len(heard) >= 10)
    reply = await agent.reply(1, "ただいま確認しています。")
    await asyncio.to_thread(stop_postgresql, folder)
    assert not await desk.lives()
    assert (await agent.ask("GET", "/tickets?view=all")).status == 503
    assert (await desk.mail(a_mail("いま", id="now"))).startswith("451")
    await until(refused)
    await asyncio.to_thread(start_postgresql, folder)
    await until(desk.lives, 90)
    over.set()
    await asyncio.gather(*customers)
    assert await names(desk) == dict.fromkeys(["first", *heard], 1)
    # claimed as the database went, it would be offered again under the same Message-ID when its lease is over
    await desk.unit(lambda tx: tx.run("UPDATE letter SET next_at = :now WHERE state <> 'delivered'", now=tx.now))
    await agent.has_letter(1, "delivered", 60)
    mails = {str(mail["Message-ID"]) for mail in [*await sent(relay, len(relay.got) or 1)]}
    assert len(mails) == 1 and reply["letter"]
    (seqs,) = await desk.rows("SELECT count(*) AS many, max(seq) AS newest FROM change")
    assert seqs.many == seqs.newest, "the feed has no gap"


class Disk:
    """A small disk that can be full: a tmpfs where one may be mounted, else a limit to what the desk may write."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir()
        self.folder = folder
        self.megabytes = megabytes
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        self.mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def begin(self, desk: Desk) -> None:
        """From now on it is small."""
        if not self.mounted:
            psutil.Process(desk.pid).rlimit(psutil.RLIMIT_FSIZE, (self.megabytes << 20, -1))

    def grow(self, desk: Desk) -> None:
        """Somebody made room."""
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=200m", str(self.folder)], check=True)
        else:
            psutil.Process(desk.pid).rlimit(psutil.RLIMIT_FSIZE, (-1, -1))

    def close(self) -> None:
        """Take it out."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """Six megabytes."""
    disk = Disk(tmp_path / "disk", 6)
    yield disk
    disk.close()


def lying_about(folder: Path) -> list[Path]:
    """Every file in the store."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_disk_that_fills_while_a_file_streams_in_leaves_nothing_half_written(
    street: Street, small_disk: Disk
) -> None:
    desk = street.desk(files=small_disk.folder / "files")
    await desk.mailbox()
    agent = await desk.agent()
    await desk.start()
    small_disk.begin(desk)
    large = a_mail("写真を送ります。\n" + "x" * 70 + ("\n" + "y" * 70) * 140_000, id="large")
    assert len(large) > 9_000_000
    assert (await desk.mail(large)).startswith("4")
    refused = await agent.ask(
        "POST", "/files?filename=a.bin", io.BytesIO(bytes(9_000_000)), headers={"Content-Type": "image/png"}
    )
    assert refused.status in (503, 507), refused.text
    assert lying_about(small_disk.folder) == []
    assert [await desk.count(table) for table in ("arrival", "attachment", "message")] == [0, 0, 0]
    # what needs no disk of that size goes on
    assert (await desk.mail(a_mail("小さなメール", id="small"))).startswith("250")
    small_disk.grow(desk)
    assert (await desk.mail(large)).startswith("250")
    assert (await desk.mail(large)).startswith("250")
    assert await names(desk) == {"small": 1, "large": 1}
    taken = await agent.ask(
        "POST", "/files?filename=a.bin", io.BytesIO(bytes(9_000_000)), headers={"Content-Type": "image/png"}
    )
    assert taken.status == 201
    assert len(lying_about(small_disk.folder)) == 2


async def test_a_full_disk_under_the_database_refuses_mail_and_then_takes_it(street: Street, small_disk: Disk) -> None:
    blank = street.desk()
    shutil.copyfile(blank.settings["database"].removeprefix("sqlite:///"), small_disk.folder / "desk.db")
    desk = street.desk(f"sqlite:///{small_disk.folder}/desk.db")
    await desk.mailbox()
    await desk.start()
    small_disk.begin(desk)
    taken: set[str] = set()
    n = 0
    said = "250"
    while said.startswith("250"):
        n += 1
        said = await desk.mail(a_mail("長い" * 10_000, id=f"m{n}"))
        taken |= {f"m{n}"} if said.startswith("250") else set()
        assert n < 500, "the disk should be full by now"
    assert said.startswith("451"), said
    assert await desk.lives(), "reading goes on"
    small_disk.grow(desk)
    assert (await offered_until_taken(desk, f"m{n}"))[-1].startswith("250")
    assert await names(desk) == dict.fromkeys([*taken, f"m{n}"], 1)
    assert await desk.count("arrival", "state <> 'filed'") == 0
