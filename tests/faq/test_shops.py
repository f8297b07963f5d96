"""Articles of a shop answer in that shop alone, with a threshold of its own; those for all answer everywhere."""

from __future__ import annotations

import msgspec
import pytest

from server import accounts, shops
from server.accounts import AccountDraft
from server.agents import DESK
from server.errors import Invalid
from server.faq import actions, moving, queries
from server.faq.checking import check, shops_of
from server.faq.live import Faq, Question
from server.help import queries as centres
from server.help.shelf import read as shelf
from server.shops import ShopView
from tests.desks import TestDesk
from tests.faq.test_articles import ENCODER, SHOP, content, publish
from tests.help.test_help_centre import URL, centre

TEA, BOWLS = "緑茶堂", "うつわの月の輪"
SHIPPING, *MORE = "送料はいくらですか", "配送料を教えてください", "送料無料になる金額は？", "配送にいくらかかりますか"


async def two_shops(desk: TestDesk) -> dict[str, int]:
    """The desk's account belongs to one shop, another one to the other; the articles by what they are for."""
    write, keys = desk.database.write, desk.keys
    view = await desk.database.read(accounts.view, desk.keys, desk.account.id)
    draft = AccountDraft(kind=view.kind, name=view.name, address=view.address, settings=view.settings, shop=f" {TEA} ")
    await write(accounts.edit, desk.agent, view.id, draft, channels=desk.channels, keys=keys)
    draft = AccountDraft(kind=view.kind, name="Bowls", address="bowls", settings=view.settings, shop=BOWLS)
    await write(accounts.add, desk.agent, draft, channels=desk.channels, keys=keys)
    kept = msgspec.structs.replace(draft, shop=None, name="Still bowls")
    other = max(one.id for one in await desk.database.read(accounts.all, desk.keys))
    assert (await write(accounts.edit, desk.agent, other, kept, channels=desk.channels, keys=keys)).shop == BOWLS
    made = {
        name: await publish(desk.database, content(SHIPPING, *MORE, shops=[name] if name else []))
        for name in (TEA, BOWLS)
    }
    for question, phrasings in list(SHOP.items())[1:]:
        made[question] = await publish(desk.database, content(question, *phrasings))
    return made


async def test_who_asks_in_a_shop_is_answered_from_its_articles_and_those_for_all(desk: TestDesk) -> None:
    made, faq = await two_shops(desk), Faq(desk.database, ENCODER)
    tea, bowls, nowhere, unknown = await faq.match_all(
        [Question(SHIPPING, "", shop) for shop in (TEA, BOWLS, "", "別の店")], internal=False
    )
    assert [(one.decision, one.entries[0].id) for one in (tea, bowls)] == [
        ("answer", str(made[TEA])),
        ("answer", str(made[BOWLS])),
    ]
    both = {str(made[TEA]), str(made[BOWLS])}
    for left in (nowhere, unknown):
        assert left.decision != "answer" and not both & {entry.id for entry in left.entries}
    among = await faq.match(SHIPPING)
    assert among.decision == "suggest" and {entry.id for entry in among.entries[:2]} == both, "a colleague may choose"
    common = await faq.match_all([Question("パスワードを忘れました", "", shop) for shop in (TEA, "", "別の店")])
    assert [one.decision for one in common] == ["answer"] * 3
    only = await publish(desk.database, content("茶葉の量り売りはありますか", "量り売りを買いたい", shops=[TEA]))
    faq.changed()
    found = await faq.match_all([Question("茶葉の量り売りはありますか", "", shop) for shop in (TEA, "")])
    assert [(one.decision, one.entries[0].id) for one in found] == [("answer", str(only)), ("suggest", str(only))]

    accepted = await desk.hear("お世話になります。送料はいくらかかりますか。")
    assert accepted.ticket is not None
    message = (await desk.thread(accepted.ticket)).messages[0].id
    assert await faq.suggest(message)
    beside = await desk.database.read(queries.suggestions, accepted.ticket)
    assert beside[0].article == made[TEA] and made[BOWLS] not in [one.article for one in beside]
    hits = await desk.database.read(queries.search, "送料", accepted.ticket)
    assert [hit.article for hit in hits] == [made[TEA]]

    wrapping = ("ギフト包装はできますか", "プレゼント用に包んでほしい", "ラッピングの料金は？")
    added = await publish(desk.database, content(*wrapping, shops=[TEA]))
    faq.changed()
    now, there = await faq.match_all([Question(wrapping[0], "", shop) for shop in (TEA, BOWLS)])
    assert (now.decision, now.entries[0].id) == ("answer", str(added)), "the very next message"
    assert str(added) not in [entry.id for entry in there.entries]

    checked = check(await desk.database.read(queries.live), ENCODER, shops=["", TEA, BOWLS])
    assert [(one.shop, one.articles) for one in checked] == [("", 6), (TEA, 5), (BOWLS, 3)]
    pair = (min(made[TEA], made[BOWLS]), max(made[TEA], made[BOWLS]))
    taken = [pair in [collision.articles for collision in one.collisions] for one in checked]
    assert taken == [True, False, False], "each shop is measured by itself"


