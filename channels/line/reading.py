"""One event of LINE's, as it came, and what it means to the desk. Pure.

https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from channels.contract import (
    Account,
    Album,
    Arrival,
    Card,
    ContactChanged,
    Handles,
    Inbound,
    InboundMessage,
    Location,
    Mark,
    Marked,
    Noticed,
    Party,
    PendingFile,
    Proven,
    Sticker,
    Tapped,
    Withdrawn,
)
from channels.filenames import safe_filename
from channels.line.settings import Settings
from channels.plain import clean, clean_line
from channels.wording import say

EVENT = "application/vnd.line.event+json"
"""The media type of one event, as an arrival."""
ANSWER_LIVES = timedelta(seconds=50)
"""A reply token is good for a minute; LINE promises less than that."""
CODE = re.compile(r"(?<![A-Z0-9])([A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5})(?![A-Z0-9])")
"""A code that the desk gave to somebody it knows, who shows it here."""
MEDIA = {
    "image": ("image/jpeg", "A picture", "jpg"),
    "video": ("video/mp4", "A video", "mp4"),
    "audio": ("audio/x-m4a", "A voice message", "m4a"),
}


def read(arrival: Arrival) -> list[Inbound]:
    """What an event says; nothing for events that need no attention. Raises `ValueError` for what is no event."""
    if arrival.media_type != EVENT:
        raise ValueError(f"not an event of LINE's but {arrival.media_type}")
    try:
        event = orjson.loads(arrival.raw.bytes())
        return _Reader(arrival.account, event).read()
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"an event of LINE's without what it should have: {error!r}") from error


def line_of(source: dict[str, Any]) -> str:
    """The name of a conversation; empty for a source that LINE does not tell."""
    place = source.get("groupId") or source.get("roomId") or source.get("userId")
    return f"{'line-group' if source.get('type') != 'user' else 'line'}:{place}" if place else ""


class _Reader:
    """One event, with the account that it came to."""

    def __init__(self, account: Account, event: dict[str, Any]) -> None:
        self._settings = Settings.of(account)
        self._event = event
        self._source: dict[str, Any] = event.get("source") or {}
        self._at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        user = self._source.get("userId")
        self._in_group = self._source.get("type") in ("group", "room")
        place = self._source.get("groupId") or self._source.get("roomId")
        self._group = Party("line-group", str(place)) if self._in_group else None
        self._user = Party("line", str(user)) if user else None

    def read(self) -> list[Inbound]:
        """By the event's type; a type that nobody here knows says nothing."""
        if self._in_group and not self._settings.groups:
            return []
        match self._event["type"]:
            case "message":
                return self._message()
            case "unsend":
                return self._unsend()
            case "postback":
                return self._postback()
            case "follow":
                return self._follow()
            case "unfollow":
                return self._unfollow()
            case "join":
                return self._join()
            case "leave":
                return self._leave()
            case "accountLink":
                return self._linked()
            case _:
                return []

    # ----------------------------------------------------------------------------------------- people come and go

    def _follow(self) -> list[Inbound]:
        who = self._someone()
        greeting = self._settings.greeting if self._active else ""
        return [
            ContactChanged(who, self._at, True, greet=greeting, handles=self._handles({})),
            *self._noticed(),
        ]

    def _unfollow(self) -> list[Inbound]:
        words = say(self._settings.language, "They have blocked this account on LINE.")
        return [ContactChanged(self._someone(), self._at, False, words)]

    def _join(self) -> list[Inbound]:
        return [ContactChanged(self._place(), self._at, True), *self._noticed()]

    def _leave(self) -> list[Inbound]:
        words = say(self._settings.language, "The account is no longer in this group.")
        return [ContactChanged(self._place(), self._at, False, words)]

    def _linked(self) -> list[Inbound]:
        link = self._event["link"]
        return [Proven(self._someone(), str(link["nonce"]), self._at)] if link["result"] == "ok" else []

    # ----------------------------------------------------------------------------------------------------- words

    def _unsend(self) -> list[Inbound]:
        return [Withdrawn(str(self._event["unsend"]["messageId"]), self._at)]

    def _postback(self) -> list[Inbound]:
        postback = self._event["postback"]
        picked = {str(name): str(value) for name, value in (postback.get("params") or {}).items()}
        data = str(postback["data"])
        words = " ".join([data, *picked.values()])
        return self._say(str(self._event["webhookEventId"]), words, {}, card=Tapped(data=data, picked=picked))

    def _message(self) -> list[Inbound]:
        message = self._event["message"]
        kind, id = str(message["type"]), str(message["id"])
        language = self._settings.language
        match kind:
            case "text":
                return self._text(id, message)
            case "sticker":
                return self._sticker(id, message)
            case "location":
                place = Location(
                    latitude=float(message["latitude"]),
                    longitude=float(message["longitude"]),
                    title=clean_line(str(message.get("title") or "")),
                    address=clean_line(str(message.get("address") or "")),
                )
                words = " ".join(filter(None, (place.title, place.address)))
                return self._say(id, words or say(language, "A place"), message, card=place)
            case "image" | "video" | "audio":
                return self._media(id, kind, message)
            case "file":
                name = safe_filename(str(message["fileName"]))
                size = int(message.get("fileSize") or 0)
                file = PendingFile(f"content:{id}", name, "application/octet-stream", size)
                return self._say(id, "", message, pending=(file,))
            case _:
                words = say(language, "A message of a kind that this desk does not know yet ({kind})", kind=kind)
                return self._say(id, words, message)

    def _text(self, id: str, message: dict[str, Any]) -> list[Inbound]:
        text = str(message["text"])
        marks: list[Mark] = []
        pending: dict[str, PendingFile] = {}
        for emoji in message.get("emojis") or ():
            name = f"{emoji['productId']}/{emoji['emojiId']}"
            pending[name] = PendingFile(f"emoji:{name}:{id}", "emoji.png", "image/png", 0, True, f"emoji:{name}")
            marks.append(self._mark(text, emoji, Mark(start=0, length=0, what="emoji", file=f"emoji:{name}")))
        for one in (message.get("mention") or {}).get("mentionees") or ():
            marks.append(self._mark(text, one, Mark(start=0, length=0, what="mention", us=bool(one.get("isSelf")))))
        shown = clean(text)
        card = Marked(marks=tuple(sorted(marks, key=lambda mark: mark.start))) if marks and shown == text else None
        said = self._say(id, shown, message, card=card, pending=tuple(pending.values()))
        shown_codes = [Proven(self._user, code, self._at) for code in CODE.findall(shown)] if self._user else []
        return [*shown_codes, *said]

    def _mark(self, text: str, place: dict[str, Any], mark: Mark) -> Mark:
        """LINE counts in UTF-16 code units; here characters are counted."""
        start, length = int(place["index"]), int(place["length"])
        wide = text.encode("utf-16-le", "surrogatepass")
        before = wide[: start * 2].decode("utf-16-le", "ignore")
        inside = wide[start * 2 : (start + length) * 2].decode("utf-16-le", "ignore")
        return Mark(start=len(before), length=len(inside), what=mark.what, file=mark.file, us=mark.us)

    def _sticker(self, id: str, message: dict[str, Any]) -> list[Inbound]:
        kind = str(message.get("stickerResourceType") or "STATIC")
        file = f"sticker:{message['stickerId']}"
        sticker = Sticker(
            package=str(message["packageId"]),
            sticker=str(message["stickerId"]),
            keywords=tuple(clean_line(str(word)) for word in message.get("keywords") or ()),
            text=clean_line(str(message.get("text") or "")),
            animated="ANIMATION" in kind or "POPUP" in kind,
            file=file,
        )
        words = sticker.text or "、".join(sticker.keywords[:3])
        language = self._settings.language
        text = say(language, "(Sticker: {words})", words=words) if words else say(language, "(Sticker)")
        picture = PendingFile(f"{file}:{id}", "sticker.png", "image/png", 0, True, file)
        return self._say(id, text, message, card=sticker, pending=(picture,))

    def _media(self, id: str, kind: str, message: dict[str, Any]) -> list[Inbound]:
        content_type, words, extension = MEDIA[kind]
        provider = message.get("contentProvider") or {}
        external = provider.get("type") == "external"
        ref = f"external:{id}:{provider['originalContentUrl']}" if external else f"content:{id}"
        name = f"{say(self._settings.language, words)}.{extension}"
        pictures = message.get("imageSet") or {}
        album = None
        if pictures.get("id"):
            index, total = int(pictures.get("index") or 0), int(pictures.get("total") or 0)
            album = Album(id=str(pictures["id"]), index=index, total=total)
        return self._say(id, "", message, album=album, pending=(PendingFile(ref, name, content_type),))

    def _say(
        self,
        id: str,
        text: str,
        message: dict[str, Any],
        *,
        card: Card | None = None,
        album: Album | None = None,
        pending: tuple[PendingFile, ...] = (),
    ) -> list[Inbound]:
        settings = self._settings
        quoted = message.get("quotedMessageId")
        said = InboundMessage(
            external_id=id,
            sender=self._user or Party("line", f"unknown:{self._group.address if self._group else ''}"),
            text=text,
            sent_at=self._at,
            conversation=line_of(self._source),
            routing=settings.routing,
            acknowledge=settings.acknowledge and self._active and not self._in_group,
            within=self._group,
            card=card,
            album=album,
            quotes=str(quoted) if quoted else None,
            pending=pending,
            handles=self._handles(message),
            new_after=settings.over_after,
            timed=True,
        )
        return [said, *self._noticed()]

    # ----------------------------------------------------------------------------------------------------- parts

    @property
    def _active(self) -> bool:
        """Whether this desk, and not another module of the account, is to answer."""
        return str(self._event.get("mode", "active")) == "active"

    def _handles(self, message: dict[str, Any]) -> Handles:
        token = str(self._event.get("replyToken") or "") if self._active else ""
        return Handles(
            answer=token,
            answer_until=self._at + ANSWER_LIVES if token else None,
            quote=str(message.get("quoteToken") or ""),
            read=str(message.get("markAsReadToken") or "") if self._settings.read_marks else "",
        )

    def _noticed(self) -> list[Inbound]:
        found: list[Inbound] = []
        if self._group is not None:
            if self._group.address.startswith("C"):
                found.append(Noticed(self._group, f"group:{self._group.address}"))
            if self._user is not None:
                kind = "group" if self._group.address.startswith("C") else "room"
                found.append(Noticed(self._user, f"member:{kind}:{self._group.address}:{self._user.address}"))
        elif self._user is not None:
            found.append(Noticed(self._user, f"user:{self._user.address}"))
        return found

    def _someone(self) -> Party:
        if self._user is None:
            raise KeyError("userId")
        return self._user

    def _place(self) -> Party:
        if self._group is None:
            raise KeyError("groupId")
        return self._group
