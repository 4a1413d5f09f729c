"""A drug leaflet as it is asked about: what the drug is called, its sections in their places, and parts that one answer can hold."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise, repeat
from typing import NamedTuple

from medgo_data.leaflet import GENERIC, NAMES, UNFILLED, WRITTEN

Span = tuple[int, int]  # from which to which character of the leaflet

KINDS = (
    r"\d{1,2}[.．、](?!\d)",
    r"[(（]\d{1,2}[)）]",
    "[①-⑳]",
    "[一二三四五六七八九十]{1,3}、",
    "[(（][一二三四五六七八九十]{1,3}[)）]",
    "[•·●]",
)
MARK = f"(?:{'|'.join(KINDS)})"
FIRST = re.compile(r"[(（]?(?:1(?!\d)|①|一(?!十))")
ITEM = re.compile(rf"(?<![^\s。；;：:！!？?）)】])(?:{'|'.join(f'({kind})' for kind in KINDS)})")
TITLE = re.compile(  # what a list, or a long paragraph, is opened with: 下列患者禁用：, 2.心血管系统：
    rf"\s*{MARK}?\s*(?:[^。；;\n：:]{{1,60}}[：:](?=\s*{MARK}|\s*\n)|[^，,。；;\n：:]{{1,24}}(?<!\d)[：:](?!\d))"
)
LEVELS = tuple(  # where else a text may be cut, the best places first
    map(re.compile, (r"\n\s*\n", r"\n", r"[。！？!?][”’」』）)]*", r"[.;]\s", r"[；;]", r"[，,、\s]"))
)
LEANING = frozenset("此该这上以其故因所但否除不然如必 \u3000\t")  # what the next may begin with
LEANS_BACK = re.compile(
    r"\s*(?:此|该类|这类|上述|以上|其(?!他|它|余)|故|因此|所以|但|否则|除非|不过|然而|如确需|如必须|必要时)"
)
ENDS, OPENS = frozenset("。！？!?”’」』）)"), frozenset("：:")
SENTENCE = re.compile(r"[。！？!?\n][”’」』）)]*")
MAY_BEGIN = re.compile(
    r"[\s。；;：:！!？?）)】](?=[\d(（①-⑳一二三四五六七八九十•·●])"
)  # an item; found five times as fast as one
TOP = 100  # characters within which a passage has to name the drug
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
DIGIT = re.compile(r"\d")
FOREIGN = frozenset({"英文名称", "化学名称", "商品名称", "别名"})  # are not Chinese, and need not be

NOTHING = re.compile(r"(?:[(（]?(?:无|略|暂无|N/?A|nil|none|unknown|[-—/])[)）]?[。.]?)?", re.IGNORECASE)
ELSEWHERE = re.compile(r"[(（]?请?(?:详见|参见|参阅|参照|参看|见|同)[:：]?[^，。；;\n]{1,30}[。.]?[)）]?[。.]?")
UNCLEAR = re.compile(
    r"[(（]?[^，,。；;\n]{0,30}?(?:不明确|不清楚|[未没]有?明确|未知|[未没]有?确[立定]|无可靠参考文献|"
    r"(?:[无無]|未见|[没沒]有|未检索到|缺乏)[^，,。；;\n]{0,16}?(?:[资資]料|信息|报[道告]|研究|文献|数据))[)）]?[。.]*"
)
CALLED = re.compile(r"(?:品\s*名|商品名称?|中文名称?)[*\s]*[:：][ \t]*([^\s:：]+)")
NO_NAME = re.compile(r"[。，；;：:！？\n【】\[\]]")


class Section(NamedTuple):
    """A section: where its head stands, and from where to where what it says."""

    name: str
    head: int
    start: int
    end: int


class Part(NamedTuple):
    """A part of a section; and, where it is taken out of a list, what opens that list further above."""

    start: int
    end: int
    under: tuple[Span, ...] = ()

    @property
    def spans(self) -> list[Span]:
        return [*self.under, (self.start, self.end)]


def placed(text: str, position: str | None = None) -> list[Section]:
    """The sections of a leaflet in the house's form, in their order, without the white space around what they say.

    Of a long leaflet that came in several rows, ``position`` says in which section a row begins.
    """
    heads = [m for m in map(WRITTEN.match, repeat(text), _places(text, "【")) if m]
    ends = [head.start() for head in heads[1:]] + [len(text)] * bool(heads)
    told = [Section(m[1], m.start(), *trimmed(text, m.end(), end)) for m, end in zip(heads, ends, strict=True)]
    under = next((name for name in (position or "").split(" · ") if name in NAMES), None)
    if under and not text.startswith("【"):
        told.insert(0, Section(under, 0, *trimmed(text, 0, heads[0].start() if heads else len(text))))
    return told


def _places(text: str, said: str) -> Iterator[int]:
    at = text.find(said)
    while at >= 0:
        yield at
        at = text.find(said, at + 1)


def is_leaflet(every: list[Section]) -> bool:
    return any(section.name in NAMES for section in every)


def headed(text: str, start: int, end: int, name: str, above: str = "") -> tuple[str, int]:
    """A stretch that can be read alone: below the drug's name, unless it has that itself, and what it lacks ``above`` it.

    And at which character of the leaflet it would begin, so that each of its own words has its place: less than none at the very top.
    """
    told = text[start:end]
    lines = f"【药品名称】{name}\n" * (name not in told[:TOP]) + above
    return lines + told, start - len(lines)


def trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def silent(name: str, body: str) -> str | None:
    """Why a section is not asked what it says: it says nothing, sends one elsewhere, leaves it open, or is not in Chinese."""
    if len(body) <= 80:
        if NOTHING.fullmatch(body) or NOTHING.fullmatch(UNFILLED.sub("", body).strip()):
            return "empty"
        if ELSEWHERE.fullmatch(body):
            return "elsewhere"
        if UNCLEAR.fullmatch(body):
            return "unclear"
    return "not_chinese" if name not in FOREIGN and not HAN.search(body, 0, 60) and _foreign(body) else None


def _foreign(body: str) -> bool:
    """Whether words of another language are most of it; 0.25g is none."""
    letters, han = sum(map(len, LATIN.findall(body))), len(HAN.findall(body))
    return letters > 12 + 4 * han or (not han and letters > 0 and not DIGIT.search(body))


def drug(text: str, title: str | None, said: list[Section]) -> str | None:
    """What the drug is called: by its generic name, else by what the leaflet says of names, else by its title."""
    own = {section.name: text[section.start : section.end] for section in reversed(said)}
    called = own.get("药品名称", "")
    found = GENERIC.search(called) or CALLED.search(called)
    plain = called if not re.search(r"[\n:：]", called) else ""
    parts = (title or "").split(" › ")
    last = next((part for part in reversed(parts) if len(part) > 2), parts[-1])  # not a mark such as 臨採
    for name in (own.get("通用名称", "").split("\n")[0], found[1] if found else "", plain, last):
        cut = re.split("商品名|英文名|汉语拼音", name)[0].strip().removesuffix("说明书").strip(' \t\u3000*#《》“”"')
        if 2 <= len(cut) <= 40 and not NO_NAME.search(cut):
            return cut
    return None


# ---- parts ---------------------------------------------------------------------------------------------------------


def parts(text: str, start: int, end: int, longest: int) -> list[Part]:
    """All of a stretch in parts of up to ``longest`` characters, cut between the items of a list, else between lines, or sentences.

    What is cut out of a list or of a paragraph with a title has its opening beside it: a dose is read with its 儿童.
    """
    start, end = trimmed(text, start, end)
    if end - start <= longest:
        return [Part(start, end)] if end > start else []
    kind, cuts = _cuts(text, start, end, longest)
    title = TITLE.match(text, start, end)
    first = ITEM.match(text, start)
    if title and (title.end() == end or (first and first.lastindex == kind)):
        title = None  # it is that of the first item alone
    under = [trimmed(text, *title.span())] if title else []
    told: list[Part] = []
    for low, high in _packed([start, *cuts, end], longest):
        for part in parts(text, low, high, longest):
            above = [span for span in under if span[1] <= part.start]
            told.append(part._replace(under=(*above, *(span for span in part.under if span not in above))))
    return told


def _packed(bounds: list[int], longest: int) -> list[Span]:
    """What lies between these, as much of it together as is not too long."""
    told: list[Span] = []
    for low, high in pairwise(bounds):
        if told and high - told[-1][0] <= longest:
            told[-1] = (told[-1][0], high)
        else:
            told.append((low, high))
    return told


def _cuts(text: str, start: int, end: int, longest: int) -> tuple[int | None, list[int]]:
    """The best places that there are to cut, and of which kind the marks of the items are that begin there."""
    items = _items(text, start, end)
    for kind in dict.fromkeys(items.values()):  # that of the outermost list comes first
        if cuts := [at for at, other in items.items() if other == kind and at > start]:
            return kind, cuts
    for level in LEVELS:
        if cuts := [m.end() for m in level.finditer(text, start, end) if m.end() < end]:
            return None, cuts
    return None, list(range(start + longest, end, longest))


# ---- sentences -----------------------------------------------------------------------------------------------------


class Sentences(NamedTuple):
    """The sentences, lines and items of lists of a section: where each begins (and the last one ends), and which opens its list."""

    cuts: list[int]
    above: list[int | None]
    marks: dict[int, int]  # where items begin, and of which kind


def sentences(text: str, start: int, end: int) -> Sentences:
    marks = _items(text, start, end)
    cuts = sorted({start, end, *marks, *[m.end() for m in SENTENCE.finditer(text, start, end)]})
    told: list[int | None] = []
    lists: dict[int, int | None] = {}  # those that are open, by the kind of their marks, and what opens each
    opens = above = None
    ended = True
    for number, (low, high) in enumerate(pairwise(cuts)):
        if kind := marks.get(low):
            above = lists.get(kind, opens) if opens is None and not FIRST.match(text, low) else opens
            if kind in lists:
                for other in list(lists)[list(lists).index(kind) :]:  # a list within an item ends with it
                    del lists[other]
            lists[kind] = above
        elif ended or opens is not None:
            above = opens
        told.append(above)
        last = high - 1
        while last > low and text[last].isspace():
            last -= 1
        opens, ended = (number if text[last] in OPENS else None), text[last] in ENDS
    return Sentences(cuts, told, marks)


def _items(text: str, start: int, end: int) -> dict[int, int]:
    """Where the items of lists begin, and of which kind their marks are."""
    places = [start, *[m.end() for m in MAY_BEGIN.finditer(text, start, end)]]
    found = [ITEM.match(text, place, end) for place in places]
    return {m.start(): m.lastindex or 0 for m in found if m}


def about(text: str, told: Sentences, words: tuple[str, ...], but: tuple[str, ...] = ()) -> list[Span]:
    """Where one of these words stands: the sentences, with what they lean on, and what leans on them.

    但严重者应停药 goes with the sentence before it, and 孕妇 out of a list with 下列患者慎用： above.
    """
    cuts = told.cuts
    found: dict[int, int] = {}  # the sentences, and where in each the first of the words stands
    for word in words:
        at = text.find(word, cuts[0], cuts[-1])
        while at >= 0:
            number = bisect_right(cuts, at) - 1
            found[number] = min(at, found.get(number, at))
            at = text.find(word, cuts[number + 1], cuts[-1])
    taken: set[int] = set()
    for number, at in found.items():
        if not but or _means(text[cuts[number] : cuts[number + 1]], words, but):
            taken.update(_together(text, told, number), _below(text, told, number, at))
    spans: list[Span] = []
    for number in sorted(taken):
        low, high = cuts[number], cuts[number + 1]
        if spans and spans[-1][1] == low:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    return [trimmed(text, *span) for span in spans]


def _means(said: str, words: tuple[str, ...], but: tuple[str, ...]) -> bool:
    for word in but:
        said = said.replace(word, "")
    return any(word in said for word in words)


def _together(text: str, told: Sentences, number: int) -> Iterator[int]:
    yield number
    first, after = number, number + 1
    while first and _leans(text, told.cuts[first]):
        first -= 1
        yield first
    while after < len(told.above) and _leans(text, told.cuts[after]):
        yield after
        after += 1
    above = told.above[first]
    while above is not None:
        yield above
        above = told.above[above]


def _leans(text: str, at: int) -> bool:
    return text[at] in LEANING and LEANS_BACK.match(text, at) is not None


def _below(text: str, told: Sentences, number: int, at: int) -> Iterator[int]:
    """What stands under a title with the word in it: after 2.儿童： all, to the next title or item."""
    title = TITLE.match(text, told.cuts[number], told.cuts[number + 1])
    if not title or at >= title.end():
        return
    for after in range(number + 1, len(told.above)):
        above = told.above[after]
        while above is not None and above != number:
            above = told.above[above]
        low = told.cuts[after]
        if above is None and (low in told.marks or TITLE.match(text, low, told.cuts[after + 1])):
            return
        yield after
