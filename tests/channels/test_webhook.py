"""Signatures of webhooks: ours, theirs, the old, the new and the forged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from channels import webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
NOW = 1614265330


def test_the_signature_is_the_one_that_the_specification_gives() -> None:
    signature = webhook.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_we_sign_is_what_we_verify_with_either_secret_of_a_change() -> None:
    old, new = webhook.new_secret(), webhook.new_secret()
    headers = {name.title(): value for name, value in webhook.headers([new, old], "msg_1", BODY, NOW).items()}
    for secret in (old, new, [webhook.new_secret(), old]):
        assert webhook.verify(secret, headers, BODY, now=NOW) == "msg_1"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "１６１４２６５３３０"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA v1a,BBBB \udcff"},
        {"webhook-signature": "v0" + webhook.sign(SECRET, "msg_1", NOW, BODY)[2:]},
    ],
)
def test_anything_changed_on_the_way_is_noticed(change: dict[str, str]) -> None:
    headers = webhook.headers(SECRET, "msg_1", BODY, NOW)
    assert webhook.verify(SECRET, headers, BODY, now=NOW) == "msg_1"
    with pytest.raises(webhook.BadSignature):
        webhook.verify(SECRET, headers | change, BODY, now=NOW)


def test_a_changed_body_an_old_time_and_a_missing_header_are_noticed() -> None:
    headers = webhook.headers(SECRET, "msg_1", BODY, NOW)
    for given, body, now in (
        (headers, BODY + b" ", NOW),
        (headers, BODY, NOW + 301),
        (headers, BODY, NOW - 301),
        ({}, BODY, NOW),
    ):
        with pytest.raises(webhook.BadSignature):
            webhook.verify(SECRET, given, body, now=now)
    assert webhook.verify(SECRET, headers, BODY, now=NOW + 299)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!"])
def test_a_secret_that_is_none_signs_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook.sign(secret, "msg_1", NOW, BODY)


def test_the_wish_to_wait_is_read_in_either_form_and_has_a_bound() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert webhook.retry_after("120") == timedelta(seconds=120)
    assert webhook.retry_after("Sat, 21 Nov 2026 12:01:00 GMT", now) == timedelta(seconds=60)
    assert webhook.retry_after("Sat, 21 Nov 2020 12:01:00 GMT", now) == timedelta()
    assert webhook.retry_after("999999999") == timedelta(days=1)
    for nonsense in ("", None, "soon", "-5", "9" * 50):
        assert webhook.retry_after(nonsense) is None
