"""The agents' console in Chromium: a list of 10,000 tickets under the thumb, and from a key to a painted thread.

The list is loaded to its end and scrolled by five rows a frame, up and down, which is a hard throw of the wheel; the
floor is an empty box of the same height that is scrolled alike. A switch is one press of J or K between tickets with
500 messages each, from the key's own time stamp until the frame with the other thread has been painted: first among
tickets of which the newest messages were fetched ahead, then between two of which all 500 are in memory. The floor is
the HTML of the thread put into the same place. Work is the page's own processor time, which other work does not touch.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from bench import fill
from bench.desks import AGENT
from bench.measuring import Report, percentile, progress
from bench.serving import serving
from bench.widget import CHROMIUM, FLAGS
from server import tickets
from server.agents import sessions
from server.database import Database, Transaction
from server.database.engine import Engine
from server.tickets import TicketFilter
from widgets.build import build

LONG = 6
"""Tickets at the top of the list that have many messages."""
MESSAGES = 500
FRAMES = """async ([box, frames]) => {
    const place = document.querySelector(box), times = [];
    const most = place.scrollHeight - place.clientHeight, by = Math.min(330, most / 6);
    await new Promise(done => {
        let at = place.scrollTop, way = 1, before = 0;
        const frame = now => {
            if (before) times.push(now - before);
            before = now;
            if (times.length >= frames) return done();
            if (at + way * by > most || at + way * by < 0) way = -way;
            place.scrollTop = at += way * by;
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
    place.scrollTop = 0;
    return times;
}"""
WATCH = """(() => {
    self.switched = new Promise(done => {
        const key = event => {
            if (event.key !== "j" && event.key !== "k") return;
            removeEventListener("keydown", key, true);
            const before = document.querySelector(".thread")?.getAttribute("aria-label");
            const look = () => {
                const shown = document.querySelector(".thread")?.getAttribute("aria-label");
                const messages = document.querySelectorAll(".log .message").length;
                if (!shown || shown === before || !messages) return requestAnimationFrame(look);
                const painted = new MessageChannel();
                painted.port1.onmessage = () => done([performance.now() - event.timeStamp, messages]);
                painted.port2.postMessage(0);
            };
            requestAnimationFrame(look);
        };
        addEventListener("keydown", key, true);
    });
})()"""
FLOOR = """async () => {
    const log = document.querySelector(".log-inner"), html = log.innerHTML, copy = log.cloneNode(false);
    log.style.display = "none";
    log.parentElement.append(copy);
    const began = performance.now();
    copy.innerHTML = html;
    await new Promise(done => requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = done;
        painted.port2.postMessage(0);
    }));
    const took = performance.now() - began;
    copy.remove();
    log.style.display = "";
    return took;
}"""
EMPTY = """height => {
    const box = document.createElement("div"), inner = document.createElement("div");
    box.id = "floor";
    box.style.cssText = "position:fixed;inset:0;overflow:auto;z-index:9;background:white";
    inner.style.height = `${height}px`;
    box.append(inner);
    document.body.append(box);
}"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--tickets", type=int, default=10_000, help="tickets in the list")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    build()
    report = Report("console")
    size, frames, switches = (300, 30, 2) if options.quick else (options.tickets, 240, 20)
    engine = fill.desk(options.place, size, index=False)
    database = Database(engine)
    database.write_now(_prolong)
    secret = sessions.new_secret()
    database.write_now(sessions.begin, AGENT.id, secret)
    with serving(engine, options.place) as desk:
        asyncio.run(_sit(desk.url, secret, size, frames, switches, options.repeat, report))
    report.ratio("a frame of the list over an empty box's, p95", "frame, p95", "frame of an empty box, p95", "<= 1.5")
    report.hold("work for a frame, in ms", "work for a frame", "<= 16.7")
    report.hold("work for a switch, in ms", "work for a switch", "<= 100")
    report.hold("switch, fetched ahead, p95", "switch, fetched ahead, p95", "<= 100")
    report.hold("switch, 500 messages, p95", "switch, 500 messages, p95", "<= 100")
    report.ratio("a switch over the same HTML", "switch, 500 messages, p50", "the same HTML", "<= 6")
    shutil.rmtree(options.place / "serving-files", ignore_errors=True)
    if options.quick:
        _remove(engine)
    return report


def _remove(engine: Engine) -> None:
    for path in engine.path.parent.glob(f"{engine.path.name}*"):
        path.unlink()


