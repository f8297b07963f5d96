"""What the browser code weighs, and that its lock names no registry."""

from __future__ import annotations

import gzip
import json
import re

from widgets.build import DIST, HERE

IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*"\./([\w-]+\.js)\"""")


def brought(script: str) -> set[str]:
    """A script and everything that it imports at once, and they in turn: what a browser waits for."""
    found, wanted = {script}, [script]
    while wanted:
        inside = set(IMPORT.findall((DIST / wanted.pop()).read_text()))
        wanted += inside - found
        found |= inside
    return found


def test_the_console_weighs_little() -> None:
    made = json.loads((DIST / "manifest.json").read_text())
    files = brought(made["console.js"]) | {made["console.css"]}
    assert made["console-shared.js"] in files
    assert made["console-later.js"] not in files
    assert sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in files) <= 90_000


def test_what_comes_later_brings_its_own_words() -> None:
    made = json.loads((DIST / "manifest.json").read_text())
    first, later = ((DIST / made[name]).read_text() for name in ("console-shared.js", "console-later.js"))
    for words in ("次のチケット", "返信を書く…"):
        assert words in first and words not in later
    assert "メールアドレスが同じ" in later and "メールアドレスが同じ" not in first


def test_the_lock_says_what_but_not_where_from() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages and all("resolved" not in package and "integrity" in package for package in packages)
    assert not re.search(r"registry\.|npmjs", (HERE / "package-lock.json").read_text())
