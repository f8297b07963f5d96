"""Telephone numbers as people write them, brought to E.164."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers

# NFKC turns full-width digits and signs into ASCII, but leaves these, all typed as hyphens by Japanese IMEs.
_HYPHENS = re.compile("[‐‑‒–—―−ーｰ─━〜~・]")


_found: dict[str, None] = {}
"""The last numbers in E.164 that were found: what was brought there once is not looked at again."""
MOST_FOUND = 4096


def normalise(written: str, region: str = "JP") -> str | None:
    """`０９０ー１２３４ー５６７８` to `+819012345678`; None when it cannot be a number of anyone's.

    `region` is the country of numbers written without one (ISO 3166-1 alpha-2).
    """
    if written in _found:
        return written
    number = _normalised(written, region)
    if number is not None:
        if len(_found) >= MOST_FOUND:
            _found.clear()
        _found[number] = None
    return number


@lru_cache(maxsize=4096)
def _normalised(written: str, region: str) -> str | None:
    text = _HYPHENS.sub("-", unicodedata.normalize("NFKC", written)).strip()
    if text.lower().startswith("tel:"):
        text = text[4:]
    if not text or len(text) > 60:
        return None
    # Exchanges write the country's code after 00, which is no Japanese prefix: `0081 90 …`.
    for attempt in (text, "+" + text.lstrip("+0")) if text.startswith("00") else (text,):
        number = _parsed(attempt, region)
        if number and phonenumbers.is_valid_number(number):
            break
    else:
        number = _parsed(text, region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readable(number: str, region: str = "JP") -> str:
    """An E.164 number as people of `region` read it (`090-1234-5678`); anything else as it is."""
    parsed = _parsed(number, region)
    if parsed is None:
        return number
    home = phonenumbers.region_code_for_number(parsed) == region
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
