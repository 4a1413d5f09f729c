"""What a text says in numbers: so many of which unit, at least or at most, and how often; 1 g is 1000 mg, tid is three times a day."""

from __future__ import annotations

import math
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

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
ROMAN = {char: value for value, char in enumerate("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ", 1)}
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_ARABIC = r"\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,15})?"
_HAN = r"[零〇一二两俩仨三四五六七八九十百千]+(?:点[零〇一二三四五六七八九]+)?"
_ONE = rf"(?:{_ARABIC}万?|{_HAN}万?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ])"
_PART = rf"(?:\d{{1,4}}/\d{{1,4}}|{_HAN}分之{_HAN})"
_PAIR = r"(?:一两|一二|二三|两三|三四|三五|四五|五六|六七|七八|八九)(?!十|百)"  # 两三次: two or three
_HALF = r"(?:半(?=[个片粒袋支丸包瓶小日天年月量勺杯颗贴枚岁碗斤升克]))"


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
    ("pressure", 1, "mmhg 毫米汞柱 毫米水银柱"),
    ("pressure", 7.5006, "kpa 千帕"),
    ("pressure", 0.7356, "cmh2o 厘米水柱"),
    ("warmth", 1, "℃ °c 摄氏度 度"),
    ("fahrenheit", 1, "℉ °f 华氏度"),
    ("energy", 1, "kcal 千卡 大卡"),
    ("energy", 0.239, "kj 千焦"),
    ("length", 1e-3, "μm um 微米"),
    ("length", 1, "mm 毫米"),
    ("length", 10, "cm 厘米 公分"),
    ("length", 1e3, "m 米"),
    ("area", 1, "cm2 cm² 平方厘米"),
    ("area", 1e4, "m2 m² ㎡ 平方米"),
    ("dose", 1, "gy"),
    ("dose", 1e-2, "cgy"),
    ("time", 1 / 3600, "秒 秒钟 s sec"),
    ("time", 1 / 60, "分钟 min mins"),
    ("time", 0.25, "刻钟 刻"),
    ("time", HOUR, "小时 h hr hrs hour hours 钟头"),
    ("time", DAY, "天 日 d day days 昼夜 日龄 晚 夜"),
    ("time", WEEK, "周 星期 礼拜 w wk week weeks 孕周"),
    ("time", MONTH, "月 个月 月龄 mo month months"),
    ("time", YEAR, "年 岁 周岁 y yr year years"),
    ("clock", 1, "点 点钟 时"),
    ("share", 1, "%"),
    ("share", 0.1, "‰"),
    ("fold", 1, "倍"),
    ("片", 1, "片 小片"),
    ("粒", 1, "粒 颗"),
    ("袋", 1, "袋 包 小袋 小包"),
    ("支", 1, "支 安瓿"),
    ("丸", 1, "丸"),
    ("滴", 1, "滴"),
    ("喷", 1, "喷 揿 吸"),
    ("贴", 1, "贴"),
    ("枚", 1, "枚"),
    ("瓶", 1, "瓶"),
    ("剂", 1, "剂 针"),
    ("勺", 1, "勺 匙"),
    ("杯", 1, "杯 碗 口"),
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
KINDS = frozenset(kind for kind, _ in UNIT.values()) | {"count"}
TIMES = frozenset(name for name, (kind, _) in UNIT.items() if kind == "time")
SOFT = frozenset({"种", "名", "个", "杯", "clock"})  # what a writer counts for himself, where his source counts none

