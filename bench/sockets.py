"""The tasks of clients, in one process of their own beside the server that is measured.

`python -m bench.sockets '{"task": "chat", …}'` does one task and prints what it found as JSON.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from collections import Counter
from typing import Any

import psutil

from bench.conversation import Chat
from bench.links import LONGEST_WAIT, STATES, Crowd, Link, visitor

TALKING = 10
"""Visitors who talk during a storm: a desk refuses lines of one who has twenty unanswered."""
STORM_WAIT = 300.0
"""In seconds: how long the clients of a storm wait until everybody is back."""


def chat(wanted: dict[str, Any]) -> dict[str, Any]:
    """Messages from visitors to consoles."""
    crowd = Crowd(wanted["port"])
    server = psutil.Process(wanted["pid"])
    crowd.open([visitor(place) for place in range(wanted.get("idle", 0))])
    talk = Chat(crowd, wanted["visitors"], wanted["agents"], wanted["token"])
    talk.closed(2 * wanted["visitors"], 20)  # every conversation stands
    first = len(talk.said)
    used, begin = sum(server.cpu_times()[:2]), time.perf_counter()
    own = time.process_time()
    if wanted.get("rate"):
        talk.paced(wanted["messages"], wanted["rate"])
    else:
        talk.closed(wanted["messages"], wanted["in_flight"])
    took = time.perf_counter() - begin
    used, own = sum(server.cpu_times()[:2]) - used, time.process_time() - own
    acked, seen = talk.waits(first)
    return {
        "seconds": took,
        "cpu": used,
        "client_cpu": own,
        "acked": acked,
        "seen": seen,
        "wrong": talk.wrong(),
        "refusals": talk.refused[:3],
    }


def fan(wanted: dict[str, Any]) -> dict[str, Any]:
    """One sender, many who hear: the next message is said when all have heard the one before last."""
    crowd = Crowd(wanted["port"])
    server = psutil.Process(wanted["pid"])
    plain = wanted["plain"]
    path = "/" if plain else "/socket.io/?EIO=4&transport=websocket"
    links = [Link(place, path, "" if plain else "agent") for place in range(wanted["clients"])]
    crowd.open(links)
    heard, counts = 0, [0] * wanted["messages"]
    ends = [0.0] * wanted["messages"]
    said = [0.0] * wanted["messages"]

    def hear(link: Link, frame: bytes, at: float) -> None:
        nonlocal heard
        if len(frame) < 60:
            return
        place = link.heard
        link.heard += 1
        counts[place] += 1
        heard += 1
        if counts[place] == len(links):
            ends[place] = at

    used, begin, sent = sum(server.cpu_times()[:2]), time.perf_counter(), 0
    while heard < len(links) * wanted["messages"]:
        window = wanted["window"]
        while sent < wanted["messages"] and (sent < window or counts[sent - window] == len(links)):
            said[sent] = time.perf_counter()
            links[0].say(b"say" if plain else b'42/agent,["say"]')
            sent += 1
        crowd.turn(1, hear)
        if time.perf_counter() - begin > LONGEST_WAIT:
            raise TimeoutError("not all was heard")
    took = time.perf_counter() - begin
    used = sum(server.cpu_times()[:2]) - used
    waits = [(end - start) * 1000 for start, end in zip(said, ends, strict=True)]
    return {"seconds": took, "cpu": used, "deliveries": heard, "waits": waits}


def idle(wanted: dict[str, Any]) -> dict[str, Any]:
    """Connections that only are there, and what the server's memory says."""
    crowd = Crowd(wanted["port"], deflate=wanted["deflate"])
    server = psutil.Process(wanted["pid"])
    crowd.open([visitor(place) for place in range(wanted["warm"])])
    before = _held(server, wanted["rest"])
    crowd.open([visitor(place) for place in range(wanted["clients"])])
    return {"each": (_held(server, wanted["rest"]) - before) / wanted["clients"]}


def _held(server: psutil.Process, rest: float) -> int:
    """A server's own memory in bytes, a while after it was told to look for garbage. Without what it maps of files:
    that is its own or not by what other programs run beside it."""
    server.send_signal(signal.SIGUSR1)
    time.sleep(rest)
    found = server.memory_info()
    return int(found.rss - found.shared)


def storm(wanted: dict[str, Any]) -> dict[str, Any]:
    """Everybody drops and comes back at once with what they know, while some visitors go on talking to one agent."""
    crowd = Crowd(wanted["port"])
    server = psutil.Process(wanted["pid"])
    crowd_of_visitors = [visitor(place) for place in range(wanted["clients"])]
    crowd.open(crowd_of_visitors)
    answered: set[int] = set()

    def count(link: Link, frame: bytes, at: float) -> None:
        if frame.startswith(b"43/"):
            answered.add(link.place)

    for number, link in enumerate(crowd_of_visitors):
        link.emit(b'["send",{"id":"bench-storm-%d","text":"Hello from before the storm"}]' % number, 1)
        while number - len(answered) > 50:
            crowd.turn(1, count)
    limit = time.perf_counter() + LONGEST_WAIT
    while len(answered) < len(crowd_of_visitors) and time.perf_counter() < limit:
        crowd.turn(1, count)
    talk = Chat(crowd, TALKING, 1, wanted["token"])
    talk.paced(int(20 * wanted["calm"]), 20)
    calm, first = talk.waits(0)[1], len(talk.said)
    again = []
    for link in crowd_of_visitors:
        hello = json.loads(link.answer)[0]
        greeting = json.dumps(["hello", {"v": 1, "site": "shop", "token": hello.get("token"), "since": 0}])
        again.append(visitor(link.place, greeting.encode()))
        crowd.drop(link)
    used, begin = sum(server.cpu_times()[:2]), time.perf_counter()
    own = time.process_time()

    def hear(link: Link, frame: bytes, at: float) -> None:
        if link in talkers:
            talk.hear(link, frame, at)

    talkers = {*talk.visitors, *talk.agents}
    waiting = list(again)
    for link in waiting:
        crowd._connect(link)
    next_at = begin
    while crowd.opening or not talk.done():
        if crowd.opening and time.perf_counter() >= next_at:
            talk.say()
            next_at += 0.05
        crowd.turn(0.02, hear)
        if not crowd.opening:
            wanted.setdefault("took", time.perf_counter() - begin)
        if time.perf_counter() - begin > STORM_WAIT:
            raise TimeoutError(f"not everybody came back: {_states(again)}; {talk.missing()}")
    behind = sum(b'"messages":[{' not in link.answer for link in again)
    return {
        "seconds": wanted["took"],
        "cpu": sum(server.cpu_times()[:2]) - used,
        "client_cpu": time.process_time() - own,
        "each": [link.since for link in again],
        "behind": behind,
        "calm": calm,
        "stormy": talk.waits(first)[1],
        "wrong": talk.wrong(),
    }


def _states(links: list[Link]) -> dict[str, int]:
    return Counter(STATES[link.state] for link in links)


def main() -> None:
    """Do the task of the command line."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wanted = json.loads(sys.argv[1])
    tasks = {"chat": chat, "fan": fan, "idle": idle, "storm": storm}
    sys.stdout.write(json.dumps(tasks[wanted["task"]](wanted)))


if __name__ == "__main__":
    main()
