"""Reads Authentication-Results headers (RFC 8601); whom to trust is for the caller to say."""

import re

from channels.email.reading import words
from channels.email.reading.headers import Headers, unfold
from channels.email.reading.mail import Authentication

COMMENT = re.compile(r"\([^()]*\)")
RESULT = re.compile(r"\b(dkim|spf|dmarc|arc)\s*=\s*([a-z]{2,12})", re.IGNORECASE)
DOMAIN = re.compile(r"\bheader\.(?:from|d|i)\s*=\s*@?([^\s;]{1,255})", re.IGNORECASE)
MOST = 20


def results(head: Headers) -> tuple[Authentication, ...]:
    """One value per header, topmost first: the last server that spoke is the one nearest to the desk."""
    found = []
    for raw in head.all("authentication-results")[:MOST]:
        text = COMMENT.sub(" ", words.raw_text(unfold(raw)[:10_000]))
        server, _, rest = text.partition(";")
        verdicts = {"dkim": "", "spf": "", "dmarc": "", "arc": ""}
        for method, verdict in RESULT.findall(rest):
            method, verdict = method.lower(), verdict.lower()
            # Of several signatures one that passes is enough (RFC 6376 section 6.1).
            if not verdicts[method] or verdict == "pass":
                verdicts[method] = verdict
        domain = DOMAIN.search(rest)
        found.append(
            Authentication(
                server.strip().split()[0].lower() if server.strip() else "",
                verdicts["dkim"],
                verdicts["spf"],
                verdicts["dmarc"],
                verdicts["arc"],
                domain.group(1).lower() if domain else "",
            )
        )
    return tuple(found)
