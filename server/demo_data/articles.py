"""The demo's FAQ articles and its help centre, read from `articles.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from server.agents import AgentView
from server.database import Transaction
from server.faq import actions
from server.faq.views import LANGUAGES, Content, Words
from server.help import actions as help_centres
from server.help.views import CategoryWords, CentreSettings, Link


def write(tx: Transaction, lead: AgentView, admin: AgentView, *, public_url: str, form: str, chat: str) -> None:
    """Categories, published articles and the centre that shows them."""
    with Path(__file__).with_name("articles.toml").open("rb") as file:
        told = tomllib.load(file)
    for category in told["category"]:
        words = {lang: CategoryWords(**category[lang]) for lang in LANGUAGES}
        help_centres.name_category(tx, lead, category["key"], words)
    numbers = {each["key"]: actions.add(tx, lead, _content(each, lead)).id for each in told["article"]}
    for each in told["article"]:
        content = msgspec.structs.replace(
            _content(each, lead), related=[numbers[key] for key in each.get("related", ())]
        )
        actions.edit(tx, lead, numbers[each["key"]], content)
        actions.move(tx, lead, numbers[each["key"]], "published")
    help_centres.save(tx, admin, None, "main", "", _settings(form, chat, public_url), public_url=public_url)


def _content(told: dict[str, Any], owner: AgentView) -> Content:
    return Content(
        words={
            lang: Words(
                question=told[lang]["question"],
                phrasings=told[lang]["phrasings"],
                full=told[lang]["full"].strip(),
                short=told[lang].get("short", ""),
            )
            for lang in LANGUAGES
            if lang in told
        },
        category=told["category"],
        audience=told.get("audience", "public"),
        owner=owner.id or None,
    )


def _settings(form: str, chat: str, public_url: str) -> CentreSettings:
    return CentreSettings(
        on=True,
        name={"ja": "うつわの月の輪", "en": "Tsukinowa Pottery"},
        welcome={"ja": "お困りのことはございませんか", "en": "How can we help you?"},
        colour="#2c4a86",
        form=form,
        chat=chat,
        footer={
            "ja": "うつわの月の輪　〒602-0000 京都市上京区窯元町1-2",
            "en": "Tsukinowa Pottery, Kamamoto-cho 1-2, Kamigyo, Kyoto 602-0000, Japan",
        },
        links=[Link(words={"ja": "うつわの月の輪", "en": "Tsukinowa Pottery"}, url=f"{public_url}/demo/shop")],
    )
