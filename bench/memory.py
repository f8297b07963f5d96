"""Memory of the whole server, alone and with a thousand articles of five phrasings each that it answers from.

`madoguchi serve` is a process of its own on a blank desk. The articles are written and published through the API, half
of them Japanese and half English, their words those of the project's own shops; messages are asked through the API too.
Then customers write by the API channel, until as many messages of each language are kept as ever are.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench import desks, faq_tasks
from bench.measuring import Report, percentile, progress
from bench.serving import Serving, serving
from server.agents.models import ApiToken
from server.agents.tokens import hash_token
from server.database import Database, Transaction

GOAL = 250
"""In MB, of the whole server with all articles."""
AT_ONCE = 4
TICK = 0.01
"""In seconds: the system counts a process's time in such steps."""
MORE = 5
"""Articles that are published one by one at the end."""
TOKEN = "mdg_bench-only"
KEY = "bench-only-" * 4
SETTLED = 0.05
"""Seconds of processor in one by the clock: whoever takes less is idle."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.set_defaults(repeat=1)
    parser.add_argument("--articles", type=int, default=1000, help="articles of five phrasings")
    parser.add_argument("--messages", type=int, default=400, help="messages that are asked")
    parser.add_argument("--customers", type=int, default=1700, help="messages that customers write")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("memory")
    articles, messages, customers = (
        (12, 10, 90) if options.quick else (options.articles, options.messages, options.customers)
    )
    for _ in range(options.repeat):
        engine = desks.fresh(options.place, "memory")
        Database(engine).write_now(_staff)
        with serving(engine, options.place) as running:
            _grow(report, running, articles, messages)
            _hear(report, running, customers)
        desks.drop(engine)
    shutil.rmtree(options.place / "serving-files", ignore_errors=True)
    for moment in ("with the articles asked", "with customers' messages", "highest"):
        report.hold(f"memory {moment}", f"resident, {moment}", f"<= {GOAL}")
    return report


def _staff(tx: Transaction) -> None:
    desks.staff(tx)
    secret = hash_token(TOKEN)
    tx.add(
        ApiToken(agent_id=1, name="bench", secret_hash=secret, hint="", scopes="read write admin", created_at=tx.now)
    )


def _grow(report: Report, running: Serving, articles: int, messages: int) -> None:
    _note(report, running, "started")
    draw = random.Random(articles)
    said = {"ja": _sentences("ja"), "en": _sentences("en")}

    def publish(number: int) -> tuple[str, str]:
        lang = ("ja", "en")[number % 2]
        pick = random.Random(number)
        texts = [f"{pick.choice(said[lang])} {pick.choice(said[lang])[:40]} {number}" for _ in range(5)]
        words = {"question": texts[0], "phrasings": texts[1:], "full": f"{texts[0]}\n\n{number}"}
        made = _ask(running, "POST", "/articles", {"content": {"words": {lang: words}}})
        _ask(running, "PUT", f"/articles/{made['id']}/state", {"state": "published"})
        return str(made["id"]), texts[1]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(publish, range(articles)), 1):
            if done % 200 == 0:
                progress(f"{done} articles published")
    _note(report, running, "with the articles published")
    begin = time.perf_counter()
    _ask(running, "POST", "/articles/match", {"text": "送料はいくらですか"})
    _ask(running, "POST", "/articles/match", {"text": "where is my parcel"})
    report.add("loading and first answers", time.perf_counter() - begin, "s")
    times, before = [], running.processor()
    for number in range(messages):
        begin = time.perf_counter()
        _ask(running, "POST", "/articles/match", {"text": draw.choice(said[("ja", "en")[number % 2]])})
        times.append(time.perf_counter() - begin)
    report.add("message through the API, median", percentile(times, 50) * 1e3, "ms")
    report.add("message through the API, processor", max(running.processor() - before, TICK) / messages * 1e3, "ms")
    _note(report, running, "with the articles asked")
    _publish_more(report, running, publish, articles)


def _publish_more(report: Report, running: Serving, publish: Callable[[int], tuple[str, str]], articles: int) -> None:
    """One article after the other, each asked for by one of its phrasings with a word left out."""
    times, before = [], running.processor()
    for number in range(articles, articles + MORE):
        begin = time.perf_counter()
        id, text = publish(number)
        found = _ask(running, "POST", "/articles/match", {"text": text.replace(str(number), "", 1)})
        times.append(time.perf_counter() - begin)
        if id not in [str(entry["id"]) for entry in found["entries"]]:
            raise RuntimeError(f"the article {id} was not found by the next message")
    report.add("written, published, found by the next message: median", percentile(times, 50) * 1e3, "ms")
    report.add("the same, processor", max(running.processor() - before, TICK) / MORE * 1e3, "ms")


def _hear(report: Report, running: Serving, messages: int) -> None:
    """Customers write, half of them Japanese and half English, each once."""
    settings = {"key": KEY, "per_minute": 1_000_000}
    account = _ask(running, "POST", "/accounts", {"kind": "api", "name": "b", "address": "b", "settings": settings})
    said = {lang: _sentences(lang) for lang in ("ja", "en")}

    def write(number: int) -> None:
        pick = random.Random(number)
        text = f"{pick.choice(said[('ja', 'en')[number % 2]])} {number}"
        body = {"external_id": f"m-{number}", "sender": {"id": f"c-{number}"}, "text": text}
        _send("POST", f"{running.url}/channels/api/{account['id']}/messages", KEY, body)

    before = running.processor()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(write, range(messages)), 1):
            if done % 200 == 0:
                progress(f"{done} customers wrote")
    _rest(running)
    took = max(running.processor() - before, TICK) / messages
    report.add("customer's message, filed and matched, processor", took * 1e3, "ms")
    _note(report, running, "with customers' messages")
    report.add("resident, highest", running.highest(), "MB")


def _rest(running: Serving) -> None:
    """Wait until the server has nothing to do."""
    before = -1.0
    while running.processor() - before > SETTLED:
        before = running.processor()
        time.sleep(1)


def _note(report: Report, running: Serving, moment: str) -> None:
    for kind, size in running.resident().items():
        report.add(f"{kind}, {moment}", size, "MB")


def _ask(running: Serving, method: str, path: str, body: dict[str, Any]) -> Any:
    return _send(method, f"{running.url}/api/v1{path}", TOKEN, body)


def _send(method: str, url: str, key: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        url,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def _sentences(lang: str) -> list[str]:
    shops = [shop for shop in faq_tasks.own() if shop.lang == lang]
    return sorted(
        {text for shop in shops for held in (shop.phrasings, shop.asked) for each in held.values() for text in each}
    )
