"""The desk: what customers, tickets and notices are, what can be done with them, and the doors."""