_HAN_UNITS = sorted((name for name in UNIT if not name.isascii()), key=len, reverse=True)
_LATIN_UNITS = sorted((name for name in UNIT if name.isascii()), key=len, reverse=True)
_UNIT = rf"(?:{'|'.join(map(re.escape, _HAN_UNITS))}|(?:{'|'.join(map(re.escape, _LATIN_UNITS))})(?![a-z]))"
_PER_WORD = r"(?:公斤体重|千克体重|kg体重|kg|公斤|千克|m2|m²|㎡|平方米|dl|天|日|d|秒|s|小时|hp|h|分钟|min|分|ml|毫升|l|升|次|周|w|揿|喷)"
_PER = rf"(?:\s*[/每·]\s*\(?\s*{_PER_WORD}(?:\s*[·.*/]\s*{_PER_WORD})*(?![a-z])\s*\)?)"
PER = {  # below the line: only what tells doses apart
    **dict.fromkeys(("公斤体重", "千克体重", "kg体重", "kg", "公斤", "千克"), "kg"),
    **dict.fromkeys(("m2", "m²", "㎡", "平方米"), "m²"),
    **dict.fromkeys(("天", "日", "d"), "day"),
    **dict.fromkeys(("小时", "h"), "hour"),
    **dict.fromkeys(("分钟", "min", "分"), "minute"),
    **dict.fromkeys(("秒", "s"), "second"),
    **dict.fromkeys(("周", "w"), "week"),
}
LITRES = {"dl": 0.1, "ml": 1e-3, "毫升": 1e-3, "l": 1.0, "升": 1.0}
SPANS = {"second": 1 / 3600, "day": DAY, "hour": HOUR, "minute": 1 / 60, "week": WEEK}

_POWER = r"(?:\s*[×x*]\s*10(?:\^\d{1,2}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))"
_TO = r"[ ]*(?:~|-|至|到)[ ]*"
_OR = r"(?<=[\d一二两三四五六七八九次片粒袋日天周月年])或"
QUANTITY = re.compile(
    rf"""(?P<nth>第)?\(?
    (?P<low>{_PART}|{_PAIR}|{_HALF}|{_ONE})
    (?:\s*(?:个(?=半))?(?P<inner>{_UNIT})?(?P<innerhalf>半)?(?P<innerper>{_PER})?(?:{_TO}|{_OR})(?P<high>{_PART}|{_HALF}|{_ONE})(?![\d.]))?
    (?:\)?(?P<power>{_POWER}))?
    \s*(?:个(?P<more>半)?)?\s*
    (?P<unit>{_UNIT}|/(?=l(?![a-z])))?(?P<half>半(?![片粒袋个]))?
    (?P<per>{_PER})?
    """,
    re.VERBOSE,
)
# Units that have no size: what is counted in one of them is not counted in another.
OTHER = re.compile(r"[套组批台张条块根层项处盒听罐盆桶碗口串株棵只对双副件步号管格帖]")
WARMTH = re.compile(r"(?P<whole>\d{2}|三十[五六七八九]|四十)度(?P<part>[\d一二三四五六七八九半])(?![\d.度])")  # 38度5
CLOCK = re.compile(r"(?<![\d.:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\d:])")
SOON = re.compile(r"次日|翌日")  # 第二天
PRESSURES = re.compile(r"(?<![\d.])(\d{2,3})/(\d{2,3})(?![\d/])\s*(mmhg|毫米汞柱|kpa)?")
RATIOS = re.compile(r"减半|减?一半|半量|半数|加倍|翻[一1]?倍|[加多][一1]倍|增加[一1]倍|双倍|倍增")
TENTHS = re.compile(r"([一二两三四五六七八九])成(?![人年份分为熟功效药长立绩因形品都了果])")  # 三成
LISTED = re.compile(  # the marks of a list: 1. (2) ③ 四、
    r"(?m)^[ ]*(?:[-•*·#>]+ *)*"
    r"(?:\(?\d{1,2}(?:\)|、|\.(?!\d))|[①-⑳]|[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\))|[①-⑳]"
    r"|(?<=[。;;:])\s*\(?\d{1,2}(?:\)|、|\.(?!\d))"
    r"|(?:^|(?<=[。;\]]))[ ]*\d{1,2}\.(?=\d{1,2}(?:~\d{1,2})?(?:岁|周岁|个月|月龄))"  # 5.6岁以下
)
NAMES = re.compile(  # B12, COX-2, and whom to call
    r"(?<![a-z])[a-z]+[\-‑]?\d{1,2}(?![\d.])[a-z]?\d?(?![a-z\d])|(?<![\d.])(?:120|110|12320)(?=急救|电话)"
    r"|[一1](?=[滴口点片粒][^,。;]{0,4}[都也][别不没])"  # 一滴酒都别沾
)
PER_BODY = re.compile(r"(?:每|按|每千克|每kg)\s*(?:公斤|千克|kg)(?:体重)?[^,。;\d]{0,6}$")
EACH = re.compile(rf"[每/]\s*(?P<many>{_ONE}(?![\d.]))?\s*(?P<unit>{_UNIT})")
FEW = re.compile(rf"(?<![十百好])[几数]\s*个?(?P<unit>{'|'.join(map(re.escape, _HAN_UNITS))})")
ONE_OF = ("最后", "前", "后", "每", "同", "这", "那", "任", "换", "上", "下", "头", "首", "统")  # 最后一针: no number
BETWEEN = re.compile(r"[^,。;]{0,8}(?:之[间中]|中间)")
APART = re.compile(r"[^,。;]{0,6}隔")
OF_ONE = re.compile(r"的?(?:最[大小高低]|剂量|用量|量)")  # 没超过一次的最大量
VITAMIN = re.compile(r"维生素[a-k]$")
STOPS = re.compile(r"[。;!?\n|]")
ROLES = {
    "start": re.compile(r"起始|开始|首剂|初始|起步"),
    "most": re.compile(r"最大|最高|最多|不超过|上限"),
    "stay": re.compile(r"维持"),
}

