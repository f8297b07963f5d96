"""What somebody does on the phone page, as what a person of the simulator does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.line.simulator.bubbles import Chat
from channels.line.simulator.groups import Group
from channels.line.simulator.people import Person
from channels.line.simulator.simulator import Simulator

Said = dict[str, Any]


class Misunderstood(Exception):
    """The page asked for something that is not there."""


def do(simulator: Simulator, said: Said) -> None:
    """One action: `do` names it, `as` is the person, `chat` where they do it.

    Raises Misunderstood.
    """
    try:
        if said["do"] in _OF_LINE:
            _OF_LINE[said["do"]](simulator, said)
            return
        person = simulator.find_person(str(said.get("as")))
        if person is None or said["do"] not in _OF_PEOPLE:
            raise Misunderstood
        _OF_PEOPLE[said["do"]](simulator, person, _chat(simulator, person, said), said)
    except (KeyError, TypeError, ValueError) as error:
        raise Misunderstood from error


def send(simulator: Simulator, person_id: str, chat_id: str, files: list[tuple[str, str, bytes]]) -> None:
    """Files from the page, each (name, type, bytes): pictures together become a set.

    Raises Misunderstood.
    """
    person = simulator.find_person(person_id)
    if person is None or not files:
        raise Misunderstood
    chat = _chat(simulator, person, {"chat": chat_id})
    if len(files) > 1 and all(mime.startswith("image/") for _, mime, _ in files):
        person.image_set([data for _, _, data in files], mime=files[0][1], chat=chat)
        return
    for name, mime, data in files:
        kind = mime.partition("/")[0]
        if kind == "image":
            person.image(data, mime=mime, chat=chat)
        elif kind == "video":
            person.video(data, mime=mime, asks=None, chat=chat)
        elif kind == "audio":
            person.audio(data, mime=mime, asks=None, chat=chat)
        else:
            person.file(name, data, mime=mime or "application/octet-stream", chat=chat)


def _chat(simulator: Simulator, person: Person, said: Said) -> Chat:
    chat = simulator.chat(str(said.get("chat") or person.id))
    if chat is None or person not in chat.members:
        raise Misunderstood
    return chat


def _group(simulator: Simulator, said: Said) -> Group:
    found = next((group for group in simulator.groups if group.id == said["chat"]), None)
    if found is None:
        raise Misunderstood
    return found


def _text(_: Simulator, person: Person, chat: Chat, said: Said) -> None:
    text = str(said["text"])
    if not text.strip():
        raise Misunderstood
    mentions = [other for other in chat.members if other is not person and f"@{other.name}" in text]
    account = ["account"] if chat.kind != "user" and f"@{said.get('account')}" in text else []
    emojis = [dict(emoji) for emoji in said.get("emojis", ())]
    person.text(text, quote=said.get("quote"), mentions=[*mentions, *account], emojis=emojis, chat=chat)


def _sticker(_: Simulator, person: Person, chat: Chat, said: Said) -> None:
    keywords = [str(word) for word in said.get("keywords", ())]
    person.sticker(str(said["package"]), str(said["sticker"]), keywords=keywords, quote=said.get("quote"), chat=chat)


def _location(_: Simulator, person: Person, chat: Chat, said: Said) -> None:
    person.location(
        float(said["latitude"]),
        float(said["longitude"]),
        title=said.get("title"),
        address=said.get("address"),
        chat=chat,
    )


def _unsend(_: Simulator, person: Person, __: Chat, said: Said) -> None:
    person.unsend(str(said["id"]))


def _follow(_: Simulator, person: Person, __: Chat, ___: Said) -> None:
    person.follow()


def _unfollow(_: Simulator, person: Person, __: Chat, ___: Said) -> None:
    person.unfollow()


def _tap(_: Simulator, person: Person, chat: Chat, said: Said) -> None:
    person.tap(dict(said["action"]), value=said.get("value"), chat=chat)


def _news(simulator: Simulator, person: Person, chat: Chat, said: Said) -> None:
    """Something that LINE invents one day: an event, or a message, of a kind that nobody knows yet."""
    if said["kind"] == "event":
        simulator.happened("hologram", {"hologram": {"depth": 3}}, chat, person)
    else:
        simulator.happened(
            "message", {"message": {"id": simulator.next_message_id(), "type": "hologram"}}, chat, person
        )


def _account_in(simulator: Simulator, said: Said) -> None:
    group = _group(simulator, said)
    if not group.chat.account_inside:
        group.invite_account()


def _account_out(simulator: Simulator, said: Said) -> None:
    group = _group(simulator, said)
    if group.chat.account_inside:
        group.remove_account()


def _join(simulator: Simulator, said: Said) -> None:
    group, person = _group(simulator, said), simulator.find_person(str(said["as"]))
    if person is not None and person not in group.chat.members:
        group.join(person)


def _leave(simulator: Simulator, said: Said) -> None:
    group, person = _group(simulator, said), simulator.find_person(str(said["as"]))
    if person is not None and person in group.chat.members:
        group.leave(person)


def _quota(simulator: Simulator, said: Said) -> None:
    simulator.quota = None if said["limit"] is None else max(0, int(said["limit"]))


def _redeliver(simulator: Simulator, said: Said) -> None:
    simulator.webhooks.redeliver = bool(said["on"])
    simulator.touch()


def _fail(simulator: Simulator, said: Said) -> None:
    """The next message request meets a bad day of the named kind."""
    kinds: dict[str, dict[str, Any]] = {
        "400": {"status": 400, "details": [("The sticker cannot be sent by a bot", "messages[0].stickerId")]},
        "401": {"status": 401},
        "429": {"status": 429},
        "500": {"status": 500},
        "500-after": {"status": 500, "after_accepting": True},
        "silent": {"status": None, "silent": True},
        "silent-after": {"status": None, "silent": True, "after_accepting": True},
    }
    simulator.fail_next(path="/message/", **kinds[said["kind"]])
    simulator.touch()


_OF_LINE: dict[str, Callable[[Simulator, Said], None]] = {
    "account-in": _account_in,
    "account-out": _account_out,
    "join": _join,
    "leave": _leave,
    "quota": _quota,
    "redeliver": _redeliver,
    "fail": _fail,
}
_OF_PEOPLE: dict[str, Callable[[Simulator, Person, Chat, Said], None]] = {
    "text": _text,
    "sticker": _sticker,
    "location": _location,
    "unsend": _unsend,
    "follow": _follow,
    "unfollow": _unfollow,
    "tap": _tap,
    "news": _news,
}
