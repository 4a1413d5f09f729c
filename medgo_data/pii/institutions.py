"""Hospitals and employers by their names: each is found by its last word and read back to where it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo_data.pii import employers, hospitals
from medgo_data.pii.proper import HAN, edge, heads, worth
from medgo_data.pii.span import Span

TAIL = (  # what may follow the last word and belongs to the name
    rf"(?:\([{HAN}]{{1,8}}(?:店|院区|分院|分店|门诊部|总院|校区|厂区|旁边?|对面|隔壁|路口?|街口?)\)|[东西南北新老总本]院(?:区|(?![长内外方务里子]))"
    rf"|[{HAN}]{{2,4}}(?:分公司|院区|分院|支行|营业部|支公司|分店|校区|分校|网点|营业厅)|(?<=[腔科所馆房超])[{HAN}]{{2,4}}店"
    r"|(?:犬伤|狂犬|结防|皮防|(?:预防)?接种|计免)门诊|连锁(?:有限公司)?|[一二三四五六七八九]分[厂公]司?|[一二三四五六七八九十\d](?:公司|厂|矿|队|处|店|分店|号店)(?!长)|\d{1,2}号店|(?:营[服业]|服务)部)?"
)
INSTITUTION = re.compile(
    heads(f"{hospitals.PLACES}|{hospitals.CRAFTS}|口腔|{employers.FIRM}|{employers.WORKS}")
    + f"(?:(?P<care>{hospitals.LAST})|(?P<firm>{employers.FIRM})|(?P<works>{employers.WORKS})){TAIL}"
)


def found(line: str) -> Iterator[Span]:
    """The named institutions of a line; of one within another (浙江大学医学院附属第一医院) only the whole."""
    names: list[Span] = []
    read: list[tuple[int, int]] = []  # what was read for a name, also where nothing came of it
    floor = 0
    for match in INSTITUTION.finditer(line):
        start, end = match.span()
        if line[start - 1 : start] == "(" and line[end : end + 1] == ")":
            continue  # 晋泰煤业(集团)普明矿
        craft = match[match.lastgroup or 0] in hospitals.CRAFT
        if craft and names and start < names[-1].end + 3 and joins(line, names[-1].end, start):
            continue  # a department
        joined = not read or joins(line, read[-1][1], start)
        left = edge(line, start, floor if joined else read[-1][1])
        while read and left < read[-1][1]:
            left = min(left, read.pop()[0])
        while names and left < names[-1].end:
            names.pop()
        read.append((left, end))
        if left == start:
            floor = end
        elif score := value(line, left, match):
            kind = "HOSPITAL" if match["care"] else "ORG"
            names.append(Span(left, end, kind, f"named_{match.lastgroup}", score))
    yield from names


def value(line: str, left: int, match: re.Match[str]) -> float:
    """How sure it is that the institution whose name begins at `left` is named."""
    start, end = match.span()
    core, before, after = line[left:start], line[max(0, left - 8) : left], line[end : end + 12]
    last = match[match.lastgroup or 0]
    score = worth(core, last)
    if match["care"]:
        return 0.7 if 0 < score < 0.9 and match[0].endswith(")") else hospitals.value(core, last, score, before, after)
    if employers.BANK.search(match[0]):
        return 0.9
    return (
        employers.firm(core)
        if match["firm"]
        else employers.value(core, last, score, before, after, told=match[0] != last)
    )


def joins(line: str, end: int, start: int) -> bool:
    """Whether what stands between two institutions makes one name of them (医学院 附属第一 医院)."""
    return start <= end + 12 and bool(JOINT.fullmatch(line, end, max(start, end)))


JOINT = re.compile(f"[{HAN}0-9()]{{0,12}}")