# ---- at least, at most -----------------------------------------------------------------------------------------------

UP, DOWN = 1, -1
_NOT = r"(?:不|没|未|勿|别|莫)(?:能|得|可|要|应|宜|该|应该|可以|会|建议)?(?:再)?"
_MORE = r"超过|超出|多于|大于|高于|长于|高过|多过|大过|超|达到"
_LESS = r"低于|少于|小于|短于|低过|少过|小过|不足|不到|不满"
BEFORE = re.compile(
    rf"(?P<most>{_NOT}(?:{_MORE})|最多|至多|顶多|封顶|最大|最高|最长|(?<!正常)(?<!正常值)上限|未满|没满|不满|不足|不到|没到|不够|不及)"
    rf"|(?P<least>{_NOT}(?:低于|少于|小于|短于)|至少|最少|最低|最小|起码|(?<!正常)(?<!正常值)下限)"
    rf"|(?P<above>>=?|≥|{_MORE}|年满|(?<!未)(?<!不)(?<!没)(?<!充)满)"
    rf"|(?P<below><=?|≤|{_LESS}|降到|降至)"
)
_FAR = re.compile(r"[^\d一二两三四五六七八九十半,。;:<>≤≥]{0,9}")  # 最大剂量为每日
_NEAR = re.compile(
    r"\s*(?:于|体重|正常(?:值)?(?:的)?(?:上限|下限)|约|大约|预计(?:正常)?值|体表(?:面积)?|每(?:[日天]|小时|分钟))?的?\s*"
)
BEHIND = (
    (
        UP,
        re.compile(
            r"^\s*(?:的|预计值)?\s*(?:及|或|和|\(含\))?(?:其)?(?:以上|之上|及以上|或以上|往上|开外|或更[多大高]|起(?!效|病|床))"
        ),
    ),
    (
        DOWN,
        re.compile(r"^\s*(?:的|预计值)?\s*(?:及|或|和|\(含\))?(?:其)?(?:以下|之下|及以下|或以下|往下|或更[少小低])"),
    ),
)
WITHIN = re.compile(r"\s*(?:以内|之内|内(?!服|外|科|膜|压|毒))")


