"""How the words of a notice are drawn: a mail's HTML, a card on LINE, and what stands in either by itself."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from channels.line import drawing
from server.database import now
from server.errors import Invalid
from server.notices import blocks, linting, markup, reference, samples, values, wording
from server.notices.blocks import Button, Heading, Paragraph, Row
from server.notices.clock import Calendar
from server.notices.wording import Setting, Words

SETTING = Setting("ja", ZoneInfo("Asia/Tokyo"), Calendar())
TEXT = """山田 様

ご注文番号：R-1
お届け予定日: 11月25日(水)
配送状況を確認する: https://carrier.example/?n=1&m=2

─ ご注文内容 ─
・煎茶 <100g> × 2  3,960円
10:00 から 12:00 まで

────────────
緑茶堂
https://shop.example/
"""


def said(sample: str = "full", **shop: str) -> values.Values:
    """The values of a made-up order."""
    made = samples.sample(sample, "ja", now())
    about = values.Shop(**{"name": "緑茶堂", **shop})
    return values.of(made.matter, "shipment:s", customer=made.customer, language="ja", shop=about)


def test_the_lines_of_a_text_are_what_people_mean_by_them() -> None:
    body, foot = blocks.read(TEXT)
    assert body == (
        Paragraph(("山田 様",)),
        Row("ご注文番号", "R-1"),
        Row("お届け予定日", "11月25日(水)"),
        Button("配送状況を確認する", "https://carrier.example/?n=1&m=2"),
        Heading("ご注文内容"),
        Row("煎茶 <100g> × 2", "3,960円", True),
        Paragraph(("10:00 から 12:00 まで",)),
    )
    assert foot == (Paragraph(("緑茶堂",)), Button("", "https://shop.example/"))


def test_a_sentence_with_a_colon_is_no_label() -> None:
    body, _ = blocks.read("We are sorry: it will take longer.\n\nNew date: Monday, November 23\n")
    assert body == (Paragraph(("We are sorry: it will take longer.",)), Row("New date", "Monday, November 23"))


def test_a_signature_between_lines_is_the_foot() -> None:
    body, foot = blocks.read("本文\n\n────\n緑茶堂\n────\n〒100-0001 千代田区1-1\nTEL 03-0000-0000\n────\n")
    assert body == (Paragraph(("本文",)),)
    assert [each for each in foot if isinstance(each, Paragraph)] == [
        Paragraph(("緑茶堂",)),
        Paragraph(("〒100-0001 千代田区1-1", "TEL 03-0000-0000")),
    ]
    assert blocks.read("一\n\n────\nご注文番号: R-1\n────\n緑茶堂").foot == (Paragraph(("緑茶堂",)),)


def test_a_mail_is_drawn_of_its_text_and_nothing_in_it_is_markup() -> None:
    body, foot = markup.letter(TEXT, "#2f5d50")
    assert 'href="https://carrier.example/?n=1&amp;m=2"' in body and "煎茶 &lt;100g&gt; × 2" in body
    assert foot == '緑茶堂<br>\n<a href="https://shop.example/">https://shop.example/</a>'
    assert (markup.ink("#2f5d50"), markup.ink("#ffe08a")) == ("#ffffff", "#1f2328")


def test_a_mails_own_html_stands_in_the_layout_or_is_the_whole_page() -> None:
    pieces = {"_layout": "<html><main>{{ letter }}</main><small>{{ foot }}</small></html>"}
    own = Words("件名", "本文 <1>\n\n──\n足", html="<h1>{{ order.number }} <{{ customer.name }}></h1>{{ letter }}")
    made = wording.letter(own, said(), SETTING, pieces, "email")
    assert "<main><h1>R-2026-00123 <山田 花子></h1>" in made.html and "本文 &lt;1&gt;" in made.html
    assert made.html.endswith("<small>足</small></html>")
    whole = own._replace(html="<html><body>{{ shop.name }}</body></html>")
    evil = said(name="<script>alert(1)</script>")
    assert wording.letter(whole, evil, SETTING, pieces, "email").html == (
        "<html><body>&lt;script&gt;alert(1)&lt;/script&gt;</body></html>"
    )
    found = linting.faults(own._replace(html="<script>x</script>"), channel="email", purpose="", pieces=pieces)
    assert found == ["A mail's HTML has no scripts, forms or frames."]


OWN = """{"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [
  {% for line in order.lines %}{"type": "text", "text": "{{ line.name }}"},{% endfor %}
  {"type": "text", "text": "{{ parcel.carrier }}"},
]}, "footer": {"type": "box", "layout": "vertical", "contents": [
  {"type": "button", "action": {"type": "uri", "label": "追跡", "uri": "{{ parcel.tracking_url }}"}},
  {"type": "text", "text": "x"}
]}}"""


def test_a_card_of_ones_own_stands_whatever_the_values_are() -> None:
    words = Words("題", "本文", card=OWN)
    full = wording.letter(words, said(), SETTING, {}, "line")
    bare = wording.letter(words, said("bare"), SETTING, {}, "line")
    for made in (full, bare):
        assert made.rich is not None and made.rich.alt == "題\n本文" and made.rich.instead
        assert drawing.draw(made.rich, (), loopback=False)
    assert "追跡" in full.card and "追跡" not in bare.card
    quoted = 'お茶 "極" \\\n{"type"'
    made = wording.letter(
        words._replace(card=OWN.replace("line.name", "shop.name")), said(name=quoted), SETTING, {}, "line"
    )
    assert json.loads(made.card)["body"]["contents"][0]["text"] == quoted
    with pytest.raises(Invalid, match="The card cannot be filled in"):
        wording.letter(words._replace(card='{"type": "bubble"'), said(), SETTING, {}, "line")
    assert wording.letter(Words("", "本文だけ"), said(), SETTING, {}, "line").rich is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_value_is_described_with_an_example(language: str) -> None:
    assert reference.names() == set(reference.DESCRIBED)
    by_use = {each.use: each for each in reference.all(language, now())}
    total = by_use["{{ order.total | 円 }}" if language == "ja" else "{{ order.total | money }}"]
    assert (total.kind, total.example) == ("amount", "6,380円" if language == "ja" else "¥6,380")
    assert all(each.words and "{{" not in each.example for each in by_use.values())
