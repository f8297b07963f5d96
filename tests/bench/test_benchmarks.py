"""Each benchmark runs to its end and answers as it is documented."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path

import pytest

from bench.__main__ import NAMES, main
from bench.data import Writer
from bench.letters import Post
from bench.measuring import Ratio, Report, percentile

MORE = {"mails": ["--only-sqlite"], "faq": ["--families", "travel,retail"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_run_prints_one_json_object_with_figures_and_ratios(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--quick", "--json", "--place", str(tmp_path), *MORE.get(name, [])]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["benchmark"] == name
    assert all(figure["value"] > 0 and figure["unit"] for figure in found["figures"].values())
    assert found["ratios"]
    assert not list(tmp_path.glob("*.db")), "a quick run leaves nothing behind"


def test_without_a_name_the_benchmarks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in NAMES)


def test_the_same_seed_writes_the_same() -> None:
    assert Post(3).mails(20) == Post(3).mails(20)
    assert Post(3).mails(20) != Post(4).mails(20)
    assert Writer(1).person(7) == Writer(1).person(7)


def test_the_mails_are_of_the_size_and_kind_of_real_ones() -> None:
    mails = [message_from_bytes(raw) for raw in Post(1).mails(400)]
    sizes = [len(raw) for raw in Post(1).mails(400)]
    assert 3_000 < sum(sizes) / len(sizes) < 4_500
    assert 80 < sum(1 for mail in mails if mail["References"]) < 200
    charsets = {part.get_content_charset() for mail in mails for part in mail.walk()}
    assert charsets >= {"utf-8", "iso-2022-jp"}
    assert any(part.get_filename() for mail in mails for part in mail.walk())


def test_ratios_are_formed_run_by_run_and_held_against_their_goal() -> None:
    report = Report("test")
    report.add("ours", [2.0, 3.0, 8.0], "ms")
    report.add("floor", [1.0, 3.0, 2.0], "ms")
    report.ratio("ours over floor", "ours", "floor", "<= 2.5")
    report.ratio("not measured", "ours", "nothing")
    assert report.ratios == {"ours over floor": Ratio(2.0, "<= 2.5")}
    assert report.ratios["ours over floor"].met
    assert not Ratio(0.3, ">= 0.35").met
    assert Ratio(1.0).met is None
    assert percentile([5, 1, 4, 2, 3], 50) == 3
    assert percentile([1, 2], 99) == 2
