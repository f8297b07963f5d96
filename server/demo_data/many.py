"""A bulk letter of the demo: a delay, told to all who bought an article, which waits for a second person."""

from __future__ import annotations

from server import agents
from server.database import Transaction
from server.notices.bulk import actions, deciding, listing
from server.notices.bulk.actions import BulkDraft
from server.notices.bulk.views import BulkChoice, BulkContent, BulkWords

WORKER = "demo"
CHOICE = BulkChoice(
    by="buyers", product="DON-01\nYUN-01\nSAR-05\nCHA-02\nKAK-01", statuses=["placed", "confirmed", "preparing"]
)
WORDS = [
    BulkWords(
        way="email",
        language="ja",
        subject="【お詫び】窯の修繕にともなうお届けの遅れについて(ご注文番号: {{ order.number }})",
        text="""{{ customer.called }}

平素よりうつわの月の輪をご利用いただき、誠にありがとうございます。
窯の修繕のため、下記のご注文の発送が1週間ほど遅れる見込みとなりました。
お待たせいたしますこと、心よりお詫び申し上げます。

ご注文番号: {{ order.number }}

─ ご注文内容 ─
{% include "_lines" %}

ご都合が悪い場合やご注文の取り消しをご希望の場合は、このメールにそのままご返信ください。

{% include "_signature" %}
""",
    ),
    BulkWords(
        way="email",
        language="en",
        subject="Your order {{ order.number }} will take a week longer",
        text="""Dear {{ customer.called }},

Our kiln is being repaired, and we are sorry that your order will leave about a week later than planned.

Order number: {{ order.number }}

── Your order ──
{% include "_lines" %}

If that does not suit you, or if you would rather cancel, simply reply to this email.

{% include "_signature" %}
""",
    ),
]


def ask_for_approval(tx: Transaction) -> None:
    """A lead wrote it, and asks the others: the shop's owner may approve it, or send it back."""
    lead = next(each for each in agents.all_agents(tx, active_only=True) if each.role == "lead")
    content = BulkContent(choice=CHOICE, words=WORDS)
    made = actions.add(tx, lead, BulkDraft(name="窯の修繕による発送の遅れ", content=content))
    row = listing.claim(tx, WORKER)
    assert row is not None and row.id == made.id
    mark = (made.id, WORKER, made.version)
    while not listing.clear(tx, *mark):
        pass
    while not listing.choose(tx, *mark, {}):
        pass
    listing.end(tx, *mark)
    deciding.ask(tx, lead, made.id)
