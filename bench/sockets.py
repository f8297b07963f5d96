"""Raw Socket.IO clients by the thousand in one process of their own: epoll and websocket frames, and little else.

`python -m bench.sockets '{"task": "chat", …}'` does one task and prints what it found as JSON.
"""

from __future__ import annotations

import json
import re
import resource
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import psutil

CONNECTING, UPGRADING, OPENING, JOINING, GREETING, READY, GONE = range(7)
ACK = re.compile(rb"43/[a-z]+,(\d+)(.*)", re.DOTALL)
LONGEST_WAIT = 120.0
Hear = Callable[["Link", bytes, float], None]


class Row(msgspec.Struct):
    """What is read of a change."""

    kind: str
    ticket: int | None
    data: dict[str, Any]


class Link:
    """One connection. It opens by itself: upgrade, namespace, greeting; `answer` is what the greeting was told."""

    __slots__ = (
        "answer",
        "auth",
        "buffer",
        "greeting",
        "heard",
        "namespace",
        "path",
        "place",
        "since",
        "sock",
        "state",
    )

    def __init__(self, place: int, path: str, namespace: str, auth: bytes = b"", greeting: bytes = b"") -> None:
        self.place, self.path, self.namespace = place, path, namespace.encode()
        self.auth, self.greeting = auth, greeting
        self.state, self.buffer, self.heard = CONNECTING, b"", 0
        self.answer = b""
        self.since = 0.0
        self.sock = socket.socket()

    def say(self, text: bytes) -> None:
        """Send one text frame, masked with zeros."""
        size = len(text)
        head = struct.pack("!BB4x", 0x81, 0x80 | size) if size < 126 else struct.pack("!BBH4x", 0x81, 0xFE, size)
        self.sock.sendall(head + text)

    def emit(self, event: bytes, number: int) -> None:
        """Send an event that wants an answer: `event` is its JSON list."""
        self.say(b"42/%s,%d%s" % (self.namespace, number, event))

    def frames(self) -> list[bytes]:
        """What came."""
        data = self.sock.recv(1 << 18, socket.MSG_DONTWAIT)
        if not data:
            self.state = GONE
            return []
        return self.parsed(self.buffer + data if self.buffer else data)

    def parsed(self, data: bytes) -> list[bytes]:
        """The whole frames of it; the rest waits."""
        found, at, end = [], 0, len(data)
        while end - at >= 2:
            size, begin = data[at + 1] & 127, at + 2
            if size == 126:
                if end - at < 4:
                    break
                size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                if end - at < 10:
                    break
                size, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if begin + size > end:
                break
            if data[at] & 15 == 8:
                self.state = GONE
            else:
                found.append(data[begin : begin + size])
            at = begin + size
        self.buffer = data[at:]
        return found


class Crowd:
    """Many links and the loop that serves them."""

    def __init__(self, port: int, *, deflate: bool = False) -> None:
        self.port = port
        self.deflate = deflate
        self.poll = select.epoll()
        self.links: dict[int, Link] = {}
        self.opening = 0

    def open(self, links: list[Link], at_once: int = 50, meanwhile: Hear | None = None) -> None:
        """Connect them all, so many at a time."""
        waiting = list(reversed(links))
        limit = time.perf_counter() + LONGEST_WAIT
        while waiting or self.opening:
            while waiting and self.opening < at_once:
                self._connect(waiting.pop())
            self.turn(0.5, meanwhile or _ignore)
            if time.perf_counter() > limit:
                raise TimeoutError(f"{self.opening + len(waiting)} connections do not open")

    def _connect(self, link: Link) -> None:
        link.sock.setblocking(False)
        link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.since = time.perf_counter()
        link.sock.connect_ex(("127.0.0.1", self.port))
        self.links[link.sock.fileno()] = link
        self.opening += 1
        self.poll.register(link.sock.fileno(), select.EPOLLOUT)

    def turn(self, seconds: float, hear: Hear) -> None:
        """Whatever is ready; `hear` gets what the open ones are told."""
        for fd, _ in self.poll.poll(seconds):
            link = self.links.get(fd)
            if link is None:
                continue
            if link.state < OPENING:
                self._upgrade(link, fd)
                continue
            frames = link.frames()
            now = time.perf_counter()
            if link.state == GONE:
                self.drop(link)
            for frame in frames:
                if frame == b"2":
                    link.say(b"3")
                elif link.state == READY:
                    hear(link, frame, now)
                else:
                    self._greet(link, frame, now)

    def _upgrade(self, link: Link, fd: int) -> None:
        if link.state == CONNECTING:
            link.sock.setblocking(True)
            extension = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
            link.sock.sendall(
                f"GET {link.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade"
                f"\r\nSec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
                f"{extension if self.deflate else ''}\r\n".encode()
            )
            link.state = UPGRADING
            self.poll.modify(fd, select.EPOLLIN)
            return
        link.buffer += link.sock.recv(65_536, socket.MSG_DONTWAIT)
        head, end, rest = link.buffer.partition(b"\r\n\r\n")
        if end:
            if b" 101 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError(head.decode("latin-1"))
            link.buffer, link.state = rest, OPENING
            if not link.namespace:  # a plain websocket
                self._ready(link, time.perf_counter())
            for frame in link.parsed(rest):
                self._greet(link, frame, time.perf_counter())

    def _greet(self, link: Link, frame: bytes, now: float) -> None:
        if link.state == OPENING and frame[:1] == b"0":
            link.say(b"40/%s,%s" % (link.namespace, link.auth))
            link.state = JOINING
        elif link.state == JOINING and frame.startswith(b"40/"):
            if link.greeting:
                link.emit(link.greeting, 0)
                link.state = GREETING
            else:
                self._ready(link, now)
        elif frame.startswith(b"44"):
            raise ConnectionError(frame.decode())
        elif link.state == GREETING and (found := ACK.match(frame)) is not None:
            link.answer = found[2]
            if b'"error"' in link.answer[:12]:
                raise ConnectionError(link.answer.decode())
            self._ready(link, now)

    def _ready(self, link: Link, now: float) -> None:
        link.state = READY
        link.since = now - link.since
        self.opening -= 1

    def drop(self, link: Link) -> None:
        """Close one."""
        self.links.pop(link.sock.fileno(), None)
        link.sock.close()
        link.state = GONE


