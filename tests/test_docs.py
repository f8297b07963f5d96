"""The documents are true: every setting is described, every command is named, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from server.commands import cli
from server.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_setting_is_described_in_its_own_words() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "settings.md").read_text())
    for name, field in Settings.model_fields.items():
        assert f"`MADOGUCHI_{name.upper()}`" in page, name
        assert field.description and re.sub(r"\s+", " ", field.description) in page, name


def test_no_setting_is_described_that_is_not_there() -> None:
    known = {f"MADOGUCHI_{name.upper()}" for name in Settings.model_fields}
    for page in PAGES:
        for name in re.findall(r"MADOGUCHI_[A-Z_]+[A-Z]", page.read_text()):
            assert name in known or name.startswith(("MADOGUCHI_TEST", "MADOGUCHI_BENCH")), f"{page.name}: {name}"


def test_every_command_is_named_in_the_documents() -> None:
    words = "\n".join(page.read_text() for page in PAGES)
    for name in typer.main.get_command(cli).commands:  # type: ignore[attr-defined]
        assert re.search(rf"\b{name}\b", words), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_module_says_what_it_is_in_charge_of() -> None:
    for package in ("server", "channels", "bench", "migrations", "widgets"):
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" not in path.parts:
                assert path.read_text().lstrip().startswith('"""'), path
