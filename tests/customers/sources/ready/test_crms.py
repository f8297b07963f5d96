"""Salesforce, Zoho CRM and Dynamics 365 as ready-made sources, against simulators."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.agents import DESK
from server.customers.sources.views import Pulled
from tests.customers.sources.ready.conftest import Store, addresses
from tests.customers.sources.ready.simulators import Dynamics, Salesforce, Zoho, open_simulator

CLIENT = {"client_id": "me", "client_secret": "s"}


def salesforce_contact(id: int, **more: Any) -> dict[str, Any]:
    """As the REST API shows one."""
    return {
        "attributes": {"type": "Contact", "url": f"/services/data/v60.0/sobjects/Contact/{id}"},
        "Id": f"003{id:012d}AAA",
        "FirstName": "美咲",
        "LastName": f"伊藤{id}",
        "Email": f"misaki{id}@company.example",
        "Phone": None,
        "MobilePhone": "090-1234-5678" if id == 1 else None,
        "Department": None,
        "Birthdate": None,
        "MailingStreet": None,
        "MailingCity": None,
        "MailingState": None,
        "MailingPostalCode": None,
        "HasOptedOutOfEmail": False,
        "Account": None,
        "SystemModstamp": f"2026-11-{id:02d}T01:02:03.000+0000",
        **more,
    }


async def test_salesforce_is_pulled_by_soql(store: Store) -> None:
    crm = Salesforce()
    crm.size = 2
    crm.contacts = [salesforce_contact(id) for id in range(1, 6)]
    crm.contacts[0] |= {
        "Birthdate": "1985-04-05",
        "Account": {"attributes": {}, "Name": "伊藤商店"},
        "MailingStreet": "栄1-1",
        "MailingCity": "名古屋市",
        "MailingState": "愛知県",
        "MailingPostalCode": "460-0001",
    }
    async with open_simulator(crm):
        name = await store.add(
            "salesforce", {"domain": "x.my.salesforce.com", **CLIENT}, **{"https://${domain}": crm.url}
        )
        assert (await store.pull(name)).streams["contacts"]["new"] == 5
        crm.contacts[2] |= {"HasOptedOutOfEmail": True, "SystemModstamp": "2026-11-20T00:00:00.000+0000"}
        crm.tokens += 1  # what was given is not good any more
        assert (await store.pull(name)).streams["contacts"]["changed"] == 1
        assert (await store.pull(name)).streams["contacts"].get("changed", 0) == 0
    misaki = await store.customer("salesforce", "003000000000001AAA")
    assert (misaki.name, misaki.company, misaki.birthday) == ("伊藤1 美咲", "伊藤商店", date(1985, 4, 5).isoformat())
    assert addresses(misaki, "phone") == ["+819012345678"]
    assert misaki.addresses[0].region == "愛知県"
    assert (await store.customer("salesforce", "003000000000003AAA")).opted_out


async def test_zoho_is_pulled_by_coql(store: Store) -> None:
    crm = Zoho()
    crm.contacts = [
        {
            "id": f"55{id:04d}",
            "First_Name": None,
            "Last_Name": f"渡辺{id}",
            "Email": f"w{id}@company.example",
            "Phone": "03-1111-2222",
            "Mobile": None,
            "Department": "購買",
            "Date_of_Birth": None,
            "Mailing_Street": None,
            "Mailing_City": None,
            "Mailing_State": None,
            "Mailing_Zip": None,
            "Email_Opt_Out": id == 2,
            "Account_Name.Account_Name": "渡辺工業",
            "Modified_Time": f"2026-11-01T10:{id // 60:02d}:{id % 60:02d}+09:00",
        }
        for id in range(1, 251)
    ]
    async with open_simulator(crm):
        given = {"api": crm.url, "accounts": crm.url, "refresh_token": "refresh0", **CLIENT}
        name = await store.add("zoho-crm", given)
        pulled = await store.pull(name)
        assert pulled.streams["contacts"]["new"] == 250
        crm.contacts[0] |= {"First_Name": "健", "Modified_Time": "2026-11-05T00:00:00+09:00"}
        assert (await store.pull(name)).streams["contacts"]["changed"] == 1
    ken = await store.customer("zoho-crm", "550001")
    assert (ken.name, ken.company, ken.department) == ("渡辺1 健", "渡辺工業", "購買")
    assert (await store.customer("zoho-crm", "550002")).opted_out
    assert await store.many("customer") == 250


async def test_dynamics_is_pulled_by_odata(store: Store) -> None:
    crm = Dynamics()
    crm.size = 3
    crm.contacts = [
        {
            "@odata.etag": 'W/"1"',
            "contactid": f"00000000-0000-0000-0000-{id:012d}",
            "firstname": "翔",
            "lastname": f"中村{id}",
            "yomifirstname": "ショウ",
            "yomilastname": "ナカムラ",
            "emailaddress1": f"sho{id}@company.example",
            "emailaddress2": None,
            "telephone1": None,
            "mobilephone": None,
            "department": None,
            "birthdate": None,
            "gendercode": 1,
            "donotbulkemail": False,
            "address1_line1": None,
            "address1_line2": None,
            "address1_city": None,
            "address1_stateorprovince": None,
            "address1_postalcode": None,
            "modifiedon": f"2026-11-{id:02d}T00:00:00Z",
            "parentcustomerid_account": None,
        }
        for id in range(1, 8)
    ]
    crm.contacts[0] |= {"parentcustomerid_account": {"name": "中村製作所", "accountid": "1"}}
    async with open_simulator(crm):
        given = {"organization": crm.url, "login": crm.url, "tenant": "tenant1", **CLIENT}
        name = await store.add("dynamics365", given)
        assert (await store.pull(name)).streams["contacts"]["new"] == 7
        crm.contacts[6] |= {"donotbulkemail": True, "modifiedon": "2026-11-21T00:00:00Z"}
        assert (await store.pull(name)).streams["contacts"]["changed"] == 1
    sho = await store.customer("dynamics365", "00000000-0000-0000-0000-000000000001")
    assert (sho.name, sho.kana, sho.company, sho.sex) == ("中村1 翔", "ナカムラ ショウ", "中村製作所", "male")
    assert (await store.customer("dynamics365", "00000000-0000-0000-0000-000000000007")).opted_out


async def test_a_secret_that_is_wrong_is_said(store: Store) -> None:
    async with open_simulator(Dynamics()) as crm:
        given = {
            "organization": crm.url,
            "login": crm.url,
            "tenant": "tenant1",
            "client_id": "me",
            "client_secret": "wrong",
        }
        name = await store.add("dynamics365", given)
        pulled: Pulled = await store.sources.pull(DESK, name)
    assert "invalid_grant" in pulled.words