def _ignore(link: Link, frame: bytes, at: float) -> None:
    return


HELLO = b'["hello",{"v":1,"site":"shop"}]'
FOLLOW = b'["follow",{}]'


def visitor(place: int, more: bytes = HELLO) -> Link:
    """A visitor's connection."""
    return Link(place, "/chat/socket.io/?EIO=4&transport=websocket", "widget", greeting=more)


def console(place: int, token: str) -> Link:
    """An agent's connection."""
    auth = json.dumps({"token": token}).encode()
    return Link(place, "/socket.io/?EIO=4&transport=websocket", "agent", auth, FOLLOW)


class Chat:
    """Visitors who write and consoles that hear it: when each message was said, acknowledged and seen by all."""

    def __init__(self, crowd: Crowd, visitors: int, agents: int, token: str) -> None:
        self.crowd = crowd
        self.visitors = [visitor(place) for place in range(visitors)]
        self.agents = [console(place, token) for place in range(agents)]
        crowd.open(self.visitors)
        crowd.open(self.agents)
        self.said: list[float] = []
        self.sender: list[int] = []
        self.acked: dict[int, tuple[int, float]] = {}
        self.refused: list[str] = []
        self.seen: list[list[tuple[int | None, int]]] = [[] for _ in self.agents]
        self.times: dict[int, tuple[int, float]] = {}
        self._decode = msgspec.json.Decoder(list[Row]).decode
        self._last: tuple[bytes, list[Row]] = (b"", [])

    def say(self) -> None:
        """The next message: each visitor writes two in a row."""
        number = len(self.said)
        place = number // 2 % len(self.visitors)
        text = f"注文番号 A-{10_000 + number} の荷物がまだ届きません。いつごろ届く予定でしょうか。"
        event = json.dumps(["send", {"id": f"bench-{place}-{number:08d}", "text": text}], ensure_ascii=False)
        self.sender.append(place)
        self.said.append(time.perf_counter())
        self.visitors[place].emit(event.encode(), number)

    def hear(self, link: Link, frame: bytes, at: float) -> None:
        """An acknowledgement, or news at a console."""
        if frame.startswith(b"43/widget,"):
            found = ACK.match(frame)
            assert found is not None
            answer = json.loads(found[2])[0]
            if "error" in answer:
                self.refused.append(str(answer["error"]))
                answer["seq"] = -len(self.refused)
            self.acked[int(found[1])] = (answer["seq"], at)
        elif frame.startswith(b'42/agent,["changes",'):
            body = frame[20:-1]
            if self._last[0] != body:
                self._last = (body, self._decode(body))
            for row in self._last[1]:
                if row.kind == "message.received":
                    message = row.data["message"]
                    self.seen[link.place].append((row.ticket, message))
                    self.times[message] = (self.times.get(message, (0, 0.0))[0] + 1, at)

    def closed(self, messages: int, in_flight: int) -> None:
        """So many, always so many unacknowledged."""
        limit, goal = time.perf_counter() + LONGEST_WAIT, len(self.said) + messages
        while len(self.said) < goal or not self.done():
            while len(self.said) < goal and len(self.said) - len(self.acked) < in_flight:
                self.say()
            self.crowd.turn(1, self.hear)
            if time.perf_counter() > limit:
                break

    def paced(self, messages: int, rate: float) -> None:
        """So many a second, whatever becomes of them."""
        begin, first, goal = time.perf_counter(), len(self.said), len(self.said) + messages
        while len(self.said) < goal or not self.done():
            now = time.perf_counter()
            while len(self.said) < goal and begin + (len(self.said) - first) / rate <= now:
                self.say()
            wait = begin + (len(self.said) - first) / rate - time.perf_counter() if len(self.said) < goal else 1
            self.crowd.turn(max(wait, 0), self.hear)
            if now - begin > LONGEST_WAIT:
                break

    def done(self) -> bool:
        """Everything said is acknowledged and seen by all."""
        return len(self.acked) == len(self.said) and all(len(seen) >= len(self.said) for seen in self.seen)

    def wrong(self) -> dict[str, int]:
        """What is lost, doubled, or out of order at a console, in messages."""
        right: dict[int, list[int]] = {}
        for number, place in enumerate(self.sender):
            right.setdefault(place, []).append(self.acked.get(number, (0, 0.0))[0])
        whole = {message for messages in right.values() for message in messages}
        found = {"lost": 0, "doubled": 0, "misordered": 0, "refused": len(self.refused)}
        expected = {message: place for place, messages in right.items() for message in messages}
        for seen in self.seen:
            messages = [message for _, message in seen]
            found["lost"] += len(whole - set(messages))
            found["doubled"] += len(messages) - len(set(messages))
            by_visitor: dict[int, list[int]] = {}
            for message in messages:
                by_visitor.setdefault(expected.get(message, -1), []).append(message)
            for place, order in right.items():
                got = by_visitor.get(place, [])
                found["misordered"] += (
                    sum(a != b for a, b in zip(got, order, strict=False)) if len(got) == len(order) else 0
                )
        return found

    def waits(self, first: int) -> tuple[list[float], list[float]]:
        """How long the messages from `first` on took to be acknowledged, and to be seen by all; in ms."""
        acked = [(self.acked[number][1] - self.said[number]) * 1000 for number in range(first, len(self.said))]
        seen = [
            (self.times[self.acked[number][0]][1] - self.said[number]) * 1000
            for number in range(first, len(self.said))
            if self.acked[number][0] in self.times
        ]
        return acked, seen


