"""The pages of bulk letters: begun, chosen, looked at, approved by a second person, sent, and its result as a file."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import FormData

from server import accounts
from server.accounts import AccountDraft
from server.agents import DESK
from server.customers.store import batch
from server.notices.bulk import listing, sending
from server.notices.bulk.running import Mailer
from tests.desks import ScriptedChannel
from tests.notices.bulk.conftest import NOON, NoCaps, at
from tests.web.admin.conftest import Browser, House


async def _shop(house: House) -> None:
    """Three buyers of tea, and a mailbox to write from."""
    _, learn = batch.KINDS["order"]
    kind = batch.KINDS["order"][0]
    for n in (1, 2, 3):
        fact: dict[str, Any] = {
            "source": "shop", "external_id": str(n), "number": f"R-{n}", "revision": 1, "total": "1980",
            "ordered_at": "2026-11-10T03:00:00Z", "buyer": {"name": f"客 {n}", "email": f"c{n}@customer.example"},
            "lines": [{"sku": "TEA-1", "name": "煎茶", "quantity": 1, "price": "1980"}],
        }  # fmt: skip
        await house.database.write(learn, msgspec.convert(fact, kind))
    draft = AccountDraft(kind="email", name="Support", address="support@shop.example")
    await house.database.write(accounts.add, DESK, draft, channels={"email": ScriptedChannel()}, keys=house.keys)


async def _listed(house: House) -> None:
    mailer = Mailer(house.database, house.files, NoCaps(), public_url="https://desk.example")
    while await house.database.read(listing.waiting) is not None:
        await mailer.step()


async def _sent(house: House) -> None:
    while await house.database.write(at, NOON, sending.send_some, "https://desk.example"):
        pass


async def test_a_bulk_letter_is_begun_approved_by_another_and_its_result_taken_away(
    house: House, admin: Browser
) -> None:
    await _shop(house)
    page = await admin.post(
        "/admin/bulk-letters", {"name": "煎茶の遅延", "words": "delayed", "purpose": "transactional"}
    )
    own = page.url
    assert "遅れ" in (page.value("subject.email.ja") or "") and "It has no recipients yet." in page.text
    typed = [(name, value) for name, value in page.typed(f'form[action="{own}"]') if name not in ("by", "product")]
    page = await admin.post(own, [*typed, ("by", "buyers"), ("product", "TEA-1")])
    assert "being listed" in page.text
    await _listed(house)
    page = await admin.get(own)
    assert page.text.count("ご注文番号: R-") >= 3 and "Nobody else here may approve it." in page.text
    await admin.post(f"{own}/do", {"do": "test"})
    (test,) = await house.rows("SELECT * FROM letter")
    assert test.recipient == "admin-admin.en@desk.example" and test.subject.startswith("[TEST] ")
    await house.database.write(lambda tx: tx.run("DELETE FROM letter"))
    asked = await admin.post(f"{own}/do", {"do": "ask", "version": page.value("version")})
    assert "You wrote it" in asked.text and not asked.all('button[value="approve"]')
    version = asked.value("version")
    assert (await admin.post(f"{own}/do", {"do": "approve", "version": version})).status == 403
    second = await house.browser("lead", "ja")
    looked = await second.get(own)
    (waiting,) = [each.text() for each in looked.all('a[href="/admin/bulk-letters"] .count')][:1]
    assert waiting == "1"
    assert looked.all('button[value="approve"]') and "3 名に送信" in looked.text
    assert "送信中" in (await second.post(f"{own}/do", {"do": "approve", "version": version})).text
    await admin.post(f"{own}/do", {"do": "pause"})
    await _sent(house)
    assert len(await house.rows("SELECT * FROM letter")) == 0
    await admin.post(f"{own}/do", {"do": "resume"})
    await house.database.write(lambda tx: tx.run("UPDATE bulk_letter SET next_at = :at", at=NOON))
    await _sent(house)
    await house.database.write(lambda tx: tx.run("UPDATE letter SET state = 'delivered'"))
    page = await admin.get(own)
    assert "Sent to all" in page.text and "3 / 3" in page.text
    assert "c2@customer.example" in (await admin.get(f"{own}/recipients?state=delivered")).text
    result = await admin.get(f"{own}/result.csv")
    assert "c3@customer.example" in result.html and "Sent out" in result.html
    assert (await admin.get("/admin/audit?what=bulk")).text.count("煎茶の遅延") >= 3


async def test_a_file_is_brought_its_columns_decided_and_what_was_not_found_taken_away(
    house: House, admin: Browser
) -> None:
    await _shop(house)
    own = (await admin.post("/admin/bulk-letters", {"name": "名簿", "purpose": "transactional"})).url
    form = FormData()
    form.add_field(
        "file", "宛先,ひとこと\nc1@customer.example,一\nx@customer.example,二\n".encode(), filename="名簿.csv"
    )
    page = await admin.post(f"{own}/file", form)
    assert page.value("by") == "file" and "{{ row.ひとこと }}" in page.text
    typed = [(name, value) for name, value in page.typed(f'form[action="{own}"]') if name != "columns.0"]
    await admin.post(own, [*typed, ("columns.0", "email")])
    await _listed(house)
    page = await admin.get(own)
    assert "Nobody is known by that." in page.text and page.text.count("客 1") >= 1
    lost = await admin.get(f"{own}/not-found.csv")
    assert "x@customer.example,二" in lost.html
    wrong = [(name, "{{ row.なにか }}" if name == "text.email.ja" else value) for name, value in typed]
    assert "row.なにか" in (await admin.post(own, [*wrong, ("columns.0", "email")])).text


async def test_the_pace_is_decided_and_kept(house: House, admin: Browser) -> None:
    page = await admin.get("/admin/bulk-letters")
    typed = [(name, value) for name, value in page.typed('form[action$="/pace"]') if name != "domains"]
    refused = await admin.post("/admin/bulk-letters/pace", [*typed, ("domains", "docomo.ne.jp fast")])
    assert refused.status == 422
    await admin.post("/admin/bulk-letters/pace", [*typed, ("domains", "docomo.ne.jp 30\nbig.example 900")])
    assert "big.example 900" in (await admin.get("/admin/bulk-letters")).html
