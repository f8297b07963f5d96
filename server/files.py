"""The bytes of attachments and large arrivals: files named by their content, synced before a commit names them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from channels.contract import Raw
from channels.contract import TooLarge as ArrivalTooLarge
from server.errors import NotFound

CHUNK = 256 * 1024
MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store."""

    digest: str
    size: int


class Files:
    """A folder of files named by their SHA-256. Storing the same bytes twice keeps one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Where a file is, whether or not it is there."""
        if len(digest) != 64 or not digest.isalnum():
            raise NotFound("There is no such file.")
        return self.folder / digest[:2] / digest[2:4] / digest

    def chunks(self, digest: str) -> Iterator[bytes]:
        """A file's bytes, piece by piece. Raises `NotFound` when the store lost it."""
        try:
            with self.path(digest).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise NotFound("The file is no longer in the store.") from error

    def keep(self, chunks: Iterator[bytes]) -> Stored:
        """Store bytes, durably, before this returns. Raises `OSError` when the disk is full.

        A small file that is there already costs no write: mails bring the same logo a thousand times.
        """
        head = b""
        for chunk in chunks:
            head += chunk
            if len(head) > CHUNK:
                break
        else:
            path = self.path(hashlib.sha256(head).hexdigest())
            if path.exists():
                _sync_folder(path.parent)  # whoever put it there a moment ago may not have come to this yet
                return Stored(path.name, len(head))
        spool = FileSpool(self, limit=None)
        try:
            spool.append(head)
            for chunk in chunks:
                spool.append(chunk)
            return spool.settle()
        finally:
            spool.drop()

    def keep_all(self, files: Sequence[Iterator[bytes]]) -> list[Stored]:
        """Store several files at once: a disk that syncs them together takes little longer than for one."""
        if len(files) < 2:
            return [self.keep(chunks) for chunks in files]
        with ThreadPoolExecutor(min(len(files), MOST_AT_ONCE)) as threads:
            return list(threads.map(self.keep, files))

    def keep_file(self, raw: Raw) -> Stored:
        """Store an arrival's bytes."""
        view = raw.view()
        return self.keep(view[i : i + CHUNK] for i in range(0, raw.size, CHUNK))

    @asynccontextmanager
    async def spool(self, limit: int) -> AsyncIterator[FileSpool]:
        """A file to receive something into; gone when the context is left, unless it was stored."""
        spool = FileSpool(self, limit)
        try:
            yield spool
        finally:
            # Shielded: who is cancelled while this waits for a thread would leave the file behind, open.
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, spool.drop))

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        """Store an upload as it comes in. Raises `channels.contract.TooLarge` past `limit` bytes."""
        async with self.spool(limit) as spool:
            async for chunk in chunks:
                await spool.write(chunk)
            return await asyncio.to_thread(spool.settle)

    def sweep(self, is_named: Callable[[str], bool], older_than: float) -> int:
        """Remove files that nothing names any more and leftovers of broken uploads; how many."""
        gone = 0
        for path in self.incoming.iterdir():
            if path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)
                gone += 1
        for path in self.folder.glob("??/??/*"):
            if path.stat().st_mtime < older_than and not is_named(path.name):
                path.unlink(missing_ok=True)
                gone += 1
        return gone


class FileSpool:
    """A file being received: hashed as it grows, renamed to its digest when it is settled."""

    def __init__(self, files: Files, limit: int | None) -> None:
        self._files = files
        self._limit = limit
        self._path = files.incoming / secrets.token_hex(16)
        self._file: BinaryIO | None = self._path.open("wb")
        self._hash = hashlib.sha256()
        self.size = 0

    def append(self, chunk: bytes) -> None:
        """Write a chunk, in this thread."""
        self.size += len(chunk)
        if self._limit is not None and self.size > self._limit:
            raise ArrivalTooLarge(f"more than {self._limit} bytes")
        assert self._file is not None
        self._file.write(chunk)
        self._hash.update(chunk)

    async def write(self, chunk: bytes) -> None:
        """Write a chunk without holding up the event loop."""
        await asyncio.to_thread(self.append, chunk)

    async def raw(self) -> Raw:
        """Everything written so far, synced to disk."""
        await asyncio.to_thread(self._sync)
        return Raw(path=self._path)

    def _sync(self) -> None:
        assert self._file is not None
        self._file.flush()
        os.fdatasync(self._file.fileno())

    def settle(self) -> Stored:
        """Sync, and give the file its name."""
        self._sync()
        assert self._file is not None
        self._file.close()
        self._file = None
        stored = Stored(self._hash.hexdigest(), self.size)
        target = self._files.path(stored.digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._path.rename(target)
            _sync_folder(target.parent)
        return stored

    def drop(self) -> None:
        """Remove what was not settled."""
        if self._file is not None:
            with suppress(OSError):  # closing flushes, and the disk may be the very thing that is full
                self._file.close()
            self._file = None
        self._path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
