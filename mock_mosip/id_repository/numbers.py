"""The rules of UIN and VID, and how they are drawn; and the token that stands for a UIN at one partner.

(mosip/commons: kernel-idvalidator-uin, kernel-idvalidator-vid)
"""

from __future__ import annotations

import hashlib
import random
import re

UIN_LENGTH = 10
VID_LENGTH = 16
TOKEN_LENGTH = 36

_PERMUTED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_INVERSE = (0, 4, 3, 2, 1, 5, 6, 7, 8, 9)


def _times(a: int, b: int) -> int:
    """Multiplication in the dihedral group of order ten, elements numbered from 0 to 9."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


_PRODUCTS = tuple(tuple(_times(a, b) for b in range(10)) for a in range(10))
_OTHER_DIGITS = {
    used: [each for each in "0123456789" if each not in used]
    for used in ("", *"0123456789", *(f"{number:02d}" for number in range(100)))
}


def _sum(digits: str, *, start: int) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits), start):
        total = _PRODUCTS[total][_PERMUTED[place % 8][int(digit)]]
    return total


def has_verhoeff_sum(number: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of the others."""
    return number.isascii() and number.isdigit() and _sum(number, start=0) == 0


def with_verhoeff_digit(digits: str) -> str:
    """The digits with their check digit at the end."""
    return f"{digits}{_INVERSE[_sum(digits, start=1)]}"


_RUNS = [digits[n : n + 3] for digits in ("0123456789", "9876543210") for n in range(8)]
_FORBIDDEN = re.compile("|".join(["786", "666", *_RUNS]))
_BLOCK_TWICE = re.compile(r"(\d{2,})\d*\1")
_THREE_ALIKE = re.compile(r"(\d)\1\1")
_THREE_EVEN = re.compile(r"[2468]{3}")
_NEAR_ALIKE = re.compile(r"(\d)\d?\1")


def _is_plain(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit() and number[0] not in "01"


def _is_guessable(number: str) -> bool:
    return _FORBIDDEN.search(number) is not None or _BLOCK_TWICE.search(number) is not None


def is_uin(number: str) -> bool:
    """Whether MOSIP would take this as a UIN."""
    if not _is_plain(number, UIN_LENGTH) or _is_guessable(number):
        return False
    halves = (number[5:], number[5:][::-1])
    odd = _THREE_ALIKE.search(number) or _THREE_EVEN.search(number) or number[:5] in halves
    return not odd and has_verhoeff_sum(number)


def is_vid(number: str) -> bool:
    """Whether MOSIP would take this as a VID."""
    if not _is_plain(number, VID_LENGTH) or _is_guessable(number):
        return False
    return _NEAR_ALIKE.search(number) is None and has_verhoeff_sum(number)


def draw_uin(chance: random.Random) -> str:
    """A valid UIN."""
    while True:
        number = with_verhoeff_digit("".join(chance.choices("0123456789", k=UIN_LENGTH - 1)))
        if is_uin(number):
            return number


def _one_of(digits: list[str], chance: random.Random) -> str:
    """As ``chance.choice`` does it, without what that does beside: a VID takes some eighty of these."""
    count = len(digits)
    bits = count.bit_length()
    place = chance.getrandbits(bits)
    while place >= count:
        place = chance.getrandbits(bits)
    return digits[place]


def draw_vid(chance: random.Random) -> str:
    """A valid VID."""
    while True:
        digits = ""
        while len(digits) < VID_LENGTH - 1:
            digits += _one_of(_OTHER_DIGITS[digits[-2:]], chance)
        number = with_verhoeff_digit(digits)
        if is_vid(number):
            return number


def partner_token(uin: str, partner_id: str) -> str:
    """The partner-specific token of a person: 36 digits, the same each time, another for each partner."""
    digest = hashlib.sha256(f"{partner_id}/{uin}".encode()).digest()
    return str(int.from_bytes(digest) % 10**TOKEN_LENGTH).zfill(TOKEN_LENGTH)
