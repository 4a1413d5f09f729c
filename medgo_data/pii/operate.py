"""What stands in the place of an identifier: a word for its kind, a code, something that looks like it, or less of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from medgo_data.keys import code
from medgo_data.pii import gazetteer, shift
from medgo_data.pii.span import TYPES, Span
from medgo_data.pii.surrogate import surrogate

OPERATORS = {  # which types each is for; None: for all
    "placeholder": None,
    "pseudonym": None,
    "surrogate": None,
    "keep": None,
    "shift": frozenset({"DATE"}),
    "year": frozenset({"DATE"}),
    "cap": frozenset({"AGE_OVER_89"}),
    "province": frozenset({"ADDRESS"}),
}
KEYED = frozenset({"pseudonym", "surrogate", "shift"})
USUAL = {"AGE_OVER_89": "cap", "ADDRESS": "province"}  # all else: placeholder
CAPPED = "90岁以上"
DIGITS = 10  # of a pseudonym: two of a million persons share one by a chance of about 1 in 3
PUT = re.compile(rf"\[(?:{'|'.join(TYPES.values())})(?:[0-9]+|:[0-9a-f]{{{DIGITS}}})\]|{CAPPED}")
FULL = dict.fromkeys(("北京", "天津", "上海", "重庆"), "市") | {
    "内蒙古": "自治区",
    "广西": "壮族自治区",
    "西藏": "自治区",
    "宁夏": "回族自治区",
    "新疆": "维吾尔自治区",
    "香港": "",
    "澳门": "",
}
SPACE = re.compile(r"\s+")


@dataclass
class Mask:
    """Puts something else in the place of the identifiers of one row, the same for the same one."""

    operators: Mapping[str, str]
    key: bytes = b""
    subject: str = ""  # whom the row is about: all dates of one person move together
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        moved = shift.days(code(self.key, "days of", self.subject)) if self.key else 0
        self.calendar = shift.Calendar(moved)

    def masked(self, text: str, spans: Sequence[Span], put_before: Sequence[Span] = ()) -> tuple[str, list[Span]]:
        """The text without its identifiers, and where in it their replacements stand, and those that were put in before."""
        self._number(text, spans)
        parts, told, at, length = [], [], 0, 0
        for span in sorted([*spans, *put_before]):
            value = text[span.start : span.end]
            put = value if span in put_before else self._put(span.type, value)
            before = text[at : span.start]
            parts += [before, put]
            start = length + len(before)
            length = start + len(put)
            if span in put_before or put != value:  # a province alone is no address
                told.append(span._replace(start=start, end=length))
            at = span.end
        return "".join([*parts, text[at:]]), told

    def _number(self, text: str, spans: Sequence[Span]) -> None:
        """The first identifier of a kind is 1; a given name has the number of the whole name that ends in it."""
        for span in sorted(spans):
            value = plain(text[span.start : span.end])
            known = self.numbers.setdefault(span.type, {})
            if value in known:
                continue
            same = next((n for other, n in known.items() if len(value) > 1 and _part(value, other)), None)
            known[value] = same if span.type == "PERSON" and same else max(known.values(), default=0) + 1

    def _put(self, kind: str, value: str) -> str:
        operator = self.operators.get(kind) or USUAL.get(kind, "placeholder")
        return WAYS[operator](self, kind, value) or self.placeholder(kind, value)

    def placeholder(self, kind: str, value: str) -> str:
        return f"[{TYPES[kind]}{self.numbers[kind][plain(value)]}]"

    def pseudonym(self, kind: str, value: str) -> str:
        return f"[{TYPES[kind]}:{self._code(kind, value)[:DIGITS]}]"

    def lookalike(self, kind: str, value: str) -> str:
        return surrogate(kind, value, self._code(kind, value))

    def _code(self, kind: str, value: str) -> str:
        return code(self.key, kind, plain(value))


def _year(_: Mask, kind: str, value: str) -> str | None:  # noqa: ARG001  a way to put something in its place, like the others
    year = re.search(r"(?:19|20)[0-9]{2}", value)
    return year and f"{year[0]}年"


WAYS: dict[str, Callable[[Mask, str, str], str | None]] = {  # None where the value does not tell what is wanted
    "placeholder": Mask.placeholder,
    "pseudonym": Mask.pseudonym,
    "surrogate": Mask.lookalike,
    "keep": lambda _mask, _kind, value: value,
    "shift": lambda mask, _kind, value: mask.calendar.moved(value),
    "year": _year,
    "cap": lambda _mask, _kind, _value: CAPPED,
    "province": lambda _mask, _kind, value: province(value),
}


def province(address: str) -> str | None:
    """The province it lies in, by its full name; None where its first place is in none that is known, or in several."""
    start = re.match(r"(?:中国|中國)?\s*", address)
    begin = start.end() if start else 0
    found = _provinces().get(address[begin : gazetteer.at(address, begin)])
    return found and found + FULL.get(found, "省")


@cache
def _provinces() -> dict[str, str]:
    """Of each place, the province that it lies in."""
    within: dict[str, set[str]] = {}
    upper = ""
    for line in gazetteer.TABLE.read_text("utf-8").splitlines():
        above, _, below = line.partition(":")
        if not gazetteer.SUFFIX.search(above):
            upper = above
        for name in (upper, upper + FULL.get(upper, "省"), above, *below.split()):
            stem = gazetteer.SUFFIX.sub("", name)
            for one in {name, stem} if len(stem) > 1 else {name}:
                within.setdefault(one, set()).add(upper)
    return {name: min(found) for name, found in within.items() if len(found) == 1}


def plain(value: str) -> str:
    """The identifier however it was spaced and cased."""
    return SPACE.sub("", value).lower()


def _part(one: str, other: str) -> bool:
    """Whether one is the given name of the other."""
    short, long = sorted((one, other), key=len)
    return long.endswith(short) and len(long) - len(short) <= 2
