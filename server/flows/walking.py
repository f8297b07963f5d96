"""Walking through a flow: from step to step until one waits for an answer or the flow is over, and what is said on the
way."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from channels.wording import say
from server.flows import understanding
from server.flows.steps import (
    WAITING,
    Arrange,
    Article,
    Ask,
    Branch,
    Case,
    Choices,
    End,
    Field,
    Form,
    Go,
    HandOver,
    Order,
    Question,
    Say,
    Step,
    Tree,
    in_language,
)
from server.flows.talk import (
    AGAIN,
    BACK,
    MOST_MARKS,
    NO,
    PERSON,
    SKIP,
    YES,
    Act,
    Answer,
    Arranged,
    Ended,
    HandedOver,
    Mark,
    Moved,
    Noted,
    Offer,
    State,
    Why,
    World,
)

MOST_STEPS = 200
"""Steps between two questions; more of them go round in a circle."""
MOST_MISSES = 2
"""A question is asked again so often before a person is called."""
ASKED, OFFERED, SOLVED = 0, 1, 2
"""Parts of a step where the articles are asked: the question itself, articles that may be meant, whether it helped."""
NUMBER, MAIL = 0, 1
ORDER_ASKS = ("Please write the order number.", "Please write the mail address of the order.")


class Walk:
    """One move. `_said`, `_acts` and `_entered` grow until a step waits or the flow is over."""

    def __init__(self, tree: Tree, state: State, world: World) -> None:
        self.tree = tree
        self._state = state
        self._world = world
        self._said: list[str] = []
        self._acts: list[Act] = []
        self._entered: list[str] = []
        self._answered = ""
        self._turn: int | None = None
        """The turn of the earlier question that is being answered anew."""

    # ------------------------------------------------------------------------------------------- going on

    def on(self, step: Step | None) -> Moved:
        """From step to step until one waits."""
        for _ in range(MOST_STEPS):
            if step is None:
                return self._to_person("stuck")
            self._entered.append(step.id)
            self._state = msgspec.structs.replace(self._state, misses=0)
            lang = self._state.lang
            match step:
                case Say():
                    self._said.append(in_language(step.words, lang))
                    step = self.tree.after(step)
                case Article():
                    answer = self._world.article(step.article, lang)
                    if answer is not None:
                        return self._show(step, answer)
                    step = self.tree.after(step)
                case Branch():
                    step = self.tree.inside(step, self._case(step))
                case Arrange():
                    self._acts.append(Arranged(tuple(step.tags), step.priority, tuple(step.fields.items())))
                    step = self.tree.after(step)
                case Go():
                    step = self.tree.steps.get(step.to) if step.to else self.tree.first
                case HandOver():
                    return self._hand_over(step)
                case End():
                    return self._end(step)
                case Form() if not step.fields:
                    step = self.tree.after(step)
                case _:
                    return self._ask(step, ASKED)
        return self._to_person("stuck")

    def _show(self, step: Choices | Question | Article, answer: Answer) -> Moved:
        lang = self._state.lang
        self._note(step, f"f{answer.article}", say(lang, "Answer shown"), answer.question)
        self._said.append(answer.text)
        if isinstance(step, Article) and not step.ask:
            return self.on(self.tree.after(step))
        if not isinstance(step, Article):
            self._mark("")
        self._tell("Did this solve it?")
        return self._wait(step, SOLVED, [self._offer(YES, "Yes"), self._offer(NO, "No")])

    def _case(self, step: Branch) -> str:
        return next((case.id for case in step.cases if self._holds(case)), "else")

    def _holds(self, case: Case) -> bool:
        match case.test:
            case "open":
                return self._world.is_open()
            case "known":
                return self._world.is_known()
            case "segment":
                return case.value.isdecimal() and self._world.in_segment(int(case.value))
            case "order":
                order = self._state.order
                return order == case.value or (case.value == "found" and order not in ("", "missing"))

    def _ask(self, step: Step | None, part: int, *, misses: int | None = None) -> Moved:
        """Say a question and wait for its answer."""
        lang = self._state.lang
        match step:
            case Choices():
                self._said.append(in_language(step.words, lang))
                return self._wait(step, ASKED, self._ways(step))
            case Question():
                self._said.append(in_language(step.words, lang) or say(lang, "What would you like to know?"))
                return self._wait(step, ASKED, [])
            case Article():
                return self.on(step)
            case Ask():
                return self._ask_field(step, step.field, 0)
            case Form():
                if part >= len(step.fields):
                    return self._confirm(step)
                if part == 0:
                    self._said.append(in_language(step.words, lang))
                return self._ask_field(step, step.fields[part], part)
            case Order():
                if part == NUMBER and misses is None:
                    self._said.append(in_language(step.words, lang))
                self._tell(ORDER_ASKS[min(part, MAIL)])
                return self._wait(step, part, [], misses=misses or self._state.misses)
            case _:
                return self._to_person("lost")

    def _ask_field(self, step: Ask | Form, field: Field, part: int) -> Moved:
        self._said.append(in_language(field.label, self._state.lang))
        offers = []
        if field.type == "choice":
            offers = [Offer(f"o{n}", in_language(each, self._state.lang)) for n, each in enumerate(field.options)]
        if field.optional:
            offers.append(self._offer(SKIP, "Skip"))
        return self._wait(step, part, offers)

    def _confirm(self, step: Form) -> Moved:
        lines = [one.line for one in self._state.noted if one.step == step.id]
        self._said.append("\n".join([say(self._state.lang, "Is this right?"), *lines]))
        return self._wait(step, len(step.fields), [self._offer(YES, "Yes"), self._offer(NO, "Correct it")])

    def _again(self) -> Moved:
        """The same question once more, without counting it as a miss."""
        return self._repeat(self._state.misses)

    def _again_or_person(self, words: str) -> Moved:
        """Say why the answer does not do, and ask again; too often, and a person comes."""
        misses = self._state.misses + 1
        if misses > MOST_MISSES:
            return self._to_person("unclear")
        self._said.append(words)
        return self._repeat(misses)

    def _repeat(self, misses: int) -> Moved:
        state = self._state
        step = self.tree.steps.get(state.at)
        if isinstance(step, Form | Ask | Order) or (isinstance(step, Choices | Question) and state.part == ASKED):
            moved = self._ask(step, state.part, misses=misses)
        elif step is not None:
            shown = [offer for offer in state.offers if offer.key not in (PERSON, BACK, AGAIN)]
            moved = self._wait(step, state.part, shown)
        else:
            return self._to_person("lost")
        kept = msgspec.structs.replace(moved.state, misses=misses) if moved.state is not None else None
        return moved._replace(state=kept)

    def _wait(self, step: Step, part: int, offers: Sequence[Offer], *, misses: int | None = None) -> Moved:
        state = self._state
        same = state.at == step.id and (state.part == part or isinstance(step, Choices | Question))
        always = [(PERSON, True), (BACK, bool(state.before)), (AGAIN, len(state.before) > 1)]
        shown = (*offers, *(self._offer(key, understanding.LABELS[key]) for key, wanted in always if wanted))
        kept = msgspec.structs.replace(
            state,
            turn=state.turn + 1,
            at=step.id,
            part=part,
            misses=misses if misses is not None else state.misses if same else 0,
            offers=shown,
        )
        return self._moved(kept, shown)

    # ------------------------------------------------------------------------------------------- the end

    def _hand_over(self, step: HandOver) -> Moved:
        words = in_language(step.words, self._state.lang)
        self._said.append(words or say(self._state.lang, "A person will answer you here."))
        self._acts.append(HandedOver(step.team or self.tree.scenario.team, "written"))
        return self._moved(None, ())

    def _to_person(self, why: Why) -> Moved:
        self._tell("A person will answer you here.")
        self._acts.append(HandedOver(self.tree.scenario.team, why))
        return self._moved(None, ())

    def _end(self, step: End) -> Moved:
        words = in_language(step.words, self._state.lang)
        self._said.append(words or say(self._state.lang, "Thank you. Write again whenever you need us."))
        self._acts.append(Ended(step.solved))
        return self._moved(None, ())

    # ------------------------------------------------------------------------------------------- parts

    def _moved(self, state: State | None, offers: tuple[Offer, ...]) -> Moved:
        return Moved(
            state,
            tuple(self._said),
            offers,
            tuple(self._acts),
            self._state.noted,
            tuple(self._entered),
            self._answered,
            self._state.at,
        )

    def _tell(self, words: str) -> None:
        self._said.append(say(self._state.lang, words))

    def _offer(self, key: str, label: str) -> Offer:
        return Offer(key, say(self._state.lang, label))

    def _ways(self, step: Choices) -> list[Offer]:
        return [Offer(way.id, in_language(way.label, self._state.lang)) for way in step.ways]

    def _note(self, step: Step, key: str, label: str, value: str, to: str = "") -> None:
        noted = Noted(step=step.id, key=key, label=label, value=value, to=to)
        kept = tuple(one for one in self._state.noted if (one.step, one.key) != (step.id, key))
        self._state = msgspec.structs.replace(self._state, noted=(*kept, noted))

    def _mark(self, taken: str) -> None:
        """Remember the question that was just answered, as it stood before the answer."""
        state = self._state
        step = self.tree.steps.get(state.at)
        if not isinstance(step, (*WAITING, Article)):
            return
        noted = len([one for one in state.noted if one.step != state.at or isinstance(step, Form)])
        turn = state.turn if self._turn is None else self._turn
        mark = Mark(turn=turn, at=state.at, part=state.part, noted=noted, order=state.order, taken=taken)
        self._state = msgspec.structs.replace(state, before=(*state.before, mark)[-MOST_MARKS:])
