"""The way in: arrivals are kept raw, read, and filed in one transaction; what cannot be filed stands in quarantine."""

from server.inbox.desk import InboxDesk
from server.inbox.queries import ArrivalPage, ArrivalView, arrival, arrivals, original

__all__ = ["ArrivalPage", "ArrivalView", "InboxDesk", "arrival", "arrivals", "original"]
