"""The words of notices: those that ship are whole, and what an admin writes is looked at before it is sent."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from server.database import now
from server.errors import Invalid
from server.notices import kinds, templates, values, wording
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


def test_every_kind_has_mail_in_both_languages() -> None:
    mails = {(kind, language) for kind, channel, language in PLACES if channel == "email"}
    assert mails == {(kind.name, language) for kind in kinds.SHIPPED_WITH for language in ("ja", "en")}


async def test_what_ships_is_whole(desk: TestDesk) -> None:
    for kind, channel, language in PLACES:
        made = await desk.database.read(templates.preview, kind, channel, language)
        assert made.faults == [], (kind, channel, language)
        assert "{" not in made.subject + made.text and "None" not in made.text, made
        assert "山田 花子" in made.text
        assert bool(made.subject) is (channel == "email")


def look(text: str, *, subject: str = "件名", purpose: str = "transactional") -> list[str]:
    """What is wrong with a mail's words."""
    return wording.lint(Words(subject, text), channel="email", purpose=purpose, pieces={"_lines": "{{ order.total }}"})


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
    assert look("やめる", purpose="advertising") == ["Advertising must say how to end it: {{ unsubscribe_url }}"]
    assert look("{{ unsubscribe_url }}", purpose="advertising") == []
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
    said = values.of(templates.a_matter(now()), "", customer=None, language="ja", shop=values.Shop())
    with pytest.raises(Invalid, match="cannot be filled in"):
        wording.fill(Words("", hostile), said, SETTING, {})


async def test_versions_stay_and_one_goes_back(desk: TestDesk) -> None:
    ours = await desk.database.read(templates.view, "thanks", "email", "ja")
    assert ours.version == 0
    draft = TemplateDraft(subject="お礼", text="{{ customer.called }} ありがとう")
    first = await desk.database.write(templates.save, desk.agent, "thanks", "email", "ja", draft, seen=0)
    assert (first.version, first.by) == (1, desk.agent.actor)
    made = await desk.database.read(templates.preview, "thanks", "email", "ja")
    assert (made.subject, made.text) == ("お礼", "山田 花子 様 ありがとう\n")
    with pytest.raises(Invalid):
        wrong = TemplateDraft(subject="x", text="{{ custmer.called }}")
        await desk.database.write(templates.save, desk.agent, "thanks", "email", "ja", wrong, seen=1)
    back = await desk.database.write(templates.roll_back, desk.agent, "thanks", "email", "ja", 0)
    assert (back.version, back.text) == (2, ours.text)
    assert [each.version for each in await desk.database.read(templates.versions, "thanks", "email", "ja")] == [2, 1, 0]


async def test_a_test_letter_leaves(desk: TestDesk) -> None:
    await desk.database.write(templates.send_test, desk.agent, "shipped", "en", "me@shop.example")
    (letter,) = await desk.database.read(lambda tx: tx.all("SELECT * FROM letter"))
    assert letter.recipient == "me@shop.example" and letter.subject.startswith("[TEST] ")
    with pytest.raises(Invalid):
        await desk.database.write(templates.send_test, desk.agent, "shipped", "en", "nowhere")
