"""The commands of whoever runs the desk: they tell what is ill, and a script can read their exit status."""

from __future__ import annotations

from tests.channels.email.imap_server import PASSWORD, USER, imap_server
from tests.servers import SUPPORT, Street, a_mail


async def test_doctor_and_account_test_tell_the_well_from_the_ill(street: Street) -> None:
    relay = await street.relay()
    imap = await street.enter(imap_server())
    desk = street.desk()
    await desk.mailbox(relay)
    second = await desk.mailbox(
        relay, "orders@shop.example", incoming="imap", imap_host="127.0.0.1", imap_port=imap.port,
        imap_security="none", imap_user=USER, imap_password=PASSWORD,
    )  # fmt: skip
    await desk.hire()
    await desk.start()
    well = await desk.madoguchi("doctor", "--json")
    assert well.status == 0, well.out
    assert all(finding["ok"] for finding in well.json)
    assert (await desk.madoguchi("account", "test", str(second))).status == 0

    imap.closed = True
    imap.hang_up()
    tested = await desk.madoguchi("account", "test", str(second), "--json")
    assert tested.status == 1
    assert [(check["name"], check["ok"]) for check in tested.json] == [("IMAP server", False), ("SMTP server", True)]

    await desk.stop()
    ill = await desk.madoguchi("doctor")
    assert ill.status == 1
    assert "Is the desk running?" in ill.out and "orders@shop.example" in ill.out
    unknown = await desk.madoguchi("account", "test", "99")
    assert unknown.status == 1 and "Traceback" not in unknown.errors


async def test_quarantined_arrivals_are_listed_and_tried_again(street: Street) -> None:
    desk = street.desk()
    mailbox = await desk.mailbox()
    agent = await desk.agent()
    await desk.start()
    # a rule of the database that nobody foresaw: the mail cannot be filed, and is kept
    await desk.unit(
        lambda tx: tx.run(
            "CREATE TRIGGER bad_day BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'a bug in filing'); END"
        )
    )
    assert (await desk.mail(a_mail("届きません。"))).startswith("250")
    listed = await desk.madoguchi("arrivals", "list", "--json")
    assert listed.status == 0
    (arrival,) = listed.json
    assert (arrival["account"], arrival["state"], arrival["tries"]) == (mailbox, "quarantined", 1)
    assert "a bug in filing" in arrival["error"]
    assert [one["id"] for one in (await agent.get("/arrivals"))["items"]] == [arrival["id"]]
    assert (await desk.madoguchi("doctor")).status == 1

    still = await desk.madoguchi("arrivals", "retry", str(arrival["id"]))
    assert still.status == 1 and "still in quarantine" in still.out
    await desk.unit(lambda tx: tx.run("DROP TRIGGER bad_day"))
    retried = await desk.madoguchi("arrivals", "retry", "--json")
    assert retried.status == 0, retried.errors
    (row,) = await agent.has_tickets(1)
    assert row["number"] == retried.json[0]["ticket"]
    assert (await desk.madoguchi("arrivals", "list", "--json")).json == []
    again = await desk.madoguchi("arrivals", "retry", str(arrival["id"]))
    assert again.status == 1 and "filed already" in again.out


async def test_the_desk_does_not_start_without_what_it_needs(street: Street) -> None:
    desk = street.desk()
    for name, value, words in (
        ("secret", "", "MADOGUCHI_SECRET is not set"),
        ("secret", "demo-only-not-a-secret-demo-only-not-a-secret", "demo"),
        ("database", "mysql://nowhere", "sqlite:///"),
    ):
        kept, desk.settings[name] = desk.settings[name], value
        refused = await desk.madoguchi("serve")
        assert (refused.status, words in refused.errors) == (2, True), refused.errors
        desk.settings[name] = kept
    refused = await desk.madoguchi("account", "add", "email", SUPPORT, "--set", "imap_port=many")
    assert refused.status == 1 and "imap_port" in refused.errors


async def test_a_port_in_use_is_said_in_words(street: Street) -> None:
    first = street.desk()
    await first.start()
    second = street.desk()
    second.settings["port"] = str(first.port)
    refused = await second.madoguchi("serve")
    assert refused.status == 1
    assert "already in use" in refused.errors and "MADOGUCHI_PORT" in refused.errors
    assert "Traceback" not in refused.errors
