"""Outgoing webhooks: what happens at the desk, told to other systems, signed, in order, and never lost."""
