"""The pages around the console: its shell, its built files, and their words."""

from __future__ import annotations

import ast
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.wording import catalogue
from server.database import Engine
from server.errors import DeskError
from server.events import KINDS
from server.web import pages, problems
from server.web.browsers import short_name
from server.web.doors import ROOT
from server.web.reading import BadRequest, UnsupportedMediaType
from tests.web.house import House, open_house

TEMPLATES = [path for folder in ("layout", "sign-in", "api") for path in (ROOT / "templates" / folder).glob("*.html")]
FAMILY = {kind.__name__ for kind in (*DeskError.__subclasses__(), BadRequest, UnsupportedMediaType)}


async def test_built_files_named_by_their_content_are_kept_for_ever(engine: Engine, tmp_path: Path) -> None:
    built = tmp_path / "dist"
    built.mkdir()
    (built / "console-WP6QG7UF.js").write_text("1")
    (built / "plain.js").write_text("2")
    (built / "manifest.json").write_text('{"console.js": "console-WP6QG7UF.js"}')
    (built / "console-WP6QG7UF.js.gz").write_bytes(gzip.compress(b"1"))
    async with open_house(engine, tmp_path, assets=built) as house:
        browser = house.stranger()
        for offer, coding in (("gzip", "gzip"), ("identity", None)):
            answer = await browser.page("/assets/console-WP6QG7UF.js", **{"Accept-Encoding": offer})
            assert (answer.text, answer.headers.get("Content-Encoding")) == ("1", coding)
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert "immutable" in answer.headers["Cache-Control"]
        assert pages.asset_url(house.doors, "console.js") == "/assets/console-WP6QG7UF.js"
        kept = await browser.page("/assets/console-WP6QG7UF.js")
        assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert kept.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert (await browser.page("/assets/plain.js")).headers["Cache-Control"] == "no-cache"
        style = await browser.page(pages.asset_url(house.doors, "page.css"))
        assert "immutable" in style.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["..%2Fmanifest.json", "%2e%2e/secrets", "nothing.js", "base.html", ".hidden", "%00.js"]
)
async def test_nothing_else_is_handed_out_as_a_built_file(small_house: House, name: str) -> None:
    assert (await small_house.stranger().page(f"/assets/{name}")).status == 404


async def test_the_console_is_for_whoever_is_signed_in(small_house: House) -> None:
    assert (await small_house.stranger().page("/")).headers["Location"] == "/console"
    assert (await small_house.stranger().page("/console")).status == 303
    viewer = await small_house.at_work("Vi", "viewer")
    for place in ("/console", "/console/tickets/1024"):
        shell = await viewer.page(place)
        assert shell.status == 200 and 'id="console"' in shell.text


async def test_pages_speak_the_readers_language(small_house: House) -> None:
    browser = small_house.stranger()
    assert "サインイン" in (await browser.page("/sign-in", **{"Accept-Language": "ja"})).text
    assert "Password" in (await browser.page("/sign-in", **{"Accept-Language": "en-GB, ja;q=0.5"})).text
    assert "パスワード" in (await browser.page("/sign-in?lang=ja", **{"Accept-Language": "en"})).text


def words_of_templates() -> Iterator[str]:
    for path in TEMPLATES:
        yield from (found[2] for found in re.finditer(r"""_\((["'])((?:(?!\1).)+)\1""", path.read_text("utf-8")))


def words_of_failures() -> Iterator[str]:
    for path in [*(ROOT / "server" / "web").glob("*.py"), *(ROOT / "server" / "web" / "api").glob("*.py"),
                 *(ROOT / "server" / "agents").glob("*.py")]:  # fmt: skip
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAMILY:
                yield from (each.value for each in node.args if isinstance(each, ast.Constant) and each.value)
                for keyword in node.keywords:
                    if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
                        values = keyword.value.values
                        yield from (each.value for each in values if isinstance(each, ast.Constant))


def test_every_word_of_the_doors_has_its_japanese() -> None:
    said = {*words_of_templates(), *words_of_failures(), *(title for _, title in problems.TITLES.values())}
    assert sorted(said - catalogue("ja").keys()) == []


def test_every_kind_of_change_and_every_code_of_a_problem_is_in_the_docs() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    codes = {code for status, (code, _) in problems.TITLES.items() if status not in (405, 416)}
    assert sorted(name for name in {*KINDS, *codes} if f"`{name}`" not in page) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox · Linux"),
        ("curl/8.5", "curl/8.5"),
    ],
)
def test_a_browser_is_named_as_people_know_it(said: str, shown: str) -> None:
    assert short_name(said) == shown
