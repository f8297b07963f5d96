"""Questions without an article: which messages ask one, what is kept of their groups, and what leads make of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from server import language
from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict, NotFound
from server.events import DeskChanged
from server.faq import actions
from server.faq.views import ArticleView, Content, Lang, Words
from server.lessons import masking
from server.lessons.views import Example, GapView
from server.tickets.rows import several

LOOKED_BACK = timedelta(days=90)
MOST_LOOKED_AT = 4_000
"""The newest so many messages are looked at; the same for each language is `MOST_GROUPED`."""
MOST_GROUPED = 1_500
STRETCH = 50_000
"""Messages further back than so many are not looked for."""
EVERY = timedelta(hours=20)
LONGEST = timedelta(minutes=10)
"""Who asked for groups that were begun so long ago waits for a process that died: they are begun anew."""
LEAST_MESSAGES = 20
"""A desk with fewer messages groups them only when it is told to."""
OVERLAP = 0.3
"""A group with this share of another one's messages is the same one."""
MOST_EXAMPLES = 5
MOST_PHRASINGS = 10
LONGEST_ANSWER = 4_000
SHORTEST_ANSWER = 12
BAD_RATING = 2
_SIGNATURE = ("--", "━━", "――", "──", "==", "**", "＊＊")


class Candidate(NamedTuple):
    """A message that nothing answered by an article; `parts` are its questions, the `answer` what its agent wrote where
    one reply was enough."""

    message: int
    ticket: int
    at: datetime
    lang: Lang
    shop: str
    parts: tuple[str, ...]
    names: tuple[str, ...]
    answer: str
    answer_id: int | None


class Asked(NamedTuple):
    """A question as it is grouped."""

    message: int
    ticket: int
    at: datetime
    text: str
    answer: str
    answer_id: int | None


class Made(NamedTuple):
    """A group; `same_as` is the gap whose name is nearly its own, `typical` are places of members that agents answered
    alike, the most typical first."""

    lang: Lang
    members: Sequence[Asked]
    typical: Sequence[int]
    same_as: int | None


def due(tx: Transaction) -> datetime | Literal[False] | None:
    """When questions were grouped last, if they are to be grouped now (None: never); False when they are not."""
    row = tx.first("SELECT * FROM lesson_desk")
    if row is None:
        return False
    if row.asked_at is not None and (
        row.grouped_at is None or row.asked_at > row.grouped_at or tx.now - row.grouped_at > LONGEST
    ):
        return row.grouped_at  # type: ignore[no-any-return]
    newest = tx.value("SELECT max(id) FROM message") or 0
    if row.grouped_at is not None and (tx.now - row.grouped_at < EVERY or newest == row.grouped_upto):
        return False
    return row.grouped_at if newest >= LEAST_MESSAGES else False


def claim(tx: Transaction, before: datetime | None) -> bool:
    """Begin to group; False when another process does."""
    same = "grouped_at = :before" if before is not None else "grouped_at IS NULL"
    newest = tx.value("SELECT max(id) FROM message") or 0
    return bool(
        tx.run(
            f"UPDATE lesson_desk SET grouped_at = :now, grouped_upto = :newest WHERE {same}",
            now=tx.now,
            newest=newest,
            **({"before": before} if before is not None else {}),
        )
    )


def finish(tx: Transaction) -> None:
    """The groups are there: whoever waits for them is shown them, unless asked again meanwhile."""
    tx.run("UPDATE lesson_desk SET asked_at = NULL WHERE asked_at <= grouped_at")


def ask(tx: Transaction, agent: AgentView) -> None:
    """Have questions grouped now."""
    require(agent, "lead")
    if not tx.run("UPDATE lesson_desk SET asked_at = :now", now=tx.now):
        newest = tx.value("SELECT max(seq) FROM change") or 0
        tx.run(
            "INSERT INTO lesson_desk (id, seen, grouped_upto, asked_at, settings, outlook, outlook_of)"
            " VALUES (1, :seen, 0, :now, '{}', '[]', '')",
            seen=newest,
            now=tx.now,
        )
    tx.record(DeskChanged(what="lessons"), by=agent.actor)


def under_way(tx: Transaction) -> bool:
    """Whether somebody waits for the groups."""
    return tx.value("SELECT 1 FROM lesson_desk WHERE asked_at IS NOT NULL") is not None


def grouped_at(tx: Transaction) -> datetime | None:
    """When questions were grouped last."""
    row = tx.first("SELECT grouped_at FROM lesson_desk")
    return row.grouped_at if row is not None else None


