"""Calls written down and programs that post: tickets like any other, answered by mail or by a signed webhook."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from channels import webhook
from tests.channels.email.network import serving
from tests.desks import until
from tests.servers import Street

KEY, SECRET = "k" * 40, webhook.new_secret()


async def test_a_call_is_a_ticket_in_one_request_and_its_caller_is_known_the_next_time(anywhere: Street) -> None:
    desk = anywhere.desk()
    await desk.account("phone", "03-1234-5678", name="代表電話")
    agent = await desk.agent()
    await desk.start()
    note = {"text": "折り返し希望。\n配送状況について", "number": "090-1234-5678", "name": "鈴木 一郎",
            "due_at": "2026-12-01T10:00:00+09:00"}  # fmt: skip
    headers = {"Idempotency-Key": "call-1"}
    answers = [await agent.ask("POST", "/calls", note, headers=headers) for _ in range(2)]
    assert [one.status for one in answers] == [201, 201], answers[0].text
    assert answers[0].json == answers[1].json
    number = answers[0].json["ticket"]
    thread = await agent.thread(number)
    assert thread["ticket"]["channel"] == "phone" and thread["customer"]["name"] == "鈴木 一郎"
    assert thread["ticket"]["due_at"].startswith("2026-12-01T01:00:00")
    (message,) = thread["messages"]
    assert "配送状況について" in message["text"]
    second = await agent.ask("POST", "/calls", {"text": "もう一度お電話。", "number": "+81 90 1234 5678"})
    again = await agent.thread(second.json["ticket"])
    assert again["customer"]["id"] == thread["customer"]["id"]
    assert len(await agent.tickets()) == 2


async def test_a_program_posts_a_message_and_hears_the_answer_signed(anywhere: Street) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []
    moods = [503, 204]

    async def hook(request: web.Request) -> web.Response:
        heard.append((dict(request.headers), await request.read()))
        return web.Response(status=moods.pop(0), headers={"Retry-After": "0"})

    program = web.Application()
    program.router.add_post("/hook", hook)
    url = await anywhere.enter(serving(program))
    desk = anywhere.desk()
    await desk.account("api", "shop", slug="shop", key=KEY, webhook_url=f"{url}/hook", webhook_secret=SECRET)
    agent = await desk.agent()
    await desk.start()

    async def post(body: dict[str, Any], key: str = KEY) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        address = f"{desk.url}/channels/api/shop/messages"
        async with desk.stranger().http.post(address, data=json.dumps(body), headers=headers) as response:
            return response.status, json.loads(await response.read())

    message = {
        "external_id": "m-1", "conversation": "c-1", "text": "アプリから：在庫はありますか",
        "sender": {"id": "u-7", "name": "高橋"},
    }  # fmt: skip
    assert (await post(message, key="wrong" * 8))[0] == 401
    status, posted = await post(message)
    assert status == 202, posted
    assert (await post(message))[1] == {**posted, "repeated": True}
    number = posted["ticket"]
    await agent.reply(number, "ございます。")
    await agent.has_letter(number, "delivered")
    assert len(heard) == 2, "the first answer was 503: come again"
    (first, body), (second, same) = heard
    assert body == same
    ids = {webhook.verify(SECRET, one, body) for one in (first, second)}
    assert len(ids) == 1, "both tries carry the same id"
    data = json.loads(body)["data"]
    assert (data["text"], data["conversation"], data["to"][0]["id"]) == ("ございます。", "c-1", "u-7")
    status, more = await post({**message, "external_id": "m-2", "text": "では二つください。"})
    assert more["ticket"] == number
    messages = await agent.has_messages(number, 3)
    assert messages[-1]["text"] == "では二つください。"
    await until(lambda: len(heard) == 2)
