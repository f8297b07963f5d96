"""From the chat to LINE: a visitor with a conversation asks for their link, over a real socket."""

from __future__ import annotations

from urllib.parse import urlsplit

from channels.contract import OFFERS
from server import accounts
from server.accounts import AccountDraft
from server.agents import DESK
from tests.channels.webchat.shop import Shop


async def line(shop: Shop, *, offered: bool) -> None:
    """The shop has an official account."""
    settings = {
        "channel_id": "1657000000",
        "channel_secret": "s" * 32,
        "access_token": "t" * 40,
        **dict.fromkeys(("api_base", "data_base", "dialog_base", "sticker_base"), "http://127.0.0.1:9"),
        OFFERS: offered,
    }
    draft = AccountDraft(kind="line", name="LINE", address="@216ru", settings=settings)
    parts = shop.parts
    await parts.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
    await parts.desk.load_accounts()


async def test_a_visitor_goes_on_in_line_as_the_customer_of_their_conversation(shop: Shop) -> None:
    await line(shop, offered=True)
    visitor = await shop.visitor()
    assert visitor.state["line"] is True
    assert (await visitor.say("line", {}))["error"]["code"] == "not_found"  # nothing was said yet
    await visitor.send("在庫はありますか。")
    answer = await visitor.say("line", {"conversation": visitor.state["conversation"]})
    assert answer["qr"].startswith("data:image/svg+xml")
    again = await visitor.say("line", {})
    # The link ends with its last second and the signature of both: another second, another link to the same.
    assert again["url"].rsplit("/", 2)[0] == answer["url"].rsplit("/", 2)[0]
    public = shop.parts.settings.public_url.rstrip("/")
    assert answer["url"].startswith(f"{public}/line/go/")
    path = urlsplit(answer["url"]).path
    async with shop.http.post(f"{shop.base}{path}", allow_redirects=False) as gone:
        assert gone.status == 303
        assert "/line/continue/" in gone.headers["Location"]
    (proof,) = await shop.rows("SELECT value FROM account_record WHERE shelf = 'proofs'")
    (ticket,) = await shop.rows("SELECT customer_id FROM ticket")
    assert proof.value == {"customer": ticket.customer_id}
    other = await shop.visitor()
    refused = await other.say("line", {"conversation": visitor.state["conversation"]})
    assert refused["error"]["code"] == "not_found"


async def test_a_shop_that_does_not_offer_it_gives_no_links(small_shop: Shop) -> None:
    await line(small_shop, offered=False)
    visitor = await small_shop.visitor()
    assert visitor.state["line"] is False
    await visitor.send("在庫はありますか。")
    assert (await visitor.say("line", {}))["error"]["code"] == "not_found"
