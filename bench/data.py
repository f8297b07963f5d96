"""Customers and what they write: realistic Japanese and English, the same at each run with the same seed."""

from __future__ import annotations

import random
from typing import NamedTuple


def _words(text: str) -> list[str]:
    return text.split()


FAMILIES = _words(
    """
    佐藤サトウ 鈴木スズキ 高橋タカハシ 田中タナカ 伊藤イトウ 渡辺ワタナベ 山本ヤマモト 中村ナカムラ 小林コバヤシ
    加藤カトウ 吉田ヨシダ 山田ヤマダ 佐々木ササキ 山口ヤマグチ 松本マツモト 井上イノウエ 木村キムラ 林ハヤシ
    斎藤サイトウ 清水シミズ 山崎ヤマザキ 森モリ 池田イケダ 橋本ハシモト 阿部アベ 石川イシカワ 山下ヤマシタ
    中島ナカジマ 石井イシイ 小川オガワ 前田マエダ 岡田オカダ 長谷川ハセガワ 藤田フジタ 後藤ゴトウ 近藤コンドウ
    村上ムラカミ 遠藤エンドウ 青木アオキ 坂本サカモト 髙島タカシマ 濵田ハマダ
    """
)
GIVEN = _words(
    """
    太郎タロウ 花子ハナコ 健一ケンイチ 美咲ミサキ 翔太ショウタ 陽子ヨウコ 大輔ダイスケ 由美ユミ 拓也タクヤ
    恵子ケイコ 直樹ナオキ 智子トモコ 和也カズヤ 真由美マユミ 誠マコト 愛アイ 浩二コウジ 久美子クミコ 隆タカシ
    裕子ユウコ 亮リョウ さくらサクラ 結衣ユイ 蓮レン
    """
)
FIRST_NAMES = _words(
    """
    Emma Liam Olivia Noah Ava James Sophia Lucas Mia Henry Amelia Jack Grace Daniel Chloe Samuel Ella Thomas
    Ruth Peter
    """
)
LAST_NAMES = _words(
    """
    Smith Jones Taylor Brown Wilson Davies Evans Walker White Hughes Green Hall Wood Harris Clarke Cooper Ward
    Turner
    """
)
DOMAINS = ("example.jp", "example.co.jp", "mail.example.com", "docomo.example.jp", "example.org", "post.example.net")
COMPANIES = ("株式会社緑屋", "有限会社青空商店", "㈱山手物産", "合同会社ひかり", "三日月工業株式会社")
PRODUCTS = _words(
    """
    オーガニック緑茶ティーバッグ 有田焼マグカップ リネンシャツ 無添加石けんセット 折りたたみ自転車 竹製まな板
    ステンレスボトル 今治タオル3枚組 羽毛ふとん 南部鉄器の急須 ベビー用ブランケット デスクライト
    ワイヤレスイヤホン 備長炭 みかんジュース
    """
)
MONTHS = _words(
    """
    January February March April May June July August September October November December
    """
)
GOODS = (
    "linen shirt",
    "arita mug",
    "green tea box",
    "folding bicycle",
    "bamboo board",
    "steel bottle",
    "down quilt",
    "desk lamp",
)

