"""The desk asked whether it keeps its promises; the folders mirror the tree."""
