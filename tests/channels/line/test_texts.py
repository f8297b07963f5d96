"""Texts as LINE counts and takes them, letters as bubbles and requests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import Account, OutboundMessage, Party
from channels.line.rules.limits import units
from channels.line.sending import Post, packed
from channels.line.texts import shorten, split

ACCOUNT = Account(1, "line", "LINE", "@x")


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(min_value=2, max_value=40))
def test_the_pieces_are_the_text_and_none_is_too_long(text: str, most: int) -> None:
    pieces = split(text, most)
    assert "".join(pieces) == text
    assert all(0 < units(piece) <= most for piece in pieces)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("一文目です。二文目です。三文目です。", ["一文目です。二文目です。", "三文目です。"]),
        ("段落一です。\n\n段落二です。続き。", ["段落一です。\n\n", "段落二です。続き。"]),
        ("切れ目のない長い長い長い長い文", ["切れ目のない長い長い長い長", "い文"]),
        ("「はい。」と言いました。では", ["「はい。」と言いました。", "では"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, pieces: list[str]) -> None:
    assert split(text, 13) == pieces


def test_what_is_drawn_as_one_is_never_cut() -> None:
    family = "👨\u200d👩\u200d👧"
    pieces = split("あ" * 8 + family + "か\u3099" * 3, 10)
    assert not any(piece.startswith(("\u200d", "\u3099", "\ufe0f")) or piece.endswith("\u200d") for piece in pieces)


def test_an_emoji_counts_as_two() -> None:
    assert units("😀a") == 3
    assert shorten("😀" * 300, 400).endswith("…")
    assert units(shorten("😀" * 300, 400)) <= 400


def posts(*sizes: int) -> list[Post]:
    """Letters with so many bubbles."""
    made = []
    for place, size in enumerate(sizes):
        message = OutboundMessage(f"k{place}", ACCOUNT, (Party("line", "U1"),), "x", datetime.now(UTC))
        made.append(Post(message, [{"type": "text", "text": f"{place}"}] * size))
    return made


@pytest.mark.parametrize(
    ("sizes", "requests"),
    [((1, 1, 1), [3]), ((2, 2, 2), [4, 2]), ((5, 1), [5, 1]), ((12, 1), [5, 5, 2, 1]), ((1, 7, 1), [1, 5, 2, 1])],
)
def test_whole_letters_share_a_request_and_long_ones_have_their_own(
    sizes: tuple[int, ...], requests: list[int]
) -> None:
    assert [len(request.bubbles) for request in packed(posts(*sizes))] == requests


def test_what_is_left_after_a_part_was_delivered_has_the_same_keys() -> None:
    whole = packed(posts(2, 2, 3, 1))
    rest = packed(posts(2, 2, 3, 1)[2:])
    assert [request.key for request in whole][1:] == [request.key for request in rest]
    assert len({request.key for request in packed(posts(12, 1))}) == 4