# Topic: weight, subject, sentences. {p} product, {o} order number, {d} and {e} date, {n} number.
TOPICS_JA: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (
        20,
        "{p}の配送状況について",
        (
            "先日注文した{p}がまだ届きません。",
            "注文番号は{o}です。",
            "お届け予定日は{d}でした。",
            "配送状況を教えていただけますでしょうか。",
            "追跡番号を入れても情報が出てきません。",
            "週末に使う予定なので急いでおります。",
        ),
    ),
    (
        16,
        "返品のお願い({o})",
        (
            "{d}に届いた{p}を返品したいです。",
            "サイズが思っていたものと違いました。",
            "未使用で、箱もそのまま残っています。",
            "返品の送料はこちらの負担になりますか。",
            "返金までどのくらいかかりますか。",
            "手続きの方法を教えてください。",
        ),
    ),
    (
        12,
        "{p}の交換希望",
        (
            "届いた{p}に傷がありました。",
            "写真を添付しますのでご確認ください。",
            "同じ商品との交換をお願いできますか。",
            "交換が難しい場合は返金でもかまいません。",
            "注文番号{o}、{n}個のうち1個だけです。",
        ),
    ),
    (
        10,
        "注文のキャンセルについて",
        (
            "本日{o}で注文しましたが、キャンセルできますか。",
            "数量を間違えて{n}個頼んでしまいました。",
            "まだ発送前でしたら取り消しをお願いします。",
            "クレジットカードで支払い済みです。",
        ),
    ),
    (
        8,
        "領収書の発行をお願いします",
        (
            "{o}の領収書を発行していただけますか。",
            "宛名は会社名でお願いします。",
            "インボイス番号の記載が必要です。",
            "但し書きは「{p}代として」でお願いいたします。",
            "PDFで送っていただければ結構です。",
        ),
    ),
    (
        8,
        "定期便の解約",
        (
            "{p}の定期便を解約したいです。",
            "次回のお届けは{d}になっています。",
            "飲みきれずに余ってしまうためです。",
            "解約の手続きが画面から見つかりませんでした。",
            "休止でも対応できるなら休止を希望します。",
        ),
    ),
    (
        7,
        "ログインできません",
        (
            "会員ページにログインできなくなりました。",
            "パスワードを再設定してもメールが届きません。",
            "迷惑メールの箱も確認しました。",
            "登録のメールアドレスを変更したいです。",
            "電話番号は{t}です。",
        ),
    ),
    (
        6,
        "送付先の変更",
        (
            "引っ越しをしたので住所を変更したいです。",
            "{o}の届け先を新しい住所にしてください。",
            "新しい郵便番号は〒{n}0-00{n}です。",
            "電話番号は変わりません。",
        ),
    ),
    (
        5,
        "のし・ギフト包装について",
        (
            "{p}を贈り物にしたいのですが、のしは付けられますか。",
            "内祝いで、名前は連名にしたいです。",
            "{d}に届くように手配できますか。",
        ),
    ),
    (
        4,
        "在庫の問い合わせ",
        ("{p}の再入荷はいつ頃でしょうか。", "{n}個まとめて購入したいと考えています。", "色は紺を希望します。"),
    ),
    (3, "お礼", ("本日無事に届きました。", "迅速な対応をありがとうございました。", "{p}、とても気に入りました。")),
    (
        1,
        "偽造品ではないかという質問",
        ("届いた{p}の刻印が薄く、偽造品ではないかと心配です。", "鑑定書は付いていますか。"),
    ),
)
TOPICS_EN: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (
        10,
        "Where is my order {o}?",
        (
            "I ordered a {g} on {e} and it has not arrived yet.",
            "The tracking page shows no movement since last week.",
            "Could you tell me when I can expect the delivery?",
            "My order number is {o}.",
        ),
    ),
    (
        8,
        "Refund request for {o}",
        (
            "The {g} I received is damaged.",
            "I would like a refund, please.",
            "It was {n} items in one parcel.",
            "Please let me know how to return it.",
        ),
    ),
    (
        5,
        "Question about the {g}",
        (
            "Do you ship the {g} to Singapore?",
            "What would the shipping fee be?",
            "Is it possible to pay by bank transfer?",
        ),
    ),
    (3, "Cannot sign in", ("I cannot sign in any more.", "The password mail does not come through.", "Please help.")),
)
GREETING_JA = (
    "お世話になっております。{f}です。",
    "はじめまして。{f}と申します。",
    "いつもお世話になっております。",
    "",
)
CLOSING_JA = ("よろしくお願いいたします。", "お手数ですがご確認をお願いします。", "ご返信をお待ちしております。", "")
ANSWER_JA = (
    "お問い合わせいただきありがとうございます。",
    "ご不便をおかけして申し訳ございません。",
    "ご注文{o}を確認いたしました。",
    "{p}は{d}に発送の予定でございます。",
    "返品を承ります。着払いでお送りください。",
    "交換品を本日手配いたしました。",
    "返金は{n}営業日ほどお時間をいただきます。",
    "ご不明な点がございましたらお知らせください。",
)
NOTES_JA = (
    "倉庫に確認済み。{d}に出荷。",
    "電話あり。折り返し希望 {t}",
    "返金処理した。経理へ連絡済み。",
    "在庫{n}個、取り置き。",
)
CHAT_JA = (
    "こんにちは",
    "注文した{p}はいつ届きますか?",
    "{o}です",
    "ありがとうございます!",
    "返品はできますか",
    "サイズを交換したいです",
    "もう一度確認してもらえますか?",
    "わかりました",
    "{d}までに届かないと困ります",
    "電話番号は{t}です",
)
CHAT_EN = ("Hi there", "where is my {g}?", "the number is {o}", "thanks!", "can I return it?", "ok", "and the refund?")


