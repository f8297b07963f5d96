"""The words of notices: those that ship are whole, and what an admin writes is looked at before it is sent."""

from __future__ import annotations

import itertools
from zoneinfo import ZoneInfo

import pytest

from channels.line import drawing
from server.database import now
from server.errors import Invalid
from server.notices import kinds, linting, samples, templates, trying, values, wording
from server.notices.clock import Calendar
from server.notices.templates import TemplateDraft
from server.notices.wording import Setting, Words
from tests.desks import TestDesk

PLACES = [
    (kind.name, channel, language)
    for kind in kinds.SHIPPED_WITH
    for language in ("ja", "en")
    for channel in wording.CHANNELS
    if wording.shipped(kind.name, channel, language) is not None
]
SETTING = Setting("ja", ZoneInfo("Asia/Tokyo"), Calendar())


def test_every_kind_has_mail_and_a_card_in_both_languages() -> None:
    assert set(PLACES) == {
        (kind.name, channel, language)
        for kind in kinds.SHIPPED_WITH
        for channel in wording.CHANNELS
        for language in ("ja", "en")
    }


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("channel", wording.CHANNELS)
def test_what_ships_is_whole_whatever_a_source_told(channel: str, language: str) -> None:
    shop = values.Shop(name="緑茶堂 & Tea", footer="03-0000-0000", seller="責任者 佐藤", legal="緑茶堂")
    setting = SETTING._replace(language=language)
    pieces = {
        part: words.text
        for part in wording.PARTS
        if (words := wording.shipped(part, channel, language) or wording.shipped(part, "email", language)) is not None
    }
    for kind, sample in itertools.product(kinds.SHIPPED_WITH, samples.SAMPLES):
        words = wording.shipped(kind.name, channel, language)
        assert words is not None
        assert linting.faults(words, channel=channel, purpose=kind.purpose, pieces=pieces) == [], kind.name
        about = samples.sample(sample, language, now())
        stop = "https://desk.example/stop" if kind.purpose == "advertising" else ""
        part = trying.part_of(kind, about.matter)
        said = values.of(
            about.matter, part, customer=about.customer, language=language, shop=shop, unsubscribe_url=stop
        )
        made = wording.letter(words, said, setting, pieces, channel)
        assert linting.empty(words, said, setting, pieces) == [], (kind.name, sample)
        whole = made.subject + made.text
        assert "{" not in whole and "None" not in whole and ": \n" not in whole and "\n\n\n" not in whole, made
        assert made.subject and (stop in made.text)
        if sample == "full":
            assert ("山田 花子 様" if language == "ja" else "Hanako Yamada") in whole, kind.name
        if channel == "email":
            assert made.card == "" and made.html.startswith("<!DOCTYPE html>") and "緑茶堂 &amp; Tea" in made.html
            assert made.html.count("<table") == made.html.count("</table>") and "責任者 佐藤" in made.html
        else:
            assert made.rich is not None and made.html == "", kind.name
            assert drawing.draw(made.rich, (), loopback=False)


def look(text: str, *, subject: str = "件名", purpose: str = "transactional") -> list[str]:
    """What is wrong with a mail's words."""
    pieces = {"_lines": "{{ order.total }}"}
    return linting.faults(Words(subject, text), channel="email", purpose=purpose, pieces=pieces)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{{ customer.nmae }}", "There is no value named customer.nmae."),
        ("{{ nobody }}", "There is no value named nobody."),
        ("{% for line in order.lines %}{{ line.colour }}{% endfor %}", "There is no value named line.colour."),
        ("{{ order.number.x }}", "There is no value named order.number.x."),
        ("{name}様", "A brace is left over."),
        ("お客様がおっしゃられた件", "Doubly polite: おっしゃられ"),
        ("{% if order.gift %}", "Line 1: "),
        ("", "The text is missing."),
    ],
)
def test_what_is_wrong_is_said(text: str, fault: str) -> None:
    assert any(said.startswith(fault) for said in look(text)), look(text)


def test_loops_and_pieces_of_ours_are_right() -> None:
    whole = "{% for line in order.lines %}{{ loop.index }} {{ line.name }}{% endfor %}{% include '_lines' %}"
    assert look(whole + "{% set a = order.total %}{{ a | money }}{{ order.at | business(3) | day }}") == []


def test_advertising_says_how_to_end_it_and_a_notice_about_an_order_does_not() -> None:
    assert look("やめる", purpose="advertising") == [
        "Advertising must say how to end it: {{ unsubscribe_url }}",
        "Advertising must say who sends it: {{ shop.legal }}",
    ]
    assert look("{{ unsubscribe_url }}{{ shop.legal }}", purpose="advertising") == []
    assert look("{{ unsubscribe_url }}") == ["A notice about an order has nothing to unsubscribe from."]


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ customer.__init__.__globals__ }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 99999999 }}",
        "{% for a in range(99999999) %}x{% endfor %}",
        "{{ lipsum(9999) }}",
        "{{ order.lines[99].name }}",
        "{% include 'other' %}",
    ],
)
def test_a_template_cannot_reach_out_or_run_away(hostile: str) -> None:
    said = values.of(samples.sample("full", "ja", now()).matter, "", customer=None, language="ja", shop=values.Shop())
    with pytest.raises(Invalid, match="cannot be filled in"):
        wording.fill(Words("", hostile), said, SETTING, {})


async def test_versions_stay_and_one_goes_back(desk: TestDesk) -> None:
    ours = await desk.database.read(templates.view, "thanks", "email", "ja")
    assert ours.version == 0
    draft = TemplateDraft(subject="お礼", text="{{ customer.called }} ありがとう")
    first = await desk.database.write(templates.save, desk.agent, "thanks", "email", "ja", draft, seen=0)
    assert (first.version, first.by) == (1, desk.agent.actor)
    made = await desk.database.read(trying.preview, "thanks", "email", "ja")
    assert (made.subject, made.text) == ("お礼", "山田 花子 様 ありがとう\n")
    with pytest.raises(Invalid):
        wrong = TemplateDraft(subject="x", text="{{ custmer.called }}")
        await desk.database.write(templates.save, desk.agent, "thanks", "email", "ja", wrong, seen=1)
    back = await desk.database.write(templates.roll_back, desk.agent, "thanks", "email", "ja", 0)
    assert (back.version, back.text) == (2, ours.text)
    assert [each.version for each in await desk.database.read(templates.versions, "thanks", "email", "ja")] == [2, 1, 0]


async def test_a_test_letter_leaves(desk: TestDesk) -> None:
    await desk.database.write(trying.send_test, desk.agent, "shipped", "email", "en", "me@shop.example")
    (letter,) = await desk.database.read(lambda tx: tx.all("SELECT * FROM letter"))
    assert letter.recipient == "me@shop.example" and letter.subject.startswith("[TEST] ")
    with pytest.raises(Invalid):
        await desk.database.write(trying.send_test, desk.agent, "shipped", "email", "en", "nowhere")
