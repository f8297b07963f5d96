"""The demo's shop: who works there, where it can be reached, and what its admins decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from channels.contract import Buttons, Channel, Choice
from server import accounts, agents
from server.accounts import AccountDraft, AccountView, Keys, desk_settings
from server.accounts.typed import StartsWith
from server.agents import DESK, AgentView, Language, Role
from server.customers import blocks
from server.database import Transaction
from server.tickets import fields, macros, saved_views, tags
from server.tickets.fields import CustomFieldView
from server.tickets.macros import Actions, Besides

ADDRESS = "support@demo.shop"
FORM = "contact"
PHONE = "03-1234-5678"
CHAT = "shop"


class Person(NamedTuple):
    """Somebody who works at the shop; `key` is how the stories call them."""

    key: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()
    language: Language = "ja"


ORDERS, CARE = "受注・配送", "品質・返品"
PEOPLE = (
    Person("yamaguchi", "山口 店長", "admin", (ORDERS, CARE)),
    Person("sato", "佐藤 美咲", "lead", (ORDERS, CARE)),
    Person("tanaka", "田中 翔", "agent", (ORDERS,)),
    Person("emma", "Emma Clark", "agent", (CARE,), "en"),
    Person("kimura", "木村 監査", "viewer"),
)
TAGS = (
    ("配送", "#2c7a9b"),
    ("返品・交換", "#b4552d"),
    ("ギフト", "#8a5ca8"),
    ("在庫", "#4a7a3a"),
    ("請求", "#a37b1f"),
    ("クレーム", "#b3261e"),
    ("海外", "#35608f"),
)
RULE = "──────────────"
FOOTER = {
    "ja": f"{RULE}\nうつわの月の輪　お客様窓口\n〒602-0000 京都市上京区窯元町1-2\n"
    f"TEL 03-1234-5678（平日10時〜17時）\n{RULE}",
    "en": "Tsukinowa Pottery, customer desk\nKamamoto-cho 1-2, Kamigyo, Kyoto 602-0000, Japan\n"
    "Weekdays 10:00 to 17:00 (JST)",
}


class House(NamedTuple):
    """What stands before the first customer writes."""

    people: dict[str, AgentView]
    teams: dict[str, int]
    mail: AccountView
    form: AccountView
    phone: AccountView


def open_house(
    tx: Transaction, channels: Mapping[str, Channel], keys: Keys, *, public_url: str, smtp_out: tuple[str, int]
) -> House:
    """Make everything that admins make."""
    desk_settings.write(tx, DESK, {"shop_name": {"ja": "うつわの月の輪", "en": "Tsukinowa Pottery"}, "footer": FOOTER})
    teams = {name: agents.add_team(tx, DESK, name, []).id for name in (ORDERS, CARE)}
    people = {person.key: _hire(tx, person, teams) for person in PEOPLE}
    for name, color in TAGS:
        tags.add(tx, DESK, name, color)
    fields.add(
        tx,
        DESK,
        CustomFieldView(name="order_number", kind="text", label_ja="ご注文番号", label_en="Order number"),
    )
    fields.add(
        tx,
        DESK,
        CustomFieldView(
            name="reason",
            kind="choice",
            label_ja="返品理由",
            label_en="Reason for return",
            choices=["初期不良", "破損", "イメージ違い", "注文間違い"],
        ),
    )
    _macros(tx)
    saved_views.add(tx, DESK, "急ぎの未対応", {"status": ["open", "active"], "priority": ["urgent"]}, shared=True)
    returns = {"status": ["open", "active", "waiting"], "tag": ["返品・交換"]}
    saved_views.add(tx, DESK, "返品・交換", returns, shared=True)
    blocks.add(tx, people["sato"], "email", "@seo-rank-up.example")
    return House(people, teams, *_ways_in(tx, channels, keys, teams, public_url, smtp_out))


def _hire(tx: Transaction, person: Person, teams: Mapping[str, int]) -> AgentView:
    signature = f"うつわの月の輪　{person.name}" if person.language == "ja" else f"{person.name}\nTsukinowa Pottery"
    return agents.add(
        tx,
        DESK,
        email=f"{person.key}@demo.shop",
        name=person.name,
        role=person.role,
        language=person.language,
        signature=signature,
        teams=[teams[name] for name in person.teams],
    )


def _ways_in(
    tx: Transaction,
    channels: Mapping[str, Channel],
    keys: Keys,
    teams: Mapping[str, int],
    public_url: str,
    smtp_out: tuple[str, int],
) -> tuple[AccountView, AccountView, AccountView]:
    """The mailbox, whose letters are caught on this machine; the shop's form; the telephone."""
    host, port = smtp_out
    mail = accounts.add(
        tx,
        DESK,
        AccountDraft(
            kind="email",
            name="お客様窓口",
            address=ADDRESS,
            team=teams[ORDERS],
            settings={
                "incoming": "smtp",
                "smtp_host": host,
                "smtp_port": port,
                "smtp_security": "none",
                "from_name": "うつわの月の輪",
                "undo_seconds": 5,
            },
        ),
        channels=channels,
        keys=keys,
    )
    channel = channels["form"]
    begun = channel.starter() if isinstance(channel, StartsWith) else {}
    form = accounts.add(
        tx,
        DESK,
        AccountDraft(
            kind="form",
            name="お問い合わせフォーム",
            address=FORM,
            settings={**begun, "slug": FORM, "sites": [public_url], "theme": "#1f4e8c"},
        ),
        channels=channels,
        keys=keys,
    )
    phone = accounts.add(
        tx, DESK, AccountDraft(kind="phone", name="代表電話", address=PHONE), channels=channels, keys=keys
    )
    if "webchat" in channels:
        accounts.add(tx, DESK, _chat(public_url, teams[CARE]), channels=channels, keys=keys)
    return mail, form, phone


def _chat(public_url: str, team: int) -> AccountDraft:
    """The chat on the shop's page."""
    settings = {
        "slug": CHAT,
        "sites": [public_url],
        "color": "#2c4a86",
        "title": {"ja": "うつわの月の輪", "en": "Tsukinowa Pottery"},
        "greeting": {
            "ja": "いらっしゃいませ。うつわのことなら何でもお尋ねください。",
            "en": "Welcome. Ask us anything about our pottery.",
        },
    }
    return AccountDraft(kind="webchat", name="ショップのチャット", address=CHAT, team=team, settings=settings)


def _macros(tx: Transaction) -> None:
    """What agents say often: in words, and with a card for those whose network shows it."""
    sorry = "{customer}\n\nこのたびはご迷惑をおかけし、誠に申し訳ございません。すぐに代わりのお品をお送りいたします。"
    macros.add(tx, DESK, "破損のお詫び", sorry, Actions(priority="high", tags=["破損"]), shared=True)
    card = Buttons(
        title="返品・交換のご案内",
        text="お品の到着から8日以内に承ります。",
        choices=(Choice(label="交換を希望する"), Choice(label="返品を希望する"), Choice(label="担当者に相談する")),
    )
    how = "ご希望をお選びください。"
    macros.add(tx, DESK, "返品・交換の案内", how, Actions(), besides=Besides(rich=card), shared=True)
