"""What the desk refuses, it refuses in the reader's language: every sentence that an action raises is in the
catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from server.web.wrong import said

ROOT = Path(__file__).parents[2] / "server"
FAILURES = {"Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooLarge", "TooMany", "Unavailable"}
OF_THE_COMMAND_LINE = ("commands", "backup.py")
"""Read by whoever runs the server, in a terminal that speaks English."""
HOLLOW = {"{said}"}
"""Carries the words of a channel, which it words itself."""


def refusals(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in FAILURES:
            told = list(call.args[:1])
            for keyword in call.keywords:
                if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
                    told += keyword.value.values
            for each in told:
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
                    yield each.value


def test_every_refusal_speaks_japanese() -> None:
    found: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if not path.relative_to(ROOT).parts[0].startswith(OF_THE_COMMAND_LINE):
            found |= dict.fromkeys(refusals(ast.parse(path.read_text())), path.name)
    assert len(found) > 200
    assert {words: name for words, name in found.items() if words not in HOLLOW and said("ja", words) == words} == {}
