"""What makes the FAQ better, over HTTP: proposals decided, questions settled, figures read."""

from __future__ import annotations

from server.agents import DESK
from server.database import Transaction
from server.faq import queries
from server.lessons import phrasings
from server.lessons.phrasings import Proposal
from tests.answers.shelf import publish
from tests.web.house import House

SAID = ["離島への送料を知りたい", "海外までの配達にかかる金額", "送料の早見表がほしい"]


def _fill(tx: Transaction, number: int) -> int:
    article = publish(tx, DESK)[0]
    message = tx.value("SELECT min(id) FROM message WHERE ticket_number = :number", number=number)
    for place, text in enumerate(SAID):
        found = Proposal(article, "ja", text, message, number, "used", 0.4)
        if place:
            tx.insert(
                "proposed_phrasing", article_id=article, lang="ja", text=text, letters=text, message_id=message,
                ticket_number=number, how="used", times=1, state="waiting", decided_by="", created_at=tx.now,
            )  # fmt: skip
        else:
            assert phrasings.propose(tx, found)
    gap = tx.insert(
        "faq_gap", lang="ja", name="駐車場はありますか", named_by=message, answer="", state="open", times=3, solved=0,
        first_at=tx.now, last_at=tx.now, updated_at=tx.now,
    )  # fmt: skip
    for what, times in (("asked", 8), ("answered", 4), ("right", 3), ("wrong", 1), ("solved", 2)):
        of = 0 if what == "asked" else article
        day = queries.today(tx).isoformat()
        tx.insert("faq_tally", day=day, channel="email", lang="ja", article_id=of, what=what, times=times)
    return gap


async def test_a_lead_decides_and_everybody_who_may_reads(small_house: House) -> None:
    house = small_house
    lead, agent = await house.at_work("Mari", "lead"), await house.at_work()
    gap = await house.parts.database.write(_fill, await house.ticket(text="送料は？"))
    waiting = (await agent.api("GET", "/faq-phrasings")).json
    assert sorted(one["text"] for one in waiting) == sorted(SAID)
    ids = {one["text"]: one["id"] for one in waiting}
    decisions = {"decisions": [{"id": ids[SAID[0]], "take": True}, {"id": ids[SAID[1]], "take": False}]}
    assert (await agent.api("POST", "/faq-phrasings/decisions", decisions)).status == 403
    assert (await lead.api("POST", "/faq-phrasings/decisions", decisions)).json == {"taken": 1, "refused": 1}
    assert [one["text"] for one in (await agent.api("GET", "/faq-phrasings")).json] == [SAID[2]]
    article = (await agent.api("GET", f"/articles/{waiting[0]['article']}")).json
    assert article["content"]["words"]["ja"]["phrasings"][-1] == SAID[0]

    assert (await agent.api("PUT", f"/faq-gaps/{gap}/state", {"state": "dismissed"})).status == 403
    assert (await lead.api("PUT", f"/faq-gaps/{gap}/state", {"state": "dismissed"})).json["state"] == "dismissed"
    assert (await agent.api("GET", "/faq-gaps")).json == []
    assert (await lead.api("PUT", f"/faq-gaps/{gap}/state", {"state": "open"})).status == 200
    made = await lead.api("POST", f"/faq-gaps/{gap}/article", {})
    assert (made.status, made.json["state"]) == (201, "draft")
    assert (await lead.api("POST", f"/faq-gaps/{gap}/article", {})).status == 409
    assert (await lead.api("POST", "/faq-gaps/9999/article", {})).status == 404
    assert (await agent.api("GET", "/faq-gaps?state=written")).json[0]["article"] == made.json["id"]

    found = (await agent.api("GET", "/faq-results?weeks=4")).json
    assert len(found["weeks"]) == 4
    assert (found["all"]["coverage"], found["all"]["precision"], found["all"]["alone"]) == (0.5, 0.75, 0.25)
    assert found["weeks"][-1]["counts"]["asked"] == found["channels"][0]["counts"]["asked"] == 8
    assert (await agent.api("GET", "/faq-results?channel=line")).json["all"]["asked"] == 0
