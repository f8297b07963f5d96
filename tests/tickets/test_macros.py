"""Macros: what they say and do on a ticket, and whose they are."""

from __future__ import annotations

import pytest

from channels.contract import Buttons, Choice, Confirm, OutSticker
from server import agents, tickets
from server.agents import DESK, AgentView
from server.agents.actions import AgentChanges
from server.agents.models import Agent
from server.database import Database
from server.errors import Forbidden, Invalid, NotFound
from server.tickets import TicketEdit, macros
from server.tickets.macros import Actions, Besides
from tests.tickets.search_desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk that is written to."""
    return Desk(database)


def hired(desk: Desk, id: int, name: str) -> AgentView:
    """Somebody new; the desk of searches numbers its agents itself."""
    desk.database.write_now(
        lambda tx: tx.add(Agent(id=id, email=f"{id}@shop.jp", name=name, role="agent", created_at=tx.now))
    )
    return AgentView(id=id, email=f"{id}@shop.jp", name=name, role="agent")


async def test_a_macro_reads_as_the_ticket_has_it_and_changes_nothing_by_itself(desk: Desk) -> None:
    number = desk.ticket("未着です", "まだ届きません。", customer=desk.customer("山田 花子", "hanako@mail.example"))
    desk.do(tickets.edit, number, TicketEdit(tags=["配送"]))
    team = desk.database.write_now(agents.add_team, DESK, "返品係", [])
    ren = hired(desk, 2, "田村 蓮")
    text = "{customer}\n受付番号 {number}、{agent}です。{unknown} {today}"
    actions = Actions(status="done", assignee=ren.id, team=team.id, tags=["お詫び", "配送", " "])
    macro = desk.do(macros.add, "お詫び", text, actions, shared=True)
    before = desk.database.read_now(tickets.view, ren, number)
    used = desk.database.read_now(macros.use, ren, number, macro.id)
    assert used.text.startswith(f"山田 花子 様\n受付番号 {number}、田村 蓮です。{{unknown}} 20")
    assert used.text.endswith("日")
    assert used.actions == TicketEdit(status="done", assignee=ren.id, team=team.id, tags=["配送", "お詫び"])
    assert desk.database.read_now(tickets.view, ren, number) == before
    desk.do(tickets.edit, number, used.actions)
    desk.database.write_now(agents.edit, DESK, ren.id, AgentChanges(active=False))
    assert desk.database.read_now(macros.use, DESK, number, macro.id).actions.wanted().keys() == {
        "status",
        "team",
        "tags",
    }


async def test_an_own_macro_is_nobody_elses_and_a_shared_one_is_a_leads(desk: Desk) -> None:
    number = desk.ticket("未着です", "まだ届きません。")
    aoi, ren = hired(desk, 2, "葵"), hired(desk, 3, "蓮")
    own = desk.database.write_now(macros.add, aoi, "自分の", "", Actions(assignee="me"))
    assert [one.id for one in desk.database.read_now(macros.all, aoi)] == [own.id]
    assert desk.database.read_now(macros.use, aoi, number, own.id).actions.assignee == aoi.id
    assert desk.database.read_now(macros.all, ren) == []
    with pytest.raises(NotFound):
        desk.database.read_now(macros.use, ren, number, own.id)
    with pytest.raises(Forbidden):
        desk.database.write_now(macros.remove, ren, own.id)
    with pytest.raises(Forbidden):
        desk.database.write_now(macros.add, ren, "共有", "文", shared=True)
    for name, text, actions in (("", "文", Actions()), ("空", "", Actions()), ("誰", "", Actions(assignee=999))):
        with pytest.raises(Invalid):
            desk.database.write_now(macros.add, aoi, name, text, actions)
    desk.database.write_now(macros.edit, aoi, own.id, "別名", "文", Actions())
    desk.database.write_now(macros.remove, aoi, own.id)
    assert desk.database.read_now(macros.all, aoi) == []


CARD = Buttons(
    text="{customer}、#{number} です。", choices=(Choice(label="見る", url="https://shop.example/?n={number}"),)
)


async def test_what_goes_along_is_filled_in_like_the_text_and_needs_none(desk: Desk) -> None:
    number = desk.ticket("未着です", "まだ届きません。", customer=desk.customer("山田 花子", "hanako@mail.example"))
    along = Besides(rich=CARD, choices=(Choice(label="はい", text="{number} です"),))
    macro = desk.do(macros.add, "案内", "", Actions(), besides=along, shared=True)
    assert (macro.rich, macro.choices) == (CARD, along.choices)
    used = desk.database.read_now(macros.use, DESK, number, macro.id)
    assert isinstance(used.rich, Buttons)
    assert used.rich.text == f"山田 花子 様、#{number} です。"
    assert used.rich.choices[0].url == f"https://shop.example/?n={number}"
    assert used.choices[0].text == f"{number} です"
    gone = desk.do(macros.edit, macro.id, "案内", "こんにちは", Actions())
    assert (gone.rich, gone.choices) == (None, ())
    with pytest.raises(Invalid):
        desk.do(macros.add, "選択肢だけ", "", Actions(), besides=Besides(choices=along.choices))


async def test_who_cannot_be_shown_a_card_gets_it_in_words(desk: Desk) -> None:
    number = desk.ticket("未着です", "まだ届きません。", customer=desk.customer("山田 花子", "hanako@mail.example"))
    seen = desk.database.read_now(tickets.view, DESK, number).last_seq
    card, yes = (
        Buttons(text="こちらです。", choices=(Choice(label="見る", url="https://shop.example/"),)),
        Choice(label="はい"),
    )
    said = desk.do(tickets.reply, number, "皿です。", seen=seen, rich=card, choices=[yes], drawn_by={"line"})
    assert said.text == "皿です。\n\nこちらです。\n・見る: https://shop.example/\n\n・はい"
    assert (said.rich, said.choices) == (None, ())
    sure = Confirm(text="よろしいですか。", yes=yes, no=Choice(label="いいえ"))
    shown = {"drawn_by": {"line"}, "tapped_by": {"email"}}
    tapped = desk.do(tickets.reply, number, "皿です。", seen=said.seq, rich=sure, choices=[yes], **shown)
    assert (tapped.text, tapped.rich) == ("皿です。\n\nよろしいですか。", None)
    assert [one.label for one in tapped.choices] == ["はい", "いいえ", "はい"]
    drawn = desk.do(tickets.reply, number, "", seen=tapped.seq, rich=card, drawn_by={"email"})
    assert (drawn.text, drawn.rich) == ("", card)
    with pytest.raises(Invalid):
        sticker = OutSticker(package="446", sticker="1989")
        desk.do(tickets.reply, number, "", seen=drawn.seq, rich=sticker, drawn_by={"line"})
