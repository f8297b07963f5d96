"""What of a file was met already, on disk: a million keys are too many to hold."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile

import msgspec

from server.customers.imports.learning import Twice
from server.customers.imports.rows import Item

COMMIT_AT = 5_000


class Seen:
    """The keys of the items so far. Used by one thread after the other."""

    def __init__(self) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="madoguchi-import-")  # noqa: SIM115  # closed by `close`
        self._database = sqlite3.connect(self._file.name, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER, mark BLOB) WITHOUT ROWID")
        self._database.execute("BEGIN")
        self._count = 0

    def close(self) -> None:
        """Forget them."""
        self._database.close()
        self._file.close()

    def meet(self, item: Item) -> Twice | None:
        """Where the file had the same item before; None for a new one, or one that cannot be told."""
        if not item.key or item.fact is None:
            return None
        key = hashlib.blake2b(item.key.encode(), digest_size=16).digest()
        mark = hashlib.blake2b(msgspec.json.encode((item.fact, item.note)), digest_size=16).digest()
        self._count += 1
        if self._count % COMMIT_AT == 0:
            self._database.execute("COMMIT")
            self._database.execute("BEGIN")
        if self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (key, item.numbers[0], mark)).rowcount:
            return None
        row, former = self._database.execute("SELECT row, mark FROM seen WHERE key = ?", (key,)).fetchone()
        return Twice(row=row, same=former == mark)
