"""The FAQ: articles in the shop's own words, and which of them answers a message."""

import os

# Small matrices are faster on one thread, and the desk has other work; it is read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
