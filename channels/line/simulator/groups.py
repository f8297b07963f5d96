"""Group chats and multi-person chats: who is in them, and what the account hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.line.simulator.bubbles import Bubble, Chat
from channels.line.simulator.people import Person, Said

if TYPE_CHECKING:
    from channels.line.simulator.simulator import Simulator


class Group:
    """A chat of several people. The account hears nothing of it until somebody has invited it."""

    def __init__(self, simulator: Simulator, chat: Chat) -> None:
        self.chat = chat
        self._simulator = simulator

    @property
    def id(self) -> str:
        """What a push names as `to`."""
        return self.chat.id

    @property
    def phone(self) -> list[Bubble]:
        """What the account has sent here, oldest first."""
        return [bubble for bubble in self.chat.bubbles if bubble.ours]

    def invite_account(self) -> Said:
        """The account joins."""
        self.chat.account_inside = True
        return self._happened("join", {})

    def remove_account(self) -> Said:
        """Somebody puts the account out."""
        said = self._happened("leave", {}, token=False)
        self.chat.account_inside = False
        return said

    def join(self, *people: Person) -> Said:
        """People come in."""
        self.chat.members.extend(people)
        return self._happened("memberJoined", {"joined": {"members": _sources(people)}})

    def leave(self, *people: Person) -> Said:
        """People go."""
        for person in people:
            self.chat.members.remove(person)
        return self._happened("memberLeft", {"left": {"members": _sources(people)}}, token=False)

    def _happened(self, kind: str, more: dict[str, Any], *, token: bool = True) -> Said:
        return Said(self._simulator.happened(kind, more, self.chat, None, token=token))


def _sources(people: tuple[Person, ...]) -> list[dict[str, str]]:
    return [{"type": "user", "userId": person.id} for person in people]
