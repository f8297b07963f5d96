"""One rig a channel: how the contract suite makes it work on a real or a fake network."""