def chat(wanted: dict[str, Any]) -> dict[str, Any]:
    """Messages from visitors to consoles."""
    crowd = Crowd(wanted["port"])
    server = psutil.Process(wanted["pid"])
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
    before = server.memory_full_info().uss
    crowd.open([visitor(place) for place in range(wanted["clients"])])
    time.sleep(wanted["rest"])
    return {"each": (server.memory_full_info().uss - before) / wanted["clients"]}


def storm(wanted: dict[str, Any]) -> dict[str, Any]:
    """Everybody drops and comes back at once with what they know, while one visitor goes on talking to one agent."""
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
    talk = Chat(crowd, 1, 1, wanted["token"])
    talk.paced(int(20 * wanted["calm"]), 20)
    calm, first = talk.waits(0)[1], len(talk.said)
    again = []
    for link in crowd_of_visitors:
        hello = json.loads(link.answer)[0]
        greeting = json.dumps(["hello", {"v": 1, "site": "shop", "token": hello.get("token"), "since": 0}])
        again.append(visitor(link.place, greeting.encode()))
        crowd.drop(link)
    used, begin = sum(server.cpu_times()[:2]), time.perf_counter()

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
        if time.perf_counter() - begin > LONGEST_WAIT:
            raise TimeoutError("not everybody came back")
    behind = sum(b'"messages":[{' not in link.answer for link in again)
    return {
        "seconds": wanted["took"],
        "cpu": sum(server.cpu_times()[:2]) - used,
        "each": [link.since for link in again],
        "behind": behind,
        "calm": calm,
        "stormy": talk.waits(first)[1],
        "wrong": talk.wrong(),
    }


def main() -> None:
    """Do the task of the command line."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wanted = json.loads(sys.argv[1])
    tasks = {"chat": chat, "fan": fan, "idle": idle, "storm": storm}
    sys.stdout.write(json.dumps(tasks[wanted["task"]](wanted)))


if __name__ == "__main__":
    main()
