"""Labelled people: entries of the same person as Japanese shops, forms and phones write them, and people who are not.

`Population` makes people in families and at companies, and for each the entries that systems hold of them: old forms
of kanji, half-width kana, ３丁目 and 三丁目, missing fields, new addresses, maiden names, slips of the IME. `HARD` are
pairs by hand. The same seed makes the same people.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from bench.data import DOMAINS, FAMILIES, GIVEN
from server.customers.keys import Person

MORE_FAMILIES = """
石田イシダ 上田ウエダ 森田モリタ 原田ハラダ 柴田シバタ 酒井サカイ 工藤クドウ 横山ヨコヤマ
宮崎ミヤザキ 宮本ミヤモト 内田ウチダ 高木タカギ 安藤アンドウ 谷口タニグチ 大野オオノ 丸山マルヤマ
今井イマイ 藤原フジワラ 武田タケダ 村田ムラタ 上野ウエノ 杉山スギヤマ 増田マスダ 平野ヒラノ
小島コジマ 千葉チバ 久保クボ 松井マツイ 岩崎イワサキ 桜井サクライ 野口ノグチ 松尾マツオ
木下キノシタ 菊地キクチ 野村ノムラ 新井アライ 渡部ワタベ 佐野サノ 大塚オオツカ 古川フルカワ
服部ハットリ 本田ホンダ 齋藤サイトウ 邊見ヘンミ
"""
MORE_GIVEN = """
大翔ヒロト 悠真ユウマ 湊ミナト 健太ケンタ 学マナブ 修オサム 茂シゲル 勇イサム 清キヨシ 進ススム
博ヒロシ 浩ヒロシ 寛ヒロシ 正タダシ 実ミノル 剛ツヨシ 哲也テツヤ 秀樹ヒデキ 英樹ヒデキ
康弘ヤスヒロ 泰弘ヤスヒロ 幸子サチコ 和子カズコ 洋子ヨウコ 節子セツコ 京子キョウコ 純子ジュンコ
順子ジュンコ 典子ノリコ 紀子ノリコ 直美ナオミ 明美アケミ 千春チハル 美穂ミホ 麻衣マイ 葵アオイ
凛リン 楓カエデ 優子ユウコ 祐子ユウコ 裕美ヒロミ 里美サトミ 彩アヤ 綾アヤ 恵メグミ 薫カオル
翼ツバサ 司ツカサ 隼人ハヤト 駿シュン 涼リョウ 光ヒカル
"""
TOWNS = (
    ("150-00", "東京都", "渋谷区", ("神宮前", "恵比寿", "道玄坂")),
    ("101-00", "東京都", "千代田区", ("神田神保町", "外神田")),
    ("530-00", "大阪府", "大阪市北区", ("梅田", "中之島", "天神橋")),
    ("460-00", "愛知県", "名古屋市中区", ("栄", "錦", "大須")),
    ("220-00", "神奈川県", "横浜市西区", ("高島", "みなとみらい")),
    ("812-00", "福岡県", "福岡市博多区", ("博多駅前", "祇園町")),
    ("980-08", "宮城県", "仙台市青葉区", ("一番町", "国分町")),
    ("604-81", "京都府", "京都市中京区", ("蛸薬師通", "錦小路")),
)  # fmt: skip
FIRMS = ("緑屋商店", "青空物産", "山手工業", "三日月電機", "港南運輸", "白樺出版")
OLD = str.maketrans("高崎辺斎沢浜島桜広国", "髙﨑邊齋澤濵嶋櫻廣國")
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
KANJI_DIGITS = "〇一二三四五六七八九"
HALF = dict(zip("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン",
                "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ", strict=True))  # fmt: skip


class Human(NamedTuple):
    """Somebody who exists once."""

    number: int
    family: tuple[str, str]
    given: tuple[str, str]
    birthday: str
    sex: str
    local: str
    mobile: str
    landline: str
    home: tuple[str, str, str, str, tuple[int, int, int], str]
    firm: str = ""


class Entry(NamedTuple):
    """What one system holds of somebody: `human` is the label."""

    human: int
    person: Person
    sex: str


class Population:
    """People in families and at companies, and the entries that systems hold of them."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.families = [_split(each) for each in (*FAMILIES, *MORE_FAMILIES.split())]
        self.given = [_split(each) for each in (*GIVEN, *MORE_GIVEN.split())]
        self._weights = [1 / (place + 3) for place in range(len(self.families))]
        self._given_weights = [1 / (place + 8) for place in range(len(self.given))]
        self._number = 0

    def humans(self, many: int) -> Iterator[Human]:
        """So many people: two of three live in families, one of twenty works where a switchboard answers."""
        made = 0
        while made < many:
            for human in self._household():
                if made < many:
                    made += 1
                    yield human

    def entries(self, human: Human) -> list[Entry]:
        """The entries of one person: one for seven of ten, two or three else."""
        times = self.random.choices((1, 2, 3), (70, 25, 5))[0]
        return [Entry(human.number, self.written(human, fresh=place == 0), human.sex) for place in range(times)]

    def written(self, human: Human, *, fresh: bool = False) -> Person:
        """A person as some system holds them, with all the ways of writing; `fresh` is before anything changed."""
        roll, choice = self.random.random, self.random.choice
        family, given = human.family, human.given
        if not fresh and human.sex == "female" and roll() < 0.04:
            family = choice(self.families)
        home = human.home
        if not fresh and roll() < 0.08:
            home = self._home()
        mobile = f"+8180{self.random.randrange(10**8):08d}" if not fresh and roll() < 0.06 else human.mobile
        name, kana = f"{family[0]} {given[0]}", f"{family[1]} {given[1]}"
        if not fresh and roll() < 0.02:
            alike = [each for each in self.given if each[1] == given[1] and each != given]
            name = f"{family[0]} {choice(alike)[0]}" if alike else name
        name = self._spelt(name, kana)
        birthday = human.birthday if roll() < 0.55 else ""
        if birthday and not fresh and roll() < 0.03:
            birthday = birthday[:-1] + str((int(birthday[-1]) + 1) % 9 + 1)[-1]
        has = {name for name in ("email", "phone", "address") if roll() < 0.72}
        if len(has) < 2 and not birthday:
            has = {"email", "phone", "address"} - {choice(("email", "phone", "address"))}
        phone = human.landline if roll() < 0.15 else mobile
        return Person(
            name=name,
            kana=self._reading(kana) if roll() < 0.6 else "",
            given_name=name.split()[1] if name.count(" ") == 1 and not name.isascii() else "",
            given_kana="",
            company=human.firm,
            birthday=birthday,
            emails=(f"{human.local}@{choice(DOMAINS)}",) if "email" in has else (),
            phones=(phone,) if "phone" in has else (),
            addresses=(self._address(home),) if "address" in has else (),
        )

    def _household(self) -> Iterator[Human]:
        """One who lives alone, a couple, or a family with children: twins, a son read like his father."""
        pick = self.random.random
        family = self.random.choices(self.families, self._weights)[0]
        home, landline = self._home(), f"+813{self.random.randrange(10**8):08d}"
        if pick() < 0.33:
            firm = self.random.choice(FIRMS) if pick() < 0.15 else ""
            line = f"+8166{FIRMS.index(firm):07d}" if firm else landline
            yield self._human(family, home, line, self._year(1950, 2005), firm=firm)
            return
        year = self._year(1945, 1985)
        father = self._human(family, home, landline, year, sex="male")
        yield father
        yield self._human(family, home, landline, year, sex="female")
        for _ in range(self.random.randrange(3)):
            child = self._human(family, home, landline, self._year(1986, 2008))
            yield child
            if pick() < 0.1:
                twin = self._human(family, home, landline, 0, sex=child.sex)
                yield twin._replace(birthday=child.birthday)
            alike = [each for each in self.given if each[1] == father.given[1] and each != father.given]
            if alike and pick() < 0.15:
                son = self._human(family, home, landline, self._year(1970, 2000), sex="male")
                yield son._replace(given=alike[0])

    def _human(self, family: tuple[str, str], home: tuple[str, str, str, str, tuple[int, int, int], str],
               landline: str, year: int, *, sex: str = "", firm: str = "") -> Human:  # fmt: skip
        self._number += 1
        given = self.random.choices(self.given, self._given_weights)[0]
        day = f"{year}-{self.random.randrange(1, 13):02d}-{self.random.randrange(1, 29):02d}"
        local = f"{self.random.choice('abcdefghkmnst')}{self._number:x}.{self.random.randrange(10, 99)}"
        mobile = f"+8190{self.random.randrange(10**8):08d}"
        sex = sex or self.random.choice(("female", "male"))
        return Human(self._number, family, given, day, sex, local, mobile, landline, home, firm)

    def _year(self, first: int, last: int) -> int:
        return self.random.randint(first, last)

    def _home(self) -> tuple[str, str, str, str, tuple[int, int, int], str]:
        code, region, city, towns = self.random.choice(TOWNS)
        number = self.random.randrange
        block = (number(1, 10), number(1, 60), number(1, 40))
        room = f"{self.random.choice(('コーポ', 'ハイツ', 'メゾン'))}{number(101, 999)}" if number(2) else ""
        return f"{code}{number(100):02d}", region, city, self.random.choice(towns), block, room

    def _address(self, home: tuple[str, str, str, str, tuple[int, int, int], str]) -> tuple[str, str]:
        code, region, city, town, (first, second, third), room = home
        street = self.random.choice(
            (
                f"{first}-{second}-{third}",
                f"{first}丁目{second}番{third}号",
                f"{KANJI_DIGITS[first]}丁目{second}-{third}",
                f"{first}-{second}-{third}".translate(WIDE),
                f"{first}丁目{second}番地{third}",
            )
        )
        code = code if self.random.random() < 0.6 else code.replace("-", "")
        return code, f"{region}{city}{town}{street} {room}"

    def _spelt(self, name: str, kana: str) -> str:
        roll = self.random.random()
        if roll < 0.08:
            return name.translate(OLD)
        if roll < 0.2:
            return name.replace(" ", "　")
        if roll < 0.3:
            return name.replace(" ", "")
        if roll < 0.33:
            return kana
        return name

    def _reading(self, kana: str) -> str:
        return "".join(HALF.get(char, char) for char in kana) if self.random.random() < 0.2 else kana


