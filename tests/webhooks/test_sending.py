"""What happens at the desk goes out signed, in order, and whatever the other side does, nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from channels import webhook as signing
from channels.contract import Party
from server import customers, tickets, webhooks
from server.agents import DESK
from server.customers.actions import CustomerEdit
from server.customers.identity import merging
from server.customers.store import batch
from server.customers.store.facts import AddressFact
from server.database import now
from server.errors import Conflict
from server.tickets import TicketEdit
from server.webhooks import queue
from tests.desks import until
from tests.webhooks.conftest import Sending
from tests.webhooks.receiver import Heard

NIGHT = timedelta(hours=25)


async def _told(sending: Sending, **fact: Any) -> Any:
    """Another system tells of something."""
    (read,) = batch.read([{"source": "shop", **fact}])
    assert not isinstance(read, Exception), read
    return await sending.write(batch.tell, DESK, read)


ORDER = {"kind": "order", "external_id": "1001", "number": "R-1", "ordered_at": "2026-11-01T09:00:00Z", "total": "5500"}


async def test_a_message_is_signed_and_carries_the_thing_as_the_api_shows_it(sending: Sending) -> None:
    hook = await sending.hook("customer.*")
    id = await sending.write(customers.add, DESK, name="山田 花子", contacts=[Party("email", "hanako@mail.example")])
    (heard,) = await sending.heard(1)
    assert heard.signed_by(hook.secret)
    assert not heard.signed_by(signing.new_secret())
    assert heard.headers["content-type"] == "application/json"
    said = heard.json
    assert said["type"] == "customer.created"
    assert said["data"]["url"] == f"https://desk.example/api/v1/customers/{id}"
    assert said["data"]["customer"]["name"] == "山田 花子"
    assert said["data"]["customer"]["contacts"][0]["address"] == "hanako@mail.example"
    (logged,) = await sending.settled(hook.id, "delivered")
    assert logged.body.encode() == heard.body
    assert logged.tries[0].status == 200
    assert logged.tries[0].answer == "thank you"
    assert logged.tries[0].headers["webhook-id"] == heard.message


async def test_a_thin_message_says_only_where_the_thing_is(sending: Sending) -> None:
    await sending.hook("customer.created", full=False)
    id = await sending.write(customers.add, DESK, name="山田 花子", contacts=[])
    (heard,) = await sending.heard(1)
    assert heard.json["data"]["id"] == id
    assert "customer" not in heard.json["data"]
    assert "山田" not in heard.body.decode()


async def test_everything_that_the_issue_names_is_told(sending: Sending) -> None:
    desk = sending.desk
    hook = await sending.hook()
    number = (await desk.hear("届きません")).ticket
    assert number is not None
    customer = (await desk.thread(number)).customer.id
    await desk.reply(number, "調べます")
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(status="done"))
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(status="open"))
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(priority="high"))
    await desk.database.write(tickets.note, desk.agent, number, "VIP")
    await desk.database.write(customers.edit, desk.agent, customer, CustomerEdit(note="常連"))
    await desk.database.write(customers.add_address, desk.agent, customer, AddressFact(city="千代田区"))
    await desk.database.write(customers.add_contact, desk.agent, customer, Party("phone", "+81312345678"))
    other = await desk.database.write(customers.add, desk.agent, name="田中", contacts=[])
    await desk.database.write(merging.merge, desk.agent, customer, other)
    await _told(sending, **ORDER)
    await _told(sending, **ORDER | {"status": "shipped"})

    async def all_there() -> bool:
        return {
            "customer.created", "ticket.opened", "message.received", "message.sent", "ticket.resolved",
            "ticket.reopened", "ticket.updated", "note.created", "customer.updated", "customer.address.updated",
            "customer.contact.updated", "customer.merged", "order.created", "order.updated",
        } <= set(sending.receiver.kinds())  # fmt: skip

    await until(all_there, 60)
    said = {one.kind: one.json["data"] for one in sending.receiver.heard}
    assert said["message.received"]["message"]["text"] == "届きません"
    assert said["ticket.opened"]["ticket"]["number"] == number
    assert said["ticket.resolved"]["change"] == {
        "ticket": number,
        "field": "status",
        "before": "waiting",
        "after": "done",
    }
    assert said["order.updated"]["order"]["status"] == "shipped"
    assert said["customer.updated"]["by"] == desk.agent.actor
    assert not (await sending.view(hook.id)).failed


async def test_a_customer_who_is_known_is_not_told_as_new_again(sending: Sending) -> None:
    await sending.hook("customer.created", "ticket.opened")
    await sending.desk.hear("一通目", sender="a@mail.example")
    await sending.desk.hear("二通目", sender="a@mail.example")
    sending.kick()
    await until(lambda: sending.receiver.kinds().count("ticket.opened") == 2, 60)
    assert sending.receiver.kinds().count("customer.created") == 1


async def test_only_chosen_kinds_come_and_no_echo_of_a_source(sending: Sending) -> None:
    await sending.hook("order.*", skip_sources=["shop"])
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    await _told(sending, **ORDER)
    (read,) = batch.read([{"source": "erp", **ORDER}])
    await sending.write(batch.tell, DESK, read)
    (heard,) = await sending.heard(1)
    assert heard.json["data"]["by"] == "source:erp"
    assert sending.receiver.kinds() == ["order.created"]


async def test_what_one_thing_went_through_comes_in_order_however_slow_the_first_is(sending: Sending) -> None:
    """Of one customer in order; another customer's news do not wait for it."""
    failing = True

    async def answer(heard: Heard) -> web.StreamResponse:
        return web.Response(status=503 if failing and heard.json["data"]["id"] == first else 200)

    first = await sending.write(customers.add, DESK, name="一", contacts=[])
    second = await sending.write(customers.add, DESK, name="二", contacts=[])
    sending.receiver.answer = answer
    hook = await sending.hook("customer.*")
    for note in ("a", "b", "c"):
        await sending.write(customers.edit, DESK, first, CustomerEdit(note=note))
    await sending.write(customers.edit, DESK, second, CustomerEdit(note="z"))
    await until(lambda: second in [one.json["data"]["id"] for one in sending.receiver.heard], 60)
    await sending.settled(hook.id, "waiting", "waiting", "waiting", "delivered")
    failing = False
    await sending.later(hook.id, NIGHT)
    await sending.settled(hook.id, "delivered", "delivered", "delivered", "delivered")
    said = [one.json["data"] for one in sending.receiver.heard if one.json["data"]["id"] == first]
    seqs = [data["seq"] for data in said]
    assert seqs == sorted(seqs)
    assert seqs.count(seqs[0]) == 2 and len(seqs) == 4
    assert said[-1]["customer"]["note"] == "c"


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
async def test_every_failure_is_tried_again_under_the_same_id_with_a_new_time(sending: Sending, status: int) -> None:
    if sending.desk.database.engine.dialect == "postgresql" and status != 500:
        return  # what an answer means has nothing to do with the database
    sending.receiver.says(status, "no", Location="http://127.0.0.1:1/elsewhere")
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    (waiting,) = await until(lambda: _tried(sending, hook.id, 1), 60)
    assert waiting.state == "waiting"
    assert waiting.next_at is not None and waiting.next_at > now() + queue.WAITS[0] / 2
    assert waiting.tries[0].status == status
    if status == 302:
        assert "moved to http://127.0.0.1:1/elsewhere" in waiting.words
    sending.receiver.is_fine()
    await sending.later(hook.id, NIGHT)
    (done,) = await sending.settled(hook.id, "delivered")
    assert done.attempts == 2
    first, second = sending.receiver.heard
    assert first.message == second.message
    assert first.body == second.body
    assert second.signed_by(hook.secret)


