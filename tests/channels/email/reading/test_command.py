"""`madoguchi mail read` prints one line of JSON for each path, whatever the files hold."""

import io
import json
from pathlib import Path

from channels.email.reading.command import read_lines
from tests.channels.email.reading.letters import attached, mail, parts


def run(*paths: Path | str) -> list[dict[str, object]]:
    out = io.StringIO()
    read_lines(io.StringIO("".join(f"{path}\n" for path in paths)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_mail_is_shown_with_every_field(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(
        parts("Content-Type: text/plain\r\n\r\nhello", attached("attachment; filename=a.pdf"), Cc="b@x.jp")
    )
    (shown,) = run(path)
    assert shown == {
        "path": str(path),
        "subject": "test",
        "from_email": "taro@example.jp",
        "from_name": "Taro",
        "to": ["support@desk.example"],
        "cc": ["b@x.jp"],
        "message_id": "m1@example.jp",
        "in_reply_to": "",
        "references": [],
        "text": "hello",
        "reply_text": "hello",
        "html": None,
        "attachments": [{"filename": "a.pdf", "content_type": "application/pdf", "size": 13, "inline": False}],
        "is_auto": False,
        "is_bounce": False,
        "bounce": None,
    }


def test_a_bounce_is_shown_with_its_recipient(tmp_path: Path) -> None:
    path = tmp_path / "b.eml"
    path.write_bytes(mail("<a@x.jp>:\n550 5.1.1 user unknown\n", From="MAILER-DAEMON@x.jp", Subject="failure notice"))
    (shown,) = run(path)
    assert shown["bounce"] == {"recipient": "a@x.jp", "status": "5.1.1", "message_id": ""}


def test_a_file_that_cannot_be_read_does_not_end_the_run(tmp_path: Path) -> None:
    path = tmp_path / "c.eml"
    path.write_bytes(mail())
    missing, shown = run(tmp_path / "missing.eml", path)
    assert set(missing) == {"path", "error"}
    assert shown["subject"] == "test"
