"""The pages of what came in and what goes out: quarantine and letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.contract import Account
from server import accounts, delivery
from server.accounts import AccountDraft, AccountView
from server.agents import DESK
from server.database import Transaction
from server.delivery import Envelope
from server.delivery.letters import Someone
from server.inbox import filing, queries
from server.inbox.filing import Kept
from tests.web.admin.conftest import Browser, House

HOSTILE = b"name=%E5%B1%B1&<script>alert(1)</script>\r\n\x1b[2J\x00\xff end"
FORM = "name=%E5%B1%B1%E7%94%B0&email=y%40shop.example&topic=order&message=%E8%BF%94%E5%93%81&consent=yes"


@pytest.fixture
async def form(house: House) -> AccountView:
    """A form that arrivals come to."""
    channel: Any = house.channels["form"]
    draft = AccountDraft(kind="form", name="Contact", address="contact", settings=channel.starter())
    return await house.database.write(accounts.add, DESK, draft, channels=house.channels, keys=house.keys)


async def quarantined(house: House, account: AccountView, body: bytes, name: str = "a", size: int = 0) -> int:
    """An arrival that could not be read when it came."""
    kept = Kept(
        account.id,
        name,
        "application/x-www-form-urlencoded",
        size or len(body),
        body,
        None,
        {"language": "ja", "referer": "<日本語>"},
        datetime.now(UTC),
    )
    accepted = await house.database.write(filing.quarantine, kept, "LookupError", "Traceback …\nLookupError: <b>x</b>")
    return accepted.arrival_id


async def test_an_arrival_in_quarantine_is_shown_as_harmless_text(
    house: House, admin: Browser, form: AccountView
) -> None:
    id = await quarantined(house, form, HOSTILE)
    listed = await admin.get("/admin/arrivals")
    assert "LookupError: <b>x</b>" in listed.text
    page = await admin.get(f"/admin/arrivals/{id}")
    raw = page.all("pre.raw")[-1]
    assert raw.text() == "name=%E5%B1%B1&<script>alert(1)</script>\n␛[2J␀� end"
    assert raw.css("script") == []
    assert page.all("pre.raw")[1].text() == '{\n  "language": "ja",\n  "referer": "<日本語>"\n}'


async def test_the_bytes_are_downloaded_exactly_as_they_came_and_never_shown(
    house: House, admin: Browser, form: AccountView
) -> None:
    id = await quarantined(house, form, HOSTILE)
    page = await admin.get(f"/admin/arrivals/{id}/raw")
    assert int(page.headers["Content-Length"]) == len(HOSTILE)
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert page.headers["Content-Disposition"] == f'attachment; filename="arrival-{id}.bin"'
    assert page.headers["Content-Security-Policy"].startswith("sandbox")
    assert page.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_arrival_is_tried_again_and_becomes_a_ticket(house: House, admin: Browser, form: AccountView) -> None:
    id = await quarantined(house, form, FORM.encode())
    page = await admin.post(f"/admin/arrivals/{id}")
    assert "It was read and filed." in page.text
    found = await house.database.read(queries.arrival, id)
    assert (found.state, found.ticket) == ("filed", 1)
    assert "#1" in page.text
    again = await admin.post(f"/admin/arrivals/{id}")
    assert again.status == 409
    assert "filed already" in again.text


async def test_all_are_tried_again_and_what_is_still_broken_stays(
    house: House, admin: Browser, form: AccountView
) -> None:
    for place in range(3):
        await quarantined(house, form, FORM.encode(), f"good {place}")
    broken = await quarantined(house, form, FORM.encode(), "broken")
    await house.database.write(_forget_channel, broken)
    page = await admin.post("/admin/arrivals")
    assert "3 filed, 1 still in quarantine." in page.text
    assert len((await house.database.read(queries.arrivals, state="filed")).items) == 3


def _forget_channel(tx: Transaction, arrival: int) -> None:
    """Let an arrival belong to an account whose channel is not installed."""
    id = tx.insert(
        "channel_account", kind="owl", name="Owls", address="owls", settings="{}", secrets="", enabled=True, shop="",
        can_send=False, live=False, version=0, undo_seconds=0, created_at=tx.now,
    )  # fmt: skip
    tx.run("UPDATE arrival SET account_id = :account WHERE id = :id", account=id, id=arrival)


async def test_a_lead_reads_the_quarantine_and_an_admin_tries_again(house: House, form: AccountView) -> None:
    id = await quarantined(house, form, FORM.encode())
    lead = await house.browser("lead")
    page = await lead.get(f"/admin/arrivals/{id}")
    assert page.status == 200
    assert page.all("main form") == []
    assert (await lead.post(f"/admin/arrivals/{id}")).status == 403


async def test_arrivals_are_paged(house: House, admin: Browser, form: AccountView) -> None:
    for place in range(51):
        await quarantined(house, form, FORM.encode(), f"arrival {place}")
    first = await admin.get("/admin/arrivals")
    assert len(first.all("tbody tr")) == 50
    older = first.all('a.button[href^="?after="]')[0].attributes["href"]
    assert len((await admin.get(f"/admin/arrivals{older}")).all("tbody tr")) == 1


# ----------------------------------------------------------------------------------------------------- letters


def post_letters(tx: Transaction, account: int, *recipients: str) -> list[int]:
    """Letters on their way, an hour before they may leave."""
    ids = [
        delivery.post(
            tx,
            account_id=account,
            line=f"email:{recipient}",
            envelope=Envelope(
                to=(Someone("email", recipient, "山田"),), subject=f"件名 {recipient}", text="本文 <b>です</b>"
            ),
        )
        for recipient in recipients
    ]
    tx.run("UPDATE letter SET next_at = :later", later=tx.now + timedelta(hours=1))
    return ids


async def test_letters_are_listed_by_state_and_address(house: House, admin: Browser, form: AccountView) -> None:
    ids = await house.database.write(post_letters, form.id, "a@shop.example", "b@shop.example")
    await house.database.write(delivery.outcomes.failed, ids[0], "550 5.1.1 <a@shop.example>: no such user")
    everything = await admin.get("/admin/letters")
    assert len(everything.all("tbody tr")) == 2
    failed = await admin.get("/admin/letters?state=failed")
    assert "550 5.1.1 <a@shop.example>: no such user" in failed.text
    assert len(failed.all("tbody tr")) == 1
    assert len((await admin.get("/admin/letters?to=B%40shop.example")).all("tbody tr")) == 1
    assert "There is no such letter." in (await admin.get("/admin/letters?state=failed&to=b%40shop.example")).text


async def test_a_letter_shows_every_try_and_is_sent_again(house: House, admin: Browser, form: AccountView) -> None:
    [id] = await house.database.write(post_letters, form.id, "a@shop.example")
    await house.database.write(delivery.outcomes.failed, id, "550 no such user")
    page = await admin.get(f"/admin/letters/{id}")
    assert "550 no such user" in page.text
    assert page.all(".letter-text")[0].text() == "本文 <b>です</b>"
    sent = await admin.post(f"/admin/letters/{id}", {"do": "resend"})
    assert sent.status == 200
    [row] = await house.rows("SELECT state FROM letter")
    assert row.state == "waiting"
    assert "Resent" in sent.text


async def test_a_letter_is_called_back_only_before_it_left(house: House, admin: Browser, form: AccountView) -> None:
    ids = await house.database.write(post_letters, form.id, "a@shop.example", "b@shop.example")
    await admin.post(f"/admin/letters/{ids[0]}", {"do": "recall"})
    await house.database.write(delivery.outcomes.failed, ids[1], "550 no")
    late = await admin.post(f"/admin/letters/{ids[1]}", {"do": "recall"})
    assert late.status == 409
    assert "too late" in late.text
    assert [row.state for row in await house.rows("SELECT state FROM letter ORDER BY id")] == ["recalled", "failed"]


async def test_a_letter_that_is_not_there_is_not_found(admin: Browser) -> None:
    assert (await admin.get("/admin/letters/404")).status == 404
    assert (await admin.get("/admin/letters/not-a-number")).status == 404
    assert (await admin.get("/admin/letters/99999999999999999")).status == 404


async def test_an_account_out_of_work_stands_on_the_accounts_page(
    house: House, admin: Browser, form: AccountView
) -> None:
    await quarantined(house, form, FORM.encode())
    page = await admin.get("/admin/accounts")
    assert "1 in quarantine" in page.text
    account: Account = await house.database.read(accounts.contract, house.keys, form.id)
    assert account.address == "contact"