def bound(text: str, start: int, end: int) -> int:
    """Whether what stands from ``start`` to ``end`` is said to be a least or a most; 0 if neither."""
    behind = next((side for side, pattern in BEHIND if pattern.search(text[end : end + 8])), 0)
    if last := next(iter([*BEFORE.finditer(text, max(0, start - 20), start)][::-1]), None):
        far = last.lastgroup in ("most", "least")
        if (far or not behind) and (_FAR if far else _NEAR).fullmatch(text, last.end(), start):
            return DOWN if last.lastgroup in ("most", "below") else UP
    return behind


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
    nth: bool = False  # 第2~5天
    unit_of: str = (
        ""  # where it has no unit, what the next number of the sentence is measured in: 5.1、10.0、8.5 mmol/L
    )


def few(text: str) -> dict[tuple[str, float], int]:
    """The units of which there are a few, 几分钟 or 数小时, and where."""
    return {UNIT[found["unit"]]: found.start() for found in FEW.finditer(text)}


class Each(NamedTuple):
    """So many of a unit, of which each has or gets something: 每片, /支, 每100ml."""

    kind: str
    many: float
    end: int


def each(text: str) -> list[Each]:
    told = []
    for found in EACH.finditer(text):
        kind, factor = UNIT[found["unit"]]
        told.append(Each(kind, factor * (value(found["many"]) if found["many"] else 1.0), found.end()))
    return told


AGE = re.compile(r"岁|月龄|日龄|周龄|个月(?=[及或]?以[上下]|者|大|的?[婴宝孩患]|~|至|到)")


def aged(q: Quantity, text: str) -> bool:
    """Whether it is how old somebody is, as far as that is said."""
    return q.kind == "time" and (q.high >= YEAR or AGE.search(text, q.start, q.end + 3) is not None)


class Often(NamedTuple):
    """So many hours from one time to the next; with ``times`` 0 it is only said in which period."""

    period: float
    low: float
    high: float
    times: float
    side: int
    start: int
    end: int
    counted: bool = True  # 每4周一次; not so 每4周


_MANY = rf"(?P<many>{_PAIR}|{_ONE})(?:{_TO}(?P<most>{_ONE}))?"
_TURN = r"[次回遍顿针趟]"
_PERIOD = r"(?P<period>分钟|min|小时|钟头|h|天|日|d|周|星期|礼拜|w|个?月(?!经|龄)|年|晚|夜|早|晨)"
_DO = r"(?:服用?|吃|用|吸|喷|滴|涂|喝|打|来|查|测|给|注射)?"
_GAP = r"[^,。;!?\n\d一二两三四五六七八九十半每各]{0,8}?"
OFTEN = (
    re.compile(
        r"(?P<meals>早[、,和及]?\s*中[、,和及]?\s*晚|早[、,和及]?\s*晚|一日三餐|每餐|三餐)[饭餐]?[前后]?(?:时|半小时)*\s*"
        rf"(?:各?\s*{_DO}\s*[一1]\s*{_TURN}|各(?=\s*{_DO}\s*[\d一二两三四半]))"
    ),
    re.compile(rf"隔[一1]?个?(?P<other>[日天周月]|星期|礼拜)(?:再?{_DO}\s*[一1]?\s*{_TURN})?"),
    re.compile(
        rf"(?:每间?隔|每|间隔|隔)\s*(?P<long>半|{_PAIR}|{_ONE})\s*(?:{_TO}(?P<longest>{_ONE}))?\s*个?{_PERIOD}(?![a-z])(?:{_GAP}{_MANY}\s*{_TURN}(?!/))?"
    ),
    re.compile(
        rf"(?<![第前后头\d.~])(?P<long>半|{_PAIR}|{_ONE})\s*(?:{_TO}(?P<longest>{_ONE}))?\s*个?{_PERIOD}(?![a-z]){_DO}{_MANY}\s*{_TURN}(?![/内])"
    ),
    re.compile(
        rf"(?:(?<!同)(?<!第)[每一1]|(?<=[^每一\d半]))(?:个)?{_PERIOD}(?![a-z])(?:总共|一共|共|各|需|要|用|吃|服|滴|打|喝|涂|测|查|给|最多|至少)*{_MANY}\s*{_TURN}"
    ),
    re.compile(rf"(?:(?<!同)(?<!第)[每一1])\s*个?{_PERIOD}(?![a-z]){_GAP}{_MANY}\s*{_TURN}"),
    re.compile(rf"{_MANY}\s*{_TURN}\s*[/每]\s*{_PERIOD}(?![a-z])"),
    re.compile(r"(?<![a-z])q(?P<long>\d{1,2})(?:~(?P<longest>\d{1,2}))?(?P<period>h|d|w)(?![a-z])"),
    re.compile(
        r"(?<![a-z])(?P<latin>qd|bid|tid|qid|qod|qn|qw|biw|tiw|qm|hs|st)(?:~(?P<latinest>qd|bid|tid|qid))?(?![a-z])"
    ),
)
ONLY = re.compile(
    r"(?:每\s*个?(?P<period>分钟|小时|天|日|周|星期|月|年|晚|夜|昼夜)|(?<![第同近头前后过早到满\d])[一1]\s*(?P<one>天|日|周|晚|昼夜)(?=[^,。;]{0,6}(?:[\d一二两三四五六七八九十半]|最|总|共|合计|超过|少于)))(?!龄|以?后|以?内|以?前|以上|以下|左右|多|之|间|半|岁|经|常|疗程|个疗程|时间)|(?<=[gl克升位片粒袋丸支次])\s*[一1][天日](?!以?[后内])|(?<=[到至])[一1][天日周](?=[\d半一二两三四五六七八九十])|日(?=剂量|总量|用量)|24\s*(?:小时|h)(?=内|总量|[不最]|$|里|中)"
)
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
PAIRS = {
    pair: (DIGITS[pair[0]], DIGITS[pair[1]])
    for pair in ["一两", "一二", "二三", "两三", "三四", "三五", "四五", "五六", "六七", "七八", "八九"]
}


