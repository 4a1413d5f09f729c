"""A date moves by so many days, the same for all dates of one person, and is written as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

FURTHEST = 365  # days, either way
HAN = "〇一二三四五六七八九"
DIGIT = {"零": 0, "○": 0, "〇": 0, "元": 1, "正": 1} | {c: n for n, c in enumerate(HAN)}
NUMBER = r"[0-9]{1,2}|[〇零○一二三四五六七八九十廿卅正]{1,3}"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
ROC = 1911  # year 1 of the calendar of Taiwan is 1912
SHORT = 50  # a year of two digits below it lies in this century

SPELLED = re.compile(
    rf"(?P<era>(?:中华)?民国|中華民國|民國)?\s*(?:(?P<y>[0-9]{{2,4}}|[〇零○元一二三四五六七八九十百]{{1,5}})\s*年\s*)?"
    rf"(?P<m>{NUMBER})\s*月\s*(?:份\s*)?(?:(?P<d>{NUMBER})\s*(?P<day>[日号號])?)"
)
PLAIN = re.compile(r"(?:(?P<y>[0-9]{2,4})(?P<s>\s*[-/.．]\s*))?(?P<m>[0-9]{1,2})(?P<t>\s*[-/.．]\s*)(?P<d>[0-9]{1,2})")
CLOCK = re.compile(r"[ T,，]+[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?$")
COMPACT = re.compile(r"(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")
DAY_FIRST = re.compile(
    r"(?P<d>[0-9]{1,2})(?P<s>(?:st|nd|rd|th)?[\s\-,]+)(?P<m>[A-Za-z]{3,9})\.?(?:(?P<t>[\s\-,]+)(?P<y>[0-9]{4}))?"
)
MONTH_FIRST = re.compile(
    r"(?P<m>[A-Za-z]{3,9})\.?(?P<s>\s+)(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?(?:(?P<t>,?\s+)(?P<y>[0-9]{4}))?"
)


class Calendar:
    """Moves the dates of one text. One without a year is taken to lie in that of the date before it."""

    def __init__(self, days: int) -> None:
        self.days = timedelta(days)
        self.year = 2001  # of dates before the first that tells: no leap year, so nothing moves by a day more

    def moved(self, value: str) -> str | None:
        """The date as it is written there, moved, at the same time of day; None if it cannot be read."""
        clock = CLOCK.search(value)
        at = clock.start() if clock else len(value)
        day, hour = value[:at], value[at:]
        for pattern, write in WAYS:
            if found := pattern.fullmatch(day.strip()):
                moved = self._moved(found, write)
                return moved and moved + hour
        return None

    def _moved(self, found: re.Match[str], write: Callable[[re.Match[str], date], str]) -> str | None:
        told = found.groupdict()
        try:
            year = _year(told.get("y"), era=bool(told.get("era"))) or self.year
            when = date(year, _month(found["m"]), number(found["d"])) + self.days
        except (ValueError, OverflowError):  # the 30th of February, or no number
            return None
        self.year = year
        return write(found, when)


def days(code: str) -> int:
    """From a keyed code: so many days, but never none."""
    far = int(code[:12], 16) % (2 * FURTHEST)
    return far - FURTHEST if far < FURTHEST else far - FURTHEST + 1


def number(told: str) -> int:
    """A number below 100, in digits or in Chinese."""
    if told.isascii():
        return int(told)
    told = told.replace("廿", "二十").replace("卅", "三十")
    if "十" not in told:
        return int("".join(str(DIGIT[c]) for c in told))
    tens, ones = told.split("十")
    return 10 * (DIGIT[tens] if tens else 1) + (DIGIT[ones] if ones else 0)


def han(value: int) -> str:
    """A number from 1 to 99 in Chinese."""
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else "十" if tens == 1 else HAN[tens] + "十") + (HAN[ones] if ones or not tens else "")


def _year(told: str | None, *, era: bool) -> int | None:
    if told is None:
        return None
    if not told.isascii():
        hundred, _, rest = told.rpartition("百")
        spelled = "十" in told or bool(hundred)
        year = (
            (100 * DIGIT[hundred] if hundred else 0) + (number(rest.lstrip("零〇")) if rest else 0)
            if spelled
            else number_of(told)
        )
    else:
        year = int(told)
    if era or 100 <= year < 200:  # 113年: of Taiwan, as no text speaks of the second century
        return year + ROC
    if year < 100:
        return year + (2000 if year < SHORT else 1900)
    return year


def number_of(told: str) -> int:
    return int("".join(str(DIGIT[c]) for c in told))


def _month(told: str) -> int:
    if told.isascii() and told.isalpha():
        return MONTHS.index(told[:3].title()) + 1
    return number(told)


def _like(old: str, value: int, *, wide: bool) -> str:
    """Written as the old one was: in digits, of the same width where they are ``wide``, or in Chinese."""
    if old.isascii():
        return f"{value:0{len(old)}d}" if wide or old[0] == "0" else str(value)
    return han(value)


def _year_like(old: str, when: date, *, era: bool) -> str:
    taiwan = era or (old.isascii() and len(old) == 3)
    year = when.year - ROC if taiwan else when.year
    if old.isascii():
        return f"{year % 100:02d}" if len(old) == 2 and not taiwan else str(year)
    if taiwan:
        return str(year)
    told = "".join(HAN[int(c)] for c in str(year))
    return told[-2:] if len(old) == 2 else told


def _replaced(found: re.Match[str], parts: dict[str, str]) -> str:
    """The text of the match with these of its groups put anew."""
    told, shift = found[0], found.start()
    for group in sorted(parts, key=lambda g: -found.start(g)):
        start, end = found.span(group)
        told = told[: start - shift] + parts[group] + told[end - shift :]
    return told


def _numeric(found: re.Match[str], when: date) -> str:
    wide = found.re is not SPELLED
    parts = {"m": _like(found["m"], when.month, wide=wide), "d": _like(found["d"], when.day, wide=wide)}
    if found.groupdict().get("y"):
        era = bool(found.groupdict().get("era"))
        parts["y"] = _year_like(found["y"], when, era=era)
    return _replaced(found, parts)


def _named(found: re.Match[str], when: date) -> str:
    month = when.strftime("%B") if len(found["m"]) > 3 else MONTHS[when.month - 1]
    parts = {"m": month.upper() if found["m"].isupper() else month, "d": str(when.day)}
    if found["y"]:
        parts["y"] = str(when.year)
    return _replaced(found, parts)


WAYS = (
    (SPELLED, _numeric),
    (COMPACT, _numeric),
    (PLAIN, _numeric),
    (DAY_FIRST, _named),
    (MONTH_FIRST, _named),
)
