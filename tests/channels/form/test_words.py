"""Everything that forms, calls and the API say is there in Japanese too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from channels.api import ApiChannel
from channels.form import FormChannel
from channels.form.pages import TEMPLATES
from channels.phone import PhoneChannel
from channels.wording import LOCALE, catalogue

FORM = Path(__file__).parents[3] / "channels" / "form"


def in_fields() -> Iterator[str]:
    """Labels, helps, sections and choices of the admin pages."""
    for channel in (FormChannel, PhoneChannel, ApiChannel):
        yield channel.label
        for field in channel.fields:
            yield from (field.label, field.help, field.section, *(label for _, label in field.choices))


def in_templates() -> Iterator[str]:
    """What the pages say."""
    for path in TEMPLATES.glob("*.html"):
        yield from re.findall(r"""\b_\(["'](.+?)["']\)""", path.read_text("utf-8"))


def in_code() -> Iterator[str]:
    """What is said to a customer or an admin: sentences that are no docstrings, no exceptions and no logs."""
    for name in ("checks.py", "judging.py", "answers.py", "definition.py"):
        tree = ast.parse((FORM / name).read_text("utf-8"))
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                yield from (arg.value for arg in node.args[1:2] if isinstance(arg, ast.Constant))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docs:
                yield from re.findall(r"^[A-Z{].* .*[.)}]$", node.value)


@pytest.mark.parametrize("source", [in_fields, in_templates, in_code])
def test_every_word_has_its_japanese(source: object) -> None:
    assert callable(source)
    words = {
        text
        for text in source()
        if text.strip() and not re.fullmatch(r"[^A-Za-z]*|\{words\}|\[.*\]|API|whsec_.*|https.*", text)
    }
    assert words
    assert sorted(words - catalogue("ja").keys()) == []


def test_both_languages_have_the_same_places() -> None:
    with (LOCALE / "ja" / "form.po").open("rb") as file:
        words = {str(message.id): str(message.string) for message in read_po(file, locale="ja") if message.id}
    for text, japanese in words.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", japanese)), text
