"""The pages of customers: found, mended, their contacts, addresses and consents, merges; fields, segments, value."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import customers
from server.customers.store import batch
from server.database import Engine
from tests.web.house import House, open_house

AT = "2026-11-01T00:00:00Z"


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk."""
    async with open_house(engine, tmp_path) as house:
        yield house


async def two(house: House) -> tuple[int, int]:
    """A woman whom a shop and a till know."""
    agent = await house.hire("Sora", "agent")
    facts = [
        {"kind": "customer", "source": "shop", "external_id": "c1", "name": "山田 花子", "kana": "ヤマダ ハナコ",
         "birthday": "1984-05-12", "contacts": [{"kind": "email", "address": "hanako@example.jp"}]},
        {"kind": "customer", "source": "till", "external_id": "t1", "name": "ヤマダ ハナコ", "kana": "ヤマダ ハナコ",
         "birthday": "1984-05-12", "contacts": [{"kind": "phone", "address": "090-1234-5678", "verified": False}]},
        {"kind": "order", "source": "shop", "external_id": "1", "number": "R-1001", "customer": "c1", "total": "16000",
         "ordered_at": AT, "lines": [{"name": "湯呑み", "price": "16000"}], "shipments": [
             {"external_id": "s", "carrier": "ヤマト運輸", "tracking_number": "1234-5678-9012"}]},
    ]  # fmt: skip
    told = await house.database.write(batch.tell_all, agent, batch.read(facts), 0)
    first, second = (each.learned.customer or 0 for each in told[:2] if each.learned)
    return first, second


async def test_a_customer_is_found_and_only_what_was_touched_is_the_desks_own(house: House) -> None:
    id, _ = await two(house)
    aoi, lead = await house.at_work(), await house.at_work("Rei", "lead")
    field = {"name": "glaze", "kind": "choice", "label_ja": "釉薬", "choices": "月白\n織部"}
    await lead.page("/admin/customer-fields", field)
    assert "釉薬" in (await lead.page("/admin/customer-fields")).text
    assert f'href="/admin/customers/{id}"' in (await aoi.page("/admin/customers?q=R-1001")).text
    shown = (await aoi.page(f"/admin/customers/{id}")).text.partition("</form>")[0]
    form = {name: value for name, value in re.findall(r'name="([a-z_]+)" type="[a-z]+" value="([^"]*)"', shown)}
    assert form["family_name"] == "山田" and form["birthday"] == "1984-05-12"
    form |= {"version": re.findall(r'name="version" value="(\d+)"', shown)[0], "language": "", "sex": "", "note": ""}
    changed = {**form, "family_name": "佐藤", "vip": "on", "tags": "お得意様、新規", "attribute.glaze": "月白"}
    assert (await aoi.page(f"/admin/customers/{id}", changed)).status == 303
    view = await house.database.read(customers.view, id)
    assert (view.name, view.vip, view.tags) == ("佐藤 花子", True, ["お得意様", "新規"])
    assert (view.attributes, view.birthday) == ({"glaze": "月白"}, "1984-05-12")
    assert {"family_name", "name", "vip", "tags", "attributes.glaze"} <= set(view.kept)
    assert not {"kana", "birthday", "company", "language"} & set(view.kept)
    stale = await aoi.page(f"/admin/customers/{id}", {**form, "company": "緑屋"})
    assert stale.status == 409 and 'value="緑屋"' in stale.text
    changes = (await aoi.page(f"/admin/customers/{id}?show=changes")).text
    assert "Aoi" in changes and "編集" in changes


async def test_contacts_addresses_and_consents_are_kept_with_who_says_so(house: House) -> None:
    id, other = await two(house)
    aoi, viewer = await house.at_work(), await house.at_work("Mi", "viewer")
    here = f"/admin/customers/{id}"
    await aoi.page(f"{here}/contacts", {"do": "add", "kind": "phone", "address": "０３（１２３４）５６７８"})
    taken = await aoi.page(f"{here}/contacts", {"do": "add", "kind": "email", "address": "hanako@example.jp"})
    assert taken.status == 409
    wrong = await aoi.page(f"{here}/contacts", {"do": "add", "kind": "email", "address": "hanako"})
    assert wrong.status == 422
    phone = next(each for each in (await house.database.read(customers.view, id)).contacts if each.kind == "phone")
    assert (phone.address, phone.verified_by) == ("+81312345678", aoi.agent.actor if aoi.agent else "")
    for do, kind, reachable in (("doubt", "phone-unverified", True), ("fails", "phone-unverified", False),
                                ("works", "phone-unverified", True), ("verify", "phone", True)):  # fmt: skip
        assert (await aoi.page(f"{here}/contacts", {"do": do, "contact": str(phone.id)})).status == 303
        (now,) = (each for each in (await house.database.read(customers.view, id)).contacts if each.id == phone.id)
        assert (now.kind, now.reachable) == (kind, reachable)
    assert (await aoi.page(f"{here}/contacts", {"do": "remove", "contact": str(phone.id)})).status == 303
    await aoi.page(f"{here}/addresses", {"do": "add", "kind": "delivery", "postal_code": "602-0871", "city": "京都市"})
    await aoi.page(f"{here}/consents", {"purpose": "marketing", "channel": "email", "given": "yes", "note": "電話"})
    later = {"purpose": "marketing", "channel": "email", "given": "no", "at": "2036-01-01T10:00"}
    await aoi.page(f"{here}/consents", later)
    view = await house.database.read(customers.view, id)
    assert len(view.contacts) == 1 and view.addresses[0].city == "京都市" and view.addresses[0].source is None
    assert [(each.given, each.source) for each in view.consents] == [(False, aoi.agent.actor if aoi.agent else "")]
    page = (await viewer.page(here)).text
    assert "拒否" in page and "以前の回答" in page and "京都市" in page
    assert (await viewer.page(f"{here}/consents", {"purpose": "x", "given": "yes"})).status == 403
    await aoi.page(f"{here}/addresses", {"do": "remove", "address": str(view.addresses[0].id)})
    await aoi.page(f"{here}/block", {"do": "block"})
    view = await house.database.read(customers.view, id)
    assert view.blocked and not view.addresses and other


