"""From a confirmed answer to one more way to ask: proposed without its writer, reviewed, matched at once."""

from __future__ import annotations

import pytest

from server.agents import DESK
from server.database import Stretch, Transaction
from server.errors import Forbidden
from server.events import AnswerMade
from server.faq import actions, queries
from server.faq.checking import check
from server.faq.live import Faq
from server.lessons import figures, phrasings
from server.lessons.learner import Learner
from server.lessons.masking import masked
from server.lessons.views import Decision
from server.privacy import emptying
from tests.answers.shelf import ANSWERS, PASSWORD, publish
from tests.desks import TestDesk
from tests.faq.test_articles import ENCODER

ASKED = "磯野と申します。注文番号 48213-99 のメンバーズカードの合言葉を思い出せなくなって困っています"


@pytest.mark.parametrize(
    ("said", "names", "left"),
    [
        ("注文番号 12345 の配送はいつですか", [], "注文番号○○の配送はいつですか"),
        ("田中太郎と申します。ABC-12345が届きません", [], "○○が届きません"),
        ("090-1234-5678の田中様宛の荷物が届かない", ["田中"], "○○の○○宛の荷物が届かない"),
        ("a.b@x.example に領収書を送ってほしい", [], "○○に領収書を送ってほしい"),
        ("東京都千代田区丸の内1-2-3に届けてほしい", [], "○○に届けてほしい"),
        ("Order #48213 to 12 Baker Street is late", [], "Order […] to […] is late"),
        ("北海道に5000円以上で送れますか", [], "北海道に5000円以上で送れますか"),
        ("10000円のクーポンは2026年11月に使えますか", [], "10000円のクーポンは2026年11月に使えますか"),
        ("注文番号がわかりません", [], "注文番号がわかりません"),
    ],
)
def test_what_tells_who_wrote_is_marked_and_what_is_asked_about_stays(said: str, names: list[str], left: str) -> None:
    assert masked(said, names) == left


