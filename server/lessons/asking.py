"""Finding the questions that no article answers now, and grouping them: some thousands of texts, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.database import Database
from server.faq.live import Faq
from server.faq.views import Lang
from server.lessons import gaps, masking
from server.lessons.gaps import Asked, Candidate, Made

if TYPE_CHECKING:
    from server.faq.encoders import Vectors

ANSWERED = 0.5
"""A question that an article answers with this confidence by now is none without an article."""
BATCH = 16
"""Texts that are encoded before anybody else may ask."""
ALIKE = 0.55
"""The cosine from which on two replies answer alike."""
SAME_NAME = 0.8


async def made(database: Database, faq: Faq, lang: Lang, candidates: Sequence[Candidate]) -> list[Made]:
    """The groups of a language as they are now; the candidates are the newest first."""
    asked: list[Asked] = []
    for one in candidates:
        if one.lang == lang and len(asked) < gaps.MOST_GROUPED and (text := await _unanswered(faq, one)):
            asked.append(Asked(one.message, one.ticket, one.at, text, one.answer, one.answer_id))
    if not asked:
        return []
    from server.lessons import grouping

    vectors, modelled = await _vectors(faq, [one.text for one in asked])
    near = grouping.NEAR if modelled else grouping.NEAR_IN_LETTERS
    found = await asyncio.to_thread(grouping.groups, vectors, near)
    known = await database.read(gaps.names, lang)
    named = [name for _, name in known]
    result = []
    for group in found:
        members = [asked[place] for place in group.members]
        close, _ = await _vectors(faq, [members[0].text, *named])
        place = grouping.same(members[0].text, named, close, SAME_NAME)
        answered = [at for at, member in enumerate(members) if member.answer]
        typical: list[int] = []
        if len(answered) >= 2:
            replies, _ = await _vectors(faq, [members[at].answer for at in answered])
            typical = [answered[at] for at in grouping.typical(replies, ALIKE)]
        result.append(Made(lang, members, typical, known[place][0] if place is not None else None))
    return result


async def _unanswered(faq: Faq, one: Candidate) -> str:
    """The first question of a message that no article answers; empty when there is none."""
    for part in one.parts:
        found = await faq.match(part, lang=one.lang, shop=one.shop)
        if found.decision != "answer" and not (found.entries and found.entries[0].confidence >= ANSWERED):
            return masking.phrasing(part, one.names, one.lang)
    return ""


async def _vectors(faq: Faq, texts: list[str]) -> tuple[Vectors, bool]:
    """A row for each text, and whether the sentence encoder made them."""
    import numpy as np

    from server.lessons.likeness import by_letters

    rows = []
    for start in range(0, len(texts), BATCH):
        some = await faq.vectors(texts[start : start + BATCH])
        if some is None:
            return by_letters(texts), False
        rows.append(some)
    return np.concatenate(rows), True
