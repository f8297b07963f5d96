"""Showing who one is: codes by mail, and secrets that join a contact to the customer who was given them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import msgspec

from channels.contract import ONWARD_LIVES, Party, Proven
from channels.wording import say
from server import accounts, customers, delivery
from server.accounts import desk_settings, records
from server.database import Transaction
from server.delivery.letters import Someone

SHELF = "proofs"
"""Of an account: what a secret proves, by the secret."""
GONE_ON = "gone-on"
"""Of an account: when a customer became one of its contacts by a code, by their number."""
CODES_AN_HOUR = 3
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
INVITATION_LIVES = timedelta(days=7)


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom a secret was given to: a customer of ours, or whoever has this address, which they have shown."""

    customer: int | None = None
    kind: str = ""
    address: str = ""


def proven(tx: Transaction, account_id: int, said: Proven) -> None:
    """A contact showed a secret: it becomes the customer's to whom we gave it. A secret works once."""
    kept = records.look_up(tx, account_id, SHELF, said.secret)
    if kept is None:
        return
    records.keep(tx, account_id, SHELF, said.secret, None)
    proof = msgspec.convert(kept, Proof)
    contact_id = customers.identify(tx, said.contact).contact_id
    customer_id = proof.customer
    if customer_id is None:
        customer_id = customers.identify(tx, Party(proof.kind, proof.address)).customer_id
    if tx.value("SELECT 1 FROM customer WHERE id = :id", id=customer_id):
        customers.join(tx, contact_id, customer_id, by=f"customer:{customer_id}")
        records.keep(tx, account_id, GONE_ON, str(customer_id), tx.now.timestamp(), tx.now + ONWARD_LIVES)


def invite(tx: Transaction, account_id: int, customer_id: int) -> str:
    """A code that works once, for a week, and by which the contact that shows it becomes the customer's."""
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(2))
    records.keep(tx, account_id, SHELF, code, Proof(customer=customer_id), tx.now + INVITATION_LIVES)
    return code


def invite_once(tx: Transaction, account_id: int, kind: str, customer_id: int, issued: datetime) -> str | None:
    """`invite`, unless the customer has a contact of this kind (empty), is nobody, or went on there since `issued`
    (None): if that was somebody else, whom an agent has put right, the link leads nobody to them again.

    A merged customer is whom they turned out to be.
    """
    while (row := tx.first("SELECT merged_into FROM customer WHERE id = :id", id=customer_id)) is not None:
        if row.merged_into is None:
            known = tx.value(
                "SELECT 1 FROM contact WHERE customer_id = :id AND kind = :kind", id=customer_id, kind=kind
            )
            if known:
                return ""
            used = records.look_up(tx, account_id, GONE_ON, str(customer_id))
            return None if used is not None and issued.timestamp() <= used else invite(tx, account_id, customer_id)
        customer_id = row.merged_into
    return None


def mail_code(tx: Transaction, address: str, code: str, language: str) -> bool:
    """Mail somebody a code; False when nobody here can mail, or this address had enough of them."""
    sender = accounts.sender_for(tx, "email")
    lately = tx.value(
        "SELECT count(*) FROM letter WHERE recipient = :address AND ticket_number IS NULL AND created_at > :since",
        address=address,
        since=tx.now - timedelta(hours=1),
    )
    if sender is None or lately >= CODES_AN_HOUR:
        return False
    settings = desk_settings.read(tx)
    shop = settings.shop(language)
    delivery.post(
        tx,
        account_id=sender,
        line=f"email:{address}",
        wait=False,
        asked=True,
        envelope=delivery.Envelope(
            to=(Someone("email", address),),
            subject=say(language, "Your code: {code}", code=code),
            text="\n\n".join(
                [
                    say(language, "Please enter this code on the page that you came from:"),
                    f"    {code}",
                    say(language, "It is good for 15 minutes. If you did not ask for it, you need not do anything."),
                    settings.footer.get(language, ""),
                ]
            ).strip()
            + "\n",
            sender_name=shop,
            automatic=True,
            language=language,
        ),
    )
    return True
