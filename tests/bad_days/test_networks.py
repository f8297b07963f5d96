"""Networks that fail: the relay down for long, the mailbox's line cut in the middle of a mail."""

from __future__ import annotations

from tests.channels.email.imap_server import PASSWORD, USER, imap_server
from tests.channels.email.network import MailServer, mail_server
from tests.desks import until
from tests.ports import free_port
from tests.servers import Street, a_mail, sent, words_of


async def test_letters_wait_for_a_relay_that_is_down_and_leave_in_their_order(anywhere: Street) -> None:
    port = free_port()
    relay = MailServer(port=port)
    desk = anywhere.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    for n in range(3):
        await desk.mail(a_mail(f"質問 {n}", sender=f"c{n}@customer.example"))
    rows = await agent.has_tickets(3)
    for text in ("一通目", "二通目", "三通目"):
        for row in rows:
            await agent.reply(row["number"], text)

    async def tried(times: int, letters: int) -> bool:
        return await desk.count("letter", f"state = 'waiting' AND attempts >= {times}") == letters

    await until(lambda: tried(1, 3))
    first = await desk.rows("SELECT * FROM letter ORDER BY id LIMIT 1")
    assert "No connection to the mail server" in first[0].words

    async def hours_pass() -> None:
        await desk.unit(lambda tx: tx.run("UPDATE letter SET next_at = :now WHERE attempts > 0", now=tx.now))
        await desk.mail(a_mail("別件", sender="else@customer.example"))  # whatever happens makes the courier look

    # the same letters are tried again, and those behind them wait their turn
    for times in (2, 3):
        await hours_pass()
        await until(lambda times=times: tried(times, 3))
    assert await desk.count("letter", "attempts = 0") == 6
    # the process is started anew meanwhile; the letters know nothing of it
    await desk.stop()
    await desk.start()
    async with mail_server(relay):
        await hours_pass()
        mails = await sent(relay, 9, 60)
        for row in rows:
            to = row["customer"]["name"] or row["customer"]["address"]
            mine = [words_of(mail).split()[0] for mail in mails if to in str(mail["To"])]
            assert mine == ["一通目", "二通目", "三通目"], "order within a conversation holds"
        for row in rows:
            await agent.has_letter(row["number"], "delivered")
        assert len({mail["Message-ID"] for mail in mails}) == 9


async def test_a_refusal_is_final_and_tells_the_agent_in_the_servers_words(street: Street) -> None:
    relay = await street.relay()
    relay.answers["taro@customer.example"] = "550 5.1.1 no such person here"
    desk = street.desk()
    await desk.mailbox(relay)
    agent = await desk.agent()
    await desk.start()
    await desk.mail(a_mail("質問"))
    (row,) = await agent.has_tickets(1)
    await agent.reply(row["number"], "答え")
    letter = await agent.has_letter(row["number"], "failed")
    assert "no such person here" in letter["words"]
    assert (await agent.get("/letters?state=failed"))["items"][0]["id"] == letter["id"]


async def test_a_mailbox_whose_line_breaks_amid_a_mail_gives_every_mail_once(street: Street) -> None:
    imap = await street.enter(imap_server())
    desk = street.desk(smtp_port=0)
    await desk.mailbox(
        incoming="imap", imap_host="127.0.0.1", imap_port=imap.port, imap_security="none",
        imap_user=USER, imap_password=PASSWORD,
    )  # fmt: skip
    agent = await desk.agent()
    sizes = (10, 200_000, 10, 900_000, 10)
    await imap.append(*[a_mail("長" * size, id=f"m{n}") for n, size in enumerate(sizes)])
    imap.cut_after = 400_000
    await desk.start()
    await until(lambda: imap.cut_after is None)
    imap.cut_after = 1_500_000
    await agent.has_tickets(5, 60)
    rows = await desk.rows("SELECT external_id, length(text) AS long FROM message ORDER BY external_id")
    assert [row.external_id for row in rows] == [f"m{n}@customer.example" for n in range(5)]
    assert rows[3].long > 100_000
    # the line is cut while nothing happens, and the server is away for a while
    imap.closed = True
    imap.hang_up()
    await imap.append(a_mail("まだいますか。", id="m5"))

    async def ill() -> bool:
        (account,) = await agent.get("/accounts")
        return bool(account["health"]) and not account["health"]["ok"]

    await until(ill)
    imap.closed = False
    await agent.has_tickets(6, 60)
    assert await desk.count("arrival") == 6
