"""Who a visitor is: tokens that turn and can be voided, identities that a site signs, and what stays unconfirmed."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest

from channels.webchat.identity import NotSigned, signed
from tests.channels.webchat.shop import KEY, OLD_KEY, Shop, jwt


async def test_only_a_hash_of_the_token_is_kept(shop: Shop) -> None:
    visitor = await shop.visitor()
    kept = json.dumps([[row.key, row.value] for row in await shop.rows("SELECT key, value FROM account_record")])
    assert visitor.token is not None
    assert visitor.token.partition(".")[2] not in kept
    assert hashlib.sha256(visitor.token.encode()).hexdigest() in kept


async def test_a_made_up_token_opens_nothing(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    id = str(visitor.token).partition(".")[0]
    for token in ("", "x", ".", f"{id}.", f"{id}.{'A' * 43}", f"v_nobody.{'A' * 43}", "v_\u0000.x", "あ.い"):
        stranger = await small_shop.widget().connect()
        answer = await stranger.hello(token=token)
        assert answer["error"]["code"] == "unknown_token", token


async def test_an_old_token_is_replaced_and_stays_good_until_the_new_one_was_shown(shop: Shop) -> None:
    visitor = await shop.visitor()
    await visitor.send("覚えていますか")
    old = visitor.token
    await _age(shop, 2 * 86_400)
    back = await shop.visitor(old)
    assert back.token != old and back.texts == ["覚えていますか"]
    lost_the_answer = await shop.visitor(old)
    assert lost_the_answer.texts == ["覚えていますか"]
    newest = await shop.visitor(lost_the_answer.token)
    assert (await shop.visitor(old)).texts == ["覚えていますか"], "another tab has an hour to follow"
    await _age(shop, 2 * 3600)
    late = await shop.widget(old).connect()
    assert (await late.hello())["error"]["code"] == "unknown_token"
    assert (await shop.visitor(newest.token)).texts == ["覚えていますか"]


async def _age(shop: Shop, seconds: float) -> None:
    """Time passes: what is kept of tokens is that much older."""
    for row in await shop.rows("SELECT key, value FROM account_record WHERE shelf = 'visitor'"):
        card = row.value
        for token in card["tokens"]:
            token["at"] -= seconds
            if token.get("until"):
                token["until"] -= seconds
        await shop.run(
            "UPDATE account_record SET value = :value WHERE shelf = 'visitor' AND key = :key",
            value=json.dumps(card),
            key=row.key,
        )


async def test_logging_out_wipes_everywhere(shop: Shop) -> None:
    one = await shop.visitor()
    acked = await one.send("秘密の話")
    two = await shop.visitor(one.token)
    token, conversation = one.token, one.state["conversation"]
    assert await one.say("logout") == {}
    assert (await two.hears("gone"))["code"] == "logged_out"
    await two.until(two.gone.is_set)
    back = await shop.widget(token).connect()
    assert (await back.hello())["error"]["code"] == "unknown_token"
    new = await shop.visitor()
    assert new.texts == []
    stolen = await new.say("history", {"conversation": conversation})
    assert stolen["error"]["code"] == "not_found"
    assert (await shop.thread(acked["ticket"])).messages[0].text == "秘密の話", "the desk keeps what was said"


async def test_an_admin_voids_all_tokens_from_before_a_day(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    await small_shop.change(tokens_since="2099-01-01")
    back = await small_shop.widget(visitor.token).connect()
    assert (await back.hello())["error"]["code"] == "unknown_token"


async def test_a_signed_identity_attaches_to_its_customer(shop: Shop) -> None:
    visitor = await shop.visitor()
    acked = await visitor.send("ログイン前の質問")
    before = (await shop.thread(acked["ticket"])).customer
    answer = await visitor.say("identify", {"jwt": jwt("C-1", name="田中", email="T@x.jp", email_verified=True)})
    assert answer["identified"] and answer["ticket"] == acked["ticket"], answer
    again = await visitor.send("ログイン後の質問")
    assert again["ticket"] == acked["ticket"]
    thread = await shop.thread(acked["ticket"])
    assert thread.customer.id != before.id
    contacts = {(one.kind, one.address) for one in thread.customer.contacts}
    assert ("email", "t@x.jp") in contacts


async def test_an_identified_customer_finds_their_conversation_on_another_device(shop: Shop) -> None:
    phone = await shop.visitor(jwt=jwt("C-2", name="鈴木"))
    acked = await phone.send("電話から")
    laptop = await shop.visitor(jwt=jwt("C-2", name="鈴木"))
    assert laptop.texts == ["電話から"] and laptop.token != phone.token
    await laptop.send("パソコンから")
    await phone.until(lambda: phone.texts[-1:] == ["パソコンから"])
    assert (await shop.thread(acked["ticket"])).ticket.customer.name == "鈴木"


async def test_somebody_else_on_the_same_screen_begins_afresh(shop: Shop) -> None:
    first = await shop.visitor(jwt=jwt("C-3"))
    await first.send("前の人の話")
    second = await shop.visitor(first.token, jwt=jwt("C-4"))
    assert second.texts == [] and second.token != first.token
    assert (await shop.visitor(first.token)).texts == ["前の人の話"]


async def test_what_is_not_signed_never_finds_a_customer(shop: Shop) -> None:
    known = await shop.visitor(jwt=jwt("C-5", email="owner@x.jp", email_verified=True))
    theirs = await known.send("本人です")
    liar = await shop.visitor()
    await liar.say("profile", {"name": "本人", "email": "owner@x.jp"})
    false = await liar.send("本人ですよ")
    unsure = await shop.visitor(jwt=jwt("C-6", email="owner@x.jp"))
    unproven = await unsure.send("確認されていない住所")
    customers = {(await shop.thread(one["ticket"])).customer.id for one in (theirs, false, unproven)}
    assert len(customers) == 3
    fields = (await shop.thread(false["ticket"])).messages[0].fields
    assert fields["email"] == "owner@x.jp"
    (contact,) = (await shop.thread(false["ticket"])).customer.contacts
    assert contact.kind == "visitor-unverified"


async def test_keys_are_changed_without_a_pause(small_shop: Shop) -> None:
    await small_shop.change(identity_key_old=OLD_KEY)
    for key in (KEY, OLD_KEY):
        assert (await small_shop.visitor(jwt=jwt("C-7", key=key))).state["identified"]


NOW = time.time()
WRONG = {
    "no algorithm": jwt("C", header={"alg": "none", "typ": "JWT"}),
    "another algorithm": jwt("C", header={"alg": "HS512"}),
    "critical header": jwt("C", header={"alg": "HS256", "crit": ["b64"]}),
    "another key": jwt("C", key="somebody else's key, also long enough"),
    "expired": jwt("C", exp=NOW - 60),
    "no end": jwt("C", exp=None),
    "an end that is true": jwt("C", exp=True),
    "an end in words": jwt("C", exp="tomorrow"),
    "an end too far": jwt("C", exp=NOW + 400 * 86_400),
    "not yet": jwt("C", nbf=NOW + 3600),
    "from the future": jwt("C", iat=NOW + 3600),
    "nobody": jwt(""),
    "a number": jwt(7),  # type: ignore[arg-type]
    "long": jwt("C" * 201),
    "an address that is none": jwt("C", email="nobody"),
    "cut": jwt("C")[:-2],
    "two parts": ".".join(jwt("C").split(".")[:2]),
    "no json": "e30.AAAA.e30",
    "padding": jwt("C") + "=",
    "huge": jwt("C", name="x" * 9_000),
    "nothing": "",
}


@pytest.mark.parametrize("why", WRONG)
def test_an_identity_that_is_not_right_is_refused(why: str) -> None:
    with pytest.raises(NotSigned):
        signed(WRONG[why], [KEY, ""], NOW)


def test_an_empty_or_short_key_signs_nothing() -> None:
    for key in ("", "short"):
        with pytest.raises(NotSigned):
            signed(jwt("C", key=key), [key], NOW)


async def test_a_wrong_identity_is_told_and_changes_nothing(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    answer = await visitor.say("identify", {"jwt": WRONG["another key"]})
    assert answer["error"]["code"] == "bad_identity" and answer["error"]["message"]
    assert "error" not in await visitor.send("それでも話せます")


async def test_who_comes_back_costs_one_read_and_who_is_new_none(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    for name in ("look_through", "look_up", "conversation"):
        _count(small_shop, monkeypatch, name, reads)
    visitor = await small_shop.visitor()
    assert reads == []
    await visitor.send("届きましたか")
    await visitor.drop()
    reads.clear()
    back = await small_shop.visitor(visitor.token)
    assert back.texts == ["届きましたか"]
    assert reads == ["look_through"]


def _count(shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str, reads: list[str]) -> None:
    real = getattr(shop.parts.desk, name)

    async def counted(*args: Any, **more: Any) -> Any:
        reads.append(name)
        return await real(*args, **more)

    monkeypatch.setattr(shop.parts.desk, name, counted)


async def test_what_is_said_while_somebody_comes_back_is_shown_to_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("届きましたか"))["ticket"]
    await visitor.drop()
    real = shop.parts.desk.look_through

    async def slow(*args: Any) -> Any:
        found = await real(*args)
        await shop.reply(ticket, "本日届きます")
        return found

    monkeypatch.setattr(shop.parts.desk, "look_through", slow)
    back = await shop.visitor(visitor.token)
    await back.until(lambda: back.texts == ["届きましたか", "本日届きます"])


async def test_another_tab_that_is_ahead_does_not_hide_what_the_new_one_missed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await shop.visitor()
    await tab.send("一")
    real = shop.parts.desk.look_through

    async def slow(*args: Any) -> Any:
        found = await real(*args)
        await tab.send("二")
        return found

    monkeypatch.setattr(shop.parts.desk, "look_through", slow)
    other = await shop.visitor(tab.token)
    await other.until(lambda: other.texts == ["一", "二"])
