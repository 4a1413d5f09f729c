"""What a question asks about: the drugs, diseases and numbers in it, set apart so that what it asks can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import polars as pl

from medgo_data import letters
from medgo_data.file import FileError, content

NAME, NUMBER = "\ua000", "\ua001"  # stand for what was set apart: letters of Yi, which no such question is written in
APART = "\x1f"
LONGEST = 14  # letters before an ending: 小儿氨酚黄那敏颗粒 has eight
APPENDED = 6  # letters from an ending to another one of the same name: 阿莫西林克拉维酸钾片
AND = "和与及或跟、"

# The endings of names, each with what may not follow, for then it is another word: 病人 is no disease.
DOSED = (
    "溶液|悬液|口服液|注射液|滴眼液|滴耳液|滴鼻液|洗液|漱口液|片(?![剂子状面区刻段中上头])|胶囊剂?|颗粒(?![感状物])剂?|冲剂|糖浆|合剂|丸(?![剂子药])"
    "|乳膏|软膏|眼膏|贴膏|凝胶|喷雾剂|气雾剂|粉雾剂|吸入剂|搽剂|洗剂|酊剂?|栓(?!塞)剂?|贴剂|滴剂"
)
DRUG = (
    f"{DOSED}|散(?![剂光热步发瘀结寒开在风打文])|膏(?![药剂状体肓粱])|汤(?![药剂水匙圆])"
    # stems of generic names, as WHO gives them out
    "|霉素|环素|西林|头孢[^，。]{1,3}|沙星|硝唑|康唑|洛韦|洛尔|地平|普利|沙坦|他汀|贝特|拉唑|替丁|格列.|列汀|双胍|米松|可的松|松龙"
    "|西泮|唑仑|芬太尼|布洛芬|司匹林|单抗|替尼|胰岛素"
)
DISEASE = (
    "综合[征症]|病(?![人毒史情因变理房例床程灶症痛菌态区友愈发重危假历倒残急原])|炎(?![症热黄夏])|癌(?![细变症痛转胚])|瘤(?![体子标])"
    "|症(?![状候])|疹(?!子)|癣|疝|疣|痔疮?|结石|骨折|溃疡|囊肿|息肉|硬化|贫血|感冒|流感|高血[压脂糖]|低血[压糖]|哮喘|痛风|中风|癫痫"
    "|白内障|青光眼|甲[亢减]|脑[梗瘫]|心[梗衰]|脂肪肝|结核|腹水|骨质疏松|脱位|积水|积液|肥大|衰竭|梗[死塞]|狭窄|增生|脱垂|功能不全|气肿|早搏"
    "|心绞痛|间盘[突膨]出|供血不足|心律失常|心动过[速缓]|房颤|颤动|萎缩|缺血|脑出血|甲肝|乙肝|丙肝|痴呆|感染|纤维化"
)
PLACE = "市(?![场民面区])|县(?!城)|省(?![略事])"  # where which hospital is best is asked of every town
# Words that end like a name and are none, by themselves and at the end of others.
COMMON = frozenset(  # as words they are read more easily
    """疾病 毛病 生病 得病 发病 犯病 大病 小病 怪病 重病 急病 本病 该病 此病 病症 重症 并发症 后遗症 适应症 禁忌症 炎症 发炎 消炎 抗炎 抗癌
    防癌 抗结核 抗感染 皮疹 红疹 抗栓 溶栓 重感冒""".split()  # noqa: SIM905
)
NEVER = tuple(
    "药片 照片 名片 切片 图片 胸片 拍片 光片 刀片 药丸 睾丸 扩散 分散 疏散 发散 驱散 涣散 弥散 解散 牙膏 药膏 鸡汤 煲汤 熬汤 超市 城市 门市".split()  # noqa: SIM905
)
# A name has none of these, so it begins behind them.
BETWEEN = re.compile(
    "[^\\w·-]|[\\d.]+[多几来余]?(?:个?月|岁|[天年周次片粒丸袋支盒瓶度斤点日号个位名例]|小时|分钟|mg|ml|kg|mm|cm|g|%)"
    "|了解|咨询|知道|现在|经常|类似|影响|一下|啥|请问|请教|你好|您好|医生|大夫|专家|患者|病人|孕妇|宝宝|宝贝|小孩|孩子|家长|父亲|母亲|爸爸|妈妈"
    "|朋友|老公|老婆|什么|怎[么样]?|么|如何|为何"
    "|是否|可以|需要|应该|同时|时间|多少|由于|因为|所以|如果|导致|引起|造成|诱发|出现|发生|伴有|伴|合并|属于|变成|转成|发展|关于|对于|比较|检查|确诊"
    "|诊断|发现|查出|怀疑|使用|治疗|预防|哪[些种个里]?|这[种个些]?|那[种个些]?|该|某|其|一[名位]|患儿|[我你他她它您]们?|谁"
    "|的|了|吗|呢|吧|啊|呀|嘛|着|过|是|有|没|因|吃|喝|看|做|说|想|要|会|把|被|让|给|从|去|来|很|太|都|也|还|就|才|又|种|几|最|向|往|在|长|等|为|类(?!风湿)|对(?!乙酰)|患[有上了]?"
    "|(?<!获)得[了过]?|(?<![口])服用?|(?<![外射])用|可(?!的松)|能(?!量)|治"
)
QUOTED = re.compile("《([^《》]{1,20})》|「([^「」]{1,20})」|『([^『』]{1,20})』")
# Numbers, what is written in Latin letters, and what turns a question into its contrary.
NUMBERS = re.compile(
    r"\d+(?:\.\d+)?[a-z]*|[a-z]+\d*|[一二两三四五六七八九十百半]+(?=个月|岁|天|年|周|次|片|粒|度|斤|小时)|[左右上中下前后早晚男女高低不没无]"
)
ENDING = re.compile(f"{DRUG}|{DISEASE}|{PLACE}")
COUNTED = "一二两三四五六七八九十半几每数0123456789"  # two tablets are no drug
BEHIND = re.compile(
    f"(?:(?:口服|混悬|缓释|控释|肠溶|分散|咀嚼|泡腾|薄膜衣|[含滴软硬蜜]|水蜜|大蜜|小蜜|浓缩)?(?:{DOSED}))+"
)


@dataclass(frozen=True)
class Names:
    """The names that are known, and those that can be told by their form."""

    listed: tuple[str, ...] = ()

    def masked(self, text: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Each text with a sign for every name and number, and what the signs stand for."""
        told = [self.mask(one) for one in plain(text.fill_null("")).to_list()]
        return pl.Series([one for one, _ in told], dtype=pl.String), pl.Series(
            [one for _, one in told], dtype=pl.String
        )

    def mask(self, text: str) -> tuple[str, str]:
        said, apart, end = [], [], 0
        for start, stop, sign in sorted(self._spans(text)):
            said += [text[end:start], sign]
            apart.append(text[start:stop])
            end = stop
        return "".join([*said, text[end:]]), APART.join(apart)

    def _spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """What is quoted, then what is listed, then what has the form of a name; and numbers in what is left."""
        taken = [*_quoted(text)]
        taken += [span for gap in _gaps(text, taken) for span in self._listed(text, *gap)]
        taken += [span for gap in _gaps(text, taken) for span in _formed(text, *gap)]
        yield from ((start, stop, NAME) for start, stop in taken)
        for start, stop in _gaps(text, taken):
            yield from ((*found.span(), NUMBER) for found in NUMBERS.finditer(text, start, stop))

    def _listed(self, text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
        """The longest listed name at each place, with the form of the drug behind it."""
        while self._lengths and at < end - 1:
            for length in self._lengths.get(text[at : at + 2], ()):
                if at + length <= end and text[at : at + length] in self._known:
                    behind = BEHIND.match(text, at + length, end)
                    stop = behind.end() if behind else at + length
                    yield at, stop
                    at = stop - 1
                    break
            at += 1

    @cached_property
    def _known(self) -> frozenset[str]:
        names = plain(pl.Series(self.listed, dtype=pl.String)).str.strip_chars()
        return frozenset(name for name in names if len(name) > 1)

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """By their first two letters, how long names are, the longest first."""
        lengths: dict[str, set[int]] = {}
        for name in self._known:
            lengths.setdefault(name[:2], set()).add(len(name))
        return {head: sorted(own, reverse=True) for head, own in lengths.items()}


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    for found in QUOTED.finditer(text):
        yield found.span(found.lastindex or 0)


def _formed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """What ends like a drug or a disease, from the last word before it that is in no name; the longest such."""
    found: list[tuple[int, int]] = []
    for ending in ENDING.finditer(text, start, end):
        behind = found[-1][1] if found else start
        first, stop = max(behind, ending.start() - LONGEST), ending.end()
        for between in BETWEEN.finditer(text, first, ending.start()):
            first = between.end()
        adjoining = first == behind > 0
        if adjoining and text[first] in AND:  # it joins two names, and else it may begin one: 和胃颗粒
            first, adjoining = first + 1, False
        if found and adjoining and ending.start() - behind <= APPENDED and text[first:stop] not in COMMON:
            found[-1] = (found[-1][0], stop)
        elif _is_name(text, first, ending.start(), stop):
            found.append((first, stop))
    return found


def _is_name(text: str, first: int, ending: int, stop: int) -> bool:
    named = text[first:stop]
    counted = ending > 0 and text[ending - 1] in COUNTED
    return (
        len(named) > 1
        and not counted
        and named not in COMMON
        and not named.endswith(NEVER)
        and not BEHIND.fullmatch(named)
    )


def _gaps(text: str, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    end = 0
    for start, stop in sorted(taken):
        yield end, start
        end = stop
    yield end, len(text)


def plain(text: pl.Series) -> pl.Series:
    """The same texts in half width, Simplified characters and small letters, marks and all."""
    table = _plain()
    return pl.Series([one.translate(table) for one in letters.ready(text).to_list()], dtype=pl.String)


@cache
def _plain() -> dict[int, str]:
    """What the letters are compared as (``letters.py``), for all that is a letter."""
    known, several = letters.table()
    one = {int(point): chr(known[point]) for point in ((known > 0) & (known < letters.SEVERAL)).nonzero()[0]}
    many = {}
    for point in (known >= letters.SEVERAL).nonzero()[0]:
        first, count = (int(known[point]) & 0x7FFFFFFF) >> 8, int(known[point]) & 0x7F
        many[int(point)] = "".join(map(chr, several[first : first + count]))
    return {point: told for point, told in (one | many).items() if told and told != chr(point)}


# ---- names in a file -----------------------------------------------------------------------------------------------


@cache
def names(listed: tuple[str, ...], path: str | None, sha256: str | None) -> Names:
    """Those that are given and those of the file, a name on each line; read once in each process."""
    if path is None:
        return Names(listed)
    try:
        told = content("Questions", path, sha256).decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise FileError(
            f"Questions: {path} is not UTF-8 at byte {wrong.start}. Save the list of names as UTF-8."
        ) from None
    return Names((*listed, *told.splitlines()))
