"""What stands in a help centre, who reads it, what is found in it, and what its readers say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from server.agents import DESK
from server.errors import Conflict, Forbidden, Invalid, Unavailable
from server.faq import actions as articles
from server.faq.views import Content, Match
from server.help import actions, finding, markup, queries, votes
from server.help.live import Help
from server.help.shelf import read, slug_of
from server.help.views import CategoryWords, CentreSettings, Link
from tests.desks import TestDesk

URL = "https://desk.example"
DAY = datetime.now(UTC).date()


def answer(question: str, full: str, lang: str = "ja", **more: object) -> Content:
    words = {lang: {"question": question, "full": full}, **more.pop("words", {})}  # type: ignore[dict-item]
    return msgspec.convert({"words": words, **more}, Content)


async def publish(desk: TestDesk, content: Content) -> int:
    made = await desk.database.write(articles.add, DESK, content)
    await desk.database.write(articles.move, DESK, made.id, "published")
    return made.id


async def centre(desk: TestDesk, slug: str = "main", domain: str = "", **settings: object) -> int:
    chosen = CentreSettings(on=True, **settings)  # type: ignore[arg-type]
    made = await desk.database.write(actions.create, DESK, slug, domain, chosen, public_url=URL)
    return made.id


async def test_only_what_is_public_published_and_valid_today_stands_in_a_centre(desk: TestDesk) -> None:
    assert (await desk.database.read(read, URL)).centres == ()
    shown = await publish(desk, answer("送料は", "770円", category="配送"))
    await publish(desk, answer("社内の基準", "秘密", audience="internal"))
    await publish(desk, answer("来月から", "予定", valid_from=str(DAY + timedelta(days=3))))
    await publish(desk, answer("先月まで", "終了", valid_until=str(DAY - timedelta(days=3))))
    await desk.database.write(articles.add, DESK, answer("下書き", "まだ"))
    await desk.database.write(articles.edit, DESK, shown, answer("送料は", "まだ書いている", category="配送"))
    await centre(desk)
    await centre(desk, "other", "help.other.example", categories=["返品"])
    shelf = await desk.database.read(read, URL)
    main, other = shelf.centres
    assert [leaf.answer("ja") for leaf in main.leaves.values()] == ["770円"]
    assert (main.leaves[shown].lang("en"), main.view.url, main.chapters[0].name("en")) == ("ja", f"{URL}/help", "配送")
    assert other.leaves == {}
    assert shelf.domains == {"help.other.example": other}
    assert other.view.url == "https://help.other.example/help"


async def test_a_centre_is_checked_and_an_edit_of_an_old_version_is_refused(desk: TestDesk) -> None:
    id = await centre(desk, domain="Help.Shop.example")
    for slug, domain, field in (
        ("main", "", "slug"),
        ("X", "", "slug"),
        ("suggest", "", "slug"),
        ("two", "help.shop.example", "domain"),
        ("two", "desk.example", "domain"),
        ("two", "not a host", "domain"),
    ):
        with pytest.raises(Invalid) as wrong:
            await centre(desk, slug, domain)
        assert list(wrong.value.fields) == [field]
    bad = CentreSettings(links=[Link(words={"ja": "x"}, url="javascript:alert(1)")], form="nowhere")
    with pytest.raises(Invalid) as wrong:
        await desk.database.write(actions.create, DESK, "three", "", bad, public_url=URL)
    assert set(wrong.value.fields) == {"links.0.url", "form"}
    again = CentreSettings(on=False)
    await desk.database.write(actions.save, DESK, id, "main", "", again, public_url=URL, version=1)
    with pytest.raises(Conflict):
        await desk.database.write(actions.save, DESK, id, "main", "", again, public_url=URL, version=1)
    with pytest.raises(Forbidden):
        await desk.database.write(actions.remove, await desk.colleague(), id)


async def test_categories_have_words_in_an_order_of_their_own(desk: TestDesk) -> None:
    for key in ("b", "a"):
        await publish(desk, answer(f"{key}?", "!", category=key))
        await desk.database.write(
            actions.name_category, DESK, key, {"en": CategoryWords(name=key.upper(), description=" all  of it ")}
        )
    await publish(desk, answer("c?", "!", category="c"))
    first, second, loose = await desk.database.read(queries.categories)
    assert [(each.key, each.articles) for each in (first, second, loose)] == [("b", 1), ("a", 1), ("c", 1)]
    assert (first.words["en"].description, loose.id) == ("all of it", 0)
    await desk.database.write(actions.move_category, DESK, second.id, -1)
    await centre(desk)
    (main,) = (await desk.database.read(read, URL)).centres
    assert [chapter.name("en") for chapter in main.chapters] == ["A", "B", "c"]
    assert main.chapter(f"{first.id}-an-older-name") is main.chapters[1]
    await desk.database.write(actions.forget_category, DESK, first.id)
    assert [each.key for each in await desk.database.read(queries.categories)] == ["a", "b", "c"]


async def test_a_reader_votes_once_and_is_forgotten_while_the_vote_stands(desk: TestDesk) -> None:
    article, main = await publish(desk, answer("送料は", "770円")), await centre(desk)
    ann, ben = (votes.visitor(b"s", article, address, "Firefox") for address in ("192.0.2.1", "192.0.2.2"))
    assert ann != votes.visitor(b"s", article + 1, "192.0.2.1", "Firefox"), "not to be joined over articles"
    for who, helpful, words in ((ann, True, ""), (ben, True, ""), (ann, False, ""), (ann, False, " 沖縄は？ ")):
        await desk.database.write(votes.vote, article, main, "ja", helpful, who, words)
    counts = {("page", "viewed", article): 3, ("search", "searched", 0): 2, ("search", "nothing", 0): 1}
    for _ in range(2):
        await desk.database.write(votes.add, counts, {})
    said = await desk.database.read(queries.reception)
    (one,) = said.articles
    assert (one.yes, one.no, one.viewed, [each.words for each in one.words]) == (1, 1, 6, ["沖縄は？"])
    assert (said.searched, said.nothing) == (4, 2)

    def later(tx: object) -> None:
        tx.now += timedelta(days=31)  # type: ignore[attr-defined]
        votes.sweep(tx)  # type: ignore[arg-type]

    await desk.database.write(later)
    assert await desk.database.read(lambda tx: tx.value("SELECT count(visitor) FROM help_vote")) == 0
    assert (await desk.database.read(queries.reception)).articles[0].no == 1


async def test_a_search_finds_words_out_of_a_sentence_and_marks_them(desk: TestDesk) -> None:
    await publish(desk, answer("電子レンジは使えますか", "| 白磁 | ○ |\n|---|---|\n| 粉引 | × |", category="手入れ"))
    await publish(desk, answer("送料は", "全国一律 770円です。"))
    await centre(desk)
    (main,) = (await desk.database.read(read, URL)).centres
    (hit,) = finding.find(main, "ja", "ﾚﾝｼﾞを使いたいのですが")[:1]
    assert hit.question == [("電子", False), ("レンジ", True), ("は使えますか", False)]
    assert "---" not in "".join(text for text, _ in hit.excerpt)
    assert [each.leaf.words("ja").question for each in finding.find(main, "ja", "770")] == ["送料は"]
    assert finding.find(main, "ja", "宇宙船") == []
    assert slug_of("How much — is  Shipping?") == "how-much-is-shipping"


async def test_a_matcher_that_fails_or_sleeps_leaves_the_words(desk: TestDesk) -> None:
    class Broken:
        async def match(self, text: str, **_: object) -> Match:
            raise RuntimeError("no model here")

    await publish(desk, answer("送料は", "770円"))
    await centre(desk)
    help = Help(desk.database, Broken(), public_url=URL)  # type: ignore[arg-type]
    (main,) = (await help.shelf()).centres
    assert len(await help.find(main, "ja", "送料")) == 1
    assert await help.offers(main, "ja", "送料はいくらですか") == []
    assert await help.link(1, "en") == f"{URL}/help/ja/articles/1"
    assert await help.link(99) == ""


def test_an_answer_becomes_careful_html() -> None:
    long = "# 一\n## 二つ目は下の段\n# **二**\n# 三\n<script>alert(1)</script>\n[x](javascript:alert(1)) [y](/help)"
    page = markup.page(
        long + "\n![器](a b.png) ![他](https://e.example/x.png)\n\n| a |\n|--:|\n| 1 |", {"a b.png": "/f/1"}
    )
    assert [(each.id, each.words) for each in page.contents] == [("s1", "一"), ("s2", "二"), ("s3", "三")]
    assert "<h1" not in page.html and "<script" not in page.html and 'href="javascript' not in page.html
    assert '<h2 id="s2"><strong>二</strong></h2>' in page.html
    assert '<a href="https://e.example/x.png"' in page.html and 'class="end"' in page.html
    picture = markup.page("![器](a%20b.png)", {"a b.png": "/f/1"})
    assert '<img src="/f/1" alt="器"' in picture.html and picture.contents == []


async def test_counts_that_could_not_be_kept_are_kept_once_the_database_is_back(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = votes.Counts(desk.database)
    counts.count("page", "viewed", 1)
    counts.missed("ja", "送料")

    def away(*_: object) -> None:
        raise Unavailable("The database is away.")

    with monkeypatch.context() as bad:
        bad.setattr(desk.database, "write", away)
        await counts.flush()
    counts.missed("ja", "送料")
    await counts.flush()
    await counts.flush()
    assert await desk.database.read(lambda tx: tx.value("SELECT sum(times) FROM help_count")) == 1
    assert await desk.database.read(lambda tx: tx.value("SELECT sum(times) FROM help_missed")) == 2
