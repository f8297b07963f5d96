"""Letters through a real SMTP server: what it takes, what it refuses, and how the channel judges that."""

from __future__ import annotations

import asyncio
import email
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest

from channels.contract import Attachment, Party, TryLater, Undeliverable
from channels.email import smtp
from channels.email.channel import EmailChannel
from tests.channels.desk import FakeDesk
from tests.channels.email.network import MailServer, account, letter, mail_server, running, through


async def test_a_letter_arrives_and_the_receipt_names_it() -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        message = letter(through(server), "taro@example.jp", cc=(Party("email", "Hanako@Example.jp", "花子"),))
        receipt = await here.channel.deliver(message)
    (got,) = server.got
    assert receipt.external_id == "letter-1@shop.example"
    assert "queued" in receipt.words
    assert got.sender == "support@shop.example"
    assert got.recipients == ["taro@example.jp", "Hanako@Example.jp"]
    mail = email.message_from_bytes(got.content, policy=default)
    assert mail["Subject"] == "ご注文について"
    assert mail["Cc"] == "花子 <Hanako@Example.jp>"


async def test_dots_at_the_beginning_of_lines_arrive_as_written() -> None:
    text = ".\n..\n.dot\nend"
    async with mail_server() as server, running(FakeDesk()) as here:
        await here.channel.deliver(letter(through(server), text=text))
    mail = email.message_from_bytes(server.got[0].content, policy=default)
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text


@pytest.mark.parametrize(
    ("where", "line", "final"),
    [
        ("MAIL", "550 5.7.1 sender refused", True),
        ("MAIL", "451 4.3.0 come again", False),
        ("MAIL", "530 5.7.0 Authentication required", False),
        ("taro@example.jp", "550 5.1.1 No such user ユーザー不明", True),
        ("taro@example.jp", "450 4.2.0 greylisted", False),
        ("taro@example.jp", "552 5.2.2 mailbox full", False),
        ("taro@example.jp", "550 5.2.2 mailbox full", False),
        ("DATA", "554 5.7.1 spam", True),
        ("DATA", "552 5.3.4 too big", True),
        ("DATA", "421 4.3.2 shutting down", False),
    ],
)
async def test_the_servers_words_decide_between_never_and_later(where: str, line: str, final: bool) -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        server.answers[where] = line
        with pytest.raises((Undeliverable, TryLater)) as caught:
            await here.channel.deliver(letter(through(server)))
        assert isinstance(caught.value, Undeliverable) is final
        assert isinstance(caught.value, (Undeliverable, TryLater))
        assert line in caught.value.words
        assert caught.value.code == line.split()[1]
        server.answers.clear()
        await here.channel.deliver(letter(through(server)))
    assert len(server.got) == 1


async def test_a_recipient_who_is_refused_is_named_and_the_others_get_the_letter() -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        server.answers |= {"gone@example.jp": "550 5.1.1 unknown", "A..@docomo.ne.jp": "550 5.1.1 no"}
        receipt = await here.channel.deliver(
            letter(through(server), "taro@example.jp", "gone@example.jp", "A..@docomo.ne.jp")
        )
    assert receipt.refused == {"gone@example.jp": "550 5.1.1 unknown", "a..@docomo.ne.jp": "550 5.1.1 no"}
    assert server.got[0].recipients == ["taro@example.jp"]


async def test_one_recipients_later_holds_the_letter_for_an_hour_and_then_no_longer() -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        server.answers["slow@example.jp"] = "450 4.2.0 greylisted"
        with pytest.raises(TryLater):
            await here.channel.deliver(letter(through(server), "taro@example.jp", "slow@example.jp"))
        assert server.got == []
        old = datetime.now(UTC) - timedelta(hours=2)
        receipt = await here.channel.deliver(
            letter(through(server), "taro@example.jp", "slow@example.jp", created_at=old)
        )
    assert list(receipt.refused) == ["slow@example.jp"]
    assert server.got[0].recipients == ["taro@example.jp"]


async def test_when_all_are_refused_for_good_the_letter_is_undeliverable() -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        server.answers |= {"a@x.example": "550 5.1.1 unknown", "b@x.example": "550 5.1.1 unknown"}
        with pytest.raises(Undeliverable):
            await here.channel.deliver(letter(through(server), "a@x.example", "b@x.example"))