def candidates(tx: Transaction) -> list[Candidate]:
    """What no article answered in the last 90 days, the newest first."""
    from server.faq.questions import asks

    rows = tx.all(
        "SELECT m.id, m.ticket_number, m.contact_id, m.created_at, substr(m.text, 1, 4000) AS text, t.status,"
        " c.shop FROM message m JOIN ticket t ON t.number = m.ticket_number"
        " JOIN channel_account c ON c.id = t.account_id WHERE m.kind = 'customer' AND m.automatic IS NULL"
        " AND m.withdrawn_at IS NULL AND NOT t.spam AND m.created_at > :since AND m.id > :after"
        " AND NOT EXISTS (SELECT 1 FROM suggestion s WHERE s.message_id = m.id AND s.outcome IN ('used', 'edited'))"
        " AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message_id = m.id AND a.outcome IN ('yes', 'chosen'))"
        " AND NOT EXISTS (SELECT 1 FROM proposed_phrasing p WHERE p.message_id = m.id AND p.state <> 'withdrawn')"
        " AND NOT EXISTS (SELECT 1 FROM ticket_emptied e WHERE e.ticket_number = t.number AND e.last_seq >= m.seq)"
        " ORDER BY m.id DESC LIMIT :most",
        since=tx.now - LOOKED_BACK,
        after=(tx.value("SELECT max(id) FROM message") or 0) - STRETCH,
        most=MOST_LOOKED_AT,
    )
    answers = _answers(tx, {row.ticket_number for row in rows if row.status == "done"})
    found: list[Candidate] = []
    for row in rows:
        parts = tuple(part for part in masking.questions(row.text) if asks(part))
        if not parts:
            continue
        lang: Lang = "en" if language.guess(parts[0]) == "en" else "ja"
        names = tuple(masking.names_of(tx, row.contact_id))
        said = answers.get(row.ticket_number) if len(parts) == 1 else None
        answer = masking.masked_lines(core(said.text), names, lang)[:LONGEST_ANSWER] if said is not None else ""
        if len(answer) < SHORTEST_ANSWER:
            said, answer = None, ""
        found.append(
            Candidate(
                row.id,
                row.ticket_number,
                row.created_at,
                lang,
                row.shop,
                parts,
                names,
                answer,
                said.id if said else None,
            )
        )
    return found


def names(tx: Transaction, lang: str) -> list[tuple[int, str]]:
    """The gaps of a language with their names."""
    rows = tx.all("SELECT id, name FROM faq_gap WHERE lang = :lang ORDER BY id", lang=lang)
    return [(row.id, row.name) for row in rows]


def keep(tx: Transaction, lang: Lang, made: Iterable[Made]) -> None:
    """Write the groups of a language down. A group that stood already keeps its name and what was decided of it."""
    belongs = {
        row.message_id: row.gap_id
        for row in tx.all(
            "SELECT m.message_id, m.gap_id FROM faq_gap_message m JOIN faq_gap g ON g.id = m.gap_id"
            " WHERE g.lang = :lang",
            lang=lang,
        )
    }
    kept: set[int] = set()
    for group in made:
        before = _before(group, belongs, kept)
        kept.add(_write(tx, lang, group, before))
    for row in tx.all("SELECT id, state, last_at FROM faq_gap WHERE lang = :lang", lang=lang):
        if row.id not in kept and (row.state == "open" or row.last_at < tx.now - LOOKED_BACK):
            tx.run("DELETE FROM faq_gap_message WHERE gap_id = :id", id=row.id)
            tx.run("DELETE FROM faq_gap WHERE id = :id", id=row.id)
    tx.record(DeskChanged(what="lessons"), "system")


def listed(tx: Transaction, state: str = "open", limit: int = 50) -> list[GapView]:
    """The gaps, what agents answered alike and what is asked most often first."""
    rows = tx.all(
        "SELECT * FROM faq_gap WHERE state = :state ORDER BY times DESC, id LIMIT :limit", state=state, limit=limit
    )
    return [_view(tx, row) for row in rows]


def one(tx: Transaction, id: int) -> GapView:
    """One gap. Raises `NotFound`."""
    row = tx.first("SELECT * FROM faq_gap WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such question.")
    return _view(tx, row)


def dismiss(tx: Transaction, agent: AgentView, id: int, state: Literal["open", "dismissed"] = "dismissed") -> GapView:
    """Say that no article is wanted for it; it stays away however often it is asked. Or take that back."""
    require(agent, "lead")
    if not tx.run("UPDATE faq_gap SET state = :state WHERE id = :id AND state <> 'written'", state=state, id=id):
        one(tx, id)
        raise Conflict("An article was written of it.")
    tx.record(DeskChanged(what="lessons"), by=agent.actor)
    return one(tx, id)