def _two(low: str, high: str | None) -> tuple[float, float]:
    if low in PAIRS:
        return PAIRS[low]
    first = value(low)
    return first, max(first, value(high)) if high else first


def often(text: str) -> list[Often]:
    """All that is said of how often, from left to right; each place once."""
    told: list[Often] = []
    for pattern in OFTEN:
        told += [
            one
            for found in pattern.finditer(text)
            if not _taken(found, told) and (one := _often(text, found)) is not None
        ]
    for found in ONLY.finditer(text):
        if not _taken(found, told):
            period = PERIODS[found["period"] or found["one"] or "日"]
            told.append(Often(period, 0, 0, 0, 0, *found.span()))
    return sorted(told, key=lambda one: one.start)


def _taken(found: re.Match[str], told: list[Often]) -> bool:
    return any(found.start() < one.end and one.start < found.end() for one in told)


def _often(text: str, found: re.Match[str]) -> Often | None:
    groups = found.groupdict()
    start, end = found.span()
    if latin := groups.get("latin"):
        period, times = LATIN[latin]
        highest = LATIN[groups["latinest"]][1] if groups.get("latinest") else times
        return Often(period, period / highest if highest else 0, period / times if times else 0, times, 0, start, end)
    if meals := groups.get("meals"):
        daily = 3 if set("中三每") & set(meals) else 2
        return Often(DAY, DAY / daily, DAY / daily, daily, 0, start, end)
    if other := groups.get("other"):
        period = 2 * PERIODS[other]
        return Often(period, period, period, 1, 0, start, end)
    many = groups.get("many")
    few, most = _two(many, groups.get("most")) if many else (1.0, 1.0)
    if not few or ("隔" in found[0] and not many and "每" not in found[0]):  # 间隔6周 is a time
        return None
    side = (bound(text, found.start("many"), end) or bound(text, start, end)) if many else 0
    period = PERIODS[groups["period"]]
    short, long = _two(groups["long"], groups.get("longest")) if groups.get("long") else (1.0, 1.0)
    return Often(period * long, period * short / most, period * long / few, few, side, start, end, many is not None)


