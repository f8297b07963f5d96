"""The FAQ through the JSON API: from a draft to what stands beside a ticket's message."""

from __future__ import annotations

from tests.web.house import House

SHOP = {
    "送料はいくらですか": ["配送料を教えてください", "送料無料になる金額は？"],
    "注文をキャンセルしたい": ["購入を取り消したい", "注文の取り消しはできますか"],
    "パスワードを忘れました": ["ログインできません", "パスワードを再設定したい"],
}


def content(question: str, phrasings: list[str]) -> dict[str, object]:
    return {"words": {"ja": {"question": question, "phrasings": phrasings, "full": f"{question}の答え"}}}


async def test_an_article_is_written_published_asked_and_suggested(house: House) -> None:
    lead, agent = await house.at_work("Mari", "lead"), await house.at_work()
    for question, phrasings in SHOP.items():
        made = await agent.api("POST", "/articles", {"content": content(question, phrasings)})
        assert (made.status, made.json["state"], made.json["version"]) == (201, "draft", 1)
        where = f"/articles/{made.json['id']}"
        assert (await agent.api("PUT", f"{where}/state", {"state": "published"})).status == 403
        live = await lead.api("PUT", f"{where}/state", {"state": "published", "version": 1})
        assert (live.json["state"], live.json["live_version"]) == ("published", 2)
    house.doors.faq.changed()  # type: ignore[union-attr]  # the test's house has no reactions
    found = (await agent.api("POST", "/articles/match", {"text": "送料はいくらかかりますか"})).json
    assert found["decision"] == "answer"
    assert found["entries"][0]["confidence"] > 0.9
    number = await house.ticket(text="お世話になります。送料はいくらになりますか。")
    thread = (await agent.api("GET", f"/tickets/{number}")).json
    message = thread["messages"][0]["id"]
    await house.parts.faq.suggest(message)
    (first, *_) = (await agent.api("GET", f"/tickets/{number}/suggestions")).json
    assert (first["message"], first["question"], first["outcome"]) == (message, "送料はいくらですか", None)
    outcome = f"/tickets/{number}/suggestions/{first['id']}/outcome"
    assert (await agent.api("PUT", outcome, {"outcome": "rejected"})).status == 204
    assert (await agent.api("GET", f"/tickets/{number}/suggestions")).json[0]["outcome"] == "rejected"
    assert (await agent.api("GET", "/tickets/99999/suggestions")).status == 404
    listed = (await agent.api("GET", "/articles", None)).json["items"]
    assert len(listed) == 3
    stale = await agent.api("PATCH", where, {"content": content("別の質問", []), "version": 1})
    assert stale.status == 409
    versions = (await agent.api("GET", f"{where}/versions")).json
    assert [version["version"] for version in versions] == [2, 1]


async def test_a_viewer_reads_articles_and_writes_none(small_house: House) -> None:
    viewer = await small_house.at_work("Vera", "viewer")
    made = await viewer.api("POST", "/articles", {"content": content("送料は？", [])})
    assert made.status == 403
    assert (await viewer.api("GET", "/articles")).json == {"items": [], "next": None}
    assert (await viewer.api("POST", "/articles/match", {"text": "送料は"})).json["decision"] == "none"


async def test_articles_are_looked_for_by_meaning_and_by_words(house: House) -> None:
    lead, agent = await house.at_work("Mari", "lead"), await house.at_work()
    assert (await agent.api("GET", "/desk")).json["articles"] is False
    for question, phrasings in SHOP.items():
        made = (await agent.api("POST", "/articles", {"content": content(question, phrasings)})).json
        await lead.api("PUT", f"/articles/{made['id']}/state", {"state": "published"})
    house.doors.faq.changed()  # type: ignore[union-attr]  # the test's house has no reactions
    number = await house.ticket(text="お世話になります。")
    find = f"/articles/search?ticket={number}&q="
    (first, *_) = (await agent.api("GET", f"{find}ログインの仕方を忘れてしまった")).json
    assert (first["question"], first["text"]) == ("パスワードを忘れました", "パスワードを忘れましたの答え")
    assert first["confidence"] > 0.3
    held = (await agent.api("GET", f"{find}キャンセルしたいの答え")).json
    assert "注文をキャンセルしたい" in [hit["question"] for hit in held]
    everything = (await agent.api("GET", "/articles/search")).json
    assert [hit["confidence"] for hit in everything] == [None] * 3
    assert (await agent.api("GET", "/articles/search?ticket=99999")).status == 404
    assert (await agent.api("GET", "/desk")).json["articles"] is True


async def test_an_admin_chooses_the_engine_and_nobody_sees_the_key(small_house: House) -> None:
    admin, agent = await small_house.at_work("Mari", "admin"), await small_house.at_work()
    assert (await admin.api("GET", "/faq-engine")).json["choice"]["kind"] == "use"
    chosen = {"kind": "endpoint", "url": "https://embeddings.invalid/v1", "model": "m", "key": "sk-hidden"}
    assert (await agent.api("PUT", "/faq-engine", chosen)).status == 403
    made = await admin.api("PUT", "/faq-engine", chosen)
    assert (made.status, made.json["choice"]["has_key"], "sk-hidden" in made.text) == (200, True, False)
    wrong = await admin.api("PUT", "/faq-engine", {**chosen, "url": "file:///etc/passwd"})
    assert (wrong.status, list(wrong.json["fields"])) == (422, ["url"])
    shown = await admin.page("/admin/faq-engine")
    assert (shown.status, "embeddings.invalid" in shown.text, "sk-hidden" in shown.text) == (200, True, False)
    form = {"kind": "endpoint", "url": "https://embeddings.invalid/v1", "model": "n", "key": ""}
    assert (await admin.page("/admin/faq-engine", form)).status == 303
    kept = (await admin.api("GET", "/faq-engine")).json["choice"]
    assert kept == {"kind": "endpoint", "url": form["url"], "model": "n", "has_key": True}
    assert (await admin.page("/admin/faq-engine", {**form, "model": ""})).status == 422
    assert (await admin.page("/admin/faq-engine", {"kind": "use", "forget": "on"})).status == 303
    assert (await admin.api("GET", "/faq-engine")).json["choice"]["has_key"] is False
    assert (await agent.page("/admin/faq-engine")).status == 403
