"""The file store: bytes under their digest, several at once, and nothing left behind by what failed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from server.files import Files


def broken() -> Iterator[bytes]:
    yield b"x" * 300_000
    raise OSError("No space left on device")


def test_several_files_are_kept_at_once_in_their_order(files: Files) -> None:
    many = [b"%d " % number * number for number in range(20)] + [b"0" * 600_000, b"1 "]
    kept = files.keep_all([iter([data[:5], data[5:]]) for data in many])
    assert [(one.digest, one.size) for one in kept] == [(hashlib.sha256(data).hexdigest(), len(data)) for data in many]
    assert [b"".join(files.chunks(one.digest)) for one in kept] == many
    assert not list(files.incoming.iterdir())


def test_one_file_that_fails_fails_them_all(files: Files) -> None:
    with pytest.raises(OSError, match="No space left"):
        files.keep_all([iter([b"one"]), broken(), iter([b"three"])])
    assert not list(files.incoming.iterdir())
