"""What a text says in numbers: so many of which unit, at least or at most, and how often; 1 g is 1000 mg, tid is three times a day."""

from __future__ import annotations

import re
from typing import NamedTuple

# ---- characters ------------------------------------------------------------------------------------------------------

# One for one, so places stay what they are. Superscripts stay too: 10⁹ is not 109.
PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(char): ord(plain)
    for chars, plain in (
        ("～〜∼∽–—―－﹣‐‑−", "~"),
        ("、", "、"),
        ("µ", "μ"),
        ("≦⩽", "≤"),
        ("≧⩾", "≥"),
        ("×✕＊", "×"),
        ("\u3000\xa0\t", " "),
        ("［【〔", "["),
        ("］】〕", "]"),
        ("㎡", "㎡"),
    )
    for char in chars
}
PLAIN |= {ord(char): ord(char.lower()) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
PLAIN |= {code: code - 0xFEE0 + 32 for code in range(0xFF21, 0xFF3B)}


def plain(text: str) -> str:
    """The same text in one width and small letters, each character in its place."""
    return text.replace("——", ",,").translate(PLAIN)


# ---- numbers ---------------------------------------------------------------------------------------------------------

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
ROMAN = {char: value for value, char in enumerate("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ", 1)}
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_ARABIC = r"\d+(?:,\d{3})*(?:\.\d+)?"
_HAN = r"[零〇一二两三四五六七八九十百千]+(?:点[零〇一二三四五六七八九]+)?"
_ONE = rf"(?:{_ARABIC}万?|{_HAN}万?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ])"
_PART = rf"(?:\d+/\d+|{_HAN}分之{_HAN})"
_PAIR = r"(?:两三|三四|三五|四五|五六|六七|七八|八九)(?!十|百)"  # 两三次: two or three
_HALF = r"(?:半(?=[个片粒袋支丸包瓶小日天年月量勺杯颗贴枚]))"


def value(said: str) -> float:
    """A number as it is written: 1,000, 0.5, 二十, 两, 半, 三分之一, 20万, Ⅲ."""
    if said in ROMAN:
        return ROMAN[said]
    if said == "半":
        return 0.5
    if "分之" in said:
        whole, part = said.split("分之")
        return value(part) / value(whole)
    if "/" in said:
        part, whole = said.split("/")
        return float(part) / float(whole) if float(whole) else float(part)
    times = 10000 if said.endswith("万") and len(said) > 1 else 1
    said = said[:-1] if times > 1 else said
    if said[0].isdigit():
        return float(said.replace(",", "")) * times
    whole, _, rest = said.partition("点")
    return (_han(whole) + (float("0." + "".join(str(DIGITS[c]) for c in rest)) if rest else 0)) * times


def _han(said: str) -> float:
    if not any(char in TENS for char in said):
        return float("".join(str(DIGITS[char]) for char in said))
    total, digit = 0, 0
    for char in said:
        if char in TENS:
            total, digit = total + (digit or 1) * TENS[char], 0
        else:
            digit = DIGITS[char]
    return total + digit


# ---- units -----------------------------------------------------------------------------------------------------------

HOUR, DAY, WEEK, MONTH, YEAR = 1.0, 24.0, 168.0, 730.5, 8766.0
_UNITS = (  # what is measured, how many of the first unit one of these is, and how it is written
    ("mass", 1e-6, "ng 纳克"),
    ("mass", 1e-3, "μg ug mcg 微克 ㎍"),
    ("mass", 1, "mg 毫克 ㎎"),
    ("mass", 1e3, "g 克"),
    ("mass", 1e6, "kg 公斤 千克 ㎏"),
    ("mass", 5e5, "斤"),
    ("volume", 1e-3, "μl ul 微升"),
    ("volume", 1, "ml 毫升 ㎖ cc"),
    ("volume", 100, "dl 分升"),
    ("volume", 1e3, "l 升"),
    ("activity", 1, "iu u 国际单位 单位"),
    ("moles", 1e-3, "μmol umol 微摩尔"),
    ("moles", 1, "mmol 毫摩尔"),
    ("moles", 1e3, "mol 摩尔"),
    ("equivalents", 1, "meq"),
    ("osmoles", 1, "mosm"),
    ("pressure", 1, "mmhg 毫米汞柱"),
    ("pressure", 7.5006, "kpa 千帕"),
    ("pressure", 0.7356, "cmh2o 厘米水柱"),
    ("warmth", 1, "℃ °c 摄氏度 度"),
    ("fahrenheit", 1, "℉ °f 华氏度"),
    ("energy", 1, "kcal 千卡 大卡"),
    ("energy", 0.239, "kj 千焦"),
    ("length", 1e-3, "μm um 微米"),
    ("length", 1, "mm 毫米"),
    ("length", 10, "cm 厘米"),
    ("length", 1e3, "m 米"),
    ("area", 1, "cm2 cm² 平方厘米"),
    ("area", 1e4, "m2 m² ㎡ 平方米"),
    ("dose", 1, "gy"),
    ("dose", 1e-2, "cgy"),
    ("time", 1 / 3600, "秒 秒钟 s sec"),
    ("time", 1 / 60, "分钟 min mins"),
    ("time", HOUR, "小时 h hr hrs hour hours 钟头"),
    ("time", DAY, "天 日 d day days 昼夜 日龄"),
    ("time", WEEK, "周 星期 礼拜 w wk week weeks 孕周"),
    ("time", MONTH, "月 个月 月龄 mo month months"),
    ("time", YEAR, "年 岁 周岁 y yr year years"),
    ("share", 1, "%"),
    ("share", 0.1, "‰"),
    ("fold", 1, "倍"),
    ("片", 1, "片"),
    ("粒", 1, "粒 颗"),
    ("袋", 1, "袋 包"),
    ("支", 1, "支 安瓿"),
    ("丸", 1, "丸"),
    ("滴", 1, "滴"),
    ("喷", 1, "喷 揿 吸"),
    ("贴", 1, "贴"),
    ("枚", 1, "枚"),
    ("瓶", 1, "瓶"),
    ("剂", 1, "剂 针"),
    ("勺", 1, "勺 匙"),
    ("杯", 1, "杯"),
    ("次", 1, "次 回 遍"),
    ("疗程", 1, "疗程"),
    ("名", 1, "名 位 人 例"),
    ("个", 1, "胎儿 胎"),
    ("分", 1, "分"),
    ("级", 1, "级"),
    ("型", 1, "型"),
    ("期", 1, "期"),
    ("类", 1, "类"),
    ("价", 1, "价"),
    ("线", 1, "线"),
    ("种", 1, "种"),
)
UNIT = {name: (kind, factor) for kind, factor, names in _UNITS for name in names.split()}
TIMES = frozenset(name for name, (kind, _) in UNIT.items() if kind == "time")
SOFT = frozenset("种 名 个".split())  # noqa: SIM905  counts of a writer, if his source counts none
GRADES = frozenset("级 型 期 类 价 联 线".split())  # noqa: SIM905
# 三类药, 两名: a writer counts what he lists; 一级, 二型 are names
_ROMAN_ONLY = frozenset("类")

KINDS = frozenset(kind for kind, _ in UNIT.values()) | {"count"}

_HAN_UNITS = sorted((name for name in UNIT if not name.isascii()), key=len, reverse=True)
_LATIN_UNITS = sorted((name for name in UNIT if name.isascii()), key=len, reverse=True)
_UNIT = rf"(?:{'|'.join(map(re.escape, _HAN_UNITS))}|(?:{'|'.join(map(re.escape, _LATIN_UNITS))})(?![a-z]))"
_PER_WORD = (
    r"(?:公斤体重|千克体重|kg体重|kg|公斤|千克|m2|m²|㎡|平方米|dl|天|日|d|小时|hp|h|分钟|min|分|ml|毫升|l|升|次|周|w|揿|喷)"
)
_PER = rf"(?:\s*[/每·]\s*\(?\s*{_PER_WORD}(?:\s*[·.*/]\s*{_PER_WORD})*(?![a-z])\s*\)?)"
PER = {  # below the line: only what tells doses apart
    **dict.fromkeys("公斤体重 千克体重 kg体重 kg 公斤 千克".split(), "kg"),  # noqa: SIM905
    **dict.fromkeys("m2 m² ㎡ 平方米".split(), "m²"),  # noqa: SIM905
    **dict.fromkeys("天 日 d".split(), "day"),  # noqa: SIM905
    **dict.fromkeys("小时 h".split(), "hour"),  # noqa: SIM905
    **dict.fromkeys("分钟 min 分".split(), "minute"),  # noqa: SIM905
    **dict.fromkeys("周 w".split(), "week"),  # noqa: SIM905
}
_VOLUMES = {"dl": 0.1, "ml": 1e-3, "毫升": 1e-3, "l": 1.0, "升": 1.0}  # as litres
SPANS = {"day": DAY, "hour": HOUR, "minute": 1 / 60, "week": WEEK}

_POWER = r"(?:\s*[×x*]\s*10(?:\^(\d+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+)))"
_TO = r"\s*(?:~|-|至|到)\s*"
QUANTITY = re.compile(
    rf"""(?P<nth>第)?\(?
    (?P<low>{_PART}|{_PAIR}|{_HALF}|{_ONE})
    (?:\s*(?P<inner>{_UNIT})?(?P<innerhalf>半)?(?P<innerper>{_PER})?(?:{_TO}|(?<=[\d一二两三四五六七八九次片粒袋日天周月年])或)(?P<high>{_PART}|{_ONE})(?![\d.]))?
    (?:\)?(?P<power>{_POWER}))?
    \s*(?:个(?P<more>半)?)?\s*
    (?P<unit>{_UNIT}|/(?=l(?![a-z])))?(?P<half>半(?![片粒袋个]))?
    (?P<per>{_PER})?
    """,
    re.VERBOSE,
)
PRESSURES = re.compile(r"(?<![\d.])(\d{2,3})/(\d{2,3})(?![\d/])\s*(mmhg|毫米汞柱|kpa)?")
RATIOS = re.compile(r"减半|减?一半|半量|半数|加倍|翻一?倍|[加多]一倍|增加一倍|双倍|倍增")
LISTED = re.compile(
    r"(?m)^[ ]*(?:[-•*·#>]+ *)*(?:\(?\d{1,2}(?:\)|、|\.(?!\d))|[①-⑳]|[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\))|[①-⑳]"
    r"|(?<=[。;;:])\s*\(?\d{1,2}(?:\)|、|\.(?!\d))"
)
WORDS = re.compile(r"(?<![a-z])[a-z]+[\-‑]?\d{1,2}(?![\d.])[a-z]?\d?(?![a-z\d])|(?<![\d.])(?:120|110|12320)(?=急救|电话)")

# ---- at least, at most -----------------------------------------------------------------------------------------------

UP, DOWN = 1, -1
_NOT = r"(?:不|未|勿|别|莫)(?:能|得|可|要|应|宜|该|应该|可以|会|建议)?(?:再)?"
_MORE = r"超过|超出|多于|大于|高于|长于|超|达到"
_LESS = r"低于|少于|小于|短于|不足|不到|不满"
BEFORE = re.compile(
    rf"(?P<most>{_NOT}(?:{_MORE})|最多|至多|最大|最高|最长|(?<!正常)(?<!正常值)上限|未满|不满|不足|不到|不及)"
    rf"|(?P<least>{_NOT}(?:低于|少于|小于|短于)|至少|最少|最低|最小|起码|(?<!正常)(?<!正常值)下限)"
    rf"|(?P<above>>=?|≥|{_MORE}|年满|(?<!未)(?<!不)(?<!充)满)"
    rf"|(?P<below><=?|≤|{_LESS}|降到|降至)"
)
_FAR = re.compile(r"[^\d一二两三四五六七八九十半,。;:<>≤≥]{0,9}")  # 最大剂量为每日
_NEAR = re.compile(r"\s*(?:正常(?:值)?(?:的)?(?:上限|下限)|约|大约|预计值|体表(?:面积)?|每[日天])?的?\s*")
BEHIND = (
    (UP, re.compile(r"^\s*(?:的|预计值)?\s*(?:及|或|和|\(含\))?(?:其)?(?:以上|之上|及以上|或以上|起)")),
    (DOWN, re.compile(r"^\s*(?:的|预计值)?\s*(?:及|或|和|\(含\))?(?:其)?(?:以下|之下|及以下|或以下)")),
)
WITHIN = re.compile(r"\s*(?:以内|之内|内(?!服|外|科|膜|压|毒))")


def bound(text: str, start: int, end: int) -> int:
    """Whether what stands from ``start`` to ``end`` is said to be a least or a most; 0 if neither."""
    last = None
    for last in BEFORE.finditer(text, max(0, start - 20), start):
        pass
    if last:
        far = last.lastgroup in ("most", "least")
        if (_FAR if far else _NEAR).fullmatch(text, last.end(), start):
            return DOWN if last.lastgroup in ("most", "below") else UP
    behind = text[end : end + 8]
    for side, pattern in BEHIND:
        if pattern.search(behind):
            return side
    return 0


# ---- what is found ---------------------------------------------------------------------------------------------------


class Quantity(NamedTuple):
    """So many of a unit: from ``low`` to ``high`` of what ``kind`` is measured in; ``kind`` is empty where there is no unit."""

    low: float
    high: float
    kind: str
    per: frozenset[str]
    side: int
    start: int
    end: int
    said: tuple[float, float] = (0.0, 0.0)  # the two numbers as they are written
    within: bool = False  # 内, 以内
    lead: int = 0  # the first three months: 1; the last: -1
    trail: int = 0  # three months before: 1; three months later: -1
    role: str = ""  # to begin with, at most, to go on with


class Often(NamedTuple):
    """So many hours from one time to the next; with ``times`` 0 it is only said in which period."""

    period: float
    low: float
    high: float
    times: float
    side: int
    start: int
    end: int


_MANY = rf"(?P<many>{_PAIR}|{_ONE})(?:{_TO}(?P<most>{_ONE}))?"
_PERIOD = r"(?P<period>分钟|min|小时|钟头|h|天|日|d|周|星期|礼拜|w|个?月(?!经|龄)|年|晚|夜|早|晨)"
_GAP = r"[^,。;!?\n\d一二两三四五六七八九十半每各]{0,8}?"
OFTEN = (
    re.compile(r"(?P<meals>早[、,和及]?\s*中[、,和及]?\s*晚|早[、,和及]?\s*晚|一日三餐|每餐|三餐)[饭餐]?[前后]?(?:时|半小时)*\s*各?\s*(?:服用?|吃|用)?\s*[一1]\s*次"),
    re.compile(r"(?P<other>隔[日天]|隔[一1][日天])(?:\s*[一1]?\s*次)?"),
    re.compile(
        rf"(?:每间?隔|每|间隔|隔)\s*(?P<long>半|{_PAIR}|{_ONE})\s*(?:{_TO}(?P<longest>{_ONE}))?\s*个?{_PERIOD}(?![a-z])(?:{_GAP}{_MANY}\s*[次回遍顿](?!/))?"
    ),
    re.compile(rf"(?:(?<!同)(?<!第)[每一1]|(?<=[^每一\d半]))(?:个)?{_PERIOD}(?![a-z])(?:总共|一共|共|各|需|要|用|吃|服|滴|打|喝|涂|测|查|给|最多|至少)*{_MANY}\s*[次回遍顿]"),
    re.compile(rf"(?:(?<!同)(?<!第)[每一1])\s*个?{_PERIOD}(?![a-z]){_GAP}{_MANY}\s*[次回遍顿]"),
    re.compile(rf"{_MANY}\s*[次回遍]\s*[/每]\s*{_PERIOD}(?![a-z])"),
    re.compile(r"(?<![a-z])q(?P<long>\d{1,2})(?:~(?P<longest>\d{1,2}))?(?P<period>h|d|w)(?![a-z])"),
    re.compile(r"(?<![a-z])(?P<latin>qd|bid|tid|qid|qod|qn|qw|biw|tiw|qm|hs|st)(?![a-z])"),
)
ONLY = re.compile(r"(?:每\s*个?(?P<period>小时|天|日|周|星期|月|年|晚|夜|昼夜)|(?<![第同近头前后过早到满\d])[一1]\s*(?P<one>天|日|周|晚|昼夜)(?=[^,。;]{0,6}(?:[\d一二两三四五六七八九十半]|最|总|共|合计|超过|少于)))(?!龄|以?后|以?内|以?前|以上|以下|左右|多|之|间|半|岁|经|常|疗程|个疗程|时间)|24\s*(?:小时|h)(?=内|总量|[不最]|$|里|中)")
PERIODS = {
    **dict.fromkeys(("分钟", "min"), 1 / 60),
    **dict.fromkeys(("小时", "钟头", "h"), HOUR),
    **dict.fromkeys(("天", "日", "d", "晚", "夜", "早", "晨", "昼夜"), DAY),
    **dict.fromkeys(("周", "星期", "礼拜", "w"), WEEK),
    **dict.fromkeys(("月", "个月"), MONTH),
    "年": YEAR,
}
LATIN = {
    "qd": (DAY, 1), "bid": (DAY, 2), "tid": (DAY, 3), "qid": (DAY, 4), "qod": (2 * DAY, 1), "qn": (DAY, 1), "qw": (WEEK, 1),
    "biw": (WEEK, 2), "tiw": (WEEK, 3), "qm": (MONTH, 1), "hs": (DAY, 0), "st": (0, 0),
}  # fmt: skip
PAIRS = {pair: (DIGITS[pair[0]], DIGITS[pair[1]]) for pair in "两三 三四 三五 四五 五六 六七 七八 八九".split()}  # noqa: SIM905


def _two(low: str, high: str | None) -> tuple[float, float]:
    if low in PAIRS:
        return PAIRS[low]
    first = value(low)
    return first, max(first, value(high)) if high else first


def often(text: str) -> list[Often]:
    """All that is said of how often, from left to right; each place once."""
    told: list[Often] = []
    taken: list[tuple[int, int]] = []
    for pattern in OFTEN:
        for found in pattern.finditer(text):
            start, end = found.span()
            if any(start < b and a < end for a, b in taken):
                continue
            one = _often(found)
            if one is None:
                continue
            told.append(one._replace(side=bound(text, found.start("many"), end) if found.re.groupindex.get("many") and found["many"] else 0))
            taken.append((start, end))
    for found in ONLY.finditer(text):
        start, end = found.span()
        if not any(start < b and a < end for a, b in taken):
            period = PERIODS[found["period"] or found["one"] or "日"]
            told.append(Often(period, 0, 0, 0, 0, start, end))
    return sorted(told, key=lambda one: one.start)


def _often(found: re.Match[str]) -> Often | None:
    groups = found.groupdict()
    start, end = found.span()
    if latin := groups.get("latin"):
        period, times = LATIN[latin]
        return Often(period, period / times if times else 0, period / times if times else 0, times, 0, start, end)
    if meals := groups.get("meals"):
        times = 3 if "中" in meals or "三" in meals or "每" in meals else 2
        return Often(DAY, DAY / times, DAY / times, times, 0, start, end)
    if groups.get("other"):
        return Often(2 * DAY, 2 * DAY, 2 * DAY, 1, 0, start, end)
    period = PERIODS[groups["period"]]
    few, most = _two(groups["many"], groups.get("most")) if groups.get("many") else (1.0, 1.0)
    if not few:
        return None
    if groups.get("long"):
        short, long = _two(groups["long"], groups.get("longest"))
        if "隔" in found[0] and not groups.get("many") and "每" not in found[0]:
            return None  # 间隔 6 周: a time, not how often
        return Often(period * long, period * short / most, period * long / few, few, 0, start, end)
    return Often(period, period / most, period / few, few, 0, start, end)


def quantities(text: str) -> list[Quantity]:
    """All numbers with what they count, from left to right. List marks, names (B12) and 一次, 一种 are no numbers."""
    hidden = WORDS.sub(lambda found: "·" * len(found[0]), LISTED.sub(lambda found: "\n" * len(found[0]), text))
    told: list[Quantity] = []
    for found in PRESSURES.finditer(hidden):
        above, below = float(found[1]), float(found[2])
        if not found[3] and (below < 30 or above < below):
            continue
        kind, factor = UNIT[found[3]] if found[3] else ("pressure", 1)
        side = bound(hidden, found.start(), found.end())
        for one in (above, below):
            told.append(Quantity(one * factor, one * factor, kind, frozenset(), side, found.start(), found.end(), (one, one)))
    if told:
        hidden = PRESSURES.sub(lambda found: "·" * len(found[0]) if any(q.start == found.start() for q in told) else found[0], hidden)
    for found in RATIOS.finditer(hidden):
        half = "半" in found[0]
        told.append(Quantity(50.0 if half else 2.0, 50.0 if half else 2.0, "share" if half else "fold", frozenset(), 0, *found.span()))
    hidden = RATIOS.sub(lambda found: "·" * len(found[0]), hidden)
    for found in QUANTITY.finditer(hidden):
        if (one := _quantity(hidden, found)) is not None:
            told.append(one)
    return sorted(told, key=lambda one: one.start)


def _quantity(text: str, found: re.Match[str]) -> Quantity | None:
    said, unit = found["low"], found["unit"] or ""
    start, end = found.start("low"), found.end()
    latin = said[0].isdigit() or said in ROMAN
    if not unit and not (said[0].isdigit() or "分之" in said):
        if not (found["high"] and found["inner"]):
            return None
    if said[0].isdigit() and start and "a" <= text[start - 1] <= "z" and not re.search(r"维生素[a-k]$", text[:start]):
        return None
    if not latin and unit in UNIT and UNIT[unit][0] in _ROMAN_ONLY:
        return None
    low, high = _two(said, found["high"])
    if found["high"] and value(found["high"]) < value(said) and not found["inner"]:
        low = high = value(said)
    if low == high == 1 and (found[0].strip() == "一针" or (unit == "次" and not bound(text, found.start(), end)) or (found["nth"] and unit not in TIMES)):
        return None
    if found["power"]:
        times = 10.0 ** int((found["power"].replace(" ", "").partition("10")[2]).lstrip("^").translate(POWERS))
        low, high = low * times, high * times
    if found["half"] or found["more"]:
        low, high = low + 0.5 * (not found["high"]), high + 0.5
    if found["innerhalf"]:
        low += 0.5
    if not latin and (re.match(r"[^,。;]{0,8}(?:之[间中]|中间)", text[end:]) or (low == high == 1 and text[:start].endswith(("最后", "每", "同", "这", "那", "任", "换", "上", "下")))):
        return None
    spoken = (low, high)
    kind, factor = UNIT.get(unit, ("", 1.0))
    if unit == "/":
        kind, factor = "count", 1.0
    first = factor
    if not unit and not found["inner"] and (other := OTHER.match(text, end)):
        kind = other[0]
    if found["inner"]:
        kind0, factor0 = UNIT[found["inner"]]
        if not unit:
            kind, factor, first = kind0, factor0, factor0
        elif kind0 == kind:
            first = factor0
    per, below = _per(found["per"] or found["innerper"] or "")
    if kind == "分" and below == 1 and not per and text[end : end + 1] == "钟":
        kind, factor, first = "time", 1 / 60, 1 / 60
    ahead = text[max(0, start - 12) : start]
    if re.search(r"(?:每|按|每千克|每kg)\s*(?:公斤|千克|kg)(?:体重)?[^,。;\d]{0,6}$", ahead):
        per |= {"kg"}
    return Quantity(low * first / below, high * factor / below, kind, frozenset(per), bound(text, found.start(), end), start, end, spoken, WITHIN.match(text, end) is not None, _lead(text[max(0, start - 3) : start]), _trail(text[end : end + 2]), _role(ahead))


OTHER = re.compile(r"[\u4e00-\u9fff](?<![以之为是和与或者及至到的则时即可应属等均都也就在上下左内外多余来每一日])")  # a unit that has no name here: 2套


def _lead(ahead: str) -> int:
    if ahead.endswith(("头", "最初", "前", "首", "初")):
        return 1
    return -1 if ahead.endswith(("后", "末")) else 0


def _trail(behind: str) -> int:
    if behind.lstrip("以之").startswith("前"):
        return 1
    return -1 if behind.lstrip("以之").startswith("后") else 0


ROLES = {"start": re.compile(r"起始|开始|首剂|初始|起步"), "most": re.compile(r"最大|最高|最多|不超过|上限"), "stay": re.compile(r"维持")}


def _role(ahead: str) -> str:
    last = re.split(r"[,。;!?\n]", ahead)[-1]
    told = {name: [found.start() for found in pattern.finditer(last)] for name, pattern in ROLES.items()}
    return max((at[-1], name) for name, at in told.items() if at)[1] if any(told.values()) else ""


def _per(said: str) -> tuple[set[str], float]:
    per: set[str] = set()
    below = 1.0
    for word in re.findall(_PER_WORD, said):
        if word in _VOLUMES:
            per.add("litre")
            below *= _VOLUMES[word]
        elif word in PER:
            per.add(PER[word])
    return per, below