def _split(word: str) -> tuple[str, str]:
    place = next(place for place, char in enumerate(word) if "ァ" <= char <= "ヶ")
    return word[:place], word[place:]


def person(name: str = "", kana: str = "", **known: str) -> Person:
    """An entry by hand: `phone`, `email`, `postal`, `street`, `birthday`, `company`."""
    given = name.split()[1] if name.count(" ") == 1 and not name.isascii() else ""
    return Person(
        name=name,
        kana=kana,
        given_name=given,
        given_kana="",
        company=known.get("company", ""),
        birthday=known.get("birthday", ""),
        emails=(known["email"],) if "email" in known else (),
        phones=(known["phone"],) if "phone" in known else (),
        addresses=((known["postal"], known.get("street", "")),) if "postal" in known else (),
    )


_DOOR = {"postal": "150-0001", "street": "東京都渋谷区神宮前3-2-1"}
_SAME_DOOR = {"postal": "1500001", "street": "渋谷区神宮前三丁目２番１号"}
_LINE = {"phone": "+81334567890"}
HARD: tuple[tuple[str, bool, Person, Person], ...] = (
    ("twins at one address", False, person("山田 蓮", "ヤマダ レン", birthday="2001-05-05", **_DOOR, **_LINE),
     person("山田 凛", "ヤマダ リン", birthday="2001-05-05", **_SAME_DOOR, **_LINE)),
    ("father and son with the same reading", False, person("佐藤 浩", "サトウ ヒロシ", **_DOOR, **_LINE),
     person("佐藤 博", "サトウ ヒロシ", **_SAME_DOOR, **_LINE)),
    ("a couple with one mail address", False, person("林 一郎", email="hayashi.ke@example.jp", **_DOOR),
     person("林 花子", email="hayashi.ke@example.jp", **_SAME_DOOR)),
    ("a company's switchboard", False, person("鈴木 誠", company="㈱緑屋", phone="+81312345678"),
     person("田中 愛", company="株式会社緑屋", phone="03-1234-5678")),
    ("colleagues with one given name", False, person("鈴木 愛", company="㈱緑屋", phone="+81312345678"),
     person("田中 愛", company="株式会社緑屋", phone="03-1234-5678")),
    ("an office's mail address", False, person("木村 隆", email="info@midoriya.example"),
     person("井上 愛", email="info@aozora.example")),
    ("namesakes with other birthdays", False, person("佐藤 太郎", "サトウ タロウ", birthday="1980-01-01"),
     person("佐藤 太郎", "サトウ タロウ", birthday="1955-12-24")),
    ("namesakes of whom nothing else is known", False, person("高橋 一郎"), person("髙橋 一郎")),
    ("neighbours with one family name", False, person("中村 亮", **_DOOR), person("中村 恵子", **_DOOR)),
    ("the one who lived there before", False, person("加藤 修", **_DOOR), person("森 葵", **_SAME_DOOR)),
    ("a number that somebody else has now", False, person("石井 清", phone="+819011112222"),
     person("小川 凛", phone="09011112222")),
    ("one door, one initial, one company", False, person("山本 隆", company="緑屋", **_DOOR),
     person("山本 剛", company="緑屋", **_DOOR)),
    ("a maiden name", True, person("佐藤 花子", birthday="1985-03-03", phone="+819022223333"),
     person("山田 花子", birthday="1985-03-03", phone="090-2222-3333")),
    ("old forms of kanji", True, person("渡邉 澤子", **_DOOR), person("渡辺沢子", **_SAME_DOOR)),
    ("髙 and 﨑", True, person("髙﨑 健", phone="+819033334444"),
     person("高崎　健", phone="０９０ー３３３３ー４４４４")),
    ("kanji and kana", True, person("大野 翔太", "オオノ ショウタ", phone="+819044445555"),
     person("オオノ ショウタ", phone="09044445555")),
    ("kanji and Latin letters", True, person("大野 翔太", "オオノ ショウタ", phone="+819044445555"),
     person("Shota Ono", phone="+81 90-4444-5555")),
    ("moved, with the same mail address", True, person("青木 薫", email="kaoru.aoki@example.jp", **_DOOR),
     person("青木 薫", email="kaoru.aoki@example.jp", postal="530-0001", street="大阪市北区梅田1-1")),
    ("the same name at another provider", True, person("前田 楓", email="kaede.m77@example.jp"),
     person("前田 楓", email="kaede.m77@post.example.net")),
    ("a form without a name", True, person("岡田 学", phone="+819055556666"), person(phone="090-5555-6666")),
    ("a family name alone", True, person("長谷川 純子", phone="+819066667777", **_DOOR),
     person("長谷川", phone="09066667777")),
    ("a birthday misread by a digit", True, person("後藤 彩", birthday="1991-07-17", phone="+819077778888"),
     person("後藤 彩", birthday="1991-01-17", phone="09077778888")),
    ("honorifics in the name", True, person("近藤 司 様", **_DOOR), person("近藤 司", **_SAME_DOOR)),
)  # fmt: skip