def _prolong(tx: Transaction) -> None:
    """Give the tickets at the top of the list their many messages; those that have them keep them."""
    first = tickets.page(tx, AGENT, TicketFilter(view="all"), limit=LONG)
    for row in first.items:
        have = int(tx.value("SELECT MAX(seq) FROM message WHERE ticket_number = :number", number=row.number) or 0)
        began = datetime.now(UTC) - timedelta(days=3)
        tx.many(
            "INSERT INTO message (ticket_number, seq, kind, agent_id, account_id, external_id, subject, text, envelope,"
            " created_at) VALUES (:number, :seq, :kind, :agent, 1, :external, '', :text, :envelope, :at)",
            [
                {
                    "number": row.number,
                    "seq": seq,
                    "kind": ("customer", "agent", "note")[seq % 3],
                    "agent": None if seq % 3 == 0 else AGENT.id,
                    "external": f"{row.number}.{seq}@bench",
                    "text": f"{seq} 通目です。\\nお世話になっております。先日の件、いかがでしょうか。\\n"
                    * (1 + seq % 4),
                    "envelope": json.dumps({"from": {"address": "someone@example.jp"}}),
                    "at": began + timedelta(minutes=seq),
                }
                for seq in range(have + 1, MESSAGES + 1)
            ],
        )
        tx.run("UPDATE ticket SET last_seq = :seq WHERE number = :number", seq=MESSAGES, number=row.number)


async def _sit(desk: str, secret: str, size: int, frames: int, switches: int, repeat: int, report: Report) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for turn in range(repeat):
            progress(f"repetition {turn + 1}")
            context = await browser.new_context(viewport={"width": 1500, "height": 900})
            await context.add_cookies([{"name": "madoguchi_session", "value": secret, "url": desk}])
            page = await context.new_page()
            session = await context.new_cdp_session(page)
            await session.send("Performance.enable", {"timeDomain": "threadTicks"})
            await page.goto(f"{desk}/console#/all")
            await page.locator(".connection.live").wait_for(state="attached")
            await _switches(page, session, switches, report)
            await _scrolls(page, session, size, frames, report)
            await context.close()
        await browser.close()


async def _scrolls(page: Page, session: CDPSession, size: int, frames: int, report: Report) -> None:
    await page.keyboard.press("u")
    while True:
        rows = await page.evaluate(
            "() => { const box = document.querySelector('.rows'); box.scrollTop = box.scrollHeight;"
            " return Math.round(document.querySelector('.rows-all').offsetHeight / 66) }"
        )
        if rows >= size * 0.97 or not await page.locator(".foot-more").count():
            break
        await page.wait_for_timeout(5)
    report.facts["rows"] = rows
    before = await _worked(session)
    times = await page.evaluate(FRAMES, [".rows", frames])
    report.add("work for a frame", (await _worked(session) - before) / frames, "ms")
    await page.evaluate(EMPTY, rows * 66)
    floor = await page.evaluate(FRAMES, ["#floor", frames])
    for percent in (50, 95, 99):
        report.add(f"frame, p{percent}", float(percentile(times, percent)), "ms")
    report.add("frame of an empty box, p95", float(percentile(floor, 95)), "ms")


async def _switches(page: Page, session: CDPSession, times: int, report: Report) -> None:
    await page.locator(".row").first.click()
    await page.locator(".log .message").first.wait_for()
    await page.locator(".log").focus()
    ahead = []
    for _ in range(LONG - 1):
        await page.wait_for_load_state("networkidle")  # the next ones are there by now
        ahead.append(await _switch(page, "j"))
    await _whole(page)
    await _switch(page, "k")
    await _whole(page)
    before = await _worked(session)
    whole = [await _switch(page, "jk"[turn % 2]) for turn in range(times)]
    report.add("work for a switch", (await _worked(session) - before) / times, "ms")
    report.facts["messages"] = whole[-1][1]
    for name, found in (("fetched ahead", ahead), ("500 messages", whole)):
        for percent in (50, 95):
            report.add(f"switch, {name}, p{percent}", percentile([took for took, _ in found], percent), "ms")
    report.add("the same HTML", float(await page.evaluate(FLOOR)), "ms")


async def _worked(session: CDPSession) -> float:
    """What the page's main thread has cost so far, in ms of processor time: other work on the machine is not in it."""
    found = await session.send("Performance.getMetrics")
    return next(float(each["value"]) * 1000 for each in found["metrics"] if each["name"] == "TaskDuration")


async def _switch(page: Page, key: str) -> tuple[float, int]:
    await page.evaluate(WATCH)
    await page.keyboard.press(key)
    took: Any = await page.evaluate("self.switched")
    return float(took[0]), int(took[1])


async def _whole(page: Page) -> None:
    """Have all messages of the open ticket in the page."""
    while not await page.locator('.message[data-seq="1"]').count():
        await page.evaluate("document.querySelector('.log').scrollTop = 0")
        await page.wait_for_timeout(20)
    await page.evaluate("(log => { log.scrollTop = log.scrollHeight })(document.querySelector('.log'))")
