"""Rows of a file a second, tried, taken in, taken in again and taken back; and the memory that it takes.

The file is CSV in CP932 with twelve columns, as a shop's export has them; the workbook is of the same rows. Memory
is the greatest that the process held itself while the rows were taken in, less what it had before. The floor inserts as
many bare rows of customer, contact and address, some at a time, each with its commit.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench import desks
from bench.measuring import Report, progress, seconds
from server.agents import DESK
from server.customers.imports import actions, queries
from server.customers.imports.running import AT_ONCE, Importer
from server.customers.imports.views import ImportView
from server.customers.sheets import rows, sniff, writer
from server.customers.sheets.writing import Format
from server.database import Database
from server.files import Files

HEADERS = [
    "会員番号",
    "氏名",
    "フリガナ",
    "郵便番号",
    "都道府県",
    "住所1",
    "電話番号",
    "メールアドレス",
    "生年月日",
    "性別",
    "備考",
    "メルマガ",
]
FAMILIES = (("髙橋", "タカハシ"), ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("渡邊", "ワタナベ"), ("﨑山", "サキヤマ"))
GIVEN = (("太郎", "タロウ"), ("花子", "ハナコ"), ("一郎", "イチロウ"), ("美咲", "ミサキ"))


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--rows", type=int, default=20_000, help="of the file; 1000000 for the full size")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("imports")
    many = 300 if options.quick else options.rows
    folder: Path = options.place / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"CSV": folder / "customers.csv", "workbook": folder / "customers.xlsx"}
    _write(files["CSV"], "csv", many)
    _write(files["workbook"], "xlsx", many)
    for name, path in files.items():
        report.add(f"reading alone, {name}", many / seconds(lambda path=path: _read(path)), "1/s")
        progress(f"{name} was read")
    engine = desks.fresh(options.place, "imports-floor")
    floor = desks.attach(engine.path)
    report.add("bare inserts", many / seconds(lambda: _insert(floor, many)), "1/s")
    floor.close()
    desks.drop(engine)
    engine = desks.fresh(options.place, "imports")
    database = Database(engine)
    try:
        asyncio.run(_imports(report, database, Files(folder / "files"), files["CSV"], many))
    finally:
        desks.drop(engine)
    report.ratio("taking in over bare inserts", "taken in", "bare inserts")
    return report


async def _imports(report: Report, database: Database, files: Files, path: Path, many: int) -> None:
    importer = Importer(database, files, lambda _: ZoneInfo("Asia/Tokyo"))
    stored = files.keep(_chunks(path))
    view = await database.write(actions.take, DESK, path.name, stored, actions.look(path))
    again = await database.write(actions.take, DESK, path.name, stored, actions.look(path))
    memory = _Memory()
    steps = (
        ("tried", view.id, lambda: database.write(actions.start, DESK, view.id, trial=True)),
        ("taken in", view.id, lambda: database.write(actions.start, DESK, view.id)),
        ("taken in again, the same", again.id, lambda: database.write(actions.start, DESK, again.id)),
        ("taken back", view.id, lambda: database.write(actions.undo, DESK, view.id)),
    )
    for name, id, act in steps:
        await act()
        assert await importer.take_over(id)
        began = time.perf_counter()
        await importer.work(id)
        report.add(name, many / (time.perf_counter() - began), "1/s")
        progress(f"{name}: {many / (time.perf_counter() - began):,.0f}/s, {memory.most():,.0f} MB so far")
        done: ImportView = await database.read(queries.view, id)
        assert done.state in ("tried", "done", "undone") and not done.counts.refused, done
    report.add("memory beside what the program has", memory.stop(), "MB")
    await database.close()


class _Memory:
    """Watches how much memory the process has."""

    def __init__(self) -> None:
        self._before = self._most = _resident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            self._most = max(self._most, _resident())

    def most(self) -> float:
        """The greatest so far less what it was at first, in MB."""
        return (self._most - self._before) / 1e6

    def stop(self) -> float:
        """The same, and no longer watched."""
        self._over.set()
        self._thread.join()
        return self.most()


def _resident() -> int:
    """What the process holds itself, in bytes: without the pages of the database that the system may take back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _write(path: Path, format: Format, many: int) -> None:
    dice = random.Random(7)
    with path.open("wb") as file:
        out = writer(format, "cp932", HEADERS)
        for first in range(0, many, 1000):
            file.write(out.rows([_row(dice, n) for n in range(first, min(first + 1000, many))]))
        file.write(out.end())


def _row(dice: random.Random, n: int) -> list[str]:
    (family, family_kana), (given, given_kana) = dice.choice(FAMILIES), dice.choice(GIVEN)
    code = f"{dice.randrange(1, 999):03}-{dice.randrange(10**4):04}"
    street = f"渋谷区神南{dice.randrange(1, 9)}-{dice.randrange(1, 30)}-{n % 97}"
    phone = f"090-{n // 10**4 % 10**4:04}-{n % 10**4:04}"
    return [
        f"{n:07}", f"{family} {given}", f"{family_kana} {given_kana}", code,
        "東京都", street, phone,
        f"p{n}@example.jp", f"昭和{dice.randrange(30, 63)}年{dice.randrange(1, 13)}月{dice.randrange(1, 28)}日",
        dice.choice("男女"), "①㈱" if n % 3 == 0 else "", "希望する",
    ]  # fmt: skip


def _read(path: Path) -> None:
    for _ in rows(path, sniff(path)):
        pass


def _insert(floor: Any, many: int) -> None:
    """Bare rows, as many at a time as the importer takes."""
    run = floor.execute
    for n in range(many):
        if n % AT_ONCE == 0:
            run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO customer (id, name, kana, family_name, given_name, family_kana, given_kana, honorific,"
            " company, department, birthday, sex, time_zone, member_rank, note, tags, attributes, blocked, vip,"
            " opted_out, notices_by, kept, version, created_at, updated_at)"
            " VALUES (?, '髙橋 太郎', 'タカハシ', '髙橋', '太郎', '', '', '', '', '', '1980-04-01', 'male', '', '', '',"
            " '[]', '{}', 0, 0, 0, '', '[]', 1, '2026-11-22', '2026-11-22')",
            (n + 1,),
        )
        run(
            "INSERT INTO contact (customer_id, kind, address, name, verified_by, relay, reachable, unreachable_because,"
            " status_message, picture_type, created_at, seen_at)"
            " VALUES (?, 'email', ?, '', 'source:file', 0, 1, '', '', '', '2026-11-22', '2026-11-22')",
            (n + 1, f"p{n}@example.jp"),
        )
        run(
            "INSERT INTO customer_address (customer_id, kind, name, postal_code, country, region, city, street, phone)"
            " VALUES (?, 'home', '', '150-0041', 'JP', '東京都', '', '渋谷区神南1-2-3', '')",
            (n + 1,),
        )
        if n % AT_ONCE == AT_ONCE - 1 or n == many - 1:
            run("COMMIT")
