"""The demo's flow: the ready-made one, on the shop's chat and on its LINE account."""

from __future__ import annotations

import msgspec

from server.agents import DESK
from server.database import Transaction
from server.demo_data.house import CARE
from server.flows import actions, queries, ready
from server.flows.steps import Start


def lead(tx: Transaction) -> None:
    """Publish it and switch it on, once. Whoever writes a question of their own is not stopped by it: it begins with
    its words, from the menu, and greets whoever opens the chat."""
    if tx.value("SELECT 1 FROM flow"):
        return
    team = tx.value("SELECT id FROM team WHERE name = :name", name=CARE)
    start = Start(words=["メニュー", "ご注文の状況", "menu", "help"], menu="menu", opened=True)
    content = msgspec.structs.replace(ready.sample(), start=start, team=team)
    view = actions.add(tx, DESK, "総合窓口", content)
    kinds = ", ".join(f"'{kind}'" for kind in queries.KINDS)
    rows = tx.all(f"SELECT id FROM channel_account WHERE kind IN ({kinds}) AND removed_at IS NULL")
    actions.change(tx, DESK, view.id, accounts=[row.id for row in rows])
    actions.publish(tx, DESK, view.id)
    actions.enable(tx, DESK, view.id, True)
