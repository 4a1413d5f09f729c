"""Invented people, hospitals, firms and places, and the texts in which they stand, from which a tagger learns what a name looks like.

The contexts are written by hand, with slots (``texts/wards.txt``, ``texts/world.txt``); what fills them is made of ``texts/names.txt``
and ``texts/words.txt``. Names are often made of any characters at all, so that the context decides and not the surname. Nobody
in these texts lives, and the same seed gives the same texts.
"""
# ruff: noqa: C901, PLR0911  one draw, and a way out for each share of it

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, TypeVar

from medgo_data.pii.dictionary import words

TEXTS = Path(__file__).with_name("texts")
CONTEXTS = ("wards.txt", "world.txt", "more.txt", "press.txt", "abroad.txt", "talk.txt")
LABELLED = {
    "姓名": "PERSON",
    "名": "PERSON",
    "外文名": "PERSON",
    "译名": "PERSON",
    "医院": "HOSPITAL",
    "单位": "ORG",
    "简称": "ORG",
    "地址": "ADDRESS",
}
SLOT = re.compile(r"\{([^{}\d]+)(\d*)\}")
ORDINARY = ("n", "v", "vn", "a", "d", "z", "b", "l", "i", "ad", "an", "t", "f", "s", "m", "r", "c", "p", "u", "uj", "y")
HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    ord("【"): 0x5B,
    ord("】"): 0x5D,
    ord("～"): 0x7E,
}


T = TypeVar("T")
# Which words stand in lists and tables, in talk between others, and where a name might: those that are mistaken for names come more often.
LISTED = (
    "药", "中药", "方剂", "穴位", "病", "人名病", "症状", "检查", "科室", "", "草", "草", "草", "草", "英文人名病", "ns", "nz", "n", "nt", "i",
    "人", "城", "亲", "寒暄", "杂", "杂",
)  # fmt: skip
SAID = (
    "中药", "药", "穴位", "病", "人名病", "草", "人", "人", "城", "ns", "ns", "nz", "i", "英文人名病", "英文", "机关", "亲", "寒暄", "寒暄", "寒暄",
    "杂", "杂", "杂", "泛称医院", "泛称医院",
)  # fmt: skip
MISTAKEN = (
    "药", "中药", "方剂", "穴位", "穴位", "病", "人名病", "症状", "检查", "科室", "机关", "泛称医院", "公众人物", "品牌", "期刊", "国家", "亲", "亲", "人",
    "人", "寒暄", "杂",
)  # fmt: skip


class Piece(NamedTuple):
    text: str
    type: str = ""  # of a span, or nothing


Pieces = list[Piece]