def quantities(text: str) -> list[Quantity]:
    """All numbers with what they count, from left to right. Marks of a list, B12, 一次 and 最后一针 are none."""
    told: list[Quantity] = []
    hidden = _hidden(NAMES, _hidden(LISTED, text, "\n"))
    for found in PRESSURES.finditer(hidden):
        told += _pressures(hidden, found)
    places = {one.start for one in told}
    hidden = PRESSURES.sub(lambda found: "·" * len(found[0]) if found.start() in places else found[0], hidden)
    for found in WARMTH.finditer(hidden):
        part = 0.5 if found["part"] == "半" else value(found["part"]) / 10
        told.append(_one("warmth", value(found["whole"]) + part, found))
    told += [
        _one("clock", int(found["hour"]) % 12 + int(found["minute"]) / 60, found) for found in CLOCK.finditer(hidden)
    ]
    hidden = _hidden(CLOCK, _hidden(WARMTH, hidden))
    for found in RATIOS.finditer(hidden):
        kind, much = ("share", 50.0) if "半" in found[0] else ("fold", 2.0)
        told.append(_one(kind, much, found))
    told += [_one("share", 10 * value(found[1]), found) for found in TENTHS.finditer(hidden)]
    hidden = _hidden(TENTHS, _hidden(RATIOS, hidden))
    told += [one for found in QUANTITY.finditer(hidden) if (one := _quantity(hidden, found)) is not None]
    told += [_one("time", 2 * DAY, found)._replace(said=(2, 2)) for found in SOON.finditer(text)]
    return _lent(text, sorted(told, key=lambda one: one.start))


def _one(kind: str, much: float, found: re.Match[str]) -> Quantity:
    return Quantity(much, much, kind, frozenset(), bound(found.string, *found.span()), *found.span(), (much, much))


def _lent(text: str, told: list[Quantity]) -> list[Quantity]:
    """To each number without a unit, that of the next one that has a unit."""
    kind, start = "", len(text)
    for n in range(len(told) - 1, -1, -1):
        one = told[n]
        if STOPS.search(text, one.end, start):
            kind = ""
        if not one.kind:
            told[n] = one._replace(unit_of=kind)
        kind, start = one.kind or kind, one.start
    return told


def _hidden(pattern: re.Pattern[str], text: str, by: str = "·") -> str:
    return pattern.sub(lambda found: by * len(found[0]), text)


def _pressures(text: str, found: re.Match[str]) -> list[Quantity]:
    """140/90 are two; 1/2 is none of it, and neither is 10/20 without a unit."""
    above, below = float(found[1]), float(found[2])
    if not found[3] and (below < 30 or above < below):
        return []
    factor = UNIT[found[3]][1] if found[3] else 1.0
    start, end = found.span()
    side = bound(text, start, end)
    return [Quantity(n * factor, n * factor, "pressure", frozenset(), side, start, end, (n, n)) for n in (above, below)]


def _quantity(text: str, found: re.Match[str]) -> Quantity | None:
    unit, inner = found["unit"] or "", found["inner"]
    start, end = found.start("low"), found.end()
    low, high = _numbers(found)
    if _no_number(text, found, low == high == 1):
        return None
    kind, factor = ("count", 1.0) if unit == "/" else UNIT.get(unit, ("", 1.0))
    first = factor
    if unit in ("点", "点钟", "时"):
        low, high = low % 12, high % 12
    if not unit and low < 1 and ("分之" in found["low"] or "/" in found["low"]):  # 四分之三的人
        kind, factor, first = "share", 100.0, 100.0
    elif not unit and inner:
        kind, factor = UNIT[inner]
        first = factor
    elif inner and UNIT[inner][0] == kind:  # 500 mg to 1 g
        first = UNIT[inner][1]
    elif not unit and (other := OTHER.match(text, end)):
        kind = other[0]
    per, below = _per(found["per"] or found["innerper"] or "")
    if PER_BODY.search(text[max(0, start - 12) : start]):
        per |= {"kg"}
    power = 10.0 ** _power(found["power"]) if found["power"] else 1.0
    return Quantity(
        low=low * power * first / below,
        high=high * power * factor / below,
        kind=kind,
        per=frozenset(per),
        side=bound(text, found.start(), end),
        start=start,
        end=end,
        said=(low * power, high * power),
        within=WITHIN.match(text, end) is not None,
        lead=_first_or_last(text[max(0, start - 4) : start]),
        trail=_before_or_after(text[end : end + 2]),
        role=_role(text[max(0, start - 12) : start]),
        nth=found["nth"] is not None,
    )


