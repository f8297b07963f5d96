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