async def _tried(sending: Sending, id: int, times: int) -> Any:
    found = await sending.log(id)
    return found if found and len(found[-1].tries) >= times and found[-1].state != "sending" else None


async def test_a_retry_after_is_obeyed(sending: Sending) -> None:
    sending.receiver.says(429, "slowly", **{"Retry-After": "3600"})
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    (waiting,) = await until(lambda: _tried(sending, hook.id, 1), 60)
    assert waiting.next_at > now() + timedelta(minutes=55)
    view = await sending.view(hook.id)
    assert view.rest_until is not None and view.rest_until > now() + timedelta(minutes=55)


async def test_who_hangs_is_left_and_who_answers_endlessly_is_read_a_little(sending: Sending) -> None:
    async def hang(_: Heard) -> web.StreamResponse:
        await sending.receiver.asleep.wait()
        return web.Response()

    async def flood(_: Heard) -> web.StreamResponse:
        return web.Response(body=b"x" * 5_000_000)

    await sending.stop()
    sending.start(sending.another(seconds=0.3))
    sending.receiver.answer = hang
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    (waiting,) = await until(lambda: _tried(sending, hook.id, 1), 60)
    assert waiting.words == "no answer in time"
    assert waiting.status is None
    await sending.stop()
    sending.start(sending.another())
    sending.receiver.answer = flood
    await sending.later(hook.id, NIGHT)
    (done,) = await sending.settled(hook.id, "delivered")
    assert done.tries[0].answer == "x" * 4096


