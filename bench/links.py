"""Raw Socket.IO connections by the thousand: epoll and websocket frames, and little else."""

from __future__ import annotations

import json
import re
import select
import socket
import struct
import time
from collections.abc import Callable

STATES = ("connecting", "upgrading", "opening", "joining", "greeting", "ready", "gone")
CONNECTING, UPGRADING, OPENING, JOINING, GREETING, READY, GONE = range(len(STATES))
ACK = re.compile(rb"43/[a-z]+,(\d+)(.*)", re.DOTALL)
LONGEST_WAIT = 120.0
Hear = Callable[["Link", bytes, float], None]


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
