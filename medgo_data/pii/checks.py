"""Whether a number can be one: check characters of identity cards, bank cards and credit codes, dates that exist."""

from __future__ import annotations

import ipaddress
import re
from datetime import date

ALIKE = str.maketrans("OoQlI|", "000111")  # letters that a scanner reads for digits
SPOKEN = frozenset("零〇洞幺一二两三四五六七八九拐勾")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, MOD 11-2
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100, MOD 31
TAIWAN = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))  # the office of registration
PUBLIC = frozenset(
    [
        "110",
        "112",
        "114",
        "119",
        "120",
        "122",
        "911",
        "999",
        "995",
        "10000",
        "10010",
        "10086",
        "10099",
        "11185",
        "12301",
        "12305",
        "12308",
        "12309",
        "12315",
        "12318",
        "12319",
        "12320",
        "12328",
        "12329",
        "12331",
        "12333",
        "12338",
        "12345",
        "12348",
        "12355",
        "12356",
        "12358",
        "12363",
        "12366",
        "12367",
        "12368",
        "12369",
        "12377",
        "12378",
        "12385",
        "12386",
        "12388",
        "12389",
        "12393",
        "12395",
        "12396",
    ]
)
_REGIONS = frozenset(
    (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53)
)
REGIONS = _REGIONS | {54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91}  # the last for foreigners with a permanent residence
_PARTS = re.compile(r"[0-9]+")
_APART = re.compile(r"([0-9]{1,4})[-./ ]{1,3}([0-9]{1,2})[-./ ]{1,3}([0-9]{1,4})")
_NOT_CODE = re.compile(r"[^0-9A-Za-z]")
_WARE = re.compile("69[0-9]{11}")  # EAN of China
_STUDY = re.compile(
    r"(?:NCT|CRD|ChiCTR|ISRCTN|EUCTR|CTR|PMC|PMID|GSM|GSE|SRR|SRX|PRJ|DB|rs|CAS|ISBN|ISSN)[-_]?[A-Z]{0,4}[0-9]"
    r"|(?:GB|YY|WS|JR)(?:/T)?[- ]?[0-9]{3,5}(?:\.[0-9]+)?-(?:19|20)[0-9]{2}$"
)


def digits(text: str) -> str:
    return "".join(_PARTS.findall(text.translate(ALIKE)))


def resident(text: str) -> bool:
    """A resident identity number of eighteen: region, date of birth and check character."""
    code = _NOT_CODE.sub("", text).upper()
    if not born(code):
        return False
    return "10X98765432"[sum(int(a) * b for a, b in zip(code, WEIGHTS, strict=False)) % 11] == code[17]


def born(text: str) -> bool:
    """Eighteen or fifteen characters with a region and a date of birth, whatever the check character."""
    code = _NOT_CODE.sub("", text.translate(ALIKE)).upper()
    if len(code) == 15 and code.isdigit():
        return int(code[:2]) in REGIONS and exists(1900 + int(code[6:8]), int(code[8:10]), int(code[10:12]))
    if len(code) != 18 or not code[:17].isdigit() or not (code[17].isdigit() or code[17] == "X"):
        return False
    year = int(code[6:10])
    return int(code[:2]) in REGIONS and 1850 < year < 2100 and exists(year, int(code[10:12]), int(code[12:14]))


