"""The help centre in a browser."""
