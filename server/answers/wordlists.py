"""Words at which the desk leaves a message to people: who asks for one, who is angry, and what is delicate.

They are looked for in the folded text, Latin ones as whole words. Admins change them; these are the ones that ship.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from server.language import fold

PERSON_JA = """
    人間と, 人と話, オペレーター, オペレータ, 有人, 電話で話, 電話をください, お電話ください, 電話ください,
    折り返し, 直接話, 責任者, 上の者, 店長を, ボットじゃ, botじゃ, 自動返信ではなく, 自動回答ではなく,
    自動じゃなく, 係の方, 係の人, 中の人, 担当者に, 担当者と, 担当者を, 担当者から, 担当者へ, 担当の方,
    スタッフと話, スタッフにつな, 係に
"""
PERSON_EN = """
    human, real person, a person, live agent, an agent, representative, operator, speak to someone,
    talk to someone, speak with someone, talk with someone, call me, phone me, supervisor, customer service rep,
    not a bot, no bots, stop the bot, a manager, your manager, the manager
"""
ANGRY_JA = """
    ふざけ, いい加減に, いいかげんに, 最悪, 怒って, 怒り, 腹が立, 腹立, 許せ, 許さ, ありえない, 有り得ない,
    あり得ない, 二度と, 詐欺, 騙し, 騙さ, だまさ, クレーム, 苦情, 誠意, 謝罪, 謝れ, なめて, 舐めて, 馬鹿に, バカに,
    信じられない, 話にならない, どうなってる, どうなってん, どういうつもり, 何度も言, 何回も言, 何度言, 何回言,
    いつまで待, ひどい, 酷い, 対応が悪, 不愉快, 不快, 呆れ, あきれ, イライラ, いらいら, 納得でき, 納得いか,
    納得がいか, たらい回し, 無視さ, 無視し, 返事がない, 返信がない, 返事が来ない, 返信が来ない, 頭にき, 頭に来,
    むかつ, ムカつ, うんざり, 失礼な, ガッカリ, がっかり, 残念でなら, 裏切, 役に立たない, 意味がない, 最低です,
    最低な, 最低の対応, 待たされ, 待たせる, と書いてあったのに, と書いてあるのに, と書いてありますが,
    と書いてありました, とのことでしたが, と言われたのに, って書いてあ
"""
ANGRY_EN = """
    unacceptable, ridiculous, outrageous, furious, angry, disgusted, disgusting, disgrace, disgraceful, appalling,
    terrible, horrible, awful, worst, scam, scammed, rip off, ripped off, complaint, complain, fed up, sick of,
    had enough, useless, incompetent, liar, liars, lied, never again, still waiting, waste of, wasted my, ignored,
    ignoring, pathetic, joke, wtf, damn, hell, stupid, idiots, disappointed, disappointing, frustrated,
    frustrating, upset, third time, how many times, shame on, it says that, your site says, your website says,
    you said that, you promised, as promised
"""
SENSITIVE_JA = """
    弁護士, 訴え, 訴訟, 裁判, 法的, 消費者センター, 消費生活センター, 消費者庁, 国民生活センター, 警察, 被害届,
    内容証明, 損害賠償, 慰謝料, 賠償, 違法, 返金されない, 返金がまだ, 返金がされ, 返金してもらえ, 返金に応じ,
    返金拒否, 返金を求め, 返金しろ, 二重請求, 二重に請求, 二重に引き, 不正利用, 不正アクセス, 不正請求, 身に覚え,
    チャージバック, 個人情報が, 個人情報の漏, 情報漏, 流出, 乗っ取, 怪我, けがを, ケガ, 火傷, やけど, ヤケド, 発火,
    発煙, 煙が, 火が出, 爆発, 感電, 異物, アレルギー, アナフィラキシー, 食中毒, 腹痛, 嘔吐, 吐い, 発疹, 湿疹,
    かぶれ, 病院, 救急, 入院, 誤飲, 死にたい, 自殺, 死亡, 亡くな, 虐待, セクハラ, 差別, 脅迫, ストーカー, 開示請求,
    退会できない, 解約できない, 解約させ, クーリングオフ, クーリング・オフ, 偽物, ニセモノ, にせもの,
    返金されません, 返金されてい, 返金がありません
"""
SENSITIVE_EN = """
    lawyer, attorney, solicitor, sue, suing, lawsuit, legal action, police, fraud, fraudulent, unauthorized,
    unauthorised, chargeback, dispute, disputed, double charged, charged twice, charged me twice,
    refund was refused, refused my refund, refuse to refund, still no refund, where is my refund, not refunded,
    never refunded, want my money back, consumer protection, trading standards, ombudsman, bbb, illegal,
    data breach, leaked, hacked, identity theft, stolen, injured, injury, hurt, burned, burnt, smoke, explode,
    exploded, electric shock, allergic, allergy, anaphylaxis, poisoning, vomit, rash, hospital, ambulance,
    swallowed, suicide, kill myself, died, death, harassment, harassed, discrimination, threat, counterfeit,
    fake product, gdpr, compensation, damages, caught fire, in court, to court
"""


def _list(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := part.strip())]


DEFAULT: dict[str, dict[str, list[str]]] = {
    "person": {"ja": _list(PERSON_JA), "en": _list(PERSON_EN)},
    "angry": {"ja": _list(ANGRY_JA), "en": _list(ANGRY_EN)},
    "sensitive": {"ja": _list(SENSITIVE_JA), "en": _list(SENSITIVE_EN)},
}
_LATIN = re.compile(r"[a-z0-9 '&.-]+")


def said(text: str, phrases: Iterable[str]) -> str:
    """The first of the phrases that stands in a text; empty for none."""
    pattern = _pattern(tuple(phrases))
    found = pattern.search(fold(text)) if pattern is not None else None
    return found[0].strip() if found else ""


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    parts = [
        rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if _LATIN.fullmatch(word) else re.escape(word)
        for phrase in phrases
        if (word := fold(phrase).strip())
    ]
    return re.compile("|".join(parts)) if parts else None
