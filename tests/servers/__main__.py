"""The nursery's process."""

from tests.servers.nursery import raise_children

raise_children()
