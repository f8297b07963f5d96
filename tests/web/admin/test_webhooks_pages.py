"""The pages of outgoing webhooks."""

from __future__ import annotations

from server import customers, webhooks
from server.agents import DESK
from server.webhooks import queue
from server.webhooks.sending import Outcome
from tests.web.admin.conftest import Browser, House
from tests.webhooks.receiver import receiving


async def _added(admin: Browser, url: str = "https://erp.example/hooks") -> int:
    form = {
        "name": "ERP",
        "url": url,
        "which": "some",
        "kinds": "customer.*",
        "full": "full",
        "skip_sources": "erp、crm",
    }
    page = await admin.post("/admin/webhooks", form)
    assert page.tree.css_first("#secret").text().startswith("whsec_")
    listed = await admin.get("/admin/webhooks")
    assert "ERP" in listed.text and "Ready" in listed.text
    return int(listed.all("main td a")[0].attributes["href"].rpartition("/")[2])  # type: ignore[union-attr]


async def test_one_is_added_with_its_secret_shown_once_and_changed(house: House, admin: Browser) -> None:
    id = await _added(admin)
    page = await admin.get(f"/admin/webhooks/{id}")
    assert "whsec_" not in page.html
    assert page.value("skip_sources") == "crm erp"
    fields = [*page.typed('main form:has(input[name="url"])'), ("kinds", "ticket.resolved")]
    saved = await admin.post(f"/admin/webhooks/{id}", fields)
    assert "Saved." in saved.text
    assert (await house.database.read(webhooks.view, id)).kinds == ["customer.*", "ticket.resolved"]
    overtaken = await admin.post(f"/admin/webhooks/{id}", fields)
    assert overtaken.status == 409 and "Somebody changed this" in overtaken.text


async def test_what_is_wrong_stands_beside_its_field(admin: Browser) -> None:
    page = await admin.post("/admin/webhooks", {"name": "ERP", "url": "erp.example", "which": "some"})
    assert page.status == 422
    assert "https://" in page.tree.css_first("#e-url").text()
    assert page.value("name") == "ERP"
    page = await admin.post("/admin/webhooks", {"name": "ERP", "url": "https://erp.example", "which": "some"})
    assert page.tree.css_first("#e-kinds").text() == "Choose at least one."


async def test_a_test_shows_what_came_back(house: House, admin: Browser) -> None:
    async with receiving() as receiver:
        id = await _added(admin, receiver.url)
        page = await admin.post(f"/admin/webhooks/{id}", {"do": "test"})
        assert "The test arrived. 200 OK" in page.text and "thank you" in page.text
        receiver.says(500, "no such table")
        page = await admin.post(f"/admin/webhooks/{id}", {"do": "test"})
        assert "The test did not get through. 500" in page.text and "no such table" in page.text
        assert [one.kind for one in receiver.heard] == ["webhook.test"] * 2


async def test_the_log_is_searched_and_a_message_is_sent_again_or_left_out(house: House, admin: Browser) -> None:
    id = await _added(admin)
    for name in ("山田 花子", "鈴木"):
        await house.database.write(customers.add, DESK, name=name, contacts=[])
    await house.database.write(queue.store, await house.database.read(queue.prepare, "http://127.0.0.1"))
    first, second = await house.rows("SELECT id FROM webhook_delivery ORDER BY id")
    await house.database.write(queue.claim)
    outcome = {"at": queue.EVER, "milliseconds": 3, "headers": {}}
    await house.database.write(
        queue.settle, first.id, Outcome(**outcome, status=200, words="200 OK", answer="stored 7")
    )
    await house.database.write(queue.settle, second.id, Outcome(**outcome, status=500, words="500"))
    page = await admin.get(f"/admin/webhooks/{id}?q=山田")
    assert len(page.all("main tbody tr")) == 1
    page = await admin.get(f"/admin/webhooks/{id}?state=waiting&kind=customer.created")
    assert len(page.all("main tbody tr")) == 1
    page = await admin.get(f"/admin/webhooks/{id}/messages/{first.id}")
    assert "stored 7" in page.text and "山田 花子" in page.text
    page = await admin.post(f"/admin/webhooks/{id}/messages/{first.id}", {"do": "replay"})
    assert "It is being sent again." in page.text
    page = await admin.post(f"/admin/webhooks/{id}/messages/{second.id}", {"do": "skip"})
    assert "It was left out." in page.text
    states = await house.rows("SELECT state FROM webhook_delivery ORDER BY id")
    assert [row.state for row in states] == ["waiting", "skipped"]
    other = await _added(admin, "https://crm.example/")
    assert (await admin.get(f"/admin/webhooks/{other + 1}/messages/{first.id}")).status == 404


async def test_it_rests_goes_on_repeats_and_goes_away(house: House, admin: Browser) -> None:
    id = await _added(admin)
    await house.database.write(customers.add, DESK, name="鈴木", contacts=[])
    page = await admin.post(f"/admin/webhooks/{id}", {"do": "pause"})
    assert "Resting" in page.text
    page = await admin.post(f"/admin/webhooks/{id}", {"do": "resume-now"})
    assert "It goes on." in page.text
    assert (await house.database.read(webhooks.view, id)).behind == 1, "only the resuming itself"
    page = await admin.post(f"/admin/webhooks/{id}", {"do": "replay", "since": "2026-01-01T00:00"})
    assert "It is being sent again." in page.text
    assert (await house.database.read(webhooks.view, id)).behind > 2
    page = await admin.post(f"/admin/webhooks/{id}", {"do": "replay", "since": "soon"})
    assert page.status == 422 and page.tree.css_first("#e-since") is not None
    page = await admin.post(f"/admin/webhooks/{id}", {"do": "renew", "hours": "24"})
    assert "The former one signs as well until" in page.text
    page = await admin.post(f"/admin/webhooks/{id}", {"do": "remove"})
    assert "There is no webhook yet." in page.text


async def test_the_menu_says_when_one_wants_an_admin(house: House, admin: Browser) -> None:
    id = await _added(admin)
    await house.database.write(lambda tx: tx.run("UPDATE webhook SET state = 'gone' WHERE id = :id", id=id))
    page = await admin.get("/admin/webhooks")
    assert page.tree.css_first('nav a[href="/admin/webhooks"] .count').text() == "1"
    assert "Switched off by the other side (410)" in page.text
