"""What the browser code weighs, and that its lock names no registry."""

from __future__ import annotations

import gzip
import json
import re

from widgets.build import DIST, HERE


def test_the_console_weighs_little() -> None:
    made = json.loads((DIST / "manifest.json").read_text())
    weight = sum(len(gzip.compress((DIST / made[name]).read_bytes(), 9)) for name in ("console.js", "console.css"))
    assert weight <= 115_000


def test_the_lock_says_what_but_not_where_from() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages and all("resolved" not in package and "integrity" in package for package in packages)
    assert not re.search(r"registry\.|npmjs", (HERE / "package-lock.json").read_text())
