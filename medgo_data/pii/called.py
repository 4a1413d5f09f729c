"""Who is called by less than a name: who speaks in a chat, a nickname, a given name alone, and names that are ordinary words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from medgo_data.pii.lexicon import kind
from medgo_data.pii.names import HAN, ROLES
from medgo_data.pii.span import Span
from medgo_data.pii.surnames import COMMON, COMPOUND
from medgo_data.pii.words import christened, english, listed, word

SCORE = 0.6
SURE = 0.7  # of a name, that it is one
KIN = "爷爷|奶奶|外公|外婆|公公|婆婆|妈妈|爸爸|妈|爸|爹|娘|哥|姐|嫂|婶|叔|伯|姨|姑|舅|弟|妹|仔|婆|公(?!司|里|斤|分)|家属|老师|同学"
SPEAKER = re.compile(
    rf"^[ \t]*(?:[\[(]?[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?[\])]?[ \t]*)?(?P<v>阿?[A-Z][a-z]{{1,9}}|[{HAN}]{{2,4}}?)(?:{KIN})?(?:\([^()\n]{{1,8}}\))? ?:",
    re.MULTILINE,
)
NO_SPEAKER = re.compile(
    "[士生师员长者人属台科室方组院部服号期名别龄间点位果断史述查疗法情况式址型量次价值目的按云曰]$|^[一二三四五六七八九十]|医|护|患|病|诊|药|家|我|你|他|她|群|客|答|问|注|附|女士|先生|记录|时间|姓名|爸|妈|奶奶|爷爷|主诉|提示|建议|结论|备注|说明|其他|另|共|总|本|今|明|昨"
)
LATIN = re.compile(
    r"(?<![A-Za-z@._-])(?P<v>阿[A-Z][a-z]{1,9}|[A-Z][a-z]{1,9}(?= ?(?:哥|姐(?!妹)|仔|叔|姨|嫂|sir|Sir|医生|大夫|老师|姑娘|师傅|主任|护士|妈|爸|阿姨|先生|小姐|太太|同学)))(?![A-Za-z])"
)
CALLED = re.compile(
    rf"(?:小名|乳名|绰号|外号|昵称|诨名|浑名|人称|奶名|花名|爱称|[都也又]叫[他她它]?|[都也又]喊[他她它]?|唤作|唤做|叫[他她]|喊[他她])(?:是|为|叫|做|作)?[:\"“'‘(《 ]{{0,2}}(?P<v>[{HAN}]{{2,3}})(?=[\"”'’)》 ,.。;!?、/|\n]|$)"
)
QUOTED = re.compile(rf"[\"“'‘](?P<v>[{HAN}]{{2,3}})[\"”'’](?=(?:的)?(?:大名|真名|本名|原名|即|就是|是指|指的是|系))")
AFTER_GIVEN = re.compile(rf"(?:{KIN}|说|讲|哭|疼|不|也|他|她)|[\"”'’,。;!?)]|$")
BEFORE_GIVEN = re.compile(r"(?:叫|喊|唤|称|名)[\"“'‘ ]?$|[\"“'‘]$")
SECTIONS = "心内|肾内|消化|呼吸|神内|神外|血液|骨科|骨一|骨二|儿科|产科|妇科|普外|胸外|心外|泌尿|内分泌|感染|肿瘤|风湿|检验|超声|放射|麻醉|手术室|药房|急诊|门诊|病理|输血科|康复|中医|皮肤|眼科|口腔|耳鼻喉|老年|肝胆|胃肠|介入|新生儿|[内外儿妇产][一二三四五六]|EICU|NICU|PICU|RICU|ICU|CCU"
OF_SECTION = re.compile(
    rf"(?<![{HAN}A-Za-z])(?:{SECTIONS})(?:科|室)? ?(?P<v>[{HAN}]{{2,3}})(?=[ \t|│/,;)(]|$)", re.MULTILINE
)
SIGNED = re.compile(  # 双签:流星
    rf"(?:双签|核对者?|复核者?|签[名字]|审核者?|记录[者人]?|主刀|[一二三]助|洗手|巡回|器械护士|[接交]班者?|值班|[夜白早晚]班|责护|管床|采样[者人]|送检[者人]|执行[者人]|操作[者人]|经办|登记[者人]?|带教|麻醉医[师生]|主管医[师生]|责任护士|联系人|同屋|室友|邻床|病友|同事|工友|陪护|护工) ?[:/] ?(?P<v>[{HAN}]{{2,3}})(?=[ \t|│/,;)(。]|$)",
    re.MULTILINE,
)
NEVER = listed(
    "本人 无误 正常 完成 完整 齐全 已签 同意 拒绝 患者 家属 护士 医生 医师 全麻 局麻 腰麻 阴性 阳性 合格 如下 同上 同前 通过 待定 见后 见上 时间 日期 电话 签名 签字 无人 双人 一次 两次 继续 良好 稳定 平稳 自己 父母 子女 夫妻 母女 父子 正确 清楚 病历 内容 情况 空白 未签 代签 手写 手术 检查 治疗 保姆 阿姨 老师 班长 组长"
)


def called(text: str, spans: Sequence[Span]) -> list[Span]:
    """Persons of whom less than a name is said; only where somebody was found whose name is sure."""
    people = [span for span in spans if span.type == "PERSON" and span.score >= SURE]
    if not spans:
        return []
    names = {text[span.start : span.end] for span in people}
    values = [*_speakers(text, names)]
    if people or any(span.score >= 0.9 for span in spans):
        values += [met.span("v") for met in LATIN.finditer(text) if met["v"][0] == "阿" or not english(met["v"])]
        nicknames = {met["v"] for some in (CALLED, QUOTED) for met in some.finditer(text) if _pet(met["v"])}
        values += _again(text, nicknames)
    if people:
        values += _given(text, people)
        values += _placed(text, names)
        values += [
            met.span("v") for met in SIGNED.finditer(text) if _may_name(met["v"]) and not _spoken(text, met.start())
        ]
    taken = [span for span in spans if span.score >= SCORE]
    return [
        Span(start, end, "PERSON", "called", SCORE)
        for start, end in dict.fromkeys(values)
        if not any(span.start < end and start < span.end for span in taken)
    ]


def _speakers(text: str, names: set[str]) -> Iterator[tuple[int, int]]:
    """Who says something in a chat: one at least speaks twice, or is known."""
    lines = list(SPEAKER.finditer(text))
    often = Counter(met["v"] for met in lines)
    if len(lines) < 3 or max(often.values()) < 2:
        return
    known = bool(names & set(often))
    for met in lines:
        said = met["v"]
        if said in ROLES or NO_SPEAKER.search(said):
            continue
        if said.isascii() or said[1:].isascii():
            if said[0] == "阿" or christened(said) or not english(said):
                yield met.span("v")
        elif (known and not word(said)) or (often[said] > 1 and not word(said, 30)):
            yield met.span("v")


def _pet(said: str) -> bool:
    return said not in ROLES and said not in NEVER and kind(said)[:1] not in {"v", "d", "p", "c", "r", "u"}


def _again(text: str, values: Iterable[str]) -> Iterator[tuple[int, int]]:
    """A nickname where it was told, and in quotes or before kin wherever it stands again."""
    for said in values:
        for met in re.finditer(re.escape(said), text):
            if (
                QUOTED_AT.match(text, met.start() - 1)
                or TOLD.search(text, max(0, met.start() - 6), met.start())
                or re.match(KIN, text[met.end() : met.end() + 2])
            ):
                yield met.span()


QUOTED_AT = re.compile(rf"[\"“'‘][{HAN}]{{2,3}}[\"”'’]")
TOLD = re.compile("(?:名|号|称|叫|喊|作|做|[他她])(?:是|为|叫)?[:\"“'‘(《 ]{0,2}$")


def _given(text: str, people: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """Given names that are words as well: 山水爷爷, where 覃山水 is known."""
    for name in {text[span.start : span.end] for span in people}:
        if len(name) != 3 or name[0] not in COMMON or name[:2] in COMPOUND:
            continue
        for met in re.finditer(re.escape(name[1:]), text):
            low, high = met.span()
            if text[low - 1 : low] in COMMON and low:
                continue
            kin = re.match(KIN, text[high : high + 2])
            if kin or (BEFORE_GIVEN.search(text, max(0, low - 3), low) and AFTER_GIVEN.match(text, high)):
                yield low, high


def _placed(text: str, names: set[str]) -> Iterator[tuple[int, int]]:
    """Names that are words, where others stand behind their departments: 肾内王丽, 血液薄荷."""
    some = [met for met in OF_SECTION.finditer(text) if met["v"] not in ROLES]
    if any(met["v"] in names for met in some):
        yield from (met.span("v") for met in some if _may_name(met["v"]))


def _may_name(said: str) -> bool:
    """Whether a word may be somebody's name: it says nothing that is done or is."""
    return (
        said not in ROLES
        and said not in NEVER
        and kind(said)[:1] not in set("vdpcrumq")
        and kind(said) not in {"f", "t"}
    )


def _spoken(text: str, start: int) -> bool:
    """Whether a chat is read, in which anything may follow who speaks."""
    return text[start - 1 : start] in {"", "\n"} and text.count("\n") > 2 and len(SPEAKER.findall(text)) > 5
