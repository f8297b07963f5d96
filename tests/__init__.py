"""The tests mirror the tree; `journeys/` go end to end."""
