"""The language of mappings: what it can say, and how it says what is wrong."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.customers.sources import mapping
from server.customers.sources.mapping import Unmapped, make
from server.customers.sources.mapping.records import reads
from server.customers.store.facts import CustomerFact, OrderFact
from server.errors import Invalid

DOCS = Path(__file__).parents[3] / "docs" / "sources.md"
HEAD = 'mapping = 1\nname = "x"\nkind = "file"\n'


def customer(fields: str, record: dict[str, Any], *, more: str = "", stream: str = "") -> Any:
    """A record as a customer."""
    head = f'{HEAD}{more}\n[[stream]]\nname = "c"\nfact = "customer"\n{stream}\n'
    text = f'{head}[stream.fields]\nexternal_id = "id"\n{fields}'
    found = mapping.read(text)
    fact = make(found, found.stream[0], {"id": 7, **record}, source="x", row=3).fact
    assert isinstance(fact, CustomerFact)
    return fact


def order(fields: str, record: dict[str, Any], *, stream: str = "") -> Any:
    """A record as an order."""
    text = (
        f'{HEAD}\n[[stream]]\nname = "o"\nfact = "order"\n{stream}\n[stream.fields]\nexternal_id = "id"\n'
        f'ordered_at = {{ constant = "2026-11-01T00:00:00Z" }}\n{fields}'
    )
    found = mapping.read(text)
    fact = make(found, found.stream[0], {"id": 7, **record}, source="x").fact
    assert isinstance(fact, OrderFact)
    return fact


@pytest.mark.parametrize(
    ("rule", "value", "day"),
    [
        ('"birth"', "1980-03-04", date(1980, 3, 4)),
        ('"birth"', "昭和55年3月4日", date(1980, 3, 4)),
        ('"birth"', "S55.3.4", date(1980, 3, 4)),
        ('"birth"', "令和元年５月１日", date(2019, 5, 1)),
        ('{ from = "birth", format = "%d.%m.%y" }', "04.03.80", date(1980, 3, 4)),
        ('{ from = "birth", format = "excel" }', 29284, date(1980, 3, 4)),
        ('{ from = "birth", format = "unix", zone = "Asia/Tokyo" }', 321030000, date(1980, 3, 5)),
        ('{ from = "birth", order = "dmy" }', "04/03/1980", date(1980, 3, 4)),
        ('"birth"', "0000-00-00", None),
        ('{ from = "birth", empty = ["1900-01-01"] }', "1900-01-01", None),
        ('"birth"', datetime(1980, 3, 3, 16, tzinfo=UTC), date(1980, 3, 4)),
    ],
)
def test_dates_in_every_writing(rule: str, value: Any, day: date | None) -> None:
    assert customer(f"birthday = {rule}", {"birth": value}).birthday == day


@pytest.mark.parametrize(
    ("rule", "value", "amount"),
    [
        ('"t"', "¥1,234", "1234"),
        ('"t"', "１，２３４円", "1234"),
        ('"t"', "△500", "-500"),
        ('"t"', 19.99, "19.99"),
        ('{ from = "t", scale = "0.01" }', 1999, "19.99"),
        ('{ from = "t", match = "合計(.+)円" }', "合計1,000円(税込)", "1000"),
        ('{ sum = ["t", "u", "v"] }', "1,000", "1100"),
        ('{ first = ["v", "t"] }', "70", "70"),
        ('{ from = "v", otherwise = 0 }', "70", "0"),
    ],
)
def test_numbers_in_every_writing(rule: str, value: Any, amount: str) -> None:
    assert order(f"total = {rule}", {"t": value, "u": 100, "v": None}).total == Decimal(amount)


def test_moments_are_of_the_mappings_zone_unless_they_say_theirs() -> None:
    local, own = {"at": "2026/11/01 09:30"}, {"at": "2026-11-01T09:30:00+02:00"}
    assert order('status_at = "at"', local).status_at == datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    assert order('status_at = "at"', own).status_at == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    zoned = order('status_at = { from = "at", zone = "America/New_York" }', local)
    assert zoned.status_at == datetime(2026, 11, 1, 14, 30, tzinfo=UTC)


def test_names_are_joined_codes_translated_and_constants_set() -> None:
    fact = customer(
        'name = { join = ["sei", "mei"], by = "　" }\nsex = { from = "s", codes = "sex" }\nmember_rank = "=gold"\n'
        'vip = { from = "v" }\ntags = { from = "t", split = "/" }\n'
        'language = { from = "l", codes = { ja-JP = "ja", en-US = "en" }, otherwise = "en" }',
        {"sei": "髙橋", "mei": "花子", "s": "Ｆ", "v": "○", "t": "甲/乙/", "l": "fr"},
        more='[codes.sex]\nF = "female"\nM = "male"\n"" = ""',
    )
    assert (fact.name, fact.sex, fact.member_rank, fact.vip, fact.tags, fact.language) == (
        "髙橋　花子", "female", "gold", True, ["甲", "乙"], "en"
    )  # fmt: skip


def test_conditions_choose_and_what_only_the_mapping_says_is_no_item() -> None:
    fields = """
