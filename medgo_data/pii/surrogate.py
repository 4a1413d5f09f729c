"""Something that looks like the identifier it stands for, so that one that was overlooked cannot be told from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from medgo_data.pii.checks import bank_card, credit_code, resident
from medgo_data.pii.span import TYPES

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海燕晓东春雪林峰云辉斌波宁婷鹏宇浩博佳欣怡晨思雨诗涵子轩梓俊泽瑞嘉琪雅慧颖璐洁莹琳倩"
PARTS = (
    "阿",
    "古",
    "丽",
    "买",
    "提",
    "江",
    "艾",
    "热",
    "扎",
    "西",
    "卓",
    "玛",
    "次",
    "仁",
    "德",
    "吉",
    "努",
    "尔",
    "巴",
    "图",
)
LATIN = [
    "Adams",
    "Baker",
    "Clark",
    "Davis",
    "Evans",
    "Foster",
    "Grant",
    "Harris",
    "Irwin",
    "Jones",
    "Keller",
    "Lewis",
    "Mason",
    "Nolan",
    "Owens",
    "Parker",
    "Quinn",
    "Reed",
    "Scott",
    "Turner",
    "Vance",
    "Walsh",
    "Young",
    "Tanaka",
    "Suzuki",
    "Kim",
    "Park",
    "Nguyen",
    "Silva",
    "Costa",
]
CITIES = [
    "杭州市西湖区",
    "南京市鼓楼区",
    "武汉市洪山区",
    "成都市武侯区",
    "长沙市岳麓区",
    "西安市雁塔区",
    "济南市历下区",
    "福州市鼓楼区",
    "合肥市蜀山区",
    "昆明市五华区",
    "沈阳市和平区",
    "郑州市金水区",
    "南昌市东湖区",
    "贵阳市云岩区",
    "太原市小店区",
    "兰州市城关区",
]
STREETS = [
    "和平",
    "建设",
    "人民",
    "解放",
    "中山",
    "文化",
    "新华",
    "胜利",
    "光明",
    "朝阳",
    "幸福",
    "友谊",
    "青年",
    "育才",
    "学府",
    "滨河",
]
NAMES = [
    "康宁",
    "仁和",
    "安泰",
    "瑞康",
    "博爱",
    "同济",
    "惠民",
    "华康",
    "益寿",
    "明德",
    "宏达",
    "金桥",
    "东方",
    "新城",
    "长青",
    "恒信",
]
CARE = ("卫生服务中心", "人民医院", "中心医院", "医院", "卫生院", "诊所", "门诊部", "保健院", "养老院", "卫生室")
WORK = (
    "有限公司",
    "大学",
    "学院",
    "小学",
    "中学",
    "幼儿园",
    "药店",
    "药房",
    "支行",
    "工厂",
    "集团",
    "厂",
    "学校",
    "超市",
)
AREAS = ("110105", "310104", "320106", "330106", "420111", "430104", "510107", "610113", "350102", "530102")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
NETS = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737: of nobody


class Drawn:
    """A row of numbers that follows from a keyed code: the same for the same identifier."""

    def __init__(self, code: str) -> None:
        self.code, self.left, self.turn = code, int(code, 16), 0

    def below(self, size: int) -> int:
        if self.left < 2**32:
            self.turn += 1
            self.left = int(hashlib.sha256(f"{self.code} {self.turn}".encode()).hexdigest(), 16)
        self.left, drawn = divmod(self.left, size)
        return drawn

    def of(self, things: Sequence[str]) -> str:
        return things[self.below(len(things))]


def surrogate(kind: str, value: str, code: str) -> str:
    """What stands for ``value`` under this code; it is never the value itself."""
    drawn = Drawn(code)
    make = MAKERS.get(kind, digits)
    while (told := make(value, drawn)) == value:
        pass
    return told


def person(value: str, drawn: Drawn) -> str:
    if re.search(r"[A-Za-z]", value):
        words = re.findall(r"[A-Za-z]+", value)
        return " ".join(drawn.of(LATIN) for _ in words[:3])
    if "·" in value or "•" in value:
        return "·".join("".join(drawn.of(PARTS) for _ in range(3)) for _ in range(2))
    han = len(re.sub(r"\s", "", value))
    given = "".join(drawn.of(GIVEN) for _ in range(min(max(han - 1, 1), 2)))
    return drawn.of(SURNAMES) + given if han > 1 else drawn.of(GIVEN)


def digits(value: str, drawn: Drawn) -> str:
    """Every digit becomes another digit, every letter another letter; what stands between stays."""
    return (
        re.sub(r"[0-9A-Za-z０-９]", lambda c: _like(c[0], drawn), value)
        if re.search(r"[0-9A-Za-z０-９]", value)
        else _han(value, drawn)
    )


def phone(value: str, drawn: Drawn) -> str:
    """The first digits say mobile or landline, and stay."""
    kept = 2 if re.match(r"\D*(?:1|0)", value) else 1
    count = iter(range(len(value)))
    return re.sub(r"[0-9０-９]", lambda c: c[0] if next(count) < kept else _like(c[0], drawn), value)


def identity(value: str, drawn: Drawn) -> str:
    plain = re.sub(r"\s", "", value)
    if len(plain) != 18:
        return digits(value, drawn)
    born = date(1950, 1, 1) + timedelta(drawn.below(20_000))
    body = f"{drawn.of(AREAS)}{born:%Y%m%d}{drawn.below(1000):03d}"
    return _right(body, "0123456789X", resident)


def credit(value: str, drawn: Drawn) -> str:
    plain = re.sub(r"\s", "", value)
    if len(plain) != 18:
        return digits(value, drawn)
    body = f"91{drawn.of(AREAS)}" + "".join(str(drawn.below(10)) for _ in range(9))
    return _right(body, f"0123456789{LETTERS}", credit_code)


def card(value: str, drawn: Drawn) -> str:
    """The first four digits say whose cards these are, and stay."""
    places = [found.start() for found in re.finditer(r"[0-9]", value)]
    if not bank_card(value):
        return digits(value, drawn)
    told = list(value)
    for place in places[4:]:
        told[place] = str(drawn.below(10))
    return _right("".join(told[: places[-1]]), "0123456789", bank_card) + value[places[-1] + 1 :]


def _right(body: str, last: str, check: Callable[[str], bool]) -> str:
    """With the last character that makes it right."""
    return next(body + one for one in last if check(body + one))


def _like(old: str, drawn: Drawn) -> str:
    if old.isdigit():
        return str(drawn.below(10))
    return drawn.of(LETTERS) if old.isupper() else drawn.of(LETTERS).lower()


def _han(value: str, drawn: Drawn) -> str:
    """Numbers that are written in Chinese."""
    return re.sub(r"\w", lambda _: drawn.of("一二三四五六七八九"), value)


def _ending(value: str, endings: Sequence[str]) -> str:
    return next((end for end in endings if value.endswith(end)), endings[0])


MAKERS: dict[str, Callable[[str, Drawn], str]] = {
    "PERSON": person,
    "PHONE": phone,
    "ID_CARD": identity,
    "BANK_CARD": card,
    "USCC": credit,
    "EMAIL": lambda _, drawn: f"u{drawn.below(10**6):06d}@example.com",
    "URL": lambda _, drawn: f"https://example.com/{drawn.below(16**6):06x}",
    "IP": lambda _, drawn: f"{drawn.of(NETS)}{drawn.below(254) + 1}",
    "PLATE": lambda value, drawn: value[:1] + digits(value[1:], drawn),
    "ADDRESS": lambda _, drawn: f"{drawn.of(CITIES)}{drawn.of(STREETS)}路{drawn.below(298) + 1}号",
    "HOSPITAL": lambda value, drawn: f"{drawn.of(CITIES)[:2]}{drawn.of(NAMES)}{_ending(value, CARE)}",
    "ORG": lambda value, drawn: f"{drawn.of(NAMES)}{drawn.of(NAMES)}{_ending(value, WORK)}",
    "SOCIAL_ID": lambda _, drawn: f"u_{drawn.below(16**8):08x}",
}
assert set(MAKERS) <= set(TYPES)  # noqa: S101
