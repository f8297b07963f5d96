"""Leading a customer through a flow: from where it stands and what was heard to what is said and where it stands then.

Pure: everything else is asked of the `World`. A preview and a real conversation are led by the same lines.
"""

from __future__ import annotations

import msgspec

from channels.wording import say
from server.customers.readers import Unreadable
from server.flows import understanding
from server.flows.steps import (
    LANGUAGES,
    Article,
    Ask,
    Choices,
    End,
    Field,
    Form,
    Lang,
    Order,
    Question,
    Scenario,
    Step,
    Tree,
    in_language,
)
from server.flows.talk import (
    AGAIN,
    BACK,
    NO,
    NONE,
    PERSON,
    SKIP,
    YES,
    HandedOver,
    Heard,
    Mark,
    Moved,
    Offer,
    State,
    Why,
    World,
)
from server.flows.walking import (
    ASKED,
    MAIL,
    MOST_MISSES,
    NUMBER,
    OFFERED,
    SOLVED,
    Walk,
)

MOST_ANSWERS = 3
NOTHING_HEARD = Heard("")


def language_of(scenario: Scenario, wanted: str) -> Lang:
    """The language that a customer is led in."""
    own = [lang for lang in LANGUAGES if lang in scenario.languages] or list(LANGUAGES)
    return next((lang for lang in own if lang == wanted), own[0])


def begin(scenario: Scenario, lang: str, world: World, heard: Heard = NOTHING_HEARD) -> Moved:
    """The first question, and whatever is said before it. What was `heard` with it may answer it at once."""
    leader = Leader(Tree(scenario), State(lang=language_of(scenario, lang)), world)
    first = leader.on(leader.tree.first)
    state = first.state
    step = leader.tree.steps.get(state.at) if state is not None else None
    if state is None or not isinstance(step, Choices) or not (heard.key or heard.text.strip()):
        return first
    key = heard.key or understanding.chosen(heard.text, leader._ways(step)) or understanding.wish(heard.text)
    if not key:
        found = world.match(heard.text, state.lang)
        if not found.sure:
            return first
    then = hear(scenario, state, Heard(heard.text, key), world)
    return then._replace(said=(*first.said[:-1], *then.said), entered=(*first.entered, *then.entered))


def hear(scenario: Scenario, state: State, heard: Heard, world: World) -> Moved:
    """What follows from something heard."""
    return Leader(Tree(scenario), state, world).hear(heard)


def give_up(scenario: Scenario, state: State, why: Why = "silent") -> Moved:
    """Nobody answered for too long: a person takes over what was collected, without a word to the customer."""
    return Moved(None, acts=(HandedOver(scenario.team, why),), noted=state.noted, last=state.at)