def _numbers(found: re.Match[str]) -> tuple[float, float]:
    """The two ends, as they are written: 两三, 1~2, 一年半."""
    low, high = _two(found["low"], found["high"])
    if found["high"] and found["inner"] not in (None, found["unit"]):
        high = value(found["high"])
    if found["high"] and not found["inner"] and value(found["high"]) < value(found["low"]):  # 3-2 is no range
        low = high = value(found["low"])
    if found["half"] or found["more"]:
        low, high = low + 0.5 * (not found["high"]), high + 0.5
    return low + 0.5 * bool(found["innerhalf"]), high


def _no_number(text: str, found: re.Match[str], one: bool) -> bool:  # noqa: FBT001
    """Words in which a numeral counts nothing: 一般, 一次, 第一, 最后一针, 三类药, 两个疗程之间, the digits of a name."""
    said, unit = found["low"], found["unit"] or ""
    start, end = found.start("low"), found.end()
    figures = said[0].isdigit()
    if figures:
        letter = "a" <= text[start - 1 : start] <= "z" and not VITAMIN.search(text, max(0, start - 4), start)
    else:
        letter = not (unit or "分之" in said or (found["high"] and found["inner"]) or said in ROMAN)
    inside = unit in TIMES and WITHIN.match(text, end) is not None  # 后一周内
    counted = not (figures or inside or said in ROMAN) and (
        unit in ("类", "点", "时")
        or BETWEEN.match(text, end) is not None
        or (unit in ("剂", "针", "次", "种") and APART.match(text, end) is not None)
        or (one and text[max(0, start - 2) : start].endswith(ONE_OF))
    )
    once = unit == "次" and (OF_ONE.match(text, end) is not None or not bound(text, found.start(), end))
    first = found["nth"] and unit not in TIMES
    return bool(letter or counted or (one and (once or first or found[0].strip() == "一针")))


def _power(said: str) -> int:
    return int(said.replace(" ", "").partition("10")[2].lstrip("^").translate(POWERS))


def _first_or_last(ahead: str) -> int:
    if ahead[-2:-1] in tuple("产术餐饭睡药") and ahead[-1:] in ("前", "后"):
        return 0
    if ahead.endswith(("头", "最初", "前", "首", "初")):
        return 1
    return -1 if ahead.endswith(("后", "末")) else 0


def _before_or_after(behind: str) -> int:
    rest = behind.lstrip("以之")
    return 1 if rest.startswith("前") else -1 if rest.startswith("后") else 0


def _role(ahead: str) -> str:
    """Whether a dose is the first, the largest, or one to stay with: by the last such word before it."""
    last = re.split(r"[,。;!?\n]", ahead)[-1]
    told = [(found.start(), name) for name, pattern in ROLES.items() for found in pattern.finditer(last)]
    return max(told)[1] if told else ""


def _per(said: str) -> tuple[set[str], float]:
    """What stands below the line, and how many litres."""
    words = re.findall(_PER_WORD, said)
    per = {PER[word] for word in words if word in PER} | {"litre" for word in words if word in LITRES}
    return per, math.prod(LITRES.get(word, 1.0) for word in words)