async def test_a_reply_with_an_article_is_a_phrasing_once_a_lead_says_so(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    shipping, _, password = await write(publish, DESK)
    faq = Faq(desk.database, ENCODER)
    learner = Learner(desk.database, faq)
    number = (await desk.hear(ASKED)).ticket
    await desk.reply(number, f"お世話になっております。\n{ANSWERS[PASSWORD[0]]}\n店長")
    other = (await desk.hear("送料はいくらですか？")).ticket
    await desk.reply(other, "全国一律500円です。5,000円以上のご注文は無料です。")
    await learner.look()
    (one,) = await read(phrasings.waiting)  # what asks in present words is nothing new
    assert (one.article, one.how, one.ticket, one.lang) == (password, "inserted", number, "ja")
    assert one.text == "注文番号○○のメンバーズカードの合言葉を思い出せなくなって困っています"
    assert not await learner.look()
    assert await read(phrasings.count) == 1

    agent = await desk.colleague()
    with pytest.raises(Forbidden):
        await write(phrasings.decide, agent, [Decision(id=one.id, take=True)])
    before = await read(queries.article, password)
    words = "会員カードの合言葉を思い出せない"
    draft = await write(actions.edit, agent, shipping, (await read(queries.article, shipping)).content)
    assert draft.state == "published"
    decided = await write(phrasings.decide, desk.agent, [Decision(id=one.id, take=True, text=words)])
    assert (decided.taken, decided.refused) == (1, 0)
    after = await read(queries.article, password)
    assert (after.state, after.live_version, after.version) == ("published", before.version + 1, before.version + 1)
    assert after.content.words["ja"].phrasings[-1] == words
    assert (await read(queries.versions, password))[0].by == desk.agent.actor
    faq.changed()
    found = await faq.match(f"{words}。")
    assert (found.decision, found.entries[0].id) == ("answer", str(password))


async def test_a_draft_under_way_gets_the_phrasing_and_stays_a_draft(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    shipping, *_ = await write(publish, DESK)
    live = (await read(queries.article, shipping)).content
    longer = live.words["ja"].__class__(question="送料", full="考え中")
    await write(actions.edit, desk.agent, shipping, live.__class__(words={"ja": longer}))
    await write(actions.widen, desk.agent, shipping, "ja", ["離島への送料を知りたい"])
    now = await read(queries.article, shipping)
    assert (now.state, now.content.words["ja"].full) == ("draft", "考え中")
    assert now.content.words["ja"].phrasings == ["離島への送料を知りたい"]
    (shown,) = [each for each in await read(queries.live) if each.id == shipping]
    assert shown.content.words["ja"].full == live.words["ja"].full
    assert shown.content.words["ja"].phrasings[-1] == "離島への送料を知りたい"
    assert shown.version == now.live_version == now.version - 1


async def test_what_was_refused_or_came_back_is_not_proposed(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    _, _, password = await write(publish, DESK)
    answer = ANSWERS[PASSWORD[0]]
    learner = Learner(desk.database, Faq(desk.database, ENCODER))
    for _ in range(2):
        number = (await desk.hear(ASKED)).ticket
        await desk.reply(number, answer)
        await learner.look()
        for one in await read(phrasings.waiting):
            assert one.article == password
            await write(phrasings.decide, desk.agent, [Decision(id=one.id, take=False)])
    assert await read(phrasings.count) == 0

    said = "ポイントカードの暗証番号をど忘れしてしまいました、どうすればよいですか"
    number = (await desk.hear(said)).ticket
    await desk.reply(number, answer, status="done")
    await learner.look()
    assert await read(phrasings.count) == 1
    token = await read(lambda tx: tx.value("SELECT token FROM ticket WHERE number = :number", number=number))
    back = await desk.hear("やはりうまくいきません。どうすればよいですか", token=token)
    assert back.ticket == number
    await learner.look()
    assert await read(phrasings.count) == 0

    message = await read(lambda tx: tx.value("SELECT max(message_id) FROM proposed_phrasing"))
    await write(emptying.messages, [message], "erasure")
    assert await read(lambda tx: tx.value("SELECT 1 FROM proposed_phrasing WHERE message_id = :id", id=message)) is None


async def test_each_change_is_counted_once_and_a_day_follows_what_is_said_later(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    shipping, *_ = await write(publish, DESK)
    faq = Faq(desk.database, ENCODER)
    learner = Learner(desk.database, faq)
    message = (await desk.thread((await desk.hear("送料はいくらになりますか")).ticket)).messages[0]
    await desk.hear("昨日の夕焼けはとても赤かったです")
    await faq.suggest(message.id)

    async def counts() -> dict[tuple[str, int], int]:
        await learner.look()
        sql = "SELECT what, article_id, times FROM faq_tally WHERE article_id IN (0, :id)"
        rows = await read(lambda tx: tx.all(sql, id=shipping))
        return {(row.what, row.article_id): row.times for row in rows}

    first = await counts()
    assert (first["asked", 0], first["found", 0], first["suggested", shipping]) == (2, 1, 1)
    row = await read(lambda tx: tx.one("SELECT * FROM suggestion WHERE message_id = :id AND place = 1", id=message.id))
    await write(actions.judge, desk.agent, row.ticket_number, row.id, "used")
    assert (await counts())["used", shipping] == 1
    await write(actions.judge, desk.agent, row.ticket_number, row.id, "rejected")
    last = await counts()
    assert ("used", shipping) not in last
    assert (last["rejected", shipping], last["asked", 0]) == (1, 2)
    other = Learner(desk.database, faq)  # of another process, that had read the same of the feed
    newest = await read(lambda tx: tx.value("SELECT max(seq) FROM change"))
    changes = await read(lambda tx: tx.all("SELECT * FROM change ORDER BY seq"))
    stretch = Stretch(0, newest, changes, False)
    assert not await write(other.move, stretch, await other.take(stretch))
    assert await counts() == last


async def test_what_customers_choose_is_proposed_until_they_say_otherwise(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    _, _, password = await write(publish, DESK)
    learner = Learner(desk.database, Faq(desk.database, ENCODER))

    def attempt(tx: Transaction, ticket: int, message: int, state: str, **more: object) -> int:
        values = {"offered": "[]", "confidence": 0.5, "lang": "ja", "outcome": "", "reason": "", "created_at": tx.now}
        account = desk.account.id
        made = tx.insert(
            "attempt", ticket_number=ticket, message_id=message, account_id=account, state=state, **{**values, **more}
        )
        tx.record(AnswerMade(ticket=ticket, message=message, state=state), "system")
        return made

    def verdict(tx: Transaction, ticket: int, message: int, outcome: str) -> None:
        tx.run("UPDATE attempt SET outcome = :outcome WHERE message_id = :id", outcome=outcome, id=message)
        tx.record(AnswerMade(ticket=ticket, message=message, state="answered", outcome=outcome), "system")

    async def choosing(text: str, sender: str) -> tuple[int, int]:
        """A message that was offered articles, and the tap on one of them."""
        asked = await desk.hear(text, sender=sender)
        assert asked.ticket is not None
        first = (await desk.thread(asked.ticket)).messages[0].id
        token = await read(lambda tx: tx.value("SELECT token FROM ticket WHERE number = :n", n=asked.ticket))
        await desk.hear("パスワードを忘れました", token=token, sender=sender)
        tap = (await desk.thread(asked.ticket)).messages[-1].id
        offered = await write(attempt, asked.ticket, first, "offered", outcome="chosen")
        await write(attempt, asked.ticket, tap, "answered", article_id=password, of_id=offered)
        await learner.look()
        return asked.ticket, tap

    sure = await choosing(ASKED, "a@customer.example")
    number = (await desk.hear("会員番号の秘密の数字をど忘れして入れません", sender="b@customer.example")).ticket
    await desk.reply(number, ANSWERS[PASSWORD[0]])
    doubtful = await choosing("暗号カードの色が薄くなって読めないときはどうすればよいですか", "c@customer.example")
    found = await read(phrasings.waiting)
    assert [one.how for one in found] == ["inserted", "chosen", "chosen"], "what was merely chosen stands behind"
    assert {one.ticket for one in found} == {sure[0], number, doubtful[0]}

    await write(verdict, *sure, "yes")
    await write(verdict, *doubtful, "no")
    await learner.look()
    assert {one.ticket: one.how for one in await read(phrasings.waiting)} == {sure[0]: "yes", number: "inserted"}


async def test_what_may_be_expected_stands_beside_what_was_measured(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    await write(publish, DESK)
    faq = Faq(desk.database, ENCODER)
    learner = Learner(desk.database, faq)
    await learner.look()
    await learner.expect()
    assert (await read(figures.results)).expected == [], "nothing is loaded for it"
    await faq.match("送料は")
    await learner.expect()
    told = await read(figures.results)
    (checked,) = check(await read(queries.live), ENCODER)
    (one,) = told.expected
    assert (one.lang, one.articles) == ("ja", 3) and told.expected_at is not None
    assert one.coverage == pytest.approx(checked.coverage, abs=1e-3)
    assert one.threshold == pytest.approx(checked.threshold, abs=1e-3)
    await learner.expect()
    assert (await read(figures.results)).expected_at == told.expected_at, "it stands while nothing changes"
    await write(actions.move, DESK, 1, "archived")
    faq.changed()
    await learner.expect()
    assert [each.articles for each in (await read(figures.results)).expected] == [2]