async def test_shops_are_chosen_moved_and_shown_in_help_centres(desk: TestDesk) -> None:
    made, write, read = await two_shops(desk), desk.database.write, desk.database.read
    with pytest.raises(Invalid) as wrong:
        await write(actions.add, DESK, content("x", shops=["どこかの店"]))
    assert set(wrong.value.fields) == {"shops"}
    assert [one.id for one in (await read(queries.page, shop=TEA)).items] == [
        id for name, id in reversed(made.items()) if name != BOWLS
    ]
    text = moving.written(await read(moving.all_articles), "csv")
    rows = moving.read(text.replace(f",{TEA},", ",,"), "csv")
    assert (await write(moving.take, DESK, rows)).changed == 1
    assert (await read(queries.article, made[TEA])).content.shops == []
    assert (await read(queries.article, made[BOWLS])).content.shops == [BOWLS]
    assert shops_of(await read(queries.live)) == sorted([TEA, BOWLS]), "customers see what was published"

    main, other = await centre(desk), await centre(desk, "bowls", shop=BOWLS)
    found = await read(shelf, URL)
    shown = {one.view.id: set(one.leaves) for one in found.centres}
    common = set(made.values()) - {made[TEA], made[BOWLS]}
    assert shown == {main: common, other: common | {made[BOWLS]}}
    nearest = found.of_article(min(common), BOWLS)
    assert nearest is not None and nearest.view.id == other
    with pytest.raises(Invalid):
        await centre(desk, "tea", shop="どこかの店")
    for account in await read(accounts.all, desk.keys):
        await write(accounts.remove, desk.agent, account.id, keys=desk.keys)
    assert await read(queries.lost_shops) == [BOWLS]


NEW = "緑茶堂 本店"


async def test_a_renamed_shop_keeps_its_articles_its_help_centre_and_what_they_once_were(desk: TestDesk) -> None:
    made, write, read = await two_shops(desk), desk.database.write, desk.database.read
    faq, own = Faq(desk.database, ENCODER), await centre(desk, "tea", shop=TEA)
    edited = await publish(desk.database, content("包装", "ギフト包装", shops=[TEA, BOWLS]))
    await write(actions.edit, DESK, edited, content("包装はできますか", "ギフト包装", shops=[TEA, BOWLS]))
    stored = (await write(actions.add, DESK, content("昔の話", shops=[TEA]))).id
    await write(actions.move, DESK, stored, "archived")
    assert (await faq.match_all([Question(SHIPPING, "", TEA)], internal=False))[0].decision == "answer"

    renamed = await write(shops.rename, desk.agent, TEA, f" {NEW}  ")
    assert renamed == ShopView(name=NEW, accounts=1, articles=2, centres=1)
    assert [one.name for one in await read(shops.all)] == [BOWLS, NEW] and await read(queries.lost_shops) == []
    for id, wanted in ((made[TEA], [NEW]), (edited, [NEW, BOWLS]), (stored, [NEW]), (made[BOWLS], [BOWLS])):
        assert (await read(queries.article, id)).content.shops == wanted
        assert [one.content.shops for one in await read(queries.versions, id)][-1] == wanted, "it can be gone back to"
    live = {one.id: one for one in await read(queries.live)}
    assert (live[edited].content.shops, live[edited].content.words["ja"].question) == ([NEW, BOWLS], "包装")
    assert (await read(queries.article, edited)).content.words["ja"].question == "包装はできますか", (
        "the draft stays one"
    )
    assert {one.id: one.settings.shop for one in await read(centres.centres, URL)} == {own: NEW}
    faq.changed()
    found = (await faq.match_all([Question(SHIPPING, "", NEW)], internal=False))[0]
    assert (found.decision, found.entries[0].id) == ("answer", str(made[TEA]))
    for shop, name, field in ((NEW, BOWLS, "name"), (TEA, "x", "shop"), (NEW, "a、b", "name"), (NEW, " ", "name")):
        with pytest.raises(Invalid) as wrong:
            await write(shops.rename, desk.agent, shop, name)
        assert set(wrong.value.fields) == {field}


async def test_an_account_that_is_its_shop_alone_renames_it_and_one_of_several_moves(desk: TestDesk) -> None:
    made, write, read = await two_shops(desk), desk.database.write, desk.database.read
    doors = {"channels": desk.channels, "keys": desk.keys}

    async def names(id: int, shop: str) -> None:
        view = await read(accounts.view, desk.keys, id)
        draft = AccountDraft(kind="", name=view.name, address=view.address, settings=view.settings, shop=shop)
        await write(shops.edit_account, desk.agent, id, draft, **doors)

    async def of(name: str) -> list[str]:
        return (await read(queries.article, made[name])).content.shops

    tea, bowls = desk.account.id, max(one.id for one in await read(accounts.all, desk.keys))
    await names(tea, NEW)
    assert (await of(TEA), await of(BOWLS)) == ([NEW], [BOWLS])
    await names(bowls, NEW)
    assert await of(BOWLS) == [BOWLS], "it moved to a shop that stands; its own is left behind"
    await names(bowls, "第三の店")
    assert (await of(TEA), await of(BOWLS)) == ([NEW], [BOWLS]), "one of two left"
    await names(tea, "")
    assert await read(queries.lost_shops) == sorted([BOWLS, NEW])
    assert await write(shops.rename, desk.agent, BOWLS, "第三の店") == ShopView(
        name="第三の店", accounts=1, articles=1, centres=0
    ), "what was left behind is given to a shop that stands"
    assert (await of(BOWLS), await read(queries.lost_shops)) == (["第三の店"], [NEW])
