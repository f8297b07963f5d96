"""Articles from draft to the answer beside a customer's message, and out to a file and in again."""

from __future__ import annotations

import asyncio

import pytest

from channels.contract import Tapped
from server.agents import DESK
from server.database import Database
from server.errors import Conflict, Forbidden, Invalid
from server.faq import actions, moving, queries
from server.faq.checking import check
from server.faq.encoders import UniversalEncoder
from server.faq.live import Faq
from server.faq.views import Content, Words
from tests.desks import TestDesk

ENCODER = UniversalEncoder()
SHOP = {
    "送料はいくらですか": ["配送料を教えてください", "送料無料になる金額は？"],
    "注文をキャンセルしたい": ["購入を取り消したい", "注文の取り消しはできますか"],
    "パスワードを忘れました": ["ログインできません", "パスワードを再設定したい"],
}


def content(question: str, *phrasings: str, **more: object) -> Content:
    words = Words(
        question=question, phrasings=list(phrasings), full=f"**{question}** の答え", short=f"{question}の短い答え"
    )
    return Content(words={"ja": words}, **more)  # type: ignore[arg-type]


async def publish(database: Database, what: Content) -> int:
    made = await database.write(actions.add, DESK, what)
    await database.write(actions.move, DESK, made.id, "published")
    return made.id


async def shop(database: Database) -> dict[str, int]:
    return {question: await publish(database, content(question, *more)) for question, more in SHOP.items()}