def write(tx: Transaction, agent: AgentView, id: int) -> ArticleView:
    """A draft of a gap: its name as the question, what customers wrote as phrasings, agents' answer as the answer. It
    is nobody's answer before a lead has read and published it. Raises `Conflict` when there is one."""
    require(agent, "lead")
    if not tx.run("UPDATE faq_gap SET state = 'written' WHERE id = :id AND state <> 'written'", id=id):
        one(tx, id)
        raise Conflict("An article was written of it.")
    row = tx.one("SELECT * FROM faq_gap WHERE id = :id", id=id)
    said = tx.all(
        "SELECT text FROM faq_gap_message WHERE gap_id = :id ORDER BY place LIMIT :most", id=id, most=3 * MOST_PHRASINGS
    )
    phrasings: list[str] = []
    seen = {masking.letters(row.name)}
    for each in said:
        if (letters := masking.letters(each.text)) not in seen:
            seen.add(letters)
            phrasings.append(each.text)
    words = Words(
        question=row.name,
        phrasings=phrasings[:MOST_PHRASINGS],
        full=row.answer,
        short=row.answer if len(row.answer) <= 1_000 else "",
    )
    lang: Lang = "en" if row.lang == "en" else "ja"
    made = actions.add(tx, agent, Content(words={lang: words}))
    tx.run("UPDATE faq_gap SET article_id = :article WHERE id = :id", article=made.id, id=id)
    tx.record(DeskChanged(what="lessons"), by=agent.actor)
    return made


def core(reply: str) -> str:
    """What a reply answers: without greetings, whom it is written to, and its signature."""
    from server.faq.questions import polite

    lines = reply.replace("\r\n", "\n").split("\n")
    ends = next((at for at, line in enumerate(lines) if line.strip().startswith(_SIGNATURE)), len(lines))
    kept = [line.rstrip() for line in lines[:ends]]
    while kept and (not kept[0].strip() or polite(kept[0].strip())):
        kept.pop(0)
    while kept and (not kept[-1].strip() or polite(kept[-1].strip())):
        kept.pop()
    return "\n".join(kept)


def _answers(tx: Transaction, tickets: set[int]) -> dict[int, Any]:
    """Of tickets that one reply of an agent ended, and whose customer did not rate it badly: that reply."""
    if not tickets:
        return {}
    rows = tx.all(
        "SELECT ticket_number, min(id) AS id, min(text) AS text FROM message WHERE kind = 'agent'"
        f" AND withdrawn_at IS NULL AND ticket_number IN ({several(sorted(tickets))})"
        " AND NOT EXISTS (SELECT 1 FROM rating r WHERE r.ticket_number = message.ticket_number AND r.score <= :bad)"
        " GROUP BY ticket_number HAVING count(*) = 1",
        bad=BAD_RATING,
    )
    return {row.ticket_number: row for row in rows}


def _before(group: Made, belongs: dict[int, int], taken: set[int]) -> int | None:
    """The gap that a group was before."""
    shared: dict[int, int] = {}
    for member in group.members:
        if (gap := belongs.get(member.message)) is not None and gap not in taken:
            shared[gap] = shared.get(gap, 0) + 1
    best = max(shared, key=lambda gap: (shared[gap], -gap), default=None)
    if best is not None and shared[best] >= OVERLAP * sum(1 for gap in belongs.values() if gap == best):
        return best
    return group.same_as if group.same_as is not None and group.same_as not in taken else None


def _write(tx: Transaction, lang: Lang, group: Made, before: int | None) -> int:
    first, members = group.members[0], group.members
    answer = members[group.typical[0]] if group.typical else None
    values = {
        "answer": answer.answer if answer is not None else "",
        "answer_id": answer.answer_id if answer is not None else None,
        "times": len(members),
        "solved": len(group.typical),
        "first_at": min(member.at for member in members),
        "last_at": max(member.at for member in members),
        "updated_at": tx.now,
    }
    if before is None:
        id = tx.insert("faq_gap", lang=lang, name=first.text, named_by=first.message, state="open", **values)
    else:
        id = before
        named_by = tx.value("SELECT named_by FROM faq_gap WHERE id = :id", id=id)
        if named_by not in {member.message for member in members}:
            values |= {"name": first.text, "named_by": first.message}
        places = ", ".join(f"{name} = :{name}" for name in values)
        tx.run(f"UPDATE faq_gap SET {places} WHERE id = :id", id=id, **values)
        tx.run("DELETE FROM faq_gap_message WHERE gap_id = :id", id=id)
    tx.run(f"DELETE FROM faq_gap_message WHERE message_id IN ({several(member.message for member in members)})")
    typical = set(group.typical)
    for place, member in enumerate(members):
        tx.insert(
            "faq_gap_message",
            gap_id=id,
            message_id=member.message,
            ticket_number=member.ticket,
            place=place,
            text=member.text,
            answered=place in typical,
        )
    return id


def _view(tx: Transaction, row: Any) -> GapView:
    examples = tx.all(
        "SELECT * FROM faq_gap_message WHERE gap_id = :id ORDER BY answered DESC, place LIMIT :most",
        id=row.id,
        most=MOST_EXAMPLES,
    )
    return GapView(
        id=row.id,
        lang=row.lang,
        name=row.name,
        times=row.times,
        solved=row.solved,
        answer=row.answer,
        state=row.state,
        article=row.article_id,
        first_at=row.first_at,
        last_at=row.last_at,
        examples=[
            Example(ticket=each.ticket_number, message=each.message_id, text=each.text, answered=bool(each.answered))
            for each in examples
        ],
    )