class Inventor:
    """Everything that can stand in a slot, drawn with one source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311, it must be repeatable
        self.words = word_lists("words.txt")
        self.names = word_lists("names.txt")
        plain = next(body.split() for key, body in _sections("names.txt") if key.startswith("surnames"))
        self.surnames, self.shares = plain[::2], list(accumulate(map(int, plain[1::2])))
        self.given = [char for char in self.names["given characters"] if len(char) == 1]
        self.common, self.common_shares, self.by_tag, self.tag_of = _dictionary()
        given, pieces = set(self.given), set("".join(self.names["foreign pieces"]))
        usual, everyday = set(self.surnames[:300]), set(self.surnames[:250])
        self.known = [w for w in self.by_tag["nr"] if len(w) == 3 and w[0] in usual and set(w[1:]) <= given]
        self.abroad_known = [w for w in self.by_tag["nrt"] if len(w) > 2 and set(w) <= pieces]
        self.telling = [w for w in self.common if len(w) == 2 and w[0] in everyday]
        self.contexts = [text for name in CONTEXTS for text in contexts(name)]
        self.makers: dict[str, Callable[[], str]] = {
            "外文名": self.latin, "医院": self.hospital, "单位": self.firm, "地址": self.address, "名": self.pet, "姓": self.surname,
            "日期": self.date, "时间": self.clock, "电话": self.phone, "号": self.number, "床": self.bed, "岁": self.age,
            "药": self.drug, "中药": self.herb, "数": self.amount, "词": self.word, "简称": self.brief, "外姓": lambda: self.of("latin surnames"), "译名": self.translated, "外地": self.elsewhere, "尊称": self.honoured,
        }  # fmt: skip

    # ---- chance ----------------------------------------------------------------------------------------------------

    def one(self, things: Sequence[T]) -> T:
        return things[int(self.chance.random() * len(things))]

    def of(self, name: str) -> str:
        return self.one(self.names[name])

    def odds(self, share: float) -> bool:
        return self.chance.random() < share

    def digits(self, count: int) -> str:
        return str(int(self.chance.random() * 10**count)).zfill(count)

    def any_han(self) -> str:
        """Any character: half the time one that people know, else any of the twenty thousand."""
        if self.odds(0.55):
            return self.one(self.word())
        low, high = (0x4E00, 0x9FA6)
        return chr(low + int(self.chance.random() * (high - low)))

    def word(self) -> str:
        return self.common[bisect(self.common_shares, self.chance.random() * self.common_shares[-1])]

    # ---- people ----------------------------------------------------------------------------------------------------

    def surname(self) -> str:
        roll = self.chance.random()
        if roll < 0.05:
            return self.of("compound surnames")
        if roll < 0.55:
            return self.surnames[bisect(self.shares, self.chance.random() * self.shares[-1])]
        return self.one(self.surnames)

    def given_name(self) -> str:
        roll = self.chance.random()
        if roll < 0.20:
            return self.one(self.given)
        if roll < 0.60:
            return self.one(self.given) + self.one(self.given)
        if roll < 0.74:
            return self.of("words that are given names")
        if roll < 0.78:
            return self.one(self.given) * 2
        if roll < 0.86:
            return self.one(self.given) + self.any_han()
        if roll < 0.90:
            return self.any_han() + self.one(self.given)
        if roll < 0.94:
            return self.any_han() + self.any_han()
        if roll < 0.97:
            return self.any_han()
        word = self.word()
        return word if len(word) == 2 else self.one(self.given)

    def person(self, *, foreign: bool = False, words: bool = False) -> tuple[str, str]:
        """A full name, and the part by which friends call its bearer."""
        roll = 1.0 if foreign else self.chance.random()
        if roll < 0.04:  # one that the dictionary has
            name = self.one(self.known)
            return name, name[1:]
        if roll < 0.84:
            surname, given = self.surname(), self.given_name()
        elif roll < 0.875:
            surname, given = self.any_han(), self.given_name()  # no surname that anybody knows
        elif roll < 0.885:
            surname, given = self.surname() + self.surname(), self.given_name()
        elif roll < 0.915:
            parts = [self.of("minority names") for _ in range(2)]
            return self.one(("·", "·", "·", "·", "·", ".")).join(parts) if self.odds(0.85) else parts[0], parts[0]
        elif roll < 0.935:
            parts = [self.of("tibetan and mongolian names") for _ in range(1 + self.odds(0.7))]
            return "".join(parts), parts[0]
        elif roll < 0.965 or foreign:
            return self.foreign()
        elif roll < 0.972 and words:
            name = self.one(self.telling)  # a word, and yet somebody's name
            return name, name[1:]
        elif roll < 0.98:
            surname, given = self.of("japanese surnames"), self.of("japanese given names")
        elif roll < 0.985:
            surname, given = self.one("金朴李崔郑姜尹张林韩"), self.one(self.given) + self.one(self.given)
        else:
            name = self.latin()
            return name, name.split(" ", maxsplit=1)[0]
        return surname + given, given

    def foreign(self) -> tuple[str, str]:
        def part() -> str:
            if self.odds(0.45):
                return self.of("foreign names") if self.odds(0.5) else self.one(self.abroad_known)
            return "".join(self.of("foreign pieces") for _ in range(2 + int(self.chance.random() * 3)))

        parts = [part() for _ in range(1 + self.odds(0.6) + self.odds(0.05))]
        if self.odds(0.05):
            parts[0] = self.one("ABCDEFGHJKLMPRSTW") + "."
            return parts[0] + part(), parts[0]
        return "·".join(parts), parts[0]

    def latin(self) -> str:  # noqa: PLR0912  a way after the other
        given, surname = self.of("latin given names"), self.of("latin surnames")
        if self.odds(0.3):
            surname = self.spelled()
        if self.odds(0.2):
            given = self.spelled()
        if self.odds(0.3):
            given += self.one((" ", "-", "")) + self.of("latin given names").lower().replace("-", "")
        roll = self.chance.random()
        if roll < 0.32:
            return f"{given} {surname}"
        if roll < 0.5:
            return f"{surname} {given}"
        if roll < 0.6:
            return f"{surname.upper()} {given}"
        if roll < 0.66:
            return f"{surname.upper()} {given.upper()}"
        if roll < 0.7:
            return f"{given} {surname.upper()}"
        if roll < 0.74:
            return f"{given[0]}. {surname}"
        if roll < 0.79:
            return f"{given} {self.one(('B.', 'J.', 'M.', 'van', 'de', 'bin', self.of('latin given names')))} {surname}"
        if roll < 0.82:
            return f"{given} {surname}{self.one((' ', '-'))}{self.of('latin surnames')}"
        if roll < 0.84:
            return f"{surname} {given[0]}"
        if roll < 0.86:
            return f"{surname} {given[0]}{self.one('BCFGHJLMQWXYZ')}"
        if roll < 0.9:
            return f"{self.one((surname, surname.upper()))}, {given}"
        if roll < 0.93:
            return f"{surname.upper()} {given}, {self.of('latin given names')}"
        if roll < 0.95:
            return f"{surname}{self.one(('^', '^', '<<'))}{given}".upper()
        if roll < 0.97:
            mixed = self.of("latin given names").split("-")[0], self.surname()
            return self.one(("", "", " ")).join(mixed if self.odds(0.6) else mixed[::-1])
        return given

    def spelled(self) -> str:
        """A name of any tongue, as its sounds may be spelled."""
        parts = [self.of("sounds that begin") + self.of("sounds that end") for _ in range(2 + self.odds(0.5))]
        return ("".join(parts) + self.one(("", "", "n", "s", "r", "l", "ski", "son", "ez", "t", "k"))).capitalize()

    def handle(self) -> str:
        """What somebody calls an account: no name, whatever it sounds like."""
        sounds = (self.of("latin surnames") + self.one(("", "_", "-", ".")) + self.of("latin given names")).lower()
        text = (
            self.one((sounds, self.of("latin given names").lower(), self.spelled().lower(), sounds))
            + self.one(("", "_", "-", ""))
            + self.one(("", self.digits(2), self.digits(4), "mama", "kf", "bb"))
        )
        return text + self.one(
            ("", "", "@" + self.spelled().lower() + ".com", "@126.com", ".cn/index.html?name=" + self.handle_part())
        )

    def handle_part(self) -> str:
        return self.of("latin surnames").lower() + self.of("latin given names").lower()

    def pet(self) -> str:
        roll = self.chance.random()
        if roll < 0.45:
            return self.of("pet names")
        if roll < 0.6:
            return self.one(self.given) * 2
        if roll < 0.7:
            return "小" + self.one(self.given)
        if roll < 0.76:
            return "阿" + self.one(self.given)
        if roll < 0.82:
            return self.one(self.given) + self.one(("儿", "子", "宝", "妹", "娃", "仔"))
        return self.given_name()

    # ---- places and institutions -----------------------------------------------------------------------------------

    def ground(self) -> str:
        """The first part of a street, a village or a firm."""
        roll = self.chance.random()
        if roll < 0.45:
            return self.of("ground: the first part of streets, villages, firms and schools")
        if roll < 0.6:
            return self.surname() + self.one(("家", "", "庄", "店"))
        return self.one(self.given) + (self.one(self.given) if self.odds(0.7) else self.any_han())

    def place(self) -> str:
        """A city or a county, with or without what it is."""
        roll = self.chance.random()
        if roll < 0.4:
            full = self.of("cities")
        elif roll < 0.75:
            full = self.of("counties")
        elif roll < 0.87 and self.by_tag.get("ns"):
            return self.one(self.by_tag["ns"])
        else:
            full = (
                self.one(self.given)
                + self.one(("州", "阳", "江", "山", "安", "水", "平", "城", "河", "川", "丰", "化", "昌", "陵", "源"))
                + self.one("县市区县")
            )
        return full[:-1] if len(full) > 2 and self.odds(0.4) else full

    def town(self) -> str:
        return self.ground() + self.of("town endings")

    def village(self) -> str:
        return self.ground() + self.of("village endings") + (self.one(("", "", "", "一组", "3组", "二社", "5队")))

    def street(self) -> str:
        house = self.one(("", "", "{}号", "{}号", "{}号{}栋", "{}号{}单元{}室", "{}弄{}号", "{}号院"))
        return self.ground() + self.of("street endings") + self._numbered(house)

    def home(self) -> str:
        house = self.one(("", "", "{}栋", "{}栋{}室", "{}号楼{}单元{}", "{}-{}-{}", "{}幢{}", "{}期{}栋", "{}座{}"))
        return self.ground() + self.of("home endings") + self._numbered(house)

    def _numbered(self, form: str) -> str:
        while "{}" in form:
            form = form.replace("{}", str(1 + int(self.chance.random() ** 2 * 900)), 1)
        return form

    def address(self) -> str:
        """Where somebody lives, now and then with a post code or a gap."""
        text = self._address()
        if self.odds(0.05):
            text += self.one((" ", "")) + self.digits(6)
        if len(text) > 5 and self.odds(0.06):
            cut = 2 + int(self.chance.random() * (len(text) - 3))
            text = text[:cut] + " " + text[cut:]
        return text

    def _address(self) -> str:
        roll = self.chance.random()
        if roll < 0.25:
            return self.place()
        head = (self.one(self.words["省"][:23]) if self.odds(0.3) else "") + (self.place() if self.odds(0.75) else "")
        if self.odds(0.35):
            head += self.of("counties")
        if roll < 0.36:
            return head or self.place()
        if roll < 0.5:
            return head + self.town() + (self.village() if self.odds(0.7) else "")
        if roll < 0.6:
            return head + self.village()
        if roll < 0.75:
            return head + self.street() + (self.home() if self.odds(0.3) else "")
        if roll < 0.87:
            return head + self.home()
        if roll < 0.93:
            return head + self.town() + self.street()
        return (
            head + self.street() + self.one(("", "与")) + self.street() + self.one(("", "交叉口", "路口", "附近"))[:0]
        )

    def hospital(self) -> str:
        roll = self.chance.random()
        if roll < 0.4:
            return self.place() + self.of("hospital endings")
        if roll < 0.5:
            return self.of("hospital names")
        if roll < 0.57:
            return self.of("cities")[:-1] + self.of("hospital names")
        if roll < 0.69:
            return self.of("universities") + self.of("university hospital endings")
        if roll < 0.74:
            return self.one(self.words["省"][28:]) + self.one(("省", "")) + self.of("hospital endings")
        if roll < 0.86:
            return (
                (self.place() if self.odds(0.3) else "")
                + self.one((self.town, self.ground, self.village))()
                + self.of("small clinics")
            )
        if roll < 0.94:
            return self.firm_name() + self.one(
                (
                    "医院",
                    "医院",
                    "诊所",
                    "口腔",
                    "门诊部",
                    "妇产医院",
                    "康复医院",
                    "中医馆",
                    "养老院",
                    "体检中心",
                    "眼科",
                )
            )
        return self.surname() + self.given_name() + self.one(("诊所", "中医诊所", "口腔诊所", "骨伤诊所", "内科诊所"))

    def firm_name(self) -> str:
        return "".join(self.of("firm words") for _ in range(2 + self.odds(0.2)))

    def brief(self) -> str:
        """A firm as those call it who work there."""
        roll = self.chance.random()
        if roll < 0.5:
            return self.firm_name() + self.one(("", "", "科技", "集团", "股份", "实业", "达", "麟"))
        return "".join(
            self.one(self.given) if self.odds(0.6) else self.any_han() for _ in range(2 + int(self.chance.random() * 3))
        )

    def firm(self) -> str:
        roll = self.chance.random()
        place = self.place() if self.odds(0.6) else ""
        if roll < 0.35:
            return (
                place + self.firm_name() + (self.of("firm fields") if self.odds(0.85) else "") + self.of("firm endings")
            )
        if roll < 0.37:
            return (
                self.firm_name() + self.of("firm fields") + "(" + self.of("cities")[:-1] + ")" + self.of("firm endings")
            )
        if roll < 0.385:
            return (
                self.spelled()
                + " "
                + self.spelled()
                + self.one((" Co., Ltd.", " Trading Co., Ltd.", " Inc.", " Group", " Limited"))
            )
        if roll < 0.42:
            return self.firm_name() + self.one(
                ("", "集团", "公司", "科技", "药业", "大药房", "超市", "电子厂", "物业", "药店")
            )
        if roll < 0.6:
            return (place or self.ground()) + (self.ground() if self.odds(0.4) else "") + self.of("schools")
        if roll < 0.66:
            return self.of("universities") + self.one(("", "", "法学院", "经济学院", "附属中学", "基础医学院"))
        if roll < 0.8:
            head = self.of("banks, insurers, chains")
            return head + (
                place + self.ground()[:2] + self.of("bank endings")
                if self.odds(0.6)
                else self.one(("", "", "店", "股份有限公司"))
            )
        return (place or self.ground()) + (self.ground() if self.odds(0.3) else "") + self.of("other employers")

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def date(self) -> str:
        year, month, day = (
            1930 + int(self.chance.random() * 97),
            1 + int(self.chance.random() * 12),
            1 + int(self.chance.random() * 28),
        )
        form = self.one(
            (
                "{0}年{1}月{2}日",
                "{0}年{1}月{2}日",
                "{0}-{1:02}-{2:02}",
                "{0}.{1}.{2}",
                "{0}/{1}/{2}",
                "{1}月{2}日",
                "{1}-{2}",
                "{0}{1:02}{2:02}",
                "{1}.{2}",
                "{0}年{1}月{2}号",
                "昨天",
                "{1}/{2}",
            )
        )
        return form.format(year, month, day)

    def clock(self) -> str:
        return self.one(self.words["时间"])

    def phone(self) -> str:
        form = self.one(("1{}", "1{}", "1{}", "0{}-{}", "{}"))
        if form == "1{}":
            return "1" + self.one("35789") + self.digits(9)
        return self.digits(3) + "-" + self.digits(8) if "-" in form else self.digits(7)

    def number(self) -> str:
        if self.odds(0.06):
            return self.plate()
        if self.odds(0.05):
            return self.handle()
        head = self.one(("", "", "", "ZY", "B", "M", "NO.", "CT", "D", "S"))
        return head + self.digits(5 + int(self.chance.random() * 8))

    def plate(self) -> str:
        place = self.one("京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新")
        tail = "".join(self.one("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(2)) + self.digits(3)
        return place + self.one("ABCDEFGHJKLMNPRSTUVW") + self.one(("·", "", "", " ", ".")) + tail

    def bed(self) -> str:
        return self.one(("", "", "", "", "+", "加", "A")) + str(1 + int(self.chance.random() * 80))

    def age(self) -> str:
        return str(1 + int(self.chance.random() * 95))

    def amount(self) -> str:
        form = int(self.chance.random() * 4)
        return (
            self.digits(2),
            str(int(self.chance.random() * 10)),
            f"{self.chance.random() * 20:.1f}",
            self.digits(3),
        )[form]

    # ---- texts -----------------------------------------------------------------------------------------------------

    def filled(self, context: str, swap: float = 0.02) -> Pieces:
        """A context with its slots filled: the same number is the same person. Now and then a word stands where a name should."""
        pieces: Pieces = []
        known: dict[str, tuple[str, str, str]] = {}
        spaced, foreign = self.odds(0.04), self.odds(0.07)
        place = 0
        for match in SLOT.finditer(context):
            if match.start() > place:
                pieces.append(Piece(context[place : match.start()]))
            place = match.end()
            kind, number = match.groups()
            if kind in ("姓名", "名", "姓") and (kind == "姓名" or number):
                full, given, surname = known.get(number) or self._named(spaced=spaced, foreign=foreign)
                if number:
                    known[number] = full, given, surname
                text = {"姓名": full, "名": given, "姓": surname}[kind]
            elif kind in self.makers:
                text = self.makers[kind]()
            else:
                text = self.one(self.words[kind]) if kind in self.words else self.word()
            label = LABELLED.get(kind, "")
            if label == "PERSON" and not number and self.odds(swap):
                text, label = self.word() if self.odds(0.5) else self.term(), ""
            pieces.append(Piece(text, label))
        if place < len(context):
            pieces.append(Piece(context[place:]))
        return pieces

    def _named(self, *, spaced: bool, foreign: bool = False) -> tuple[str, str, str]:
        full, given = self.person(foreign=foreign and self.odds(0.8), words=self.odds(0.8))
        surname = full.removesuffix(given) or full[:1]
        if spaced and 2 <= len(full) <= 4 and "·" not in full and not full.isascii():
            full = self.one((" ", "  ", " ")).join(full) if len(full) == 2 or self.odds(0.5) else f"{surname} {given}"
        return full, given, surname

    def term(self) -> str:
        return self._term(self.one(MISTAKEN))

    def _term(self, kind: str) -> str:
        if kind == "草":
            return self.plant()
        if kind == "人":
            return self.honoured()
        if kind == "城":
            return self.abroad()
        if kind == "药":
            return self.drug()
        return self.one(self.by_tag[kind] if kind in self.by_tag else self.words[kind])

    def plant(self) -> str:
        """Something like the herbs, trees and formulas whose names begin as people's do."""
        roll = self.chance.random()
        head = (
            self.one(self.words["草"])
            if roll < 0.6
            else self.surname()
            if roll < 0.7
            else self.one(self.words["中药"])[:2]
        )
        wood = self.one(self.words["木"]) if self.odds(0.75) else self.any_han()
        return head + (wood if self.odds(0.85) else "") + (self.one(self.words["部"]) if self.odds(0.7) else "")

    def herb(self) -> str:
        return self.one(self.words["中药"]) if self.odds(0.75) else self.plant()

    def drug(self) -> str:
        if self.odds(0.72):
            return self.one(self.words["药"])
        return "".join(self.one(self.words["药字"]) for _ in range(2 + self.odds(0.75))) + self.one(
            ("", "", "", "片", "胶囊", "针", "缓释片")
        )

    def honoured(self) -> str:
        """A surname with what is said to its bearer: it tells no more than a title."""
        if self.odds(0.25):
            return (
                self.one(("老", "小", "老", "小", "大"))
                + self.one(self.surnames)
                + self.one(("", "", "头", "家", "总", "工", "哥", "姐", "太"))
            )
        title = self.one(self.words["后称"]) if self.odds(0.8) else self.one(self.words["职称"])
        return self.surname() + title

    def abroad(self) -> str:
        """A foreign place, team or discovery, spelled like a foreigner."""
        name = self.foreign()[0].split("·")[0]
        tail = (
            self.words["所以"]
            if self.odds(0.6)
            else (
                "州",
                "市",
                "省",
                "队",
                "岛",
                "河",
                "湖",
                "堡",
                "城",
                "港",
                "镇",
                "地区",
                "机场",
                "大学",
                "俱乐部",
                "公司",
                "集团",
                "海峡",
                "半岛",
                "政府",
                "牌",
                "村",
            )
        )
        return name + self.one(tail)

    def translated(self) -> str:
        return self.foreign()[0] if self.odds(0.85) else self.person()[0]

    def elsewhere(self) -> str:
        """A place where nobody of the text lives, or a team of it: no address."""
        roll = self.chance.random()
        if roll < 0.45:
            return self.one(self.by_tag["ns"])
        if roll < 0.6:
            return self.of("cities")[:-1]
        return self.abroad() if roll < 0.8 else self.foreign()[0].split("·")[0]

    def garbage(self) -> Pieces:
        """Letters without sense: what a wrong encoding or a scanner leaves, and English."""
        roll = self.chance.random()
        count = 4 + int(self.chance.random() * 40)
        if roll < 0.2:
            return [
                Piece(
                    "".join(
                        chr(0x4E00 + int(self.chance.random() * 0x51A5)) if self.odds(0.8) else self.one(",.;? 0")
                        for _ in range(count)
                    )
                )
            ]
        if roll < 0.3:
            return [
                Piece(
                    "".join(
                        chr(int(self.chance.random() * 0x2000) + 0x21) if self.odds(0.7) else "\ufffd"
                        for _ in range(count)
                    )
                )
            ]
        if roll < 0.5:
            return [
                Piece("".join(self.one("abcdefghijklmnopqrstuvwxyzABCDEFGHXYZ0123456789_-.@/") for _ in range(count)))
            ]
        pieces: Pieces = []
        for _ in range(count):
            word = self.one(self.words["英文"]) if self.odds(0.85) else self.one(self.words["英文人名病"])
            if self.odds(0.1):
                word = self.one((word.upper(), word.capitalize()))
            pieces.append(Piece(word + self.one((" ", " ", " ", ", ", ". ", ": "))))
            if self.odds(0.015):
                pieces += [
                    Piece(self.one(("Dr. ", "Name: ", "by ", "Patient ", "Signed ", "Mr ", "Dear "))),
                    Piece(self.latin(), "PERSON"),
                    Piece(self.one((", ", ". ", " ", "\n"))),
                ]
        return pieces

    def _cue(self) -> str:
        roll = self.chance.random()
        if roll < 0.2:
            return self.one(self.words["岗"])
        if roll < 0.3:
            return self.one(self.words["职称"])
        if roll < 0.5:
            return self.one(self.words["亲字"])
        if roll < 0.6:
            return self.one(self.words["亲"])
        if roll < 0.7:
            return self.word() + self.one(
                ("人", "者", "员", "医师", "医生", "护士", "家属", "主任", "长", "师", "工", "方")
            )
        return self.word()

    def cued(self) -> Pieces:
        """Lines that say what somebody is or does, and then who: nobody can list all that may stand before a name."""
        between, after = (
            self.one((":", ":", ": ", "", "", " ", "  ", "/", "(", "=")),
            self.one(("\n", "\n", " ", "  ", ",", ";", "。", "", "、", "|")),
        )
        pieces: Pieces = []
        for _ in range(1 + int(self.chance.random() * 5)):
            cue = self._cue()
            close = ")" if between == "(" else ""
            roll = self.chance.random()
            if roll < 0.75:
                full, given, _ = self._named(spaced=self.odds(0.05))
                pieces += [Piece(cue + between), Piece(given if self.odds(0.12) else full, "PERSON")]
                if self.odds(0.25) and not close:
                    pieces.append(Piece(self.one(self.words["后面"]) + (self.word() if self.odds(0.3) else "")))
            elif roll < 0.84:
                pieces.append(Piece(cue + between + self.word()))
            elif roll < 0.92:
                kind, make = self.one((("证", self.number), ("号名", self.handle), ("车", self.plate)))
                pieces.append(Piece(self.one(self.words[kind]) + between + make()))
            else:
                pieces.append(
                    Piece(cue + between + self._term(self.one(("中药", "药", "草", "人", "城", "ns", "英文人名病"))))
                )
            pieces.append(Piece(close + after))
        return pieces

    def list_of_terms(self) -> Pieces:
        """What stands in tables of drugs, herbs, diseases and ordinary words, where no name is."""
        kind = self.one(LISTED)
        between = self.one(("、", " ", "\n", ",", "\t", "/", "", ";", " 10g ", "15g,", "9g "))
        count = 1 + int(self.chance.random() ** 2 * 18)
        if self.odds(0.3):
            count = 1
        terms = [self._term(kind) if kind and self.odds(0.95) else self.word() for _ in range(count)]
        return [Piece(between.join(terms) + self.one(("", "", "。", "\n", "10g")))]

    def roster(self) -> Pieces:
        """Rows of which one cell is a name, in one order and with one mark between the cells."""
        cells = self.chance.sample(
            ("bed", "name", "sex", "age", "ill", "phone", "ward", "date", "number", "word", "home", "folk"),
            1 + int(self.chance.random() * 5),
        )
        if "name" not in cells:
            cells[int(self.chance.random() * len(cells))] = "name"
        between = self.one(("\t", " ", "  ", ",", "|", " | ", "、", "", "/", "    ", ";", "-"))
        spaced = self.odds(0.08)
        tail = self.one(("", "岁", "岁", "y"))
        made: dict[str, tuple[str, Callable[[], str]]] = {  # what a table calls it, and what stands there
            "bed": ("床号", lambda: self.bed() + self.one(("", "床"))),
            "name": ("姓名", lambda: self._named(spaced=spaced)[0]),
            "sex": ("性别", lambda: self.one(("男", "女"))),
            "age": ("年龄", lambda: self.age() + tail),
            "ill": ("诊断", lambda: self.one(self.words["病"])),
            "phone": ("电话", self.phone),
            "ward": ("科室", lambda: self.one(self.words["科室"])),
            "date": ("日期", self.date),
            "number": ("住院号", self.number),
            "word": ("备注", self.word),
            "home": ("住址", self.address),
            "folk": (
                "民族",
                lambda: self.one(("汉", "汉族", "回", "回族", "满", "蒙古族", "维", "藏", "苗", "壮", "彝", "土家族")),
            ),
        }
        labels = {"name": "PERSON", "home": "ADDRESS"}
        pieces: Pieces = []
        if between and self.odds(0.3):
            pieces.append(Piece(between.join(made[cell][0] for cell in cells) + "\n"))
        for _ in range(1 + int(self.chance.random() * 7)):
            for place, cell in enumerate(cells):
                pieces.append(Piece(made[cell][1](), labels.get(cell, "")))
                if place < len(cells) - 1:
                    pieces.append(Piece(between or ("" if cell == "name" else " " if self.odds(0.5) else "")))
            pieces.append(Piece("\n"))
        return pieces

    def list_of_people(self) -> Pieces:
        head = self.one(
            (
                "",
                "",
                "参会人员:",
                "名单:",
                "作者:",
                "参加抢救:",
                "值班:",
                "组员:",
                "陪同:",
                "感谢",
                "出席:",
                "签名:",
                "讨论人员:",
                "获奖者:",
                "通讯员",
                "主演:",
            )
        )
        between = self.one(("、", " ", ",", "\n", "/", "  ", "\t", ";", "和", "、"))
        tail = self.one(("", "", "", "等", "。", "到场", "参加", "出席会议", "\n", "护士", "医师"))
        pieces = [Piece(head)] if head else []
        marked = self.odds(0.12)
        for place in range(2 + int(self.chance.random() * 7)):
            if place:
                pieces.append(Piece(between))
            pieces.append(Piece(self.person()[0], "PERSON"))
            if marked:
                pieces.append(Piece(self.one(("1", "2", "1,2", "3", "¹", "²", "¹,²", "*", "1*", "³", "a", "#"))))
            elif self.odds(0.08):
                pieces.append(Piece(self.one(("(", ",", " ")) + self.one(self.words["职称"]) + ")"[: self.odds(0.5)]))
        return [*pieces, Piece(tail)] if tail else pieces

    def reworded(self, pieces: Pieces) -> Pieces:
        """The same sentence of other words: what is left of the context is its shape."""
        rate = self.one((0.15, 0.3, 0.5))
        return [
            piece
            if piece.type
            else Piece("".join(self._other(word, rate) for word in divided(piece.text, self.tag_of)))
            for piece in pieces
        ]

    def _other(self, word: str, rate: float) -> str:
        if len(word) < 2 or word not in self.tag_of or not self.odds(rate):
            return word
        others = self.by_tag[self.tag_of[word]]
        return self.one(others) if self.odds(0.7) else self.word()

    def babble(self) -> Pieces:
        """Words of the dictionary one after the other, so that the tagger has seen them all, with hardly a name between them."""
        pieces: Pieces = []
        rate = self.one((0, 0, 0, 0.06, 0.12))
        order = self.one(("nvn", "nvun", "anvdv", "vnv", "ndvn", "rvn", "nnn", "dvnc", "tnvn", "mnvan"))
        for _ in range(3 + int(self.chance.random() * 10)):
            for tag in order:
                pieces.append(Piece(self.one(self.by_tag[tag]) if self.odds(0.4) else self.word()))
                if self.odds(rate):
                    before = self.one(
                        ("", "", "和", "由", "是", "对", "与", ",", "。", "请", "叫", "给", "\n", "找", "的")
                    )
                    after = (
                        self.one(self.words["后面"])
                        if self.odds(0.5)
                        else self.one(("", "", ",", "。", "主任", "先生", "女士", "同志", "教授", "\n", "(", ":", '"'))
                    )
                    pieces += [Piece(before), Piece(self.person()[0], "PERSON"), Piece(after)]
                elif self.odds(0.06):
                    pieces.append(Piece(self._term(self.one(SAID))))
            pieces.append(Piece(self.one((",", "。", ",", "", "\n", " ", "、", ":", "!", "的", "了"))))
        return [piece for piece in pieces if piece.text]

    def text(self) -> Pieces:
        """A text as it may lie in a corpus."""
        roll = self.chance.random()
        if roll < 0.64:
            pieces = self.filled(self.one(self.contexts))
            while self.odds(0.3):
                pieces = [
                    *pieces,
                    Piece(self.one(("\n", "\n", "\n", "", "。", " "))),
                    *self.filled(self.one(self.contexts)),
                ]
        elif roll < 0.69:
            pieces = self.roster()
        elif roll < 0.72:
            pieces = self.list_of_people()
        elif roll < 0.81:
            pieces = self.list_of_terms()
        elif roll < 0.87:
            pieces = self.cued()
        elif roll < 0.90:
            pieces = self.garbage()
        else:
            pieces = self.babble()
        return self.worn([Piece(piece.text.translate(HALF), piece.type) for piece in pieces if piece.text])

    def worn(self, pieces: Pieces) -> Pieces:
        """What happens to texts: said in other words, cut at either end, without marks, broken by a scanner, mistyped."""
        if self.odds(0.4):
            pieces = self.reworded(pieces)
        if len(pieces) > 1 and self.odds(0.45):
            pieces = self.cut(pieces)
        if self.odds(0.07):
            gap = self.one(("", "", " "))
            marks = self.one((",。;:、", ",。;:、()!?", ",。", ":"))
            pieces = [Piece(re.sub(f"[{re.escape(marks)}]", gap, p.text), p.type) if not p.type else p for p in pieces]
        if self.odds(0.06):
            rate, breaks = self.one((0.03, 0.08)), self.one(("\n", " ", " "))
            pieces = [
                p if p.type else Piece("".join(c + breaks if self.odds(rate) else c for c in p.text)) for p in pieces
            ]
        if self.odds(0.06):
            pieces = [
                p
                if p.type
                else Piece("".join(self.any_han() if "一" <= c <= "龥" and self.odds(0.06) else c for c in p.text))
                for p in pieces
            ]
        return [piece for piece in pieces if piece.text]

    def cut(self, pieces: Pieces) -> Pieces:
        """A part that begins or ends in the middle of a sentence, but of no name."""
        pieces = list(pieces)
        if self.odds(0.7):
            pieces = pieces[int(self.chance.random() * len(pieces)) :]
            first = pieces[0]
            if not first.type:
                pieces[0] = Piece(first.text[int(self.chance.random() * len(first.text)) :])
        if pieces and self.odds(0.5):
            last = pieces[-1]
            if not last.type:
                pieces[-1] = Piece(last.text[: 1 + int(self.chance.random() * len(last.text))])
        return pieces


