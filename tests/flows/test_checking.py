"""What keeps a flow from being published, each named at its step."""

from __future__ import annotations

from typing import Any

import pytest

from server.flows import checking, editing, exchange
from server.flows.checking import Known
from server.flows.steps import Tree, read
from tests.flows.worlds import of_steps, sample

ASK = {"kind": "choices", "id": "a", "words": {"ja": "あ"}}
NUMBER = {"id": "f", "label": {"ja": "？"}, "to": "people"}
KNOWN = Known({3: frozenset({"ja"})}, frozenset({1}), {"people": "number"}, frozenset({7}))
END = {"kind": "end", "id": "e"}


def ways(*labels: str, steps: Any = ()) -> list[dict[str, Any]]:
    return [{"id": f"w{n}", "label": {"ja": label}, "steps": list(steps)} for n, label in enumerate(labels)]


def test_the_ready_made_flow_can_be_published_as_it_is() -> None:
    assert checking.problems(sample(), Known({}, frozenset(), {}, frozenset())) == []


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        ([{"kind": "say", "id": "a", "words": {"ja": "あ"}}], ("a", "")),
        ([{"kind": "say", "id": "a"}, END], ("a", "words.ja")),
        ([END, {"kind": "say", "id": "a", "words": {"ja": "あ"}}, {"kind": "go", "id": "g"}], ("a", "")),
        ([{**ASK, "ways": []}, END], ("a", "ways")),
        ([{**ASK, "ways": ways(*map(str, range(11)))}, END], ("a", "ways")),
        ([{**ASK, "ways": ways("あ" * 21)}, END], ("a", "ways.w0.ja")),
        ([{**ASK, "ways": ways("あ", "あ")}, END], ("a", "ways.w1.ja")),
        ([{**ASK, "ways": ways("あ")}], ("a", "ways.w0")),
        ([{"kind": "article", "id": "a", "article": 4}, END], ("a", "article")),
        ([{"kind": "person", "id": "a", "team": 2}], ("a", "team")),
        ([{"kind": "set", "id": "a", "fields": {"gone": "1"}}, END], ("a", "fields.gone")),
        ([{"kind": "set", "id": "a"}, END], ("a", "")),
        ([{"kind": "ask", "id": "a", "field": NUMBER}, END], ("a", "field.to")),
        ([{"kind": "form", "id": "a", "fields": []}, END], ("a", "fields")),
        ([{"kind": "branch", "id": "a", "cases": [{"id": "c", "test": "segment"}]}, END], ("a", "cases.c")),
        ([{"kind": "go", "id": "a", "to": "nowhere"}], ("a", "to")),
        ([{"kind": "say", "id": "a", "words": {"ja": "あ"}}, {"kind": "go", "id": "g"}], ("g", "")),
        ([{"kind": "end", "id": "a"}, {"kind": "end", "id": "a"}], ("a", "id")),
    ],
)  # fmt: skip
def test_each_fault_is_named_at_its_step(steps: list[dict[str, Any]], where: tuple[str, str]) -> None:
    found = checking.problems(of_steps(*steps), KNOWN)
    assert where in [(one.step, one.where) for one in found], found


def test_an_article_needs_the_languages_of_the_flow() -> None:
    flow = of_steps({"kind": "article", "id": "a", "article": 3}, END)
    assert checking.problems(flow, KNOWN) == []
    both = of_steps({"kind": "article", "id": "a", "article": 3}, END, languages=["ja", "en"])
    assert [one.words for one in checking.problems(both, KNOWN)] == ["The article has no English words."]


def test_a_tree_is_rearranged_and_never_put_into_itself() -> None:
    content: dict[str, Any] = {"steps": []}
    assert editing.changed(content, "add:", "choices") == "s1"
    assert editing.changed(content, "add:s1.a", "branch") == "s2"
    assert editing.changed(content, "add:s2.else", "go") == "s3"
    content["steps"][0]["ways"][0]["steps"][0]["otherwise"][0]["to"] = "s2"
    assert editing.changed(content, "into:s1", to="s2.else") == "s1"
    assert [step["id"] for step in content["steps"]] == ["s1"]
    copied = editing.changed(content, "copy:s1")
    assert copied == "s4"
    inner = content["steps"][1]["ways"][0]["steps"][0]
    assert inner["otherwise"][0]["to"] == inner["id"] != "s2", "what leads within the copy leads within the copy"
    assert editing.changed(content, "add:+s1", "say") is not None
    assert content["steps"][1]["kind"] == "say"
    editing.changed(content, "part-add:s1.")
    editing.changed(content, "part-up:s1.c")
    assert [way["id"] for way in content["steps"][0]["ways"]] == ["a", "c", "b"]
    editing.changed(content, "part-remove:s1.a")
    assert "s2" not in Tree(read(content)).steps
    assert editing.changed(content, "nonsense:s1") is None


@pytest.mark.parametrize("form", ["json", "toml"])
def test_a_file_says_what_the_flow_is(form: exchange.Form) -> None:
    words = {"kind": "say", "id": "a", "words": {"ja": '改行\n「引用」"と\\ \u007f'}}
    flow = of_steps(words, END)
    assert exchange.taken(exchange.written("受付", flow, form)) == exchange.Moved(name="受付", flow=flow)
