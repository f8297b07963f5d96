"""The pages of what makes the FAQ better, without JavaScript."""

from __future__ import annotations

from server.agents import DESK
from server.database import Transaction
from server.faq import queries
from tests.answers.shelf import publish
from tests.desks import TestDesk
from tests.web.admin.conftest import House

SAID = ["離島への送料を知りたい", "海外までの配達にかかる金額", "送料の早見表がほしい"]


def _fill(tx: Transaction, number: int) -> int:
    article = publish(tx, DESK)[0]
    message = tx.value("SELECT min(id) FROM message WHERE ticket_number = :number", number=number)
    for text in SAID:
        tx.insert(
            "proposed_phrasing", article_id=article, lang="ja", text=text, letters=text, message_id=message,
            ticket_number=number, how="used", times=1, state="waiting", decided_by="", created_at=tx.now,
        )  # fmt: skip
    tx.insert(
        "faq_gap", lang="ja", name="駐車場はありますか", named_by=message, answer="店舗の裏にございます。",
        state="open", times=3, solved=2, first_at=tx.now, last_at=tx.now, updated_at=tx.now,
    )  # fmt: skip
    tx.insert("help_missed", lang="ja", words="ポイント", times=2, last_at=tx.now)
    tx.insert("help_missed", lang="ja", words="磯野", times=1, last_at=tx.now)
    day = queries.today(tx).isoformat()
    for what, times in (("rejected", 3), ("used", 1), ("answered", 5), ("wrong", 2)):
        tx.insert("faq_tally", day=day, channel="line", lang="ja", article_id=article, what=what, times=times)
    return article


async def test_several_are_decided_at_once_and_a_draft_is_opened(house: House, desk: TestDesk) -> None:
    number = (await desk.hear("送料は？")).ticket
    assert number is not None
    article = await house.database.write(_fill, number)
    lead = await house.browser("lead")
    page = await lead.get("/admin/faq-lessons")
    ids = {page.value(f"text.{id}"): str(id) for id in (1, 2, 3)}
    assert set(ids) == set(SAID)
    words = {f"text.{id}": text for text, id in ids.items()}
    page = await lead.post("/admin/faq-lessons", {**words, "take": ids[SAID[0]]})
    assert len(page.all(".review-row")) == 2
    page = await lead.post("/admin/faq-lessons", {**words, "do": "take"})
    assert len(page.all(".review-row")) == 2
    page = await lead.post("/admin/faq-lessons", {**words, "ids": ids[SAID[1]], "do": "refuse"})
    assert [node.attributes["value"] for node in page.all('.review-row input[name^="text."]')] == [SAID[2]]
    live = next(each for each in await house.database.read(queries.live) if each.id == article)
    assert live.content.words["ja"].phrasings[-1] == SAID[0]
    assert (await (await house.browser("agent")).post("/admin/faq-lessons", {"take": ids[SAID[2]]})).status == 403

    assert "店舗の裏にございます。" in page.text
    page = await lead.post("/admin/faq-lessons/gaps/1", {"do": "dismissed"})
    assert page.tree.css_first("#drafts") is None
    await lead.post("/admin/faq-lessons/gaps/1", {"do": "open"})
    page = await lead.post("/admin/faq-lessons/gaps/1", {"do": "write"})
    assert page.value("words.ja.question") == "駐車場はありますか"
    assert page.value("words.ja.full") == "店舗の裏にございます。"
    assert (await lead.post("/admin/faq-lessons/gaps/1", {"do": "write"})).status == 409

    page = await lead.get("/admin/faq-results?weeks=4&lang=ja")
    assert "ポイント" in page.text and "磯野" not in page.text
    failing = page.tree.css_first("#failing")
    assert failing is not None and "送料はいくらですか" in failing.text()
    table = await lead.get("/admin/faq-results/results.csv?weeks=4")
    assert "送料はいくらですか" in table.html and table.headers["Content-Type"].startswith("text/csv")


async def test_the_weekly_report_is_shown_arranged_and_sent_at_once(house: House, desk: TestDesk) -> None:
    number = (await desk.hear("送料は？")).ticket
    assert number is not None
    article = await house.database.write(_fill, number)
    lead = await house.browser("lead")
    page = await lead.get("/admin/faq-report")
    preview = page.tree.css_first("#preview")
    assert preview is not None and "駐車場はありますか" in preview.text() and "送料はいくらですか" in preview.text()
    assert preview.css_first(f'a[href$="/admin/faq/{article}"]') is not None
    assert (await lead.post("/admin/faq-report", {"weekday": "3", "at": "25:00", "mine": "on"})).status == 422
    page = await lead.post("/admin/faq-report", {"weekday": "3", "at": "08:30"})
    assert (page.value("at"), page.tree.css_first("[name=mine][checked]")) == ("08:30", None)
    await lead.post("/admin/faq-report", {"weekday": "3", "at": "08:30", "mine": "on"})
    assert (await lead.get("/admin/faq-report")).tree.css_first("[name=mine][checked]") is not None
    assert (await lead.post("/admin/faq-report/letter", {})).status == 200
    (sent,) = await house.rows(
        "SELECT l.body, a.role FROM letter l JOIN agent a ON a.email = l.recipient WHERE l.ticket_number IS NULL"
    )
    assert sent.role == "lead" and "駐車場はありますか" in sent.body["text"]
    assert (await (await house.browser("agent")).get("/admin/faq-report")).status == 403
    await house.database.write(lambda tx: tx.run("UPDATE channel_account SET enabled = :no", no=False))
    page = await lead.post("/admin/faq-report/letter", {})
    assert page.status == 409 and "Neither reports nor reminders leave." in page.text
