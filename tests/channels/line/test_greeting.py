"""Who adds the shop as a friend is greeted, for nothing and once."""

from __future__ import annotations

from functools import partial

import msgspec

from server.flows import actions as flows
from server.flows import starting
from tests.channels.line.house import House
from tests.flows.worlds import sample


async def test_a_greeting_is_free_and_said_once(house: House) -> None:
    await house.change(greeting="ようこそ、うつわの月の輪へ。")
    house.start()
    new = house.line.person("新")
    new.follow()
    await house.heard()
    await house.wait_for(lambda: new.phone)
    assert [(bubble.text, bubble.via) for bubble in new.phone] == [("ようこそ、うつわの月の輪へ。", "reply")]
    assert await house.numbers() == []


async def test_a_greeting_carries_the_first_answers_of_the_flow_that_greets(house: House) -> None:
    await house.change(greeting="ようこそ、うつわの月の輪へ。")
    opened = msgspec.structs.replace(sample().start, first=False, opened=True)
    scenario = msgspec.structs.replace(sample(), start=opened)
    flow = (await house.database.write(flows.add, house.agent, "窓口", scenario)).id
    lead = partial(flows.change, accounts=[house.account.id])
    await house.database.write(lead, house.agent, flow)
    await house.database.write(flows.publish, house.agent, flow)
    await house.database.write(flows.enable, house.agent, flow, True)
    house.start()
    new = house.line.person("新")
    new.follow()
    await house.heard()
    await house.wait_for(lambda: new.phone)
    (bubble,) = new.phone
    assert bubble.text.startswith("ようこそ、うつわの月の輪へ。\n\n")
    first = bubble.message["quickReply"]["items"][0]["action"]
    new.tap(first)
    await house.heard()
    said = (await house.messages())[0]
    assert said.text == first["label"]
    assert await house.database.read(lambda tx: starting.leads(tx, said.id))
