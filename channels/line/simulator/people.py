"""The people who write to the account: everything that one can do with a phone, as a method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.line.simulator import ids, pictures
from channels.line.simulator.bubbles import Bubble, Chat
from channels.line.simulator.contents import Content

if TYPE_CHECKING:
    from channels.line.simulator.simulator import Simulator


@dataclass(frozen=True, eq=False)
class Said:
    """Something a person did: the event as it leaves for the webhook, and its bubble when it has one."""

    event: dict[str, Any]
    bubble: Bubble | None = None
    content: Content | None = None

    @property
    def event_id(self) -> str:
        """The `webhookEventId`, which stays the same when the event is delivered again."""
        return str(self.event["webhookEventId"])

    @property
    def message_id(self) -> str:
        """The id of the message.

        Raises KeyError for what is not a message.
        """
        return str(self.event["message"]["id"])

    @property
    def reply_token(self) -> str:
        """The token for one free answer."""
        return str(self.event["replyToken"])


class Person:
    """Somebody with a phone. Whatever they do is on its way to the webhook when the method returns."""

    def __init__(
        self,
        simulator: Simulator,
        name: str,
        *,
        language: str | None,
        picture: bytes | None,
        status: str | None,
        seed: str | None,
    ) -> None:
        self.id = ids.user_id(seed)
        self.name = name
        self.language = language
        self._picture = picture
        self.status = status
        self.friend = False
        self.blocked = False
        self.wrote = False
        self.rich_menu: str | None = None
        self.chat = Chat(self.id, "user", name, [self])
        self._simulator = simulator

    @property
    def picture(self) -> bytes:
        """Their face: the one given, or one drawn from the name. Empty when they have none."""
        return pictures.face(self.name) if self._picture is None else self._picture

    @property
    def has_picture(self) -> bool:
        """Whether they show a face."""
        return self._picture != b""

    @property
    def phone(self) -> list[Bubble]:
        """What the account has sent to this person alone, oldest first."""
        return [bubble for bubble in self.chat.bubbles if bubble.ours]

    @property
    def reachable(self) -> bool:
        """Whether LINE lets the account write to them and see their profile."""
        return (self.friend or self.wrote) and not self.blocked

    # -- friends

    def follow(self) -> Said:
        """Add the account as a friend, or unblock it."""
        again = self.blocked
        self.friend, self.blocked = True, False
        return self._happened("follow", {"follow": {"isUnblocked": again}})

    def unfollow(self) -> Said:
        """Block the account."""
        self.blocked = True
        return self._happened("unfollow", {}, token=False)

    block = unfollow

    # -- messages

    def text(
        self,
        text: str,
        *,
        quote: Bubble | Said | str | None = None,
        mentions: Iterable[Person | str] = (),
        emojis: Sequence[dict[str, Any]] = (),
        chat: Chat | None = None,
    ) -> Said:
        """Write. A mention is a person, `"account"` or `"all"`, and stands in the text as `@name`."""
        message: dict[str, Any] = {"type": "text", "text": text}
        if emojis:
            message["emojis"] = [dict(emoji) for emoji in emojis]
        found = [self._mention(text, who) for who in mentions]
        if found:
            message["mention"] = {"mentionees": found}
        if quote is not None:
            message["quotedMessageId"] = _message_id(quote)
        return self._say(message, chat, quotable=True)

    def sticker(
        self,
        package: str = "446",
        sticker: str = "1988",
        *,
        keywords: Sequence[str] = ("hello",),
        text: str | None = None,
        kind: str = "STATIC",
        quote: Bubble | Said | str | None = None,
        chat: Chat | None = None,
    ) -> Said:
        """Send a sticker."""
        message: dict[str, Any] = {"type": "sticker", "packageId": package, "stickerId": sticker}
        message["stickerResourceType"] = kind
        if keywords:
            message["keywords"] = list(keywords)[:15]
        if text is not None:
            message["text"] = text
        if quote is not None:
            message["quotedMessageId"] = _message_id(quote)
        return self._say(message, chat, quotable=True)

    def image(
        self,
        data: bytes | None = None,
        *,
        mime: str = "image/png",
        preview: bytes | None = None,
        external: str | None = None,
        chat: Chat | None = None,
    ) -> Said:
        """Send one picture; with `external` it lies at another server and LINE has no content for it."""
        return self._image(data, mime, preview, external, None, chat)

    def image_set(self, pictures_: Sequence[bytes], *, mime: str = "image/png", chat: Chat | None = None) -> list[Said]:
        """Send several pictures at once: each is a message, and they say that they belong together."""
        name = ids.opaque(32)
        return [
            self._image(data, mime, None, None, {"id": name, "index": index, "total": len(pictures_)}, chat)
            for index, data in enumerate(pictures_, 1)
        ]

    def _image(
        self,
        data: bytes | None,
        mime: str,
        preview: bytes | None,
        external: str | None,
        image_set: dict[str, Any] | None,
        chat: Chat | None,
    ) -> Said:
        message: dict[str, Any] = {"type": "image", "contentProvider": {"type": "line"}}
        if image_set is not None:
            message["imageSet"] = image_set
        if external is not None:
            message["contentProvider"] = {
                "type": "external",
                "originalContentUrl": external,
                "previewImageUrl": external,
            }
            return self._say(message, chat, quotable=True)
        data = data if data is not None else pictures.photo()
        content = self._content(data, mime, preview=preview or data, preview_mime=mime)
        return self._say(message, chat, content=content, quotable=True)

    def video(
        self,
        data: bytes = b"\x00\x00\x00\x18ftypmp42",
        *,
        mime: str = "video/mp4",
        duration: int = 5000,
        preview: bytes | None = None,
        asks: int | None = None,
        held: bool = False,
        chat: Chat | None = None,
    ) -> Said:
        """Send a film of so many milliseconds; LINE needs `asks` looks for it, or until `content.finish()` if held."""
        message = {"type": "video", "duration": duration, "contentProvider": {"type": "line"}}
        preview = preview or pictures.photo()
        content = self._content(data, mime, preview=preview, preview_mime="image/png", asks=asks, held=held)
        return self._say(message, chat, content=content, quotable=True)

    def audio(
        self,
        data: bytes = b"\x00\x00\x00\x18ftypM4A ",
        *,
        mime: str = "audio/x-m4a",
        duration: int = 3000,
        asks: int | None = None,
        held: bool = False,
        chat: Chat | None = None,
    ) -> Said:
        """Send a voice message of so many milliseconds."""
        message = {"type": "audio", "duration": duration, "contentProvider": {"type": "line"}}
        return self._say(message, chat, content=self._content(data, mime, asks=asks, held=held))

    def file(self, name: str, data: bytes, *, mime: str = "application/octet-stream", chat: Chat | None = None) -> Said:
        """Send a file."""
        message = {"type": "file", "fileName": name, "fileSize": len(data)}
        return self._say(message, chat, content=self._content(data, mime))

    def location(
        self,
        latitude: float,
        longitude: float,
        *,
        title: str | None = None,
        address: str | None = None,
        chat: Chat | None = None,
    ) -> Said:
        """Send a place."""
        message: dict[str, Any] = {"type": "location", "latitude": latitude, "longitude": longitude}
        if title is not None:
            message["title"] = title
        if address is not None:
            message["address"] = address
        return self._say(message, chat)

    def unsend(self, said: Said | Bubble | str) -> Said:
        """Take a message back: it is gone from every screen, and so is its content."""
        message_id = _message_id(said)
        chat, bubble = self._simulator.find_bubble(message_id)
        if bubble.person is not self:
            raise ValueError("Only what one has sent oneself can be taken back.")
        bubble.unsent, bubble.text = True, ""
        content = self._simulator.contents.get(message_id)
        if content is not None:
            content.withdrawn = True
        return self._happened("unsend", {"unsend": {"messageId": message_id}}, chat=chat, token=False)

    # -- taps

    def postback(self, data: str, *, params: dict[str, str] | None = None, chat: Chat | None = None) -> Said:
        """Tap something that answers with data and no message."""
        answer: dict[str, Any] = {"data": data}
        if params:
            answer["params"] = params
        return self._happened("postback", {"postback": answer}, chat=chat)

    def tap(self, action: dict[str, Any], *, value: str | None = None, chat: Chat | None = None) -> Said | None:
        """Tap a button or a quick reply; `value` is the moment chosen in a picker.

        None when nothing reaches the account: a link, the camera, the clipboard.
        """
        kind = action.get("type")
        if kind == "message":
            return self.text(action["text"], chat=chat)
        if kind == "postback":
            shown = action.get("displayText") or action.get("text")
            if action.get("text"):
                self.text(action["text"], chat=chat)
            elif shown:
                self._simulator.show(chat or self.chat, self, {"type": "text", "text": shown})
            return self.postback(action["data"], chat=chat)
        if kind == "datetimepicker":
            moment = value or action.get("initial") or "2026-01-01"
            return self.postback(action["data"], params={action["mode"]: moment}, chat=chat)
        if kind == "richmenuswitch":
            params = {"newRichMenuAliasId": action["richMenuAliasId"], "status": "SUCCESS"}
            found = self._simulator.menus.aliases.get(action["richMenuAliasId"])
            if found is None:
                params["status"] = "RICHMENU_ALIAS_ID_NOTFOUND"
            else:
                self.rich_menu = found
            return self.postback(action["data"], params=params, chat=chat)
        return None

    def watched(self, tracking_id: str) -> Said:
        """Watch a film that carries a tracking id to its end."""
        return self._happened("videoPlayComplete", {"videoPlayComplete": {"trackingId": tracking_id}})

    def account_link(self, link_token: str, nonce: str) -> Said:
        """Open the dialog at which a link token and the shop's nonce are joined to this person."""
        return self._simulator.links.open(self, link_token, nonce)

    # -- what the methods have in common

    def _say(
        self, message: dict[str, Any], chat: Chat | None, *, content: Content | None = None, quotable: bool = False
    ) -> Said:
        chat = chat or self.chat
        if chat.kind == "user":
            self.wrote = True
        simulator = self._simulator
        bubble = simulator.show(chat, self, message, quotable=quotable)
        full: dict[str, Any] = {"id": bubble.id, **message}
        if quotable:
            full["quoteToken"] = bubble.quote_token
        if simulator.read_tokens:
            bubble.read_token = full["markAsReadToken"] = ids.opaque(40)
        if content is not None:
            simulator.contents[bubble.id] = content
        event = simulator.happened("message", {"message": full}, chat, self)
        return Said(event, bubble, content)

    def _happened(self, kind: str, more: dict[str, Any], *, chat: Chat | None = None, token: bool = True) -> Said:
        return Said(self._simulator.happened(kind, more, chat or self.chat, self, token=token))

    def _content(
        self,
        data: bytes,
        mime: str,
        *,
        preview: bytes | None = None,
        preview_mime: str = "image/jpeg",
        asks: int | None = 0,
        held: bool = False,
    ) -> Content:
        asks = self._simulator.transcoding_asks if asks is None else asks
        return Content(data, mime, self._simulator.clock(), preview, preview_mime, asks, held)

    def _mention(self, text: str, who: Person | str) -> dict[str, Any]:
        account = self._simulator.account
        name = who.name if isinstance(who, Person) else account.name if who == "account" else "All"
        index = text.find("@" + name)
        if index < 0:
            raise ValueError(f"The text has no @{name}.")
        place = {"index": len(text[:index].encode("utf-16-le")) // 2, "length": len(name.encode("utf-16-le")) // 2 + 1}
        if who == "all":
            return {"type": "all", **place}
        user = who.id if isinstance(who, Person) else account.user_id
        return {"type": "user", "userId": user, "isSelf": not isinstance(who, Person), **place}


def _message_id(what: Bubble | Said | str) -> str:
    if isinstance(what, Said):
        return what.message_id
    return what.id if isinstance(what, Bubble) else what