async def test_nobody_there_and_a_private_address_are_said(sending: Sending) -> None:
    hook = await sending.hook("customer.*", url="http://127.0.0.1:9/hooks")
    inside = await sending.hook("customer.*", name="inside", url="https://192.168.7.7/hooks")
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    (waiting,) = await until(lambda: _tried(sending, hook.id, 1), 60)
    assert waiting.words.startswith("not reached")
    (refused,) = await until(lambda: _tried(sending, inside.id, 1), 60)
    assert refused.words == "192.168.7.7 is not a public address"


async def test_410_ends_it_until_an_admin_resumes(sending: Sending) -> None:
    sending.receiver.says(410, "never again")
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="一", contacts=[])
    await until(lambda: _is(sending, hook.id, "gone"), 60)
    await sending.write(customers.add, DESK, name="二", contacts=[])
    await sending.settled(hook.id, "failed")
    assert await sending.desk.database.read(webhooks.ailing) == 1
    sending.receiver.is_fine()
    await sending.write(webhooks.resume, DESK, hook.id)
    await sending.settled(hook.id, "failed", "delivered")
    assert sending.receiver.heard[-1].json["data"]["customer"]["name"] == "二"


async def _is(sending: Sending, id: int, state: str) -> bool:
    return (await sending.view(id)).state == state


async def test_after_days_without_success_it_is_paused_and_loses_nothing(sending: Sending) -> None:
    sending.receiver.says(500, "broken")
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="一", contacts=[])
    await until(lambda: _tried(sending, hook.id, 1), 60)
    await sending.later(hook.id, timedelta(days=4))
    await until(lambda: _is(sending, hook.id, "paused"), 60)
    assert (await sending.view(hook.id)).words.startswith("500")
    await sending.write(customers.add, DESK, name="二", contacts=[])
    sending.receiver.is_fine()
    await sending.write(webhooks.resume, DESK, hook.id)
    await sending.settled(hook.id, "delivered", "delivered")


async def test_one_message_that_never_gets_through_fails_alone(sending: Sending) -> None:
    async def answer(heard: Heard) -> web.StreamResponse:
        return web.Response(status=400 if "毒" in heard.body.decode() else 200)

    sending.receiver.answer = answer
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="毒", contacts=[])
    for many in range(1, len(queue.WAITS) + 2):
        await until(lambda many=many: _first_tried(sending, hook.id, many), 60)  # type: ignore[misc]
        await sending.write(customers.add, DESK, name="薬", contacts=[])
        await until(lambda many=many: _delivered(sending, hook.id, many), 60)  # type: ignore[misc]
        await sending.later(hook.id, NIGHT)
    failed, *_ = await sending.log(hook.id)
    assert failed.state == "failed"
    assert failed.attempts == len(queue.WAITS) + 1
    assert (await sending.view(hook.id)).state == "active"


async def _first_tried(sending: Sending, id: int, times: int) -> bool:
    first, *_ = await sending.log(id) or [None]
    return first is not None and len(first.tries) >= times


async def _delivered(sending: Sending, id: int, many: int) -> bool:
    return (await sending.states(id)).count("delivered") >= many


async def test_an_address_that_fails_is_asked_by_one_message_at_a_time(sending: Sending) -> None:
    sending.receiver.says(500)
    hook = await sending.hook("customer.*")
    for _ in range(20):
        await sending.write(customers.add, DESK, name="誰か", contacts=[])
    await until(lambda: _failures(sending, hook.id, queue.DOUBTFUL), 60)
    assert (await sending.view(hook.id)).rest_until is not None
    asked = len(sending.receiver.heard)
    assert asked < 20
    sending.receiver.is_fine()
    await sending.later(hook.id, NIGHT)
    await until(lambda: _delivered(sending, hook.id, 20), 60)


