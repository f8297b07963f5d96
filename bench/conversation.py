"""Visitors who write and consoles that hear it, over raw connections, and what went wrong between them."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec

from bench.links import ACK, LONGEST_WAIT, STATES, Crowd, Link, console, visitor


class Row(msgspec.Struct):
    """What is read of a change."""

    kind: str
    ticket: int | None
    data: dict[str, Any]


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
        """Everything said is answered, and seen by all unless it was refused."""
        taken = len(self.said) - len(self.refused)
        return len(self.acked) == len(self.said) and all(len(seen) >= taken for seen in self.seen)

    def missing(self) -> str:
        """How far it came, in words."""
        seen = [len(seen) for seen in self.seen]
        states = sorted({STATES[link.state] for link in (*self.visitors, *self.agents)})
        return (
            f"of {len(self.said)} messages {len(self.acked)} were answered, {len(self.refused)} of them refused,"
            f" {seen} seen; the connections are {' and '.join(states)}"
        )

    def wrong(self) -> dict[str, int]:
        """What is lost, doubled, or out of order at a console, in messages."""
        right: dict[int, list[int]] = {}
        for number, place in enumerate(self.sender):
            right.setdefault(place, []).append(self.acked.get(number, (0, 0.0))[0])
        right = {place: [message for message in messages if message >= 0] for place, messages in right.items()}
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
