"""Words are the same when a person would say so."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server import language
from server.language import Phrase, fold, fold_with_places, guess, index_text, phrases, spans, tokens

UNTIMED = settings(deadline=None)
JAPANESE = st.text(
    alphabet="返品あいうばパッグﾊﾞﾊﾟｶﾞー㈱①髙﨑0123４５６aBＣé ß\n\r\t-－ｰ'\"、。(葛\U000e0100𠮷㍿🎉", max_size=60
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("ﾊﾞｯｸﾞ", "ばっぐ"),
        ("バッグ", "ばっぐ"),
        ("ヽヾ", "ゝゞ"),
        ("髙﨑 濵田 渡邉 齋藤 德永 冨岡 桒原", "高崎 浜田 渡辺 斉藤 徳永 富岡 桑原"),
        ("國學院大學", "国学院大学"),
        ("𠮷野家", "吉野家"),
        ("葛\U000e0100城", "葛城"),
        ("㈱①㌔", "(株)1きろ"),
        ("Café naïve Ångström", "cafe naive angstrom"),
        ("Straße", "strasse"),
        ("東京〜大阪", "東京~大阪"),
        ("東京～大阪", "東京~大阪"),
        ("03−1234‐5678", "03-1234-5678"),
        ("０９０ー１２３４", "090-1234"),
        ("soft\xadhyphen zero\u200bwidth", "softhyphen zerowidth"),
    ],
)
def test_what_is_written_differently_and_means_the_same_folds_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("はい", "ばい"), ("か", "が"), ("びょういん", "びよういん"), ("サーバー", "さば")]
)
def test_what_means_something_else_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_every_old_form_of_a_kanji_has_one_new_form() -> None:
    assert all(new not in language.VARIANTS for new in language.VARIANTS.values())


@UNTIMED
@given(JAPANESE)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_japanese_becomes_pairs_and_other_scripts_words() -> None:
    assert tokens("返品を") == ["返品", "品を", "を"]
    assert tokens("注文ABC-12345の件") == ["注文", "文", "abc", "12345", "の件", "件"]
    assert tokens("taro_yamada@example.co.jp") == ["taro", "yamada", "example", "co", "jp"]


def test_a_word_broken_by_the_end_of_a_line_is_whole_but_paragraphs_stay_apart() -> None:
    assert tokens("返\n品") == ["返品", "品"]
    assert tokens("返\r\n 品") == ["返品", "品"]
    assert tokens("返\n\n品") == ["返", "品"]


@pytest.mark.parametrize(
    "written",
    [
        "090-1234-5678",
        "09012345678",
        "０９０－１２３４－５６７８",
        "０９０ー１２３４ー５６７８",
        "090 1234 5678",
        "(090)1234-5678",
        "+81-90-1234-5678",
        "+81 (0)90 1234 5678",
        "+819012345678",
        "0081 90 1234 5678",
        "090.1234.5678",
    ],
)
def test_a_telephone_number_is_one_token_in_any_writing(written: str) -> None:
    assert language.phone(written) == "_tel09012345678"
    assert index_text(f"電話は{written}です").endswith(" _tel09012345678")
    (phrase,) = phrases(written)
    assert phrase.phone == "_tel09012345678"


@pytest.mark.parametrize(
    "written", ["2024-08-20", "ABC-12345", "1234567", "100-0001", "090-1234", "12345678901234567890", "0"]
)
def test_other_numbers_are_no_telephone_numbers(written: str) -> None:
    assert language.phone(written) is None
    assert "_tel" not in index_text(written)


def test_two_telephone_numbers_beside_each_other_are_two() -> None:
    assert index_text("03-1234-5678 03-1234-5679").split()[-2:] == ["_tel0312345678", "_tel0312345679"]


def test_a_query_is_phrases() -> None:
    assert phrases("返品") == [Phrase(("返品",))]
    assert phrases("返品したい 髙橋") == [Phrase(("返品", "品し", "した", "たい")), Phrase(("高橋",))]
    assert phrases("返") == [Phrase(("返",), prefix=True)]
    assert phrases('"red shoes" 返品') == [Phrase(("red", "shoes")), Phrase(("返品",))]
    assert phrases("ABC-12345") == [Phrase(("abc", "12345"))]
    assert phrases("refun*") == [Phrase(("refun",), prefix=True)]
    assert phrases("2024年") == [Phrase(("2024", "年"), prefix=True)]
    assert phrases('「」 !? "') == []


def test_a_query_is_never_longer_than_the_database_likes() -> None:
    assert len(phrases("あいう " * 1000 + " ".join(f"w{place}" for place in range(1000)))) <= language.MOST_PHRASES
    assert len(phrases("返品" * 10_000)[0].tokens) <= language.LONGEST_WORD
    assert len(index_text("返品" * 100_000).split()) == language.MOST_TOKENS


def test_places_are_those_of_the_original() -> None:
    text = "㈱ﾊﾞｯｸﾞ屋の返\n品 ０９０ー１２３４ー５６７８"
    found = {text[start:end] for _, start, end in spans(text, phrases("株 バッグ 返品 +819012345678"))}
    assert found == {"㈱", "ﾊﾞｯｸﾞ", "返\n品", "０９０ー１２３４ー５６７８"}


@UNTIMED
@given(JAPANESE)
@example("㍿ﾊﾞ")
@example("e\u0301a")
def test_each_folded_character_knows_its_place_in_the_original(text: str) -> None:
    folded, starts, ends = fold_with_places(text)
    assert folded == fold(text)
    assert len(folded) == len(starts) == len(ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))


@UNTIMED
@given(JAPANESE, JAPANESE)
@example("返返品", "返品")
@example("ab 返品c", "b返品")
@example("返\n品", '"品 "')
@example("1ー2ー", "2ー")
def test_a_phrase_is_highlighted_where_and_only_where_the_index_finds_it(text: str, query: str) -> None:
    for asked in (query, text[3:9], f'"{text[2:12]}"'):
        for phrase in phrases(asked):
            there = index_text(text).split()
            found = phrase.phone in there or any(
                holds(there[at : at + len(phrase.tokens)], phrase) for at in range(len(there))
            )
            assert bool(spans(text, [phrase])) == found, phrase


def holds(tokens: list[str], phrase: Phrase) -> bool:
    """What a phrase query of the database means."""
    *exact, last = phrase.tokens
    if len(tokens) < len(phrase.tokens) or tokens[:-1] != exact:
        return False
    return tokens[-1].startswith(last) if phrase.prefix else tokens[-1] == last


def test_the_characters_that_fold_one_to_one_do() -> None:
    safe = [char for code in range(0x10000) if language._ONE_TO_ONE(char := chr(code))]
    assert all(len(fold(char)) == 1 for char in safe)
    assert fold("".join(safe)) == "".join(fold(char) for char in safe)


@UNTIMED
@given(st.text(max_size=100))
def test_any_text_can_be_indexed_and_asked_for(text: str) -> None:
    for token in index_text(text).split():
        assert not set(token) & set("\"'\\:&|!() \x00")
    for phrase in phrases(text):
        assert all(phrase.tokens)
    spans(text, phrases(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("返品したいです", "ja"), ("I want a refund", "en"), ("Re: 注文 ABC", "ja"), ("12345", None), ("ok", None)],
)
def test_the_language_of_a_text_is_guessed(text: str, expected: str | None) -> None:
    assert guess(text) == expected