async def _failures(sending: Sending, id: int, many: int) -> bool:
    return (await sending.view(id)).failures >= many


async def test_a_new_secret_signs_beside_the_former_for_a_while(sending: Sending) -> None:
    hook = await sending.hook("customer.*")
    renewed = await sending.write(webhooks.renew_secret, DESK, hook.id, keys=sending.desk.keys)
    await sending.write(customers.add, DESK, name="一", contacts=[])
    (heard,) = await sending.heard(1)
    assert heard.signed_by(hook.secret) and heard.signed_by(renewed.secret)
    assert renewed.former_secret_until is not None
    last = await sending.write(
        webhooks.renew_secret, DESK, hook.id, keys=sending.desk.keys, overlap=timedelta(0), secret=signing.new_secret()
    )
    await sending.write(customers.add, DESK, name="二", contacts=[])
    _, heard = await sending.heard(2)
    assert heard.signed_by(last.secret)
    assert not heard.signed_by(renewed.secret)


async def test_replay_sends_one_again_or_everything_since_a_moment(sending: Sending) -> None:
    before = now()
    await sending.write(customers.add, DESK, name="零", contacts=[])
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="一", contacts=[])
    (done,) = await sending.settled(hook.id, "delivered")
    await sending.write(webhooks.replay, DESK, done.id)
    first, again = await sending.heard(2)
    assert first.message == again.message
    await sending.settled(hook.id, "delivered")
    assert await sending.write(webhooks.replay_since, DESK, hook.id, before) == 1
    await sending.heard(4)
    names = [one.json["data"]["customer"]["name"] for one in sending.receiver.heard]
    assert names[:2] == ["一", "一"]
    assert sorted(names[2:]) == ["一", "零"]  # also what happened before there was a webhook
    assert await sending.write(webhooks.replay_since, DESK, hook.id, before, failed_only=True) == 0


async def test_a_message_can_be_left_out_so_that_those_behind_it_go_on(sending: Sending) -> None:
    async def answer(heard: Heard) -> web.StreamResponse:
        return web.Response(status=400 if heard.json["data"]["customer"]["note"] == "毒" else 200)

    sending.receiver.answer = answer
    id = await sending.write(customers.add, DESK, name="一", contacts=[])
    hook = await sending.hook("customer.*")
    await sending.write(customers.edit, DESK, id, CustomerEdit(note="毒"))
    await until(lambda: _tried(sending, hook.id, 1), 60)
    await sending.write(customers.edit, DESK, id, CustomerEdit(note="薬"))
    blocked, _ = await sending.settled(hook.id, "waiting", "waiting")
    await sending.write(webhooks.skip, DESK, blocked.id)
    await sending.settled(hook.id, "skipped", "delivered")
    with pytest.raises(Conflict):
        await sending.write(webhooks.skip, DESK, blocked.id)


async def test_of_two_processes_one_sends_and_the_other_takes_over(sending: Sending) -> None:
    hook = await sending.hook("customer.*")
    await until(lambda: sending.carrier._holds, 60)
    other = sending.another()
    sending.start(other)
    for _ in range(5):
        await sending.write(customers.add, DESK, name="誰か", contacts=[])
    await until(lambda: _delivered(sending, hook.id, 5), 60)
    assert len(sending.receiver.heard) == 5
    mine, task = sending._running.pop(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await mine.close()
    other._asked = -100.0  # the other asks again in some seconds; not to wait for it
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    await until(lambda: _delivered(sending, hook.id, 6), 60)
    assert len(sending.receiver.heard) == 6


async def test_what_a_dead_process_was_sending_is_sent_again(sending: Sending) -> None:
    async def hang(_: Heard) -> web.StreamResponse:
        await sending.receiver.asleep.wait()
        return web.Response()

    sending.receiver.answer = hang
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    await sending.heard(1)
    for _, task in sending._running:  # no farewell
        task.cancel()
    for task in sending.carrier._sending:
        task.cancel()
    await sending.desk.database.write(lambda tx: tx.run("UPDATE lease SET until = :then", then=now() - NIGHT))
    sending._running.clear()
    sending.receiver.is_fine()
    sending.start(sending.another())
    await sending.settled(hook.id, "delivered")
    first, second = sending.receiver.heard
    assert first.message == second.message
    await sending.carrier.close()