async def test_two_are_compared_merged_and_parted_again_on_pages(house: House) -> None:
    id, other = await two(house)
    aoi = await house.at_work()
    assert f"/admin/customers/{id}/merge?gone={other}" in (await aoi.page(f"/admin/customers/{id}")).text
    seen = (await aoi.page(f"/admin/customers/{id}/merge?gone={other}")).text
    form = dict(re.findall(r'name="(gone|version|gone_version)" value="(\d+)"', seen))
    merged = await aoi.page(f"/admin/customers/{id}/merge", {**form, "name": "kept", "reason": "電話で確認"})
    assert merged.status == 303
    assert (await house.database.read(customers.view, other)).merged_into == id
    history = (await aoi.page(f"/admin/customers/{id}?show=changes")).text
    assert "電話で確認" in history and "Aoi" in history
    (merge,) = re.findall(r'name="merge" value="(\d+)"', history)
    assert (await aoi.page(f"/admin/customers/{id}/merges", {"merge": merge})).status == 303
    assert (await house.database.read(customers.view, other)).merged_into is None
    again = await aoi.page(f"/admin/customers/{id}/merge", {**form, "name": "kept"})
    assert again.status == 409, "what was seen is not what stands"


async def test_the_story_is_filtered_and_jumped_in(house: House) -> None:
    id, _ = await two(house)
    aoi = await house.at_work()
    here = f"/admin/customers/{id}?show=story"
    whole = (await aoi.page(here)).text
    assert "R-1001" in whole and "1234-5678-9012" in whole
    assert "1234-5678-9012" not in (await aoi.page(f"{here}&kind=order")).text
    assert "R-1001" in (await aoi.page(f"{here}&day=2026-11-01")).text
    assert "R-1001" not in (await aoi.page(f"{here}&day=2026-10-31")).text
    assert (await aoi.page(f"{here}&day=nonsense")).status == 200
    orders = (await aoi.page(f"/admin/customers/{id}?show=orders")).text
    assert "16,000円" in orders and "jizen.kuronekoyamato.co.jp" in orders
    early = (await aoi.api("GET", f"/customers/{id}/timeline?until=2026-10-31T00:00:00Z")).json
    assert early["items"] == []


async def test_a_segment_is_tried_before_it_is_kept(house: House) -> None:
    id, _ = await two(house)
    lead = await house.at_work("Rei", "lead")
    assert f"/admin/customers/{id}" in (await lead.page("/admin/segments/new?bought=1")).text
    line = {"field0": "spent", "op0": "at_least", "value0": "10,000"}
    tried = await lead.page("/admin/segments/new", {**line, "do": "try", "name": "上得意"})
    assert tried.status == 200 and f"/admin/customers/{id}" in tried.text
    wrong = await lead.page("/admin/segments/new", {**line, "value0": "many", "do": "save", "name": "上得意"})
    assert wrong.status == 422 and 'value="many"' in wrong.text
    kept = await lead.page("/admin/segments/new", {**line, "do": "save", "name": "上得意", "priority": "high"})
    address = kept.headers["Location"].partition("?")[0]
    assert "上得意" in (await lead.page("/admin/segments")).text
    assert "10000" in (await lead.page(address)).text
    table = (await lead.page(f"{address}/customers.csv")).body.decode("utf-8-sig")
    assert "山田 花子" in table and len(table.splitlines()) == 2
    assert (await lead.page(address, {"do": "remove"})).status == 303
    assert (await lead.page(address)).status == 404


async def test_bounds_are_typed_one_by_one(house: House) -> None:
    await two(house)
    lead = await house.at_work("Rei", "lead")
    bounds = {"recency_days": (30, 60, 90, 120), "orders": (2, 3, 4, 5), "spent": (100, 200, 300, 400)}
    form = {f"{name}.{place}": str(each) for name, four in bounds.items() for place, each in enumerate(four)}
    form |= {"by": "bounds", "currency": "jpy"}
    assert (await lead.page("/admin/value", form)).status == 303
    assert (await lead.api("GET", "/customer-value/scale")).json["spent"] == [100, 200, 300, 400]
    wrong = await lead.page("/admin/value", {**form, "spent.0": "500"})
    assert wrong.status == 422 and 'value="500"' in wrong.text
    assert (await lead.page("/admin/value", {**form, "orders.0": "x"})).status == 422