def divided(text: str, words: dict[str, str]) -> Iterator[str]:
    """The words of a text, the longest first; what is none of them, character by character."""
    place = 0
    while place < len(text):
        size = next((size for size in (4, 3, 2) if text[place : place + size] in words), 1)
        yield text[place : place + size]
        place += size


@cache
def contexts(name: str) -> list[str]:
    """The texts of a file, as rules and taggers read them (``fold.py``): a line of three hyphens stands between two."""
    import opencc

    whole = (TEXTS / name).read_text("utf-8")
    chars = sorted({char for char in whole if char > "\u3400"})
    simple = opencc.OpenCC("t2s").convert("\n".join(chars)).split("\n")
    whole = whole.translate({ord(char): now for char, now in zip(chars, simple, strict=True)} | HALF)
    return [text.strip("\n") for text in whole.split("\n---\n") if text.strip()]


@cache
def word_lists(name: str) -> dict[str, list[str]]:
    """The words of a file, by the heading above them."""
    return {key: text.split() for key, text in _sections(name)}


def _sections(name: str) -> Iterator[tuple[str, str]]:
    for part in ("\n" + (TEXTS / name).read_text("utf-8")).split("\n# ")[1:]:
        head, _, body = part.partition("\n")
        yield head.strip(), body


@cache
def _dictionary() -> tuple[list[str], list[float], dict[str, list[str]], dict[str, str]]:
    """Ordinary words with how often they are drawn, and words by their kind, from the dictionary that comes with jieba (MIT)."""
    common: list[str] = []
    shares: list[float] = []
    by_tag: dict[str, list[str]] = {}
    tag_of: dict[str, str] = {}
    for word, count, tag in words().iter_rows():
        if not 1 <= len(word) <= 4 or not "一" <= word[0] <= "龥":
            continue
        by_tag.setdefault(tag, []).append(word) if count > 3 or tag != "ns" else None
        if tag in ORDINARY and len(word) in (2, 3) and count >= 3:
            common.append(word)
            shares.append(count**0.5)
            tag_of[word] = tag
    by_tag["u"] = ["的", "了", "着", "过", "地", "得", "之", "等"]
    return common, list(accumulate(shares)), by_tag, tag_of
