"""What is wrong with a field is said in the caller's language, whatever the checker calls it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from channels.wording import catalogue
from server.web import wrong
from tests.web.house import House

REFUSED: list[tuple[Any, Any]] = [
    (int, "a"),
    (int | None, "a"),
    (str, 1),
    (bool, "x"),
    (float, []),
    (list[int], {}),
    (dict[str, int], []),
    (int | str, []),
    (None, 1),
    (Annotated[int, Meta(ge=1)], 0),
    (Annotated[int, Meta(le=1)], 3),
    (Annotated[float, Meta(gt=1)], 0.5),
    (Annotated[float, Meta(lt=1)], 3.0),
    (Annotated[int, Meta(multiple_of=5)], 3),
    (Annotated[str, Meta(min_length=1)], ""),
    (Annotated[str, Meta(min_length=3)], "a"),
    (Annotated[str, Meta(max_length=1)], "ab"),
    (Annotated[list[int], Meta(min_length=1)], []),
    (Annotated[list[int], Meta(max_length=1)], [1, 2]),
    (Annotated[dict[str, int], Meta(max_length=0)], {"a": 1}),
    (tuple[int, int], [1]),
    (Annotated[str, Meta(pattern="^a$")], "b"),
    (Literal["a", "b"], "c"),
    (Literal[1, 2], 3),
    (datetime, "x"),
    (Annotated[datetime, Meta(tz=True)], "2026-01-01T00:00:00"),
    (date, "x"),
    (bytes, "***"),
    (UUID, "x"),
]


@pytest.mark.parametrize(("shape", "value"), REFUSED)
def test_every_refusal_of_the_checker_has_words_of_ours_in_both_languages(shape: Any, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, shape)
    words = str(refused.value)
    english, japanese = wrong.said("en", words), wrong.said("ja", words)
    assert "Expected" not in english and "Invalid" not in english and "{" not in english
    assert any(ord(letter) > 0x3000 for letter in japanese), japanese
    assert not {"Expected", "must", "got"} & set(japanese.split()) and "{" not in japanese


def test_every_pattern_and_every_type_has_its_japanese() -> None:
    said = {*(pattern.words for pattern in wrong.PATTERNS), *wrong.TYPES.values()}
    assert sorted(said - catalogue("ja").keys()) == []


@pytest.mark.parametrize("form", wrong.FORMS)
def test_a_form_is_shown_by_an_example_that_has_it(form: str) -> None:
    shape: Any = Annotated[str, Meta(pattern=form)]
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(" ", shape)
    example = msgspec.convert(wrong.FORMS[form], shape)
    assert wrong.said("en", str(refused.value)) == f"must be written as in {example}"


async def test_a_refusal_speaks_japanese_to_a_japanese_caller_and_english_to_others(house: House) -> None:
    program = await house.program(await house.hire(), "read")
    for language, detail in (
        ("ja", "limit: 1 以上で指定してください; sort: 'x' は選択肢にありません"),
        ("en", "limit: must be at least 1; sort: 'x' is not one of the choices"),
    ):
        refused = await program.api("GET", f"/tickets?limit=0&sort=x&lang={language}")
        assert refused.status == 422
        assert "; ".join(sorted(refused.json["detail"].split("; "))) == detail
        assert refused.json["fields"]["limit"] == detail.split("; ")[0].removeprefix("limit: ")
    writer = await house.program(await house.hire("Mari"), "write")
    odd = await writer.api("POST", "/articles?lang=ja", {"content": {"words": {"fr": {"question": "Combien ?"}}}})
    assert odd.json["fields"] == {"content.words": "'fr' は選択肢にありません"}


def test_several_things_are_each_said_in_the_readers_language() -> None:
    words = "None of its recipients can be written to.\nIts words have faults.\nDoubly polite: お承り"
    told = wrong.together("ja", {"": words, "text": "Line 3: oops"})
    assert not {"None", "words", "Doubly", "Line"} & set(told.replace(":", " ").split()) and not told.startswith(":")
    assert "お承り" in told and "oops" in told
