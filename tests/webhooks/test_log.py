"""The log of what was sent, tests on demand, and who may arrange webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server import customers, webhooks
from server.agents import DESK
from server.database import now
from server.errors import Forbidden, Invalid
from server.webhooks import WebhookDraft
from tests.desks import until
from tests.webhooks.conftest import Sending

NIGHT = timedelta(hours=25)


async def _delivered(sending: Sending, id: int, many: int) -> bool:
    return (await sending.states(id)).count("delivered") >= many


async def test_a_test_goes_out_at_once_and_says_what_came_back(sending: Sending) -> None:
    hook = await sending.hook("order.*")
    sending.receiver.says(500, "oops")
    tested = await sending.carrier.test(hook.id)
    assert (tested.state, tested.status, tested.tries[0].answer) == ("failed", 500, "oops")
    assert sending.receiver.heard[0].kind == "webhook.test"
    assert sending.receiver.heard[0].signed_by(hook.secret)
    assert (await sending.view(hook.id)).failures == 0
    sending.receiver.is_fine()
    assert (await sending.carrier.test(hook.id)).state == "delivered"


async def test_the_log_is_searched_by_what_was_said_and_answered(sending: Sending) -> None:
    hook = await sending.hook("customer.*")
    sending.receiver.says(200, "stored as 4711")
    await sending.write(customers.add, DESK, name="山田_花子", contacts=[])
    await sending.heard(1)
    sending.receiver.says(200, "ok")
    id = await sending.write(customers.add, DESK, name="鈴木", contacts=[])
    await sending.settled(hook.id, "delivered", "delivered")
    assert len(await sending.log(hook.id, q="山田_花")) == 1
    assert len(await sending.log(hook.id, q="山田%花")) == 0
    assert len(await sending.log(hook.id, q="stored as 4711")) == 1
    assert len(await sending.log(hook.id, q=f"customer:{id}")) == 1
    assert len(await sending.log(hook.id, state="delivered", kind="customer.created", since=now() - NIGHT)) == 2
    assert len(await sending.log(hook.id, since=now() + NIGHT)) == 0


async def test_finished_messages_leave_the_log_after_a_month(sending: Sending) -> None:
    hook = await sending.hook("customer.*")
    await sending.write(customers.add, DESK, name="誰か", contacts=[])
    await sending.settled(hook.id, "delivered")
    assert await sending.desk.database.write(webhooks.sweep) == 0
    old = now() - timedelta(days=40)
    await sending.desk.database.write(
        lambda tx: tx.run("UPDATE webhook_delivery SET created_at = :old, finished_at = :old", old=old)
    )
    assert await sending.desk.database.write(webhooks.sweep) == 1
    assert await sending.log(hook.id) == []
    await sending.write(webhooks.remove, DESK, hook.id)
    assert await sending.desk.database.read(webhooks.all) == []


async def test_who_was_erased_is_not_in_the_log_either(sending: Sending) -> None:
    hook = await sending.hook("*")
    number = (await sending.desk.hear("私です", sender="a@mail.example")).ticket
    await sending.desk.hear("別の人です", sender="b@mail.example")
    sending.kick()
    await until(lambda: _delivered(sending, hook.id, 6), 60)
    erased = "UPDATE customer SET erased_at = :now WHERE id = (SELECT customer_id FROM ticket WHERE number = :number)"
    await sending.desk.database.write(lambda tx: tx.run(erased, now=tx.now, number=number))
    assert await sending.desk.database.write(webhooks.sweep) == 3
    assert all("私です" not in one.body and "a@mail.example" not in one.body for one in await sending.log(hook.id))


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://erp.example/"},
        {"url": "https://user:word@erp.example/"},
        {"url": "https://erp.example/a b"},
        {"name": " "},
        {"kinds": ["order.eaten"]},
        {"kinds": []},
    ],
)
async def test_what_cannot_be_is_refused(sending: Sending, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await sending.hook(**{"name": "ERP", **wrong}) if "kinds" not in wrong else await sending.desk.database.write(
            webhooks.add, DESK, WebhookDraft(name="ERP", url="https://erp.example/", **wrong), keys=sending.desk.keys
        )


async def test_only_admins_arrange_webhooks(sending: Sending) -> None:
    draft = WebhookDraft(name="ERP", url="https://erp.example/", kinds=["*"])
    with pytest.raises(Forbidden):
        await sending.desk.database.write(webhooks.add, await sending.desk.colleague(), draft, keys=sending.desk.keys)
