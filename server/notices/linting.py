"""What is wrong with a template, said before anything is sent: unknown and empty values, leftover braces, doubly polite
Japanese, advertising without sender or end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.visitor import NodeTransformer

from server.errors import Invalid
from server.notices import values, wording
from server.notices.values import Values
from server.notices.wording import Setting, Words

LONGEST = 20_000
SUBJECT = 200
TWICE_POLITE = re.compile(
    "[おご][^\\s、。「」]{1,6}になられ|おっしゃられ|召し上がられ|いらっしゃられ|なさられ|おいでになられ|"
    "(?:拝見|拝読|拝聴|拝受|頂戴|お伺い|伺わ)さ?せていただ|(?:ご案内|ご連絡|ご報告|お知らせ)させていただかせ|"
    "お承り|各位[様殿]|御中\\s?様|様\\s?様|殿\\s?様|ご尊父様様"
)
CALLED_TWICE = re.compile(r"(customer\.called|[|]\s*(?:sama|様))\s*\}\}\s?(様|さま|殿|御中)")
LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{[a-z_]+\}")
SCRIPT = re.compile(r"<\s*(script|iframe|object|embed|form)\b|\bon[a-z]+\s*=\s*[\"']", re.I)
MILD = ("Doubly polite: ", "Empty: ", "Said twice: ")
"""What is said and does not stop anybody from saving."""
DRAWN: Mapping[str, Any] = MappingProxyType(dict.fromkeys(("letter", "foot", "subject", "language", "ink")))
"""What HTML may speak of besides values."""
KNOWN = values.known()
NOTHING: Mapping[str, Any] = MappingProxyType({})


def faults(
    words: Words,
    *,
    channel: str,
    purpose: str,
    pieces: Mapping[str, str],
    html: bool = False,
    more: Mapping[str, Any] = NOTHING,
) -> list[str]:
    """What is wrong with a template, in English words of the catalogue. `channel` and `purpose` are empty for a piece,
    `html` says that the text itself is HTML: the layout. `more` are names besides `KNOWN`, nested alike."""
    return list(_faults(words, channel, purpose, pieces, html, {**KNOWN, **more}))


def serious(found: Sequence[str]) -> list[str]:
    """Those with which nothing is saved."""
    return [fault for fault in found if not fault.startswith(MILD)]


def empty(words: Words, said: Values, setting: Setting, pieces: Mapping[str, str]) -> list[str]:
    """The values that a template speaks of and that are empty in this letter: nothing stands in their place."""
    noted: set[str] = set()
    made = wording.environment(tuple(sorted(pieces.items()))).overlay()
    made.filters = {**made.filters, "_noted": lambda value, path: _note(value, path, noted)}
    names = {"_setting": setting, **{name: getattr(said, name) for name in Values.__struct_fields__}}
    for part in (words.subject, words.text):
        try:
            tree = _Noting().visit(made.parse(part))
            made.from_string(tree).render(names)
        except (TemplateError, TypeError, ValueError, ArithmeticError, Invalid):
            continue
    return sorted(noted)


def _note(value: Any, path: str, noted: set[str]) -> Any:
    if value is None or value == "" or value == ():
        noted.add(path)
    return value


class _Noting(NodeTransformer):
    """Lets every value that is written out pass by a filter that sees whether it is empty."""

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        node.nodes = [self._watched(each) for each in node.nodes]
        return node

    def _watched(self, node: nodes.Expr) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData):
            return node
        found = [node, *node.find_all((nodes.Getattr, nodes.Name))]
        path = next((path for each in found if (path := _path(each)) is not None), None)
        if path is None:
            return node
        words = nodes.Const(".".join(path), lineno=node.lineno)
        return nodes.Filter(node, "_noted", [words], [], None, None, lineno=node.lineno)


def _faults(
    words: Words, channel: str, purpose: str, pieces: Mapping[str, str], html: bool, known: Mapping[str, Any]
) -> Iterator[str]:
    if channel == "email" and not words.subject.strip():
        yield "The subject is missing."
    if len(words.subject) > SUBJECT:
        yield "The subject is too long."
    if not words.text.strip():
        yield "The text is missing."
    if max(len(words.text), len(words.html), len(words.card)) > LONGEST:
        yield "The text is too long."
    drawn = {**known, **DRAWN}
    yield from _read(words.subject, known, pieces)
    yield from _read(words.text, drawn if html else known, pieces, drawn=html)
    yield from _read(words.html, drawn, pieces, drawn=True)
    yield from _read(words.card, known, pieces, drawn=True)
    whole = words.subject + "\n" + words.text
    for twice in dict.fromkeys(found[0] for found in TWICE_POLITE.finditer(whole)):
        yield f"Doubly polite: {twice}"
    for called in dict.fromkeys(found[2] for found in CALLED_TWICE.finditer(whole)):
        yield f"Said twice: {called}"
    if SCRIPT.search(words.text if html else words.html):
        yield "A mail's HTML has no scripts, forms or frames."
    if html and "letter" not in words.text:
        yield "The layout must have a place for the letter: {{ letter }}"
    yield from _advertising(words, purpose, pieces)


def _read(part: str, known: Mapping[str, Any], pieces: Mapping[str, str], *, drawn: bool = False) -> Iterator[str]:
    if not part.strip():
        return
    try:
        tree = wording.parsed(part, pieces)
        wording.environment(tuple(sorted(pieces.items()))).from_string(part)
    except TemplateError as error:
        yield f"Line {getattr(error, 'lineno', 1)}: {error}"
        return
    for name in sorted(set(_unknown(tree, known))):
        yield f"There is no value named {name}."
    if not drawn and any(LEFT_OVER.search(data.data) for data in tree.find_all(nodes.TemplateData)):
        yield "A brace is left over."


def _advertising(words: Words, purpose: str, pieces: Mapping[str, str]) -> Iterator[str]:
    """Advertising names its sender and its end (特定電子メール法 §4, RFC 8058); other notices have neither."""
    if not purpose:
        return
    whole = words.text
    for name, piece in pieces.items():
        if re.search(rf"include\s+['\"]{name}['\"]", words.text):
            whole += piece
    if purpose == "advertising":
        if "unsubscribe_url" not in whole:
            yield "Advertising must say how to end it: {{ unsubscribe_url }}"
        if "shop.legal" not in whole:
            yield "Advertising must say who sends it: {{ shop.legal }}"
        if words.html.strip() and not any(name in words.html for name in ("letter", "foot", "unsubscribe_url")):
            yield "Advertising must say how to end it: {{ unsubscribe_url }}"
    elif "unsubscribe_url" in whole + words.html + words.card:
        yield "A notice about an order has nothing to unsubscribe from."


def _unknown(tree: nodes.Template, known: Mapping[str, Any]) -> Iterator[str]:
    """Names that no value has, with what they are part of."""
    own = {each.name for each in tree.find_all(nodes.Name) if each.ctx in ("store", "param")}
    inner = _loops(tree)
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in own and name.name not in known and name.name != "loop":
            yield name.name
    for attribute in tree.find_all(nodes.Getattr):
        path = _path(attribute)
        if path is None or path[0] == "loop":
            continue
        scope: Any = {**known, **inner}
        for place, part in enumerate(path):
            if not isinstance(scope, dict):
                break
            if part not in scope:
                if place:
                    yield ".".join(path[: place + 1])
                break
            scope = scope[part]
        else:
            continue
        if scope is None and place < len(path):
            yield ".".join(path[: place + 1])


def _loops(tree: nodes.Template) -> dict[str, Any]:
    """What the variables of loops have: the names of what is looped over."""
    found: dict[str, Any] = {}
    for loop in tree.find_all(nodes.For):
        path = _path(loop.iter) if isinstance(loop.iter, nodes.Getattr | nodes.Name) else None
        if isinstance(loop.target, nodes.Name) and path is not None:
            scope: Any = {**KNOWN, **found}
            for part in path:
                scope = scope.get(part) if isinstance(scope, dict) else None
            found[loop.target.name] = scope
    return found


def _path(node: nodes.Node) -> list[str] | None:
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return [*before, node.attr] if before is not None else None
    return None