class Person(NamedTuple):
    """A customer."""

    name: str
    kana: str
    email: str
    phone: str
    company: str
    language: str


class Writer:
    """Makes people and texts. One seed, one sequence."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self._topics = {
            "ja": (TOPICS_JA, [weight for weight, _, _ in TOPICS_JA]),
            "en": (TOPICS_EN, [weight for weight, _, _ in TOPICS_EN]),
        }

    def person(self, number: int) -> Person:
        """The customer of a number; four of five are Japanese."""
        pick = self.random.choice
        phone = f"+8190{self.random.randrange(10**8):08d}"
        if number % 5 == 4:
            first, last = pick(FIRST_NAMES), pick(LAST_NAMES)
            return Person(f"{first} {last}", "", f"{first}.{last}.{number}@{pick(DOMAINS)}".lower(), phone, "", "en")
        family, given = _split(pick(FAMILIES)), _split(pick(GIVEN))
        company = pick(COMPANIES) if number % 17 == 0 else ""
        email = f"user{number:x}.{self.random.randrange(100)}@{pick(DOMAINS)}"
        return Person(f"{family[0]} {given[0]}", f"{family[1]} {given[1]}", email, phone, company, "ja")

    def first(self, person: Person) -> tuple[str, str]:
        """The subject and text with which a ticket begins."""
        topics, weights = self._topics[person.language]
        _, subject, sentences = self.random.choices(topics, weights)[0]
        some = self.random.sample(sentences, self.random.randint(2, len(sentences)))
        if person.language == "en":
            text = "Hello,\n\n" + " ".join(some) + f"\n\nBest regards,\n{person.name}"
        else:
            pick = self.random.choice
            opening = pick(GREETING_JA).format(f=person.name.split()[0])
            text = "\n".join(
                part for part in (opening, "", *some, "", pick(CLOSING_JA), "", person.name) if part or some
            )
        return self.fill(subject), self.fill(text)

    def answer(self, language: str) -> str:
        """What an agent answers."""
        if language == "en":
            return self.fill("Thank you for your message. We are looking into order {o} and will come back by {e}.")
        return self.fill("\n".join(self.random.sample(ANSWER_JA, self.random.randint(2, 4))))

    def note(self) -> str:
        """What an agent notes."""
        return self.fill(self.random.choice(NOTES_JA))

    def chat(self, language: str = "ja") -> str:
        """A line of a chat."""
        return self.fill(self.random.choice(CHAT_EN if language == "en" else CHAT_JA))

    def order(self) -> str:
        """An order number."""
        return f"{self.random.choice(('ABC', 'MDG', 'EC', 'R'))}-{self.random.randrange(10_000, 10_000_000)}"

    def fill(self, text: str) -> str:
        """A template with its places filled."""
        if "{" not in text:
            return text
        pick, number = self.random.choice, self.random.randrange
        return text.format(
            p=pick(PRODUCTS),
            g=pick(GOODS),
            o=self.order(),
            d=f"{number(1, 13)}月{number(1, 29)}日",
            e=f"{pick(MONTHS)} {number(1, 29)}",
            n=number(2, 10),
            t=f"0{pick('789')}0-{number(10**4):04d}-{number(10**4):04d}",
        )


def _split(word: str) -> tuple[str, str]:
    """`佐藤サトウ` to 佐藤 and サトウ."""
    cut = next(place for place, char in enumerate(word) if "ァ" <= char <= "ヶ")
    return word[:cut], word[cut:]