@pytest.mark.parametrize("moment", ["MAIL", "DATA"])
async def test_a_line_that_breaks_means_later(moment: str) -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        server.hang_up_at = moment
        with pytest.raises(TryLater):
            await here.channel.deliver(letter(through(server)))
        await here.channel.deliver(letter(through(server)))
    assert len(server.got) == 1


async def test_no_server_there_means_later() -> None:
    async with mail_server() as server:
        where = through(server)
    async with running(FakeDesk()) as here:
        with pytest.raises(TryLater):
            await here.channel.deliver(letter(where))
        with pytest.raises(TryLater, match="no SMTP server"):
            await here.channel.deliver(letter(account()))


async def test_a_burst_of_letters_shares_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "IDLE_SECONDS", 3600.0)  # none is closed while the machine stands still
    async with mail_server() as server, running(FakeDesk()) as here:
        for number in range(10):
            await here.channel.deliver(letter(through(server), key=f"k{number}"))
        assert server.connections == 1
        await asyncio.gather(*(here.channel.deliver(letter(through(server), key=f"m{n}")) for n in range(5)))
        assert server.connections <= 5
        server.hang_up_at = "MAIL"  # a kept connection that died is no failure
        await here.channel.deliver(letter(through(server)))
    assert len(server.got) == 16


async def test_a_right_password_is_taken_and_a_wrong_one_is_no_fault_of_the_letter() -> None:
    script = MailServer(users={"support@shop.example": "right"})
    async with mail_server(script) as server, running(FakeDesk()) as here:
        await here.channel.deliver(letter(through(server, smtp_password="right")))
        assert server.got[0].user == "support@shop.example"
        with pytest.raises(TryLater, match="sign-in") as caught:
            await here.channel.deliver(letter(through(server, smtp_password="wrong")))
    assert caught.value.after is not None


async def test_a_carriers_broken_address_is_quoted_on_the_wire() -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        await here.channel.deliver(letter(through(server), "a..b.@docomo.ne.jp"))
    assert server.got[0].recipients == ["a..b.@docomo.ne.jp"]
    assert b'To: "a..b."@docomo.ne.jp\r\n' in server.got[0].content


async def test_an_address_in_japanese_needs_a_server_that_knows_it() -> None:
    async with mail_server() as server, running(FakeDesk()) as here:
        await here.channel.deliver(letter(through(server), "窓口@例え.jp"))
        assert server.got[0].recipients == ["窓口@xn--r8jz45g.jp"]
    async with mail_server(utf8=False) as server, running(FakeDesk()) as here:
        with pytest.raises(Undeliverable, match="SMTPUTF8"):
            await here.channel.deliver(letter(through(server), "窓口@例え.jp"))


async def test_a_large_file_goes_out_piece_by_piece() -> None:
    block = os.urandom(1_000_000)
    walked = 0

    def chunks() -> Iterator[bytes]:
        nonlocal walked
        for _ in range(12):
            walked += 1
            yield block

    file = Attachment("large.bin", "application/octet-stream", 12_000_000, chunks)
    async with mail_server() as server, running(FakeDesk()) as here:
        assert walked == 0
        await here.channel.deliver(letter(through(server), attachments=(file,)))
    mail = email.message_from_bytes(server.got[0].content, policy=default)
    (part,) = mail.iter_attachments()
    assert part.get_content() == block * 12


async def test_a_file_that_cannot_be_read_lets_the_letter_wait_and_sends_no_half() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * 3_000_000
        raise FileNotFoundError

    file = Attachment("gone.bin", "application/octet-stream", 9_000_000, chunks)
    async with mail_server() as server, running(FakeDesk()) as here:
        with pytest.raises(TryLater, match="attachment"):
            await here.channel.deliver(letter(through(server), attachments=(file,)))
        await here.channel.deliver(letter(through(server)))
    assert len(server.got) == 1


async def test_a_channel_that_was_never_attached_can_send() -> None:
    async with mail_server() as server:
        channel = EmailChannel()
        await channel.deliver(letter(through(server)))
        await channel.close()
    assert len(server.got) == 1
