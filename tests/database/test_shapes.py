"""Structs that are read for the first time by several threads at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

import msgspec


def test_threads_that_read_into_a_struct_first_do_not_end_the_process() -> None:
    """Without `prepare` this process ended by SIGSEGV in eight of eight runs."""
    ran = subprocess.run([sys.executable, __file__], cwd=Path(__file__).parents[2], timeout=300)
    assert ran.returncode == 0


def main() -> None:
    """A desk's database is opened, and four threads read into every struct of a desk."""
    import server.app
    from server.database import Database, open_engine

    Database(open_engine("sqlite:///nowhere.db"))
    assert server.app
    said = {shape: msgspec.json.encode(dict.fromkeys(shape.__struct_encode_fields__, 0)) for shape in _all()}
    assert len(said) > 600
    begin = threading.Barrier(4)

    def read() -> None:
        begin.wait()
        for shape, data in said.items():
            with contextlib.suppress(msgspec.ValidationError, TypeError):
                msgspec.json.decode(data, type=shape)

    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _all() -> list[type[msgspec.Struct]]:
    found = [msgspec.Struct]
    for shape in found:
        found += shape.__subclasses__()
    return sorted(set(found[1:]), key=lambda shape: (shape.__module__, shape.__qualname__))


if __name__ == "__main__":
    main()
