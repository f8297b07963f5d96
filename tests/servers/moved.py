"""The clock of desks in the hands of a test: imported by their nursery, it makes the present later.

By how many seconds stands in the eight bytes of the file that `MADOGUCHI_TEST_CLOCK` names, and is looked up each time.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.database import types

CLOCK = "MADOGUCHI_TEST_CLOCK"
_told = types.now
_shared: list[mmap.mmap] = []


def move(clock: Path, by: timedelta) -> None:
    """From now on it is so much later for every desk whose clock this is."""
    with clock.open("r+b" if clock.exists() else "w+b") as file:
        file.write(struct.pack("d", by.total_seconds()))


def now() -> datetime:
    """The present there."""
    if not _shared:
        name = os.environ.get(CLOCK)
        if not name:
            return _told()
        with Path(name).open("rb") as file:
            _shared.append(mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ))
    (seconds,) = struct.unpack("d", _shared[0][:8])
    return datetime.now(UTC) + timedelta(seconds=seconds)


def take_over() -> None:
    """Every module that has the desk's clock has this one."""
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is _told and module.__name__ != __name__:
                setattr(module, name, now)
