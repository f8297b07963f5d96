"""Undelivered mail is told from everything that only talks about it, with the address that failed."""

import pytest

from channels.email.reading import read
from tests.channels.email.reading.letters import table

ORIGINAL = "From: support@desk.example\nTo: taro@ex.jp\nSubject: hi\nMessage-ID: <orig@desk.example>\n\nhello\n"
USUAL = "To: support@desk.example\nMessage-ID: <b1@mx.example>\nMIME-Version: 1.0\n"
# Each case is named: server | failed address | status, if one is told | id of the mail that came back, if it did
NOTICES = table("notices.txt", {"@ORIGINAL@": ORIGINAL})
NO_NOTICES = table("no_notices.txt", {"@ORIGINAL@": ORIGINAL})
REPORT = "multipart/report; report-type=delivery-status; boundary=B"


@pytest.mark.parametrize("case", NOTICES)
def test_a_failure_notice_names_who_was_not_reached(case: str) -> None:
    _, recipient, status, identity = case.split(" | ")
    found = read((USUAL + NOTICES[case]).encode())
    assert [one.recipient for one in found.bounces] == [recipient]
    assert found.is_bounce and found.is_auto
    assert found.bounces[0].message_id == identity
    assert not status or found.bounces[0].status == status


@pytest.mark.parametrize("case", NO_NOTICES)
def test_what_is_no_failure_is_no_bounce(case: str) -> None:
    found = read((USUAL + NO_NOTICES[case]).encode())
    assert not found.is_bounce, found.bounces
    assert found.bounce is None
    assert found.is_auto or not case.startswith(("delayed", "success", "mdn", "vacation"))


def report(*blocks: str) -> bytes:
    fields = "\n\n".join(("Reporting-MTA: dns; mx.ex.jp", *blocks))
    head = f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.ex.jp\nSubject: Undelivered\nContent-Type: {REPORT}\n"
    return (USUAL + head + f"\n--B\nContent-Type: message/delivery-status\n\n{fields}\n\n--B--\n").encode()


def test_every_failed_recipient_of_a_report_is_told() -> None:
    raw = report(
        "Final-Recipient: rfc822; a@ex.jp\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: rfc822; b@ex.jp\nAction: delivered\nStatus: 2.0.0",
        "Final-Recipient: rfc822; c@ex.jp\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 full",
    )
    found = read(raw).bounces
    assert [(one.recipient, one.status, one.action) for one in found] == [
        ("a@ex.jp", "5.1.1", "failed"),
        ("c@ex.jp", "5.2.2", "failed"),
    ]
    assert found[1].diagnostic == "552 5.2.2 full"


def test_delays_and_deliveries_are_told_beside_failures() -> None:
    raw = report(
        "Final-Recipient: rfc822; a@ex.jp\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 421 try again",
        "Final-Recipient: rfc822; b@ex.jp\nAction: delivered\nStatus: 2.0.0",
        "Final-Recipient: rfc822; c@ex.jp\nAction: relayed (to mx.example)\nStatus: 2.0.0",
    )
    found = read(raw)
    assert not found.is_bounce and found.auto_reason
    assert [(one.recipient, one.action) for one in found.reports] == [
        ("a@ex.jp", "delayed"), ("b@ex.jp", "delivered"), ("c@ex.jp", "relayed"),
    ]  # fmt: skip
    assert found.reports[0].diagnostic == "421 try again"


def complaint(kind: str, *fields: str, to: str = "taro@ex.jp") -> bytes:
    head = "From: staff@isp.example\nSubject: FW: hi\nContent-Type: multipart/report; boundary=B\n"
    said = "\n".join((f"Feedback-Type: {kind}", "User-Agent: SomeGenerator/1.0", "Version: 1", *fields))
    return (
        f"{USUAL}{head}\n--B\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
        f"--B\nContent-Type: message/feedback-report\n\n{said}\n\n"
        f"--B\nContent-Type: message/rfc822\n\n{ORIGINAL.replace('taro@ex.jp', to)}\n--B--\n"
    ).encode()


def test_a_complaint_names_who_complained_of_which_mail() -> None:
    found = read(complaint("abuse", "Original-Rcpt-To: <hana@ex.jp>", "Original-Rcpt-To: jiro@ex.jp"))
    assert not found.is_bounce and found.is_auto
    assert [(one.recipient, one.action, one.message_id) for one in found.reports] == [
        ("hana@ex.jp", "complained", "orig@desk.example"), ("jiro@ex.jp", "complained", "orig@desk.example"),
    ]  # fmt: skip
    (one,) = read(complaint("fraud")).reports
    assert (one.recipient, one.diagnostic) == ("taro@ex.jp", "fraud (SomeGenerator)")
    (hidden,) = read(complaint("abuse", to="undisclosed-recipients:;")).reports
    assert (hidden.recipient, hidden.message_id) == ("", "orig@desk.example")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", ""])
def test_what_takes_a_complaint_back_or_comes_from_machines_is_none(kind: str) -> None:
    found = read(complaint(kind))
    assert found.reports == () and not found.is_bounce and found.is_auto


@pytest.mark.parametrize(
    "field",
    [
        "Final-Recipient: rfc822;taro@ex.jp",
        "Final-Recipient: RFC822; <taro@ex.jp>",
        "final-recipient: taro@ex.jp",
        "Final-Recipient:\n rfc822; taro@ex.jp",
        "Original-Recipient: rfc822; taro@ex.jp\nFinal-Recipient: rfc822; taro-inbox@internal.ex.jp",
        "X-Actual-Recipient: rfc822; taro@ex.jp",
        "Final-Recipient: rfc822; taro@ex.jp (unknown)",
    ],
)
def test_a_recipient_is_read_however_it_is_written(field: str) -> None:
    found = read(report(f"{field}\nAction: failed\nStatus: 5.1.1")).bounce
    assert found is not None
    assert found.recipient == "taro@ex.jp"


def test_a_status_that_stands_only_in_the_diagnostic_is_found() -> None:
    fields = "Final-Recipient: rfc822; taro@ex.jp\nAction: failed\nDiagnostic-Code: smtp; 550-5.1.1 no such user"
    found = read(report(fields)).bounce
    assert found is not None
    assert found.status == "5.1.1"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery delayed", "My order has been delayed. Will you keep trying to deliver it?"),
        ("配送の遅延について", "商品の配送が遅延しています。taro@ex.jp まで連絡をください。"),
        ("Mail delivery failed", "I tried to write to you, but got: mail delivery failed. My address is taro@ex.jp"),
        ("エラー通知が届きました", "宛先不明のエラーが出ます。"),
    ],
)
def test_a_customer_with_a_delivery_problem_is_a_person(subject: str, text: str) -> None:
    found = read((USUAL + f"From: Taro <taro@x.jp>\nSubject: {subject}\n\n{text}").encode())
    assert (found.is_auto, found.is_bounce) == (False, False)
