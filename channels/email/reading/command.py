"""`madoguchi mail read`: paths of mails on standard input, one JSON object per mail on standard output."""

import json
import sys
from pathlib import Path
from typing import TextIO

from channels.email.reading import Mail, read


def read_lines(stdin: TextIO, stdout: TextIO) -> None:
    """Reads each named file; a file that cannot be read gives `path` and `error` and the next is tried."""
    for line in stdin:
        path = line.rstrip("\r\n")
        if not path:
            continue
        try:
            answer = shown(path, read(Path(path).read_bytes()))
        except Exception as error:
            answer = {"path": path, "error": f"{type(error).__name__}: {error}"}
        stdout.write(json.dumps(answer, ensure_ascii=True) + "\n")
        stdout.flush()


def shown(path: str, mail: Mail) -> dict[str, object]:
    """A mail as one JSON object."""
    bounce = mail.bounce
    return {
        "path": path,
        "subject": mail.subject,
        "from_email": mail.from_email,
        "from_name": mail.from_name,
        "to": [address.email for address in mail.to],
        "cc": [address.email for address in mail.cc],
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "text": mail.text,
        "reply_text": mail.reply_text,
        "html": mail.html,
        "attachments": [
            {"filename": file.filename, "content_type": file.content_type, "size": file.size, "inline": file.inline}
            for file in mail.attachments
        ],
        "is_auto": mail.is_auto,
        "is_bounce": mail.is_bounce,
        "bounce": {"recipient": bounce.recipient, "status": bounce.status, "message_id": bounce.message_id}
        if bounce
        else None,
    }


if __name__ == "__main__":
    read_lines(sys.stdin, sys.stdout)
