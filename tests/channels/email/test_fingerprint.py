"""The same mail by another way is the same; two mails that only look alike are two."""

from __future__ import annotations

from channels.email.fingerprint import Fingerprint, fingerprint

NAMED = (
    b"Message-ID: <a@b>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nSubject: x\r\n\r\nbody\r\nReceived: no header\r\n"
)
TRACES = (
    b"Delivered-To: support+tabc@shop.example\r\nReceived: from a\r\n\tby b; Thu, 1 Jan 2026\r\n"
    b"Authentication-Results: mx; dkim=pass\r\n"
)


def test_traces_of_the_way_do_not_count_for_a_mail_that_names_itself() -> None:
    assert fingerprint(NAMED) == fingerprint(TRACES + NAMED)


def test_everything_else_counts() -> None:
    for changed in (NAMED.replace(b"body", b"Body"), NAMED.replace(b": x", b": y"), b"X-Shop: 1\r\n" + NAMED):
        assert fingerprint(changed) != fingerprint(NAMED)
    assert fingerprint(NAMED) != fingerprint(NAMED.replace(b"Received: no header", b"Received: other"))


def test_traces_count_for_a_mail_that_does_not_name_itself() -> None:
    for missing in (b"Message-ID: <a@b>\r\n", b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"):
        nameless = NAMED.replace(missing, b"")
        assert fingerprint(nameless) != fingerprint(TRACES + nameless)


def test_it_does_not_matter_how_the_mail_was_cut() -> None:
    for mail in (TRACES + NAMED, b"", b"\n\n", b"no head", TRACES + NAMED.replace(b"\r\n", b"\n"), b"x" * 600_000):
        for size in (1, 7, 100_000) if len(mail) < 10_000 else (65536,):
            pieces = Fingerprint()
            for start in range(0, len(mail), size):
                pieces.update(mail[start : start + size])
            if len(mail) < 10_000:
                assert pieces.name == fingerprint(mail)
            else:
                assert pieces.name.startswith("sha256:")
