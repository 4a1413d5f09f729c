"""Where somebody lives, was treated and works: addresses, named hospitals and named employers in a line of text."""

from __future__ import annotations

import re

from medgo_data.pii import addresses, employers, homes, hospitals, institutions, short
from medgo_data.pii.gazetteer import each, names
from medgo_data.pii.needs import need
from medgo_data.pii.proper import HAN
from medgo_data.pii.seek import Taken, sought
from medgo_data.pii.span import Span

# Certainty: 0.9 surely named, 0.7 by its shape, 0.5 bold, for records of patients only.

# Of what these need something stands nearly everywhere: their words are told below.
OFTEN = (hospitals.NICK, homes.CALLED, homes.FIELD, homes.FROM, homes.ENGLISH)
# One of these stands in every line in which anything is found (for a cheap look at a line before the grammar is run).
SEEKING = (
    *(institutions.INSTITUTION, addresses.LABEL, addresses.FIELD_PLACE, homes.CROSSING),
    *(short.BRANCH, short.PROJECT, short.MILL),
    *(
        seeker.pattern
        for seeker in (*hospitals.SEEKERS, *employers.SEEKERS, *homes.SEEKERS)
        if seeker.pattern not in OFTEN
    ),
)
HINTS: tuple[str, ...] = tuple(
    sorted(
        names()
        | {word for pattern in SEEKING for word in need(pattern.pattern).sets[0]}
        | hospitals.SCHOOLS
        | each(f"{hospitals.KNOWN} {hospitals.DOUBTFUL}".replace("|", " "))
        | {
            f"{level}{kind}"
            for level in "省市州县区"
            for kind in each("一 二 三 四 五 六 七 八 九 第 人民 中医 妇幼 儿 胸 口腔 传染 脑科 皮防")
        }
        | each(
            "省中心 省肿瘤 市肿瘤 县肿瘤 坳 圩 塬 峪 垭 塆 打工 务工 做工 经商 过年 过来 赶来 拉来 送来 转来 抬来 接来"
        )
        | {f"{towards}000" for towards in "在去转往从回送赴"}
        | each(
            "镇 乡 街道 苏木 嘎查 屯 村 宿舍 家属院 大院 公司院 东头 西头 南头 北头 大厦 大楼 花园 苑 阁 邨 税号 信用代码 00000000"
        )
        | {f"{trade}{job}" for trade in employers.TRADES.split() for job in employers.AT_WORK.split()}
        | {f"{unit}{n}" for unit in addresses.NUMBERED for n in [*"0一二三四五六七八九十百", " 0"]}
        | {f"{unit}{n}" for unit in "湾居府城庭轩院园苑庄" for n in "abcd东西南北"}
        | {f"{sex}{gap}" for sex in "男女汉" for gap in " \t|,"}
        | {f"{a}{b}" for a in homes.BEFORE for b in homes.ENDING}
        | {f" {road}".lower() for road in homes.ROADS.split("|") if len(road) > 4}
        | {" st,", " rd,", " ave,", " lu,", " jie,", " st.", " rd."}
        | {"医 院", "公 司", "学 校", "卫 生", "诊 所", " 省 ", " 市 ", " 县 ", " 路 ", " 号"}
    )
)


def places(line: str, *, bold: bool = True) -> list[Span]:
    """Addresses, named hospitals and named employers of one line of folded text, left to right.

    `bold` also gives what is named only perhaps: for records of patients, not for the web and papers.
    """
    found = named(line, bold=bold)
    if SPACED.search(line):  # 江 州 市 人 民 医 院
        gaps = {match.start() for match in GAP.finditer(line)}
        keep = [i for i in range(len(line)) if i not in gaps]
        close = named("".join(line[i] for i in keep), bold=bold).spans
        found.add(span._replace(start=keep[span.start], end=keep[span.end - 1] + 1) for span in close)
    return sorted(found.spans)


SPACED = re.compile(f"(?<![{HAN}])(?:[{HAN}] ){{4}}|[{HAN}]{{1,4}} [省市县] [{HAN}]")
GAP = re.compile(f"(?<=[{HAN}0-9]) (?=[{HAN}0-9])")


def named(line: str, *, bold: bool) -> Taken:
    """What the grammar finds in a line as it stands; an address may hold the name of an estate or a hotel."""
    least = 0.5 if bold else 0.7
    named = Taken(len(line))
    brief = short.found(line) if bold else ()
    for some in (institutions.found(line), brief, hospitals.found(line, least), employers.found(line, least)):
        named.add(span for span in some if span.score >= least)
    every = Taken(len(line))
    every.add(span for span in addresses.found(line, named) if span.score >= least)
    every.add(named.spans)
    if bold:
        every.add(sought(line, addresses.COLUMNS, least))
        every.add(homes.found(line))
    return every
