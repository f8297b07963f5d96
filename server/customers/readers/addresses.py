"""Telephones, postal codes and mail addresses, also as spreadsheets leave them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from channels import numbers
from server.customers.readers.text import Unreadable, is_empty, read_text


def read_phone(value: Any, region: str = "JP") -> str | None:
    """A telephone number in E.164, also one that a spreadsheet robbed of its leading 0 (`9012345678`)."""
    if is_empty(value):
        return None
    text = unicodedata.normalize("NFKC", read_text(value))
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+?\d+", text):
        raise Unreadable("was rounded by a spreadsheet: its digits are lost")
    digits = re.sub(r"\D", "", text)
    robbed = region == "JP" and text[0] not in "0+(" and len(digits) in (9, 10)
    for attempt in (f"0{digits}", text) if robbed else (text,):
        number = numbers.normalise(attempt, region)
        if number is not None:
            return number
    raise Unreadable("is not a telephone number")


def read_postal_code(value: Any, country: str = "JP") -> str:
    """A postal code; Japanese ones as `060-0042`, also without 〒, the hyphen, or the zeros that a spreadsheet took."""
    if is_empty(value):
        return ""
    text = unicodedata.normalize("NFKC", read_text(value)).strip().removeprefix("〒").strip()
    if country != "JP":
        return text
    text = re.sub("[‐‑‒–—―−ー─~〜]", "-", text).replace(" ", "")
    if match := re.fullmatch(r"(\d{1,3})-(\d{4})", text):
        return f"{match[1]:0>3}-{match[2]}"
    if re.fullmatch(r"\d{5,7}", text):
        text = text.zfill(7)
        return f"{text[:3]}-{text[3:]}"
    raise Unreadable("is not a postal code")


def read_email(value: Any) -> str:
    """A mail address in small letters, out of `Name <a@b.jp>` or `mailto:` too."""
    if is_empty(value):
        return ""
    text = unicodedata.normalize("NFKC", read_text(value)).strip()
    if match := re.search(r"<([^<>]+)>\s*$", text):
        text = match[1]
    text = text.removeprefix("mailto:").strip().lower()
    if not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+\.[^@\s.,;]+", text):
        raise Unreadable("is not a mail address")
    return text
