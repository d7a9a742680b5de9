"""X's weighted length (twitter-text configuration v3) and what it never accepts."""

from __future__ import annotations

import unicodedata

import regex

from social_media.platforms.x.links import find_links

#: What a link counts, however long it is: X shows it behind t.co.
URL_LENGTH = 23
EMOJI_LENGTH = 2

#: Code points that count one; all others count two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

# One emoji as people see it: flag, keycap, or a picture with its variation or skin
# tone, joined to at most three others. (c) and (r) are letters unless U+FE0F asks for
# a picture; U+FE0E asks for letters.
_PICTURE = r"""
    (?: (?![\u00a9\u00ae](?!\ufe0f)) \p{Extended_Pictographic} )
    (?: \p{Emoji_Modifier} | \ufe0f )?
    (?! \ufe0e )
"""
_EMOJI = regex.compile(
    rf"""
    \p{{Regional_Indicator}}{{2}}
    | [0-9\#*] \ufe0f? \u20e3
    | \U0001f3f4 [\U000e0020-\U000e007e]{{1,8}} \U000e007f
    | {_PICTURE} (?: \u200d {_PICTURE} ){{0,3}}
    """,
    regex.VERBOSE,
)

# Non-characters that X refuses, halves of characters, and control characters: X drops
# those, and a post that reads differently could not be found again.
_INVALID = regex.compile(
    r"[\ufffe\ufeff\uffff\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)

_CASHTAG = regex.compile(
    r"(?:^|[\s(])\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?![\w$])", regex.IGNORECASE
)


def normalize(text: str) -> str:
    """`text` as X stores it: composed (NFC), lines ended by a newline."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines)


def measure(text: str) -> int:
    """Weighted length of `text`."""
    text = normalize(text)
    total, done = 0, 0
    for link in find_links(text):
        total += _weigh(text[done : link.start]) + URL_LENGTH
        done = link.end
    return total + _weigh(text[done:])


def invalid_characters(text: str) -> list[str]:
    """Names (U+FEFF) of the characters in `text` that X refuses, each once."""
    found = dict.fromkeys(_INVALID.findall(text))
    return [f"U+{ord(character):04X}" for character in found]


def count_cashtags(text: str) -> int:
    """How many $SYMBOLs there are in `text`."""
    return len(_CASHTAG.findall(text))


def _weigh(text: str) -> int:
    if text.isascii():
        return len(text)
    rest: str
    rest, emojis = _EMOJI.subn("", text)
    return EMOJI_LENGTH * int(emojis) + sum(map(_weigh_character, rest))


def _weigh_character(character: str) -> int:
    point = ord(character)
    return 1 if any(low <= point <= high for low, high in _LIGHT) else 2
