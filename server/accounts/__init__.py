"""Channel accounts: the mailboxes, forms, sites and keys at which the desk is reached; their secrets are sealed."""

from server.accounts.actions import add, drafted, edit, enable, remember, remove, renew_secret, report, rotate
from server.accounts.queries import (
    all,
    contract,
    health,
    own_addresses,
    reachable,
    recall,
    sender_for,
    shop_of,
    shops,
    to_contract,
    view,
)
from server.accounts.secrets import Keys, Locked
from server.accounts.views import AccountDraft, AccountView, HealthView

__all__ = [
    "AccountDraft",
    "AccountView",
    "HealthView",
    "Keys",
    "Locked",
    "add",
    "all",
    "contract",
    "drafted",
    "edit",
    "enable",
    "health",
    "own_addresses",
    "reachable",
    "recall",
    "remember",
    "remove",
    "renew_secret",
    "report",
    "rotate",
    "sender_for",
    "shop_of",
    "shops",
    "to_contract",
    "view",
]