class Leader(Walk):
    """One move, begun by something heard."""

    def hear(self, heard: Heard) -> Moved:
        state = self._state
        step = self.tree.steps.get(state.at)
        if step is None:
            return self._to_person("lost")
        key = heard.key
        if key and heard.turn is not None and heard.turn != state.turn and key not in (PERSON, AGAIN):
            return self._older(heard.turn, key)
        if not key and state.part != ASKED and not isinstance(step, Form | Order):
            key = understanding.chosen(heard.text, state.offers)
        key = key or understanding.wish(heard.text)
        if key == PERSON:
            return self._to_person("asked")
        if key == AGAIN:
            self._state = State(lang=state.lang, turn=state.turn)
            return self.on(self.tree.first)
        if key == BACK:
            return self._back()
        self._answered = step.id
        return self._answer(step, key, heard.text)

    def _older(self, turn: int, key: str) -> Moved:
        """A tap on an earlier question: the same one twice is one; another answer leads back there."""
        mark = next((one for one in self._state.before if one.turn == turn), None)
        if mark is None or key == BACK:
            self._tell("That was an answer to an earlier question.")
            return self._again()
        if mark.taken == key:
            return Moved(self._state, ignored=True)
        step = self.tree.steps.get(mark.at)
        if not isinstance(step, Choices) or mark.part != ASKED or key not in {way.id for way in step.ways}:
            self._tell("That was an answer to an earlier question.")
            return self._again()
        self._return_to(mark)
        self._turn = turn
        self._answered = step.id
        return self._answer(step, key, "")

    def _back(self) -> Moved:
        if not self._state.before:
            return self._again()
        mark = self._state.before[-1]
        self._return_to(mark)
        step = self.tree.steps.get(mark.at)
        return self._ask(step, NUMBER if isinstance(step, Order) else mark.part)

    def _return_to(self, mark: Mark) -> None:
        state = self._state
        self._state = msgspec.structs.replace(
            state,
            at=mark.at,
            part=mark.part,
            misses=0,
            noted=state.noted[: mark.noted],
            order=mark.order,
            before=tuple(one for one in state.before if one.turn < mark.turn),
        )

    def _answer(self, step: Step, key: str, text: str) -> Moved:
        match step:
            case Choices():
                return self._choices(step, key, text)
            case Question():
                return self._question(step, key, text)
            case Article():
                return self._helped(step, key, text)
            case Ask():
                return self._one(step, step.field, key, text)
            case Form():
                return self._form(step, key, text)
            case Order():
                return self._order(step, key, text)
            case _:
                return self._to_person("lost")

    def _choices(self, step: Choices, key: str, text: str) -> Moved:
        if self._state.part != ASKED:
            return self._articles(step, key, text)
        offers = self._ways(step)
        key = key or understanding.chosen(text, offers)
        label = next((offer.label for offer in offers if offer.key == key), "")
        if label:
            self._note(step, key, _brief(in_language(step.words, self._state.lang)), label)
            self._mark(key)
            return self.on(self.tree.inside(step, key))
        return self._ask_articles(step, text)

    def _question(self, step: Question, key: str, text: str) -> Moved:
        if self._state.part != ASKED:
            return self._articles(step, key, text)
        if text.strip():
            self._note(step, "q", say(self._state.lang, "The question"), text.strip()[:500])
        return self._ask_articles(step, text)

    def _ask_articles(self, step: Choices | Question, text: str) -> Moved:
        """The articles are asked; what they do not know is asked again, or left to the steps that follow."""
        found = self._world.match(text, self._state.lang) if text.strip() else None
        if found is None or not found.answers:
            return self._missed(step)
        if found.sure:
            return self._show(step, found.answers[0])
        self._mark("")
        self._tell("Is it one of these?")
        offers = [Offer(f"f{one.article}", one.question) for one in found.answers[:MOST_ANSWERS]]
        return self._wait(step, OFFERED, [*offers, self._offer(NONE, "None of these")])

    def _articles(self, step: Choices | Question, key: str, text: str) -> Moved:
        """An answer to "is it one of these?" or "did this solve it?"; other words are a new question."""
        key = key or understanding.chosen(text, self._state.offers)
        if key == YES and self._state.part == SOLVED:
            return self._end(End(id=step.id))
        meant = int(key[1:]) if key.startswith("f") and key[1:].isdecimal() and self._state.part == OFFERED else 0
        if meant and (answer := self._world.article(meant, self._state.lang)) is not None:
            return self._show(step, answer)
        if key in (NO, NONE):
            return self._missed(step)
        return self._ask_articles(step, text)

    def _missed(self, step: Choices | Question) -> Moved:
        """Not understood, or no help: a question leads on, a choice is asked again, at last a person comes."""
        self._state = msgspec.structs.replace(self._state, misses=self._state.misses + 1)
        if isinstance(step, Question):
            return self.on(self.tree.after(step)) if self.tree.after(step) else self._to_person("written")
        if self._state.misses > MOST_MISSES:
            return self._to_person("unclear")
        self._tell("Please choose one of these.")
        return self._ask(step, ASKED)

    def _helped(self, step: Article, key: str, text: str) -> Moved:
        key = key or understanding.chosen(text, self._state.offers)
        if key == YES:
            return self._end(End(id=step.id))
        if key == NO:
            self._mark(NO)
            after = self.tree.after(step)
            return self.on(after) if after is not None else self._to_person("written")
        return self._again_or_person(say(self._state.lang, "Please choose one of these."))

    def _one(self, step: Ask, field: Field, key: str, text: str) -> Moved:
        if not self._take(step, field, key, text):
            return self._again_or_person(self._said.pop())
        return self.on(self.tree.after(step))

    def _form(self, step: Form, key: str, text: str) -> Moved:
        part = self._state.part
        if part < len(step.fields):
            if not self._take(step, step.fields[part], key, text):
                return self._again_or_person(self._said.pop())
            if part + 1 < len(step.fields) or step.confirm:
                return self._ask(step, part + 1)
            return self.on(self.tree.after(step))
        key = key or understanding.chosen(text, self._state.offers)
        if key == YES:
            self._mark(YES)
            return self.on(self.tree.after(step))
        if key == NO:
            kept = tuple(one for one in self._state.noted if one.step != step.id)
            self._state = msgspec.structs.replace(self._state, noted=kept)
            return self._ask(step, 0)
        return self._again_or_person(say(self._state.lang, "Please choose one of these."))

    def _take(self, step: Ask | Form, field: Field, key: str, text: str) -> bool:
        """Note a field's value. False when it cannot be read; the last thing said is why."""
        lang = self._state.lang
        if key == SKIP and field.optional:
            self._mark(SKIP)
            return True
        option = int(key[1:]) if key.startswith("o") and key[1:].isdecimal() else -1
        if field.type == "choice" and 0 <= option < len(field.options):
            text = in_language(field.options[option], lang)
        try:
            value = understanding.value(field, text, lang)
        except Unreadable as error:
            self._said.append(error.words)
            return False
        self._mark(key)
        self._note(step, field.id, _brief(in_language(field.label, lang)), value, field.to)
        return True

    def _order(self, step: Order, key: str, text: str) -> Moved:
        lang = self._state.lang
        if self._state.part == NUMBER:
            if not text.strip() or len(text) > 80 or not any(char.isalnum() for char in text):
                return self._again_or_person(say(lang, "Please write the order number."))
            self._mark("")
            self._note(step, "number", say(lang, "Order number"), text.strip())
            return self._ask(step, MAIL)
        try:
            mail = understanding.value(Field(id="mail", type="mail"), text, lang)
        except Unreadable as error:
            return self._again_or_person(error.words)
        number = next((one.value for one in reversed(self._state.noted) if one.key == "number"), "")
        found = self._world.order(number, mail, lang)
        self._mark("")
        self._note(step, "mail", say(lang, "Mail address"), mail)
        if found == "wait":
            self._tell("Too many tries. Please wait a while.")
            return self._to_person("wait")
        if found == "missing":
            return self._no_order(step)
        self._state = msgspec.structs.replace(self._state, order=found.status)
        self._note(step, "state", say(lang, "Order status"), found.lines[0] if found.lines else found.status)
        self._said.append("\n".join(found.lines))
        return self.on(self.tree.after(step))

    def _no_order(self, step: Order) -> Moved:
        """Nobody is told which of the two was wrong."""
        misses = self._state.misses + 1
        self._tell("We find no order with this number and this mail address.")
        if misses > MOST_MISSES:
            self._state = msgspec.structs.replace(self._state, order="missing", misses=0)
            return self.on(self.tree.after(step))
        kept = tuple(one for one in self._state.noted if one.step != step.id)
        self._state = msgspec.structs.replace(self._state, noted=kept, misses=misses)
        return self._ask(step, NUMBER, misses=misses)


def _brief(words: str) -> str:
    """The last line of a question, for a summary."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1][:80] if lines else ""