def taiwan(text: str) -> bool:
    code = text.upper()
    office = TAIWAN.get(code[0], 0)
    held = (office // 10, office % 10, *map(int, code[1:]))
    return sum(a * b for a, b in zip(held, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0


def hongkong(text: str) -> bool:
    code = _NOT_CODE.sub("", text).upper().rjust(9)
    value = [36 if char == " " else int(char, 36) for char in code]
    return sum(a * b for a, b in zip(value, range(9, 0, -1), strict=True)) % 11 == 0


def bank_card(text: str) -> bool:
    """Luhn, over sixteen to nineteen digits."""
    code = [int(char) for char in digits(text)]
    if not 15 < len(code) < 20:
        return False
    return sum(sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(reversed(code))) % 10 == 0


def credit_code(text: str) -> bool:
    """The unified code of a company, hospital or school."""
    try:
        value = [CREDIT.index(char) for char in _NOT_CODE.sub("", text).upper()]
    except ValueError:
        return False
    if len(value) != 18:
        return False
    return (31 - sum(one * pow(3, i, 31) for i, one in enumerate(value[:17])) % 31) % 31 == value[17]


def address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def host(text: str) -> bool:
    """An address of the net that is no number of a section (1.2.3.4) or of an enzyme."""
    return address(text) and (max(map(int, text.split("."))) > 31 or text.startswith("10."))


def telephone(text: str) -> bool:
    """As many digits as a telephone has, and neither a date nor a number that is everybody's."""
    code = digits(text)
    return 7 <= len(code) <= 18 and sum(map(str.isdigit, text)) >= 5 and not day(text)


def passport(text: str) -> bool:
    """As many digits and letters as the passport of some country has."""
    code = _NOT_CODE.sub("", text)
    return 6 <= len(code) <= 14 and sum(map(str.isdigit, code)) >= 4 and not day(text)


def extension(text: str) -> bool:
    return text not in PUBLIC and not text.startswith("95")


def code(text: str) -> bool:
    """A number that somebody was given: no date, no time, no trial, no standard."""
    return _known(text) > 1 and not separate_day(text) and not _STUDY.match(text)


def _known(text: str) -> int:
    """How many digits there are, written or spoken."""
    return sum(char.isdigit() or char in SPOKEN for char in text)


def long_code(text: str) -> bool:
    """The same where no word says that it is a number: long enough, and no date in eight digits either."""
    sure = sum(map(str.isdigit, text))
    misread = sure >= 3 and len(text) >= 7 and sure + sum(map(text.count, "OoIl")) == len(text)
    return code(text) and (sure >= 5 or misread) and not day(text) and text not in PUBLIC and not _WARE.fullmatch(text)


def exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def day(text: str) -> bool:
    """A date of our time in digits, together or apart: 20240306, 2024-3-6."""
    if re.fullmatch(r"(?:19|20)[0-9]{6}(?:[0-9]{4}|[0-9]{6})?", text):
        return exists(int(text[:4]), int(text[4:6]), int(text[6:8]))
    return separate_day(text)


def separate_day(text: str) -> bool:
    """A date with its parts apart, the year first or last."""
    if not (found := _APART.fullmatch(text.translate(ALIKE))):
        return False
    first, second, third = map(int, found.groups())
    if len(found[1]) > 2:  # a year of the Republic has three digits
        return exists(first if first > 999 else first + 1911, second, third)
    return exists(2000 + first, second, third) or exists(2000 + third % 100, second, first)


def month_day(text: str) -> bool:
    parts = [int(part) for part in _PARTS.findall(text.translate(ALIKE))[:2]]
    return len(parts) == 2 and exists(2000, *parts)


def not_day(text: str) -> bool:
    return not day(text)


def masked(text: str) -> bool:
    """An identity number of which the middle is hidden."""
    return len(text) in {15, 17, 18}


def identity(text: str) -> bool:
    """As long as an identity number, mistyped or misread as it may be."""
    return len(_NOT_CODE.sub("", text)) in {14, 15, 17, 18, 19, 20} and sum(map(str.isdigit, text)) >= 6


def issued_card(text: str) -> bool:
    """A bank card by its issuer, its length and its check digit."""
    return bank_card(text) and bool(re.match(r"62|4|5[1-5]|2[2-7]|3[0-7]|6[05]|9[0-9]", digits(text)))


def account(text: str) -> bool:
    """A number of a bank account, and neither a telephone nor a date."""
    found = digits(text)
    return sum(map(str.isdigit, text)) > 8 and not day(text) and not re.fullmatch(r"1[3-9][0-9]{9}", found)


def plate(text: str) -> bool:
    return not re.search(r"T[0-4xX][a-c]?N[0-3xX]|(?i:mg|ml|kg|iu)$", text)


def handle(text: str) -> bool:
    """What somebody calls himself, and no date."""
    return not separate_day(text) and not day(text)


def long_handle(text: str) -> bool:
    return handle(text) and len(text) > 5


def days(text: str) -> bool:
    """A date of which month and day exist, in whatever order the parts stand."""
    parts = [int(part) for part in _PARTS.findall(text.translate(ALIKE).replace("元", "1"))]
    if len(parts) == 2:
        return exists(2000, *parts)
    if len(parts) != 3:
        return False
    if parts[0] < 32 and parts[2] > 99:  # 6/3/2024
        return exists(2000, parts[1], parts[0]) or exists(2000, parts[0], parts[1])
    return exists(2000, parts[1], parts[2])


def short_year(text: str) -> bool:
    """A date of which the year has two digits, or three of the Republic."""
    parts = [int(part) for part in _PARTS.findall(text.translate(ALIKE))]
    return len(parts) == 3 and (parts[0] <= 40 or 45 <= parts[0] < 130) and exists(2000, parts[1], parts[2])


def day_or_short(text: str) -> bool:
    return day(text) if len(text) == 8 else exists(2000, int(text[2:4]), int(text[4:6]))


def old(text: str) -> bool:
    """Ninety and more, not any hundred."""
    return not text.startswith("百岁")


def moment(text: str) -> bool:
    return exists(*map(int, _PARTS.findall(text)[:3]))


def mobile(text: str) -> bool:
    return len(digits(text)) == 11


def record(text: str) -> bool:
    """A long code that is no telephone."""
    return long_code(text) and sum(map(str.isdigit, text)) > 5 and not re.fullmatch("1[3-9][0-9]{9}", text)


def bed(text: str) -> bool:
    """A number, in digits or written out, and not ten alone, which is also much else."""
    return any(char in "0123456789一二三四五六七八九" for char in text)
