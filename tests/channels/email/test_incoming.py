"""What the desk is told of a mail: who, whose ticket, how sure, and whether anything may answer by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Account, Arrival, DeliveryReport, Inbound, InboundMessage, Raw
from channels.email.addresses import message_id
from channels.email.channel import EmailChannel
from channels.email.incoming import inbound
from tests.channels.desk import FakeDesk
from tests.channels.email.network import account, letter, mail_server, running, through

NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)


def arrival(raw: str | bytes, where: Account | None = None, **envelope: Any) -> Arrival:
    data = raw.replace("\n", "\r\n").encode() if isinstance(raw, str) else raw
    return Arrival(where or account(), "sha256:abc", Raw(data=data), "message/rfc822", NOW, envelope)


def read(raw: str | bytes, where: Account | None = None, mark: str = "", **envelope: Any) -> list[Inbound]:
    return list(inbound(arrival(raw, where, **envelope), mark))


def message(raw: str | bytes, where: Account | None = None, mark: str = "", **envelope: Any) -> InboundMessage:
    (one,) = read(raw, where, mark, **envelope)
    assert isinstance(one, InboundMessage)
    return one


HEAD = "From: 山田太郎 <Taro@Example.JP>\nTo: Support@shop.example, Hanako <hanako@example.jp>\n"


def test_a_mail_becomes_a_message() -> None:
    got = message(
        HEAD + "Cc: boss@example.jp\nReply-To: other@example.jp\nMessage-ID: <m1@example.jp>\n"
        "In-Reply-To: <p@shop.example>\nReferences: <a@x>\n <p@shop.example>\n"
        "Date: Thu, 12 Mar 2026 09:30:00 +0900\nSubject: 注文\n\n届きました。\n\n"
        "2026年3月12日(木) 9:00 ショップ <support@shop.example>:\n> いつ\n"
    )
    assert (got.sender.address, got.sender.name, got.sender.verified) == ("taro@example.jp", "山田太郎", True)
    assert [party.address for party in got.to] == ["support@shop.example", "hanako@example.jp"]
    assert [party.address for party in got.cc] == ["boss@example.jp"]
    assert got.reply_to is not None
    assert got.reply_to.address == "other@example.jp"
    assert got.external_id == "m1@example.jp"
    assert got.references == ("a@x", "p@shop.example")
    assert got.sent_at == datetime(2026, 3, 12, 0, 30, tzinfo=UTC)
    assert got.text == "届きました。"
    assert got.whole_text is not None
    assert "いつ" in got.whole_text
    assert got.automatic is None


def test_a_clock_that_goes_ahead_is_not_believed() -> None:
    assert message("From: a@b.jp\nDate: Thu, 12 Mar 2099 09:30:00 +0900\n\nx").sent_at == NOW
    assert message("From: a@b.jp\n\nx").sent_at == NOW
    assert message("From: a@b.jp\nDate: Mon, 1 Jan 1990 00:00:00\n\nx").sent_at.year == 1990


def test_without_an_id_the_arrivals_own_name_serves() -> None:
    assert message("From: a@b.jp\n\nx").external_id == "sha256:abc"


def test_without_a_sender_the_envelope_names_one_who_is_not_sure() -> None:
    got = message("Subject: x\n\nx", mail_from="bot@example.jp")
    assert (got.sender.address, got.sender.verified) == ("bot@example.jp", False)
    assert message("Subject: x\n\nx").sender.address == ""


@pytest.mark.parametrize(
    ("head", "envelope"),
    [
        ("To: support+tk3y9@shop.example\n", {}),
        ("Cc: x@y.example, SUPPORT+TK3Y9@shop.example\n", {}),
        ("Delivered-To: support+tk3y9@shop.example\n", {}),
        ("X-Original-To: support+tk3y9@shop.example\n", {}),
        ("To: support@shop.example\n", {"rcpt_tos": ["support+tk3y9@shop.example"]}),
        ("References: <tk3y9.thread@shop.example> <x@y>\n", {}),
        ("In-Reply-To: <tk3y9.thread@shop.example>\n", {}),
    ],
)
def test_the_token_is_found_wherever_a_server_left_it(head: str, envelope: dict[str, Any]) -> None:
    assert message("From: a@b.jp\n" + head + "\nx", **envelope).token == "k3y9"


PASS = "Authentication-Results: mx.test; dkim=pass header.d=example.jp; dmarc=pass header.from=example.jp\n"
FAIL = "Authentication-Results: mx.test; spf=fail; dmarc=fail header.from=example.jp\n"
FORGED = "Authentication-Results: evil.test; dmarc=pass header.from=example.jp\n"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (PASS, "pass"),
        (FAIL, "fail"),
        (FORGED, "none"),
        ("", "none"),
        (PASS + FAIL, "fail"),
        ("Authentication-Results: MX.test; dkim=pass header.d=example.jp\n", "pass"),
        ("Authentication-Results: mx.test; dkim=pass header.d=other.example\n", "none"),
        ("Authentication-Results: mx.test; spf=fail; dkim=none\n", "fail"),
        ("Authentication-Results: mx.test; spf=pass\n", "none"),
    ],
)
def test_only_the_trusted_server_says_whether_a_sender_is_real(results: str, expected: str) -> None:
    raw = results + "From: taro@example.jp\n\nx"
    got = message(raw, account(authserv_id="mx.test"))
    assert got.authentication == expected
    assert got.sender.verified is (expected != "fail")
    assert message(raw).authentication == "none"


def test_automatic_mail_is_marked() -> None:
    assert message("From: a@b.jp\nAuto-Submitted: auto-replied\n\nx").automatic
    assert message("From: a@b.jp\nList-Id: <news.b.jp>\n\nx").automatic


def test_our_own_mail_that_comes_back_is_a_loop_and_anothers_is_not() -> None:
    raw = "From: a@b.jp\nX-Madoguchi-Desk: ours\n\nx"
    assert message(raw, mark="ours").automatic == "loop"
    assert message(raw, mark="another").automatic is None
    assert message(raw).automatic is None


async def test_what_we_send_is_known_when_it_comes_back() -> None:
    async with mail_server() as server:
        where = through(server)
        async with running(FakeDesk(where)) as here:
            await here.channel.deliver(letter(where, "sales@shop.example"))
            (back,) = here.channel.read(arrival(server.got[0].content, where))
    assert isinstance(back, InboundMessage)
    assert back.automatic == "loop"


def bounced(key: str = "letter-1", recipient: str = "gone@example.jp", action: str = "failed") -> str:
    where = account()
    return (
        "From: MAILER-DAEMON@relay.test\nTo: support@shop.example\nSubject: Undelivered Mail\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nsorry\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.test\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown user\n\n"
        "--b\nContent-Type: message/rfc822\n\n"
        f"From: support@shop.example\nMessage-ID: <{message_id(where, key)}>\nSubject: s\n\nhello\n\n--b--\n"
    )


def test_a_bounce_names_the_letter_that_came_back() -> None:
    (report,) = read(bounced())
    assert isinstance(report, DeliveryReport)
    assert report.key == "letter-1"
    assert report.recipient == "gone@example.jp"
    assert report.state == "bounced"
    assert report.status == "5.1.1"
    assert "550 5.1.1 unknown user" in report.words
    assert report.message is not None
    assert report.message.automatic


def test_a_bounce_of_somebody_elses_mail_names_no_letter() -> None:
    (report,) = read(bounced().replace("@shop.example>\nSubject: s", "@elsewhere.example>\nSubject: s"))
    assert isinstance(report, DeliveryReport)
    assert report.key is None


def test_files_can_be_read_again_and_again_from_a_file_on_disk(tmp_path: Path) -> None:
    raw = HEAD + (
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html\n\n'
        '<p>see <img src="cid:p1"></p>\n--b\nContent-Type: image/png; name="p.png"\nContent-ID: <p1>\n'
        "Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw==\n--b\n"
        'Content-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\n\nPDF\n--b--\n'
    )
    path = tmp_path / "raw"
    path.write_bytes(raw.encode())
    where = Arrival(account(), "x", Raw(path=path), "message/rfc822", NOW)
    (got,) = EmailChannel().read(where)
    assert isinstance(got, InboundMessage)
    files = {file.filename: file for file in got.attachments}
    assert files["p.png"].inline
    assert files["p.png"].content_id == "p1"
    for _ in range(2):
        assert b"".join(files["p.png"].chunks()) == b"\x89PNG"
        assert b"".join(files["a.pdf"].chunks()).strip() == b"PDF"


def test_a_mail_that_was_received_long_ago_keeps_its_day() -> None:
    date = NOW - timedelta(days=400)
    raw = f"From: a@b.jp\nDate: {date:%a, %d %b %Y %H:%M:%S} +0000\n\nx"
    assert message(raw).sent_at == date
