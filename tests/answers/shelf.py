"""Articles for tests, and an account that answers from them."""

from __future__ import annotations

from typing import Any

from server.agents import AgentView
from server.answers import settings
from server.answers.settings import Policy, SettingsChange
from server.database import Transaction
from server.faq import actions, files
from server.faq.views import Content, Words

SHIPPING = [
    "送料はいくらですか",
    "配送料を教えてください",
    "送料無料になる金額は？",
    "配送にいくらかかりますか",
    "送料について知りたい",
]
CANCEL = [
    "注文をキャンセルしたい",
    "購入を取り消したい",
    "注文の取り消しはできますか",
    "間違えて注文したので取り消したい",
    "キャンセルの方法は？",
]
PASSWORD = [
    "パスワードを忘れました",
    "ログインできません",
    "パスワードを再設定したい",
    "ログインの方法がわからない",
    "パスワードの変更方法",
]
ANSWERS = {
    SHIPPING[0]: "全国一律500円です。**5,000円以上**のご注文は無料です。",
    CANCEL[0]: "発送の前であれば、マイページの注文履歴から取り消せます。発送のあとは承れません。",
    PASSWORD[0]: "ログイン画面の「パスワードをお忘れの方」からお進みください。",
}


def publish(tx: Transaction, agent: AgentView) -> list[int]:
    """Three articles; their ids."""
    return [
        actions.move(tx, agent, actions.add(tx, agent, _content(question, more)).id, "published").id
        for question, *more in (SHIPPING, CANCEL, PASSWORD)
    ]


def _content(question: str, phrasings: list[str]) -> Content:
    full = ANSWERS[question]
    return Content(words={"ja": Words(question=question, phrasings=phrasings, full=full, short=full.replace("*", ""))})


async def add_file(parts: Any, agent: AgentView, article: int, name: str, media: str, data: bytes) -> None:
    """A file more, at once before customers. `parts` have a database and a file store."""
    stored = parts.files.keep(iter([data]))
    await parts.database.write(files.keep, agent, article, [(name, media, stored.digest, stored.size)])
    await parts.database.write(actions.move, agent, article, "published")


def switch_on(tx: Transaction, agent: AgentView, account: int, **policy: object) -> None:
    """Answer by itself from now on."""
    settings.write(tx, agent, SettingsChange(accounts={str(account): Policy(on=True, **policy)}))  # type: ignore[arg-type]
