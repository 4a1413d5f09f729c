"""Records as programs write them: JSON, XML, YAML, SQL and HL7, in which each value stands beside the word for what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from medgo_data.pii import heads
from medgo_data.pii.heads import HAN
from medgo_data.pii.span import Span

SCORE = 0.95
EXPORTED = re.compile(
    r"[A-Za-z_\u3400-\u9fff][\"'”] ?[:=]|[A-Za-z_]{2}(?:=|: )|[\u3400-\u9fff]=|</[A-Za-z_\u3400-\u9fff]|(?:^|\n)P(?:ID|V1)\||(?i:VALUES ?\()"
)
PAIR = re.compile(
    rf"(?:[\"'“](?P<s>[A-Za-z][A-Za-z0-9_. \-]{{0,29}}|[{HAN}]{{1,10}})[\"'”]\s{{0,3}}(?::|=>|=)"
    rf"|(?<![0-9A-Za-z_.{HAN}\"'])(?P<k>[A-Za-z][A-Za-z0-9_.\-]{{0,29}}|[{HAN}]{{1,10}})(?: ?=>?|(?<=[A-Za-z]):))[^\S\n]{{0,3}}"
    r"(?:[\"'“](?P<q>[^\"'“”\n]{1,80})[\"'”]|(?P<p>[^\"'“”\s,;|&<>{}\[\]()]{1,40}))"
)
LINE = re.compile(
    r"^ {0,12}(?:- )?(?P<k>[A-Za-z][A-Za-z_ \-]{1,29}): {1,3}(?P<v>[^\n:{}\[\]\"']{1,60})$", re.MULTILINE
)  # YAML
ELEMENT = re.compile(
    r"<(?P<k>[A-Za-z_][\w.:\-]{0,40}|[\u3400-\u9fff]{1,12})(?: [^<>\n]{0,100})?>\s{0,4}(?P<v>[^<>\n]{1,80}?)\s{0,4}</"
)
INSERT = re.compile(r"(?i:INTO)[^\n()]{1,60}\((?P<k>[^()]{3,600})\)\s{0,3}(?i:VALUES)\s{0,3}(?=\()")
TUPLE = re.compile(r"\s{0,3},?\s{0,3}\((?P<v>[^()]{3,1000}(?:\([^()]{0,30}\)[^()]{0,200}){0,6})\)")
VAGUE = re.compile(r"(?i)name|名称?|user|author|title")  # of a drug, a file
WORDS = re.compile(r"[a-z]{3}")  # codes of hospitals are written in capitals
ITEM = re.compile(r"\s*(?:N?'(?P<a>[^'\n]*)'|\"(?P<b>[^\"\n]*)\"|`(?P<c>[^`\n]*)`|(?P<d>[^,\n]*?))\s*(?:,|$)")
SEGMENT = re.compile(r"^(?P<k>PID|PV1|NK1|OBR|SPM|ORC|IN1)\|[^\n]{1,2000}$", re.MULTILINE)
FIELDS = {  # of HL7 version 2, by their numbers
    "PID": {2: "MEDICAL_RECORD_NO", 3: "MEDICAL_RECORD_NO", 4: "MEDICAL_RECORD_NO", 5: "PERSON", 6: "PERSON", 7: "DATE", 9: "PERSON", 11: "ADDRESS", 13: "PHONE", 14: "PHONE", 18: "MEDICAL_RECORD_NO", 19: "ID_CARD", 20: "ID_CARD"},
    "PV1": {3: "BED_NO", 7: "PERSON", 8: "PERSON", 9: "PERSON", 17: "PERSON", 19: "MEDICAL_RECORD_NO", 44: "DATE", 45: "DATE"},
    "NK1": {2: "PERSON", 4: "ADDRESS", 5: "PHONE", 6: "PHONE"},
    "OBR": {2: "EXAM_NO", 3: "EXAM_NO", 7: "DATE", 10: "PERSON", 16: "PERSON", 22: "DATE", 32: "PERSON", 34: "PERSON"},
    "ORC": {2: "EXAM_NO", 3: "EXAM_NO", 10: "PERSON", 12: "PERSON"},
    "SPM": {2: "SPECIMEN_NO", 17: "DATE"},
    "IN1": {16: "PERSON", 36: "INSURANCE_NO"},
}  # fmt: skip


def recorded(text: str) -> Iterator[Span]:
    """What stands in such records."""
    if not EXPORTED.search(text):
        return
    for met in PAIR.finditer(text):
        yield from _told(
            met["s"] or met["k"], met["q"] or met["p"], met.start("q" if met["q"] else "p"), quoted=bool(met["q"])
        )
    for pattern in (LINE, ELEMENT):
        for met in pattern.finditer(text):
            yield from _told(met["k"], met["v"], met.start("v"), quoted=pattern is ELEMENT)
    for met in INSERT.finditer(text) if "INTO" in text.upper() else ():
        yield from _inserted(text, met)
    for met in SEGMENT.finditer(text) if "^" in text or "MSH|" in text else ():
        yield from _segment(met["k"], met[0], met.start())


def _told(key: str, value: str, start: int, *, quoted: bool) -> Iterator[Span]:
    known = heads.kind(key) or ""
    value = value.rstrip()
    if known == "PERSON" and not (heads.shaped(value) if quoted and not VAGUE.fullmatch(key) else heads.certain(value)):
        return
    if known in heads.CODES and WORDS.search(value):
        return
    yield from (Span(start + a, start + b, known, "field", SCORE) for a, b in heads.held(known, value))


def _inserted(text: str, met: re.Match[str]) -> Iterator[Span]:
    """INSERT INTO … (names of columns) VALUES (…), (…)."""
    known = [heads.kind(key.strip(" `\"'[]\n")) or "" for key in met["k"].split(",")]
    at = met.end()
    while row := TUPLE.match(text, at):
        at = row.end()
        place = row.start("v")
        for one in known:
            item = ITEM.match(text, place, row.end("v"))
            if item is None or item.end() == place:
                break
            which = next((name for name in "abcd" if item[name] is not None), "d")
            yield from (
                Span(item.start(which) + a, item.start(which) + b, one, "field", SCORE)
                for a, b in heads.held(one, item[which])
            )
            place = item.end()


def _segment(name: str, line: str, start: int) -> Iterator[Span]:
    """A segment of HL7: its fields stand between bars, their parts between carets."""
    bars = [met.start() for met in re.finditer(r"\|", line)] + [len(line)]
    for number, (low, high) in enumerate(pairwise(bars), 1):
        known = FIELDS[name].get(number, "")
        value = line[low + 1 : high]
        if not known or not value:
            continue
        if known == "BED_NO":  # ward ^ room ^ bed
            parts = value.split("^")
            if len(parts) >= 3 and parts[2]:
                place = start + low + 1 + len(parts[0]) + len(parts[1]) + 2
                yield Span(place, place + len(parts[2]), known, "field", SCORE)
            continue
        if known == "ADDRESS":
            yield Span(start + low + 1, start + low + 1 + len(value.rstrip("^")), known, "field", SCORE)
            continue
        for part in re.finditer(r"[^~]+", value):
            yield from _part(known, part[0], start + low + 1 + part.start())


def _part(known: str, value: str, start: int) -> Iterator[Span]:
    if known == "PERSON":  # number ^ family ^ given
        for part in re.finditer(r"[A-Za-z\u3400-\u9fff·]+(?:\^[A-Za-z\u3400-\u9fff·]+)?", value):
            if len(part[0]) > 1:
                yield Span(start + part.start(), start + part.end(), known, "field", SCORE)
                return
        return
    first = value.split("^", 1)[0]
    yield from (Span(start + a, start + b, known, "field", SCORE) for a, b in heads.held(known, first))