async def test_each_step_is_a_version_and_only_a_lead_publishes(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    agent = await desk.colleague()
    made = await write(actions.add, agent, content("送料は？"))
    assert (made.state, made.version, made.live_version) == ("draft", 1, None)
    made = await write(actions.move, agent, made.id, "review", 1)
    with pytest.raises(Forbidden):
        await write(actions.move, agent, made.id, "published")
    with pytest.raises(Conflict):
        await write(actions.edit, agent, made.id, content("別の質問"), 1)
    live = await write(actions.move, desk.agent, made.id, "published")
    assert (live.state, live.live_version) == ("published", live.version)
    edited = await write(actions.edit, agent, made.id, content("送料はいくら？"), live.version)
    assert (edited.state, edited.live_version) == ("draft", live.version)
    (shown,) = await read(queries.live)
    assert shown.content.words["ja"].question == "送料は？"
    versions = await read(queries.versions, made.id)
    assert [version.version for version in versions] == [4, 3, 2, 1]
    assert [version.state for version in versions] == ["draft", "published", "review", "draft"]
    await write(actions.move, desk.agent, made.id, "archived")
    assert await read(queries.live) == []
    assert (await read(queries.page)).items == []
    assert len((await read(queries.page, state="archived")).items) == 1


async def test_what_cannot_be_an_article_is_refused_by_field(desk: TestDesk) -> None:
    with pytest.raises(Invalid) as refused:
        await desk.database.write(actions.add, DESK, Content(words={}))
    assert refused.value.fields == {"words": "is missing"}
    with pytest.raises(Invalid) as refused:
        await desk.database.write(
            actions.add, DESK, Content(words={"en": Words(question=" ", full="x")}, owner=999, related=[998])
        )
    assert set(refused.value.fields) == {"words.en.question", "owner", "related"}
    bare = await desk.database.write(actions.add, DESK, Content(words={"en": Words(question="Where?")}))
    with pytest.raises(Invalid) as refused:
        await desk.database.write(actions.move, DESK, bare.id, "published")
    assert set(refused.value.fields) == {"words.en.full"}


async def test_a_published_article_stands_beside_the_very_next_message(desk: TestDesk) -> None:
    faq = Faq(desk.database, ENCODER)
    first = await desk.hear("送料はいくらですか？")
    assert first.ticket is not None
    thread = await desk.thread(first.ticket)
    assert await faq.suggest(thread.messages[0].id) is False
    ids = await shop(desk.database)
    faq.changed()
    second = await desk.hear("お世話になります。\n送料はいくらかかりますか。")
    assert second.ticket is not None
    message = (await desk.thread(second.ticket)).messages[0].id
    assert await faq.suggest(message) is True
    assert await faq.suggest(message) is False
    tapped = await desk.hear("送料はいくらかかりますか。", card=Tapped(data="shipping"))
    assert await faq.suggest((await desk.thread(tapped.ticket)).messages[0].id) is False
    found = await desk.database.read(queries.suggestions, second.ticket)
    assert (found[0].article, found[0].message) == (ids["送料はいくらですか"], message)
    assert found[0].text == "送料はいくらですか の答え"
    assert found[0].confidence > 0.5
    await desk.database.write(actions.judge, desk.agent, second.ticket, found[0].id, "used")
    assert (await desk.database.read(queries.suggestions, second.ticket))[0].outcome == "used"
    assert [right for _, right in await desk.database.read(queries.judged, "ja")] == [True]


async def test_what_does_not_hold_today_or_here_is_left_out(desk: TestDesk) -> None:
    from datetime import date

    faq = Faq(desk.database, ENCODER)
    await shop(desk.database)
    await publish(desk.database, content("福袋はいつ届きますか", "福袋の発送日", valid_until=date(2020, 1, 3)))
    await publish(desk.database, content("店舗の裏口の暗証番号は", "裏口の開け方", audience="internal"))
    await publish(desk.database, content("LINEで友だちになるには", "LINEの友だち追加の方法", channels=["line"]))

    async def first(text: str, *, channel: str = "", internal: bool = True) -> str:
        found = await faq.match(text, channel=channel, internal=internal)
        return (await desk.database.read(queries.article, int(found.entries[0].id))).title

    assert await first("福袋はいつ届きますか") != "福袋はいつ届きますか"
    assert await first("裏口の開け方") == "店舗の裏口の暗証番号は"
    assert await first("裏口の開け方", internal=False) != "店舗の裏口の暗証番号は"
    assert await first("LINEの友だち追加の方法", channel="line") == "LINEで友だちになるには"
    assert await first("LINEの友だち追加の方法", channel="email") != "LINEで友だちになるには"
    # What was second to an article that does not hold is not worth a look for that.
    assert (await faq.match("福袋はいつ届きますか")).decision == "none"
    assert (await faq.match("裏口の開け方", internal=False)).decision == "none"
    assert not await faq.suggest((await desk.thread((await desk.hear("福袋の発送日を知りたい")).ticket)).messages[0].id)


async def test_many_messages_at_once_are_each_looked_at_once(desk: TestDesk) -> None:
    await shop(desk.database)
    faq = Faq(desk.database, ENCODER)
    accepted = await desk.hear("パスワードを忘れたのですが")
    assert accepted.ticket is not None
    message = (await desk.thread(accepted.ticket)).messages[0].id
    done = await asyncio.gather(*(faq.suggest(message) for _ in range(5)))
    assert sum(done) == 1


@pytest.mark.parametrize("form", ["csv", "markdown"])
async def test_what_goes_out_comes_in_again(desk: TestDesk, form: moving.Format) -> None:
    rich = Content(
        words={
            "ja": Words(
                question="送料は、いくら?",
                phrasings=["配送料\tは", "「送料」"],
                full="# 送料\n\n- 本州 500円\n- 沖縄 1,000円",
                short="500円です",
            ),
            "en": Words(question='How much is "shipping"?', full="500 yen"),
        },
        category="配送",
        channels=["line", "email"],
        audience="internal",
    )
    made = await desk.database.write(actions.add, DESK, rich)
    before = await desk.database.read(queries.article, made.id)
    file = moving.written(await desk.database.read(moving.all_articles), form)
    moved = await desk.database.write(moving.take, DESK, moving.read(file, form))
    assert moved == moving.Moved(0, 0, 0)
    assert (await desk.database.read(queries.article, made.id)).content == before.content
    await desk.database.write(actions.move, DESK, made.id, "archived")
    fresh = [row for row in moving.read(file, form)]
    for row in fresh:
        row.id = "new"
    moved = await desk.database.write(moving.take, DESK, fresh, publish=True)
    assert moved == moving.Moved(1, 0, 1)
    (copy,) = await desk.database.read(queries.live)
    assert copy.content == before.content


async def test_a_file_with_one_wrong_line_changes_nothing(desk: TestDesk) -> None:
    rows = moving.read("lang,question,full\nja,送料は,500円\nfr,Combien,5\n", "csv")
    with pytest.raises(Invalid, match="Line 3"):
        await desk.database.write(moving.take, DESK, rows)
    assert (await desk.database.read(queries.page)).items == []
    with pytest.raises(Invalid):
        moving.read("a,b\n1,2\n", "csv")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp932"):
        for mark in ",\t;":
            file = f"lang{mark}question{mark}full\r\nja{mark}①送料は～{mark}500円\r\n".encode(encoding)
            (row,) = moving.read(moving.decoded(file), "csv")
            assert (row.lang, row.question, row.full) == ("ja", "①送料は～", "500円")
    for file in (bytes(range(256)), b"lang,question\nja,\0", b"\xff\xfe\x00\xd8"):
        with pytest.raises(Invalid):
            moving.decoded(file)
    with pytest.raises(Invalid, match="Line 2"):
        moving.read("lang,question,full\nja,送料は,1,000円\n", "csv")
    with pytest.raises(Invalid, match="Line 1"):
        moving.read("just text", "markdown")
    with pytest.raises(Invalid, match="do not have: answer, 備考"):
        moving.read("lang,question,answer,備考\nja,送料は,500円,急ぎ\n", "csv")
    with pytest.raises(Invalid, match="Line 2, state"):
        await desk.database.write(
            moving.take, DESK, moving.read("lang,question,full,state\nja,送料は,500円,公開\n", "csv")
        )


async def test_a_file_from_a_spreadsheet_may_come_twice_and_is_told_of_by_its_rows(desk: TestDesk) -> None:
    async def take(file: str) -> moving.Moved:
        return await desk.database.write(moving.take, DESK, moving.read(file, "csv"))

    head = "lang,question,phrasings,full,valid_until\n"
    file = f'{head}ja,送料は,"いくら\nただ？",500円,2026/8/2\n\nja,返品は,"いつ\nどこ",可,\n'
    assert await take(file) == moving.Moved(2, 0, 0)
    assert await take(file) == moving.Moved(0, 0, 0)
    assert await take(file.replace("500円", "600円")) == moving.Moved(0, 1, 0)
    assert str((await desk.database.read(queries.article, 1)).content.valid_until) == "2026-08-02"
    owned = "id,lang,question,full,owner,related\n1,ja,送料は,600円,{owner},{related}\n"
    await take(owned.format(owner=desk.agent.email.upper(), related="2"))
    strange = await take(owned.format(owner="gone@shop.test", related='"2, 77, 返品"'))
    assert strange.unknown == ["gone@shop.test", "77", "返品"]
    content = (await desk.database.read(queries.article, 1)).content
    assert (content.owner, content.related) == (desk.agent.id, [2]), "whom nobody knows takes nobody's place"
    for line, column, why in (
        ("ja,送料は,,,", "question", "stands in an earlier line too"),
        (f"ja,{'長' * 501},,,", "question", "500"),
        ("ja,交換は,,,昨日", "valid_until", "must be a date"),
    ):
        with pytest.raises(Invalid, match=f"Line 5, {column}: .*{why}"):
            await take(file + line)
    with pytest.raises(Invalid, match="Line 2, channels: must be among email"):
        await take("lang,question,full,channels\nja,交換は,可,メール\n")
    await take("lang,question,full,channels\nja,交換は,可,LINE、email\n")
    assert (await desk.database.read(queries.article, 3)).content.channels == ["line", "email"]
    with pytest.raises(Invalid, match="Line 2, lang: stands twice"):
        await take("id,lang,question,full\nx,ja,送料は,1\nx,ja,送料は,2\n")


async def test_the_check_names_articles_that_are_taken_for_each_other(desk: TestDesk) -> None:
    ids = await shop(desk.database)
    again = await publish(desk.database, content("送料について", "配送料はいくらですか", "送料無料の条件"))
    (found,) = check(await desk.database.read(queries.live), ENCODER)
    assert (found.lang, found.articles, found.phrasings) == ("ja", 4, 12)
    assert found.collisions[0].articles == (ids["送料はいくらですか"], again)
    assert {one.article for one in found.astray} <= {ids["送料はいくらですか"], again}
    assert found.lone == []
