"""Starting a server without what its libraries would load for parts of themselves that are not used here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

UNUSED = ("redis", "requests")
"""python-socketio's manager for several processes, and its client that blocks: 10 MB."""


@contextmanager
def left_out() -> Iterator[None]:
    """Whoever is imported meanwhile and can do without these does; afterwards they can be imported again."""
    missing = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None is Python's sign for "not to be found"
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]
