"""The chat widget: what a shop's page and a chatting customer load, and the time from the first click to talking.

Sizes are of the built files under gzip -9: the loader, and the panel's script and style sheet together. Usable means
that one can write and that the line to the desk is live; each time in a fresh profile with nothing in its cache. The
floor of the time is an iframe with an empty page of the same desk.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import shutil
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bench import desks
from bench.measuring import Report, progress
from bench.serving import serving
from bench.talking import desk_with_a_shop
from widgets.build import DIST, build

KB = 1024
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
CHROMIUM = next((str(path) for path in (Path("/usr/bin/chromium"),) if path.exists()), None)
FLOOR = "<!doctype html><title>.</title><p>.</p>"
USABLE = """new Promise(done => {
    const look = () => self.usable === undefined ? setTimeout(look, 5) : done([self.written, self.usable]);
    look();
})"""
TO_FRAME = """address => new Promise(done => {
    const began = performance.now();
    const frame = document.createElement("iframe");
    frame.onload = () => done(performance.now() - began);
    frame.src = address;
    document.body.append(frame);
})"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.set_defaults(repeat=9)


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    build()
    report = Report("widget")
    made = json.loads((DIST / "manifest.json").read_text())
    sizes = {plain: len(gzip.compress((DIST / name).read_bytes(), 9, mtime=0)) for plain, name in made.items()}
    panel = sizes["chat-panel.js"] + sizes["chat-panel.css"]
    report.add("loader_gzip_bytes", float(sizes["chat-loader.js"]), "bytes")
    report.add("panel_gzip_bytes", float(panel), "bytes")
    report.hold("loader", "loader_gzip_bytes", f"<= {3 * KB}")
    report.hold("panel", "panel_gzip_bytes", f"<= {30 * KB}")
    engine, _ = desk_with_a_shop(options.place, "widget")
    with serving(engine, options.place) as desk:
        asyncio.run(_openings(desk.url, options.repeat, report))
    report.hold("first open to usable, in ms", "first_open_ms", "<= 300")
    desks.drop(engine)
    shutil.rmtree(options.place / "serving-files", ignore_errors=True)
    return report


async def _openings(desk: str, times: int, report: Report) -> None:
    """Open the chat in a fresh browser profile, again and again; a shop's page stands on the desk's own origin."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await _opening(browser, desk)  # the desk's own caches are warm, as they are all day
        for turn in range(times):
            progress(f"opening {turn + 1}")
            written, usable, empty = await _opening(browser, desk)
            report.add("first open until one can write", written, "ms")
            report.add("first_open_ms", usable, "ms")
            report.add("an empty page in an iframe", empty, "ms")
        await browser.close()


async def _opening(browser: Browser, desk: str) -> tuple[float, float, float]:
    context = await browser.new_context()
    page = await context.new_page()
    shop = '<!doctype html><title>Shop</title><script async src="/chat/loader.js" data-site="shop"></script><h1>1</h1>'
    await page.route(f"{desk}/bench-shop", lambda route: route.fulfill(body=shop, content_type="text/html"))
    await page.route(f"{desk}/bench-floor", lambda route: route.fulfill(body=FLOOR, content_type="text/html"))
    # The panel writes down by itself when its box can be written in and no bar says that it is still connecting.
    await context.add_init_script(
        """if (location.pathname.startsWith("/chat/panel/")) {
            const look = () => {
                if (document.querySelector("textarea")) self.written ??= Date.now();
                if (self.written && !document.querySelector(".bars p")) self.usable ??= Date.now();
                else setTimeout(look, 1);
            };
            addEventListener("DOMContentLoaded", look);
        }"""
    )
    await page.goto(f"{desk}/bench-shop")
    await page.locator("madoguchi-chat").wait_for(state="attached")
    empty = await page.evaluate(TO_FRAME, f"{desk}/bench-floor")
    began = await page.evaluate(
        "() => { const now = Date.now();"
        ' document.querySelector("madoguchi-chat").shadowRoot.querySelector("button").click(); return now }'
    )
    handle = await page.locator("madoguchi-chat iframe").element_handle()
    frame = await handle.content_frame() if handle else None
    assert frame is not None
    await frame.wait_for_url("**/chat/panel/**")
    written, usable = await frame.evaluate(USABLE)
    await context.close()
    return float(written - began), float(usable - began), max(float(empty), 0.1)
