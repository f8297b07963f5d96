"""The connection test of an account: what works says so, what does not says what to do."""

from __future__ import annotations

from channels import contract
from channels.contract import Check
from tests.channels.desk import FakeDesk
from tests.channels.email.certificate import tls
from tests.channels.email.imap_server import imap_server
from tests.channels.email.network import MailServer, account, mail_server, running
from tests.channels.email.test_mailbox import fetched


def failed(checks: object) -> list[Check]:
    assert isinstance(checks, list)
    return [check for check in checks if not check.ok]


async def test_an_account_that_works_has_no_failed_line() -> None:
    script = MailServer(users={"support@shop.example": "pw"})
    async with imap_server(tls=tls().server) as server, mail_server(script, tls=tls().server) as relay:
        where = fetched(server, imap_security="tls", smtp_host="127.0.0.1", smtp_port=relay.port, smtp_password="pw")
        async with running(FakeDesk(), tls=tls().client) as here:
            assert isinstance(here.channel, contract.TestsAccount)
            checks = await here.channel.test(where)
    assert [check.name for check in checks] == ["IMAP server", "IMAP sign-in", "Folder INBOX", "SMTP server"]
    assert failed(checks) == []


async def test_each_thing_that_is_wrong_has_its_own_words() -> None:
    script = MailServer(users={"support@shop.example": "pw"})
    async with imap_server() as server, mail_server(script) as relay, running(FakeDesk()) as here:
        right = {"smtp_host": "127.0.0.1", "smtp_port": relay.port, "smtp_security": "none", "smtp_password": "pw"}
        for settings, name, words in (
            ({"imap_password": "no"}, "IMAP sign-in", "app password"),
            ({"imap_host": ""}, "IMAP server", "Fill in"),
            ({"imap_port": 1}, "IMAP server", "firewall"),
            ({"imap_security": "tls"}, "IMAP server", "STARTTLS"),
            ({"imap_folders": "Nowhere"}, "Folder Nowhere", "exactly"),
            ({"smtp_password": "no"}, "SMTP server", "app password"),
            ({"smtp_host": ""}, "SMTP server", "Fill in"),
            ({"smtp_port": 1}, "SMTP server", "firewall"),
            ({"smtp_security": "starttls"}, "SMTP server", "TLS"),
        ):
            (check,) = failed(await here.channel.test(fetched(server, **{**right, **settings})))
            assert (check.name, words in check.words) == (name, True), check


async def test_a_strangers_certificate_is_named() -> None:
    async with imap_server(tls=tls().server) as server, mail_server(tls=tls().server) as relay:
        where = fetched(server, imap_security="tls", smtp_host="127.0.0.1", smtp_port=relay.port)
        async with running(FakeDesk()) as here:
            checks = failed(await here.channel.test(where))
    assert [check.name for check in checks] == ["IMAP server", "SMTP server"]
    assert all("certificate" in check.words for check in checks)


async def test_a_mailbox_behind_the_listener_is_told_where_to_send() -> None:
    async with running(FakeDesk()) as here:
        listener, smtp = await here.channel.test(account())
        assert str(here.smtp[1]) in listener.words
    assert listener.ok
    assert not smtp.ok
