"""Whether a message says thanks and nothing besides: then nobody need look at it.

Only what is wholly made of the phrases here counts. Anything else left over, be it a name, may be a wish.
"""

from __future__ import annotations

import re

from server.language import fold

_THANKS = (
    r"(?:あり(?:がとう|難う)|有り?難う)(?:ござい(?:ます|ました))?|感謝(?:して(?:おり|い)ます|(?:いた|致)?します)"
    r"|助かり(?:ました|ます)|thank you|thanks|thx|cheers"
)
_KIND = (
    r"お世話に(?:なって(?:おり|い)ます|なります|なりました)|いつも|早速|迅速な?|誠に|本当に|どうも|とても|大変|無事に?"
    r"|(?:ご|御)(?:丁寧|親切)(?:な|に)?|(?:ご|御)(?:回答|返信|対応|連絡|案内|説明)"
    r"|(?:いただき|頂き|くださり|下さり)(?:まして)?|解決(?:しました|できました|です)|(?:分|わ)かりました"
    r"|承知(?:いた)?しました|了解(?:です|しました|いたしました)|失礼(?:いた|致)?します"
    r"|また(?:よろしく|宜しく)お願い(?:(?:いた|致)?します)"
    r"|(?:so|very) much|a lot|again|perfect|great|got it|(?:that|this|it) (?:helped|is solved|works now|worked)"
    r"|for (?:the|your) (?:(?:quick|fast|kind|prompt) )?(?:help|reply|answer|response|support)"
    r"|(?:best|kind|warm) regards|have a (?:nice|good|great) day"
)
_POLITE = re.compile(rf"{_THANKS}|{_KIND}")
_SAID = re.compile(_THANKS)


def only_thanks(text: str) -> bool:
    """Whether it is thanks alone. A question mark makes it none."""
    said = fold(text)
    return _SAID.search(said) is not None and "?" not in said and not re.search(r"\w", _POLITE.sub(" ", said))
