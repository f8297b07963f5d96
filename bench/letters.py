"""Raw mails as they come in: headers of real relays, charsets of real mailers, threads, quotes, attachments."""

from __future__ import annotations

import base64
import quopri
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime

from bench.data import Person, Writer

PAGE = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--
p.MsoNormal, li.MsoNormal, div.MsoNormal {{margin:0mm; font-size:10.5pt; font-family:"Yu Gothic",sans-serif;}}
a:link, span.MsoHyperlink {{mso-style-priority:99; color:#0563C1; text-decoration:underline;}}
--></style></head>
<body lang="JA" link="#0563C1"><div class="WordSection1"><p class="MsoNormal">{}</p></div></body></html>
"""
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)


class Post:
    """A stream of mails to one desk. A third continue a conversation; one of sixteen brings a file."""

    def __init__(self, seed: int = 1) -> None:
        self.writer = Writer(seed)
        self._said: list[tuple[Person, str, str, list[str]]] = []
        self._count = 0

    def mails(self, count: int) -> list[bytes]:
        """So many mails, none like another."""
        return [self.mail() for _ in range(count)]

    def mail(self) -> bytes:
        """The next mail."""
        self._count += 1
        random = self.writer.random
        message_id = f"<{random.getrandbits(96):024x}@mail.example.jp>"
        if self._said and random.random() < 0.35:
            place = random.randrange(len(self._said))
            person, subject, quoted, references = self._said[place]
            _, text = self.writer.first(person)
            subject = subject if subject.startswith("Re:") else f"Re: {subject}"
            whole = f"{text}\n\n{format_datetime(BEGIN)} {person.name} <{person.email}>:\n" + _quoted(quoted)
            self._said[place] = (person, subject, whole[:4000], [*references[-8:], message_id])
        else:
            person = self.writer.person(self._count)
            subject, text = self.writer.first(person)
            references, whole = [], text
            self._said.append((person, subject, text, [message_id]))
            del self._said[:-500]
        headers = self._headers(person, subject, message_id, references)
        return headers + self._body(person, whole, with_file=random.random() < 1 / 16)

    def _headers(self, person: Person, subject: str, message_id: str, references: list[str]) -> bytes:
        random = self.writer.random
        charset = "utf-8" if person.language == "en" or self._count % 3 else "iso-2022-jp"
        name, subject = (_jis(person.name), _jis(subject)) if charset != "utf-8" else (person.name, subject)
        date = format_datetime(BEGIN + timedelta(seconds=self._count))
        seal = base64.b64encode(random.randbytes(256)).decode()
        folded = "\r\n        ".join(seal[i : i + 64] for i in range(0, len(seal), 64))
        lines = [
            f"Return-Path: <{person.email}>",
            "Delivered-To: support@shop.example.jp",
            "Received: from mx3.example.jp (mx3.example.jp [203.0.113.25])\r\n        by mail.shop.example.jp"
            f" (Postfix) with ESMTPS id {random.getrandbits(40):X}\r\n        for <support@shop.example.jp>; {date}",
            f"Received: from [198.51.100.{random.randrange(256)}] (unknown)\r\n        by mx3.example.jp with ESMTPSA"
            f" id {random.getrandbits(40):x};\r\n        {date}",
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.jp; s=2024;\r\n"
            f"        h=from:to:subject:date:message-id;\r\n        b={folded}",
            "Authentication-Results: mail.shop.example.jp; dkim=pass header.d=example.jp; spf=pass",
            f"From: {Header(name, charset).encode()} <{person.email}>",
            "To: support@shop.example.jp",
            f"Subject: {Header(subject, charset, header_name='Subject').encode()}",
            f"Date: {date}",
            f"Message-ID: {message_id}",
            *([f"In-Reply-To: {references[-1]}", "References: " + "\r\n ".join(references)] if references else []),
            "MIME-Version: 1.0",
            "X-Mailer: " + random.choice(("iPhone Mail (21F90)", "Microsoft Outlook 16.0", "Becky! ver. 2.81.02 [ja]")),
        ]
        return "\r\n".join(lines).replace("\n ", "\r\n ").replace("\r\r\n", "\r\n").encode("ascii") + b"\r\n"

    def _body(self, person: Person, text: str, *, with_file: bool) -> bytes:
        plain = _part("text/plain", text, person.language, self._count)
        if self._count % 2:
            markup = "<br>\n".join(text.replace("&", "&amp;").replace("<", "&lt;").splitlines())
            html = _part("text/html", PAGE.format(markup), person.language, self._count)
            plain = _multipart("alternative", [plain, html], self._count)
        if with_file:
            random = self.writer.random
            data = base64.encodebytes(b"%PDF-1.4\n" + random.randbytes(random.randrange(2_000, 12_000)))
            name = Header(random.choice(("領収書.pdf", "写真.pdf", "order.pdf")), "utf-8").encode()
            file = (
                f'Content-Type: application/pdf; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
                f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
            ).encode() + data.replace(b"\n", b"\r\n")
            plain = _multipart("mixed", [plain, file], self._count)
        return plain


def _part(content_type: str, text: str, language: str, count: int) -> bytes:
    if language == "ja" and count % 3 == 0:
        encoded = _jis(text).encode("iso-2022-jp", "replace")
        charset, way = "iso-2022-jp", "7bit"
    elif language == "ja":
        encoded, charset, way = base64.encodebytes(text.encode()), "utf-8", "base64"
    else:
        encoded, charset, way = quopri.encodestring(text.encode()), "utf-8", "quoted-printable"
    head = f"Content-Type: {content_type}; charset={charset}\r\nContent-Transfer-Encoding: {way}\r\n\r\n"
    return head.encode() + encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def _multipart(kind: str, parts: list[bytes], count: int) -> bytes:
    boundary = f"----=_Part_{kind}_{count:08d}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    line = f"--{boundary}\r\n".encode()
    return head + b"".join(line + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _jis(text: str) -> str:
    """Without the characters that ISO-2022-JP has no place for."""
    return text.replace("㈱", "(株)").replace("髙", "高").replace("濵", "浜")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