status.first = [{ if = "gone", constant = "cancelled" }, { from = "s", codes = { "" = "placed", full = "shipped" } }]
lines = { each = "items[*]", if = "kind", is = ["goods"], sku = "sku", price = "p", name.first = ["name", "$.number"] }
gift = { if = "wrap", is = [1, "yes"], constant = true }
recipient = { from = "to", name = "who", address = { postal_code = "zip", country = "=JP" } }
[[stream.fields.payments]]
external_id = { from = "pay", prefix = "p-" }
at = "paid_at"
method = "=card"
"""
    record = {
        "number": "R-1", "gone": None, "s": None, "wrap": "YES", "to": {"who": "花子", "zip": ""}, "pay": None,
        "items": [{"kind": "goods", "sku": "T", "p": "1"}, {"kind": "shipping", "p": "2"}],
    }  # fmt: skip
    fact = order(fields, record)
    assert (fact.status, fact.gift, fact.payments) == ("placed", True, [])
    assert [(line.sku, line.name) for line in fact.lines] == [("T", "R-1")]
    assert fact.recipient is not None and (fact.recipient.name, fact.recipient.address) == ("花子", None)
    paid = order(fields, {**record, "gone": "2026-11-02", "pay": 5, "paid_at": "2026-11-01", "to": None})
    assert (paid.status, paid.payments[0].external_id, paid.recipient) == ("cancelled", "p-5", None)


def test_paths_lead_through_lists_keys_and_odd_names() -> None:
    record = {"meta": [{"key": "a", "value": 1}, {"key": "_kana", "value": "ヤマダ"}], "注文者.姓": "山田",
              "a b": {"c.d": "x"}, "tags": [{"n": "一"}, {"n": None}, {"n": "二"}]}  # fmt: skip
    fact = customer(
        'kana = "meta[key=_kana].value"\nname = "注文者.姓"\ncompany = \'["a b"]["c.d"]\'\ntags = "tags[*].n"', record
    )
    assert (fact.kana, fact.name, fact.company, fact.tags) == ("ヤマダ", "山田", "x", ["一", "二"])


def test_the_revision_is_when_it_changed_unless_the_mapping_says_more() -> None:
    changed = customer("", {"u": "2026-11-01 09:00"}, stream='updated = "u"')
    assert changed.revision == datetime(2026, 11, 1, tzinfo=UTC)
    assert customer('revision = "v"', {"u": "2026-11-01", "v": "12"}, stream='updated = "u"').revision == 12


def test_everything_that_is_wrong_with_a_record_is_said_with_place_field_row_and_value() -> None:
    with pytest.raises(Unmapped) as error:
        customer('birthday = "b"\nsex = { from = "s", codes = { M = "male" } }\nvip = "v"\ncompany = "o"',
                 {"b": "昨日", "s": "Q", "v": "たぶん", "o": {"name": "x"}})  # fmt: skip
    said = {each.place: (each.row, each.field, each.value) for each in error.value.troubles}
    assert said == {
        "stream.c.fields.birthday": (3, "b", "昨日"),
        "stream.c.fields.sex": (3, "s", "Q"),
        "stream.c.fields.vip": (3, "v", "たぶん"),
        "stream.c.fields.company": (3, "o", "{'name': 'x'}"),
    }
    with pytest.raises(Unmapped) as error:
        order('lines = { each = "l[*]", quantity = "q" }', {"l": [{"q": 1}, {"q": -2}]})
    (trouble,) = error.value.troubles
    assert (trouble.place, trouble.field, trouble.value) == ("stream.o.fields.lines[1].quantity", "q", "-2")


@pytest.mark.parametrize(
    ("wrong", "place", "words"),
    [
        ("mapping = 1", "mapping", "TOML"),
        ("birthdy = 'b'", "stream.c.fields.birthdy", "is no field of CustomerFact"),
        ("birthday = 'b.['", "stream.c.fields.birthday", "cannot be read"),
        ("birthday = { from = 'b', format = 'yyyy' }", "stream.c.fields.birthday", "is no format"),
        ("birthday = { form = 'b' }", "stream.c.fields.birthday", "unknown field form"),
        ("birthday = { from = 'b', constant = 'c' }", "stream.c.fields.birthday", "wants one of"),
        ("sex = { from = 's', codes = { x = 'person' } }", "stream.c.fields.sex", "is not one of"),
        ("sex = { from = 's', codes = 'nix' }", "stream.c.fields.sex", "no table of codes named nix"),
        ("vip = { from = 'v', zone = 'Asia/Edo' }", "stream.c.fields.vip", "no time zone"),
        ("vip = { from = 'v', match = '(' }", "stream.c.fields.vip", "missing )"),
        ("birthday = '=tomorrow'", "stream.c.fields.birthday", "tomorrow"),
        ("contacts = { address = 'e' }", "stream.c.fields.contacts.kind", "is wanted"),
        ("name = { from = 'n', scale = 2 }", "stream.c.fields.name", "has a scale"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_by_its_place(wrong: str, place: str, words: str) -> None:
    with pytest.raises(Invalid) as error:
        customer(wrong, {}, more="mapping = 2" if wrong == "mapping = 1" else "")
    assert words in error.value.fields[place]


def test_names_that_nobody_fills_in_are_refused() -> None:
    http = '[http]\nbase = "${shop}"\n[[stream]]\nname = "c"\nfact = "customer"\npath = "/${nix}"\n'
    text = HEAD.replace("file", "http") + http + '[stream.fields]\nexternal_id = "id"'
    with pytest.raises(Invalid) as error:
        mapping.read(text)
    assert error.value.fields.keys() == {"http.base", "stream.c.path"}


def test_the_mappings_of_the_documents_can_be_read() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.S)
    shop = mapping.read(blocks[0])
    assert {"order_no", "items", "update_date"} <= reads(shop.named("orders"))
    assert len(blocks) == 4
    fields = '[stream.fields]\nexternal_id = "id"\nordered_at = "created_at"\n[[stream.find]]'
    head = (
        'mapping = 1\nname = "x"\nkind = "http"\n[parameters.shop]\n[parameters.token]\n[parameters.webhook_secret]\n'
    )
    whole = mapping.read(head + blocks[1].replace("[[stream.find]]", fields) + blocks[3])
    assert whole.hook is not None and whole.stream[0].find[0].by == "customer"
    file = HEAD + blocks[2] + '[[stream]]\nname = "c"\nfact = "customer"\n[stream.fields]\nexternal_id = "id"'
    assert mapping.read(file).file is not None
