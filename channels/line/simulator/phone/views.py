"""What the phone page shows: chats as people see them, and the wire beside them."""

from __future__ import annotations

import json
from typing import Any

from channels.line.simulator.bubbles import Bubble, Chat
from channels.line.simulator.menus import RichMenu
from channels.line.simulator.people import Person
from channels.line.simulator.simulator import Call, Simulator
from channels.line.simulator.webhooks import Attempt

_BUBBLES = 200
_CALLS = 60
_BODY = 20_000


def state(simulator: Simulator) -> dict[str, Any]:
    """Everything on the page, in one answer."""
    now = simulator.clock()
    chats = [*(person.chat for person in simulator.people), *(group.chat for group in simulator.groups)]
    return {
        "version": simulator.version,
        "account": {"name": simulator.account.name, "id": simulator.account.user_id},
        "people": [_person(simulator, person) for person in simulator.people],
        "groups": [_group(group.chat) for group in simulator.groups],
        "chats": {
            chat.id: {
                "loading": chat.loading_until is not None and chat.loading_until > now,
                "bubbles": [_bubble(bubble) for bubble in chat.bubbles[-_BUBBLES:]],
            }
            for chat in chats
        },
        "calls": [_call(call) for call in list(simulator.calls)[-_CALLS:]],
        "webhooks": [_attempt(attempt) for attempt in simulator.webhooks.attempts[-_CALLS:]],
        "quota": {"limit": simulator.quota, "used": simulator.sending.used},
        "ahead": simulator.faults.ahead,
        "redeliver": simulator.webhooks.redeliver,
        "connected": simulator.webhooks.url is not None and simulator.webhooks.active,
    }


def _person(simulator: Simulator, person: Person) -> dict[str, Any]:
    menu = simulator.menus.seen_by(person)
    return {
        "id": person.id,
        "name": person.name,
        "language": person.language,
        "friend": person.friend,
        "blocked": person.blocked,
        "menu": _menu(menu) if menu is not None and menu.picture is not None else None,
    }


def _menu(menu: RichMenu) -> dict[str, Any]:
    return {"id": menu.id, **menu.menu}


def _group(chat: Chat) -> dict[str, Any]:
    return {
        "id": chat.id,
        "name": chat.name,
        "kind": chat.kind,
        "members": [person.id for person in chat.members],
        "inside": chat.account_inside,
    }


def _bubble(bubble: Bubble) -> dict[str, Any]:
    return {
        "id": bubble.id,
        "at": int(bubble.at.timestamp() * 1000),
        "from": bubble.person.id if bubble.person is not None else None,
        "kind": bubble.kind,
        "message": {} if bubble.unsent else bubble.message,
        "via": bubble.via,
        "quotes": bubble.quotes,
        "read": bubble.read,
        "unsent": bubble.unsent,
        "notified": bubble.notified,
    }


def _call(call: Call) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in call.headers.items()}
    return {
        "id": call.answer_headers.get("X-Line-Request-Id", ""),
        "at": int(call.at.timestamp() * 1000),
        "method": call.method,
        "path": call.path + (f"?{call.query}" if call.query and "oauth" not in call.path else ""),
        "retryKey": headers.get("x-line-retry-key"),
        "status": call.status,
        # The token endpoints' bodies are secrets, and nobody learns from them.
        "request": None if "oauth" in call.path else _shown(call.body),
        "answer": None if "oauth" in call.path else _shown(call.answer),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": int(attempt.at.timestamp() * 1000),
        "kinds": [str(event.get("type")) for event in attempt.events],
        "status": attempt.status,
        "reason": attempt.reason,
        "again": any(event["deliveryContext"]["isRedelivery"] for event in attempt.events),
        "body": _shown(attempt.body),
    }


def _shown(body: bytes) -> Any:
    """JSON as it is; of anything else only how long it is."""
    if not body:
        return None
    if len(body) <= _BODY:
        try:
            return json.loads(body)
        except ValueError:
            pass
    return f"{len(body)} bytes"
