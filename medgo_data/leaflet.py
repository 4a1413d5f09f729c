"""Drug leaflets as text: which heading opens which section, however it is spelled, and one form in which all are written.

The form is ``【name】`` at the start of a line, then what the section says. The names are those of the templates of the
NMPA. 功能主治 of Chinese medicines stays apart from 适应症 of chemical drugs: it names what a medicine does (清热解毒) beside
what it is for, and not by diseases but by syndromes, so under the other head it would be a claim that nobody approved.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

# A name, and its other spellings; with a star where only brackets or a table make a heading of them.
NAMES = {
    "核准日期": "核准和修改日期 核准日期和修改日期 核准及修改日期",
    "警示语": "警示 警告* 警告语 黑框警告 警語",
    "药品名称": "药物名称 药名 品名 产品名称 药品名 藥品名稱",
    "通用名称": "通用名 药品通用名 中文名称 中文名 藥品學名 genericname",
    "商品名称": "商品名 商標名 brandname tradename",
    "英文名称": "英文名 英文商品名",
    "汉语拼音": "汉语拼音名 拼音全码 拼音名 拼音",
    "化学名称": "化学名",
    "别名": "曾用名 又名 其他名称",
    "成份": "成分* 主要成份 主要成分 药物成份 药物成分 药物组成 处方组成 有效成份 有效成分 活性成份 活性成分 组成* 处方* 原料*",
    "辅料": "辅料成份 辅料成分",
    "性状": "性狀 产品性状 药物性状",
    "作用类别": "药品类型 药品分类 药物分类 药品类别 药理分类 類別* 类别* 藥品分類",
    "适应症": "适应证 适应症状 适用症 适应症/功能主治 适应证/功能主治 功能主治/适应症 适应症(功能主治) 适应症或功能主治 "
    "適應症 適應證 indications indicationsandusage",
    "功能主治": "功能与主治 功能和主治 功能、主治 功效主治 功效与主治 主治功能 主治* 功能* 功效* 功能主治/主治 功效与作用*",
    "作用与用途": "作用和用途 作用及用途",
    "保健功能": "保健作用",
    "接种对象": "",
    "免疫程序和剂量": "免疫程序与剂量 免疫程序及剂量",
    "剂型": "药品剂型 劑型",
    "规格": "规格型号 药品规格 产品规格 包装规格 規格",
    "用法用量": "用法与用量 用法和用量 用法及用量 用法、用量 用法/用量 用量用法 用法* 用量* 服用方法 使用方法 食用方法 "
    "dosing dosage dosageandadministration ivp用法建議* ivd用法建議*",
    "给药途径": "給藥途徑 给药方式",
    "配制方法": "配制 配置方法 溶解与稀释 乾粉稀釋液* 輸注點滴液*",
    "不良反应": "副作用 毒副作用 副反应 药物不良反应 不良反應 adverseeffects adversereactions sideeffects",
    "禁忌": "禁忌症 禁忌证 禁忌癥 禁忌症状 使用禁忌 用药禁忌 禁用* contraindications",
    "注意事项": "注意* 慎用* 使用注意 用药须知 用药注意 使用注意事项 用药注意事项 警告和注意事项 警告与注意事项 警告及注意事项 "
    "注意事項 precautions warningsandprecautions",
    "孕妇及哺乳期妇女用药": "孕妇及哺乳期用药 孕妇与哺乳期妇女用药 孕妇和哺乳期妇女用药 孕妇、哺乳期妇女用药 妊娠及哺乳期用药 "
    "妊娠期及哺乳期妇女用药 妊娠期和哺乳期妇女用药 妊娠期妇女及哺乳期妇女用药 孕产妇及哺乳期妇女用药 孕妇及哺乳期妇女* "
    "妊娠及哺乳期妇女用药 妊娠与哺乳期妇女用药",
    "孕妇用药": "妊娠期用药 妊娠期妇女用药 孕妇* 懷孕用藥危險分級* 孕期用藥建議* 孕期附帶說明* pregnancy*",
    "哺乳期妇女用药": "哺乳期用药 哺乳期* 哺乳期用藥建議* 哺乳期附帶說明* lactation* breastfeeding*",
    "儿童用药": "小儿用药 儿科用药 儿童使用 儿童患者用药 兒童用藥 儿童* 小儿* pediatricuse",
    "老年用药": "老年患者用药 老年人用药 老人用药 老年病人用药 老年人* 老年患者* geriatricuse",
    "肝功能不全用药": "肝功能不全患者用药 肝功能损害* 肝功能異常* 肝功能異常(y/n)* 肝功能異常說明* 肝功能不全* hepaticimpairment",
    "肾功能不全用药": "肾功能不全患者用药 肾功能损害* 腎功能異常* 腎功能異常(y/n)* 肾功能不全* renalimpairment",
    "药物相互作用": "相互作用 药品相互作用 药物的相互作用 药物相互影响 与其他药物的相互作用 藥物交互作用 交互作用 "
    "药物配伍 druginteractions",
    "药物过量": "过量* 用药过量 过量用药 药物过量与处理 药物过量及处理 藥物過量 overdosage overdose",
    "药物滥用和药物依赖": "药物滥用与药物依赖 药物滥用和依赖 药物依赖",
    "临床药理": "",
    "临床试验": "临床研究 临床试验资料",
    "药理毒理": "药理作用 药理* 毒理* 毒理研究 药理学 药理学作用 药理与毒理 药理毒理作用 药理研究 药效学",
    "药代动力学": "药动学 药物动力学 药代学 药物代谢动力学 藥物動力學 pharmacokinetics",
    "贮藏": "贮藏方法 贮藏条件 贮存 贮存方法 贮存条件 储藏 储藏方法 储存 储存方法 储存条件 保存方法 保存* 存储* 儲存 storage",
    "包装": "包裝 药品包装",
    "有效期": "有效期限 保质期 使用期限 有效期至",
    "执行标准": "药品标准 质量标准 执行标准号",
    "批准文号": "药品批准文号 批准文號 注册证号 药品注册证号 进口药品注册证号 医药产品注册证号 批准字号 许可证号",
    "药品上市许可持有人": "上市许可持有人 药品上市许可持有者 上市许可持有者",
    "生产企业": "生产厂家 生产厂商 生产单位 生产商 生产公司 制造商 药品生产企业 受托生产企业 厂家*",
    "说明书修订日期": "修订日期 修改日期 说明书修改日期",
    "适宜人群": "适用人群",
    "不适宜人群": "不适用人群 不宜人群",
    "专家点评": "",
    "药品编码": "药品代码 药品本位码 藥品代碼 tahdrugcode",
    "更多信息": "moreinfo",
}
CALLED = "药品名称"
UNDER_THE_NAME = {"通用名称", "商品名称", "英文名称", "汉语拼音", "化学名称", "别名"}  # its lines, or heads without it

WRITTEN = re.compile(r"^【([^【】\n]{1,30})】", re.MULTILINE)
UNFILLED = re.compile(r"^[^\n:：。]{1,12}[:：][ \t\u3000]*$|^如有问题可与生产企业(?:直接)?联系[。.]?$", re.MULTILINE)
BRACKETS = re.compile(
    r"【([^【】\n]{1,30})】[ \t]*[:：]?|[［\[〖〔]([^［\[〖〔\]］〗〕\n]{2,30})[］\]〗〕][ \t]*[:：]?(?!\()"
)
DECORATION = (  # possessive, so that no text can make the search long
    r"[ \t\r\f\u3000\ufeff]*+(?:(?:#{1,6}|[-*+>])[ \t]++)?[*_]{0,3}"
    r"(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）.．、][ \t]*+)?"
)
LINE = re.compile(
    rf"^({DECORATION})([^\s:：|【】][^\n:：|【】]{{1,29}}?)[*_]{{0,3}}[ \t\u3000]*+([:：][*_]{{0,3}}|\r?$)",
    re.MULTILINE,
)
WITHIN_LINE = re.compile(r"(?<=[\s。；;])([^\s。；;:：，,、]{2,12})[:：]")
ROW = re.compile(r"^[ \t]*+\|[ \t]*+\**+([^|\s][^|\n]{0,39}?)\**[ \t]*+\|(.*)\|[ \t]*+\r?$", re.MULTILINE)
RULE = re.compile(r"^[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$\n?", re.MULTILINE)
MENTION = re.compile(r"[见阅照（(“\"《]\s*$")  # 详见【禁忌】; a section may break off with any other word
WITHIN_MENTION = re.compile(r"(?:[见阅照（(“\"《读参按据和及与或、，,]|在|对于|关于)$")
BEHIND = re.compile(r"\s*[。，,、；;）)”\"》]|项[下中内]|一节|章节|栏")
SENTENCE_ENDS = re.compile(r"(?:[。！？!?；;.）)】\s]|^)$")
HAN_NAME = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff/、（）() ]+")

HEADING = re.compile(r"^[ \t\u3000]*+#{1,6}[ \t]++(\S.*)$", re.MULTILINE)
CALLED_LEAFLET = re.compile(
    r"^[ \t\u3000]*+((?![^\n]*(?:请|阅读|详见|参见|按照|遵照|附有|修订|本说明书|见说明书))[^\s。，；：:;,【】|#][^\n。，；：:;,【】|]{0,38}说明书)[ \t\u3000]*\r?$",
    re.MULTILINE,
)
GENERIC = re.compile(r"(?:通用名称?|药品通用名)[*\s]*[:：][ \t]*([^\s:：]+(?:[ \t]+[A-Za-z0-9%.]+)*)")


@dataclass(frozen=True)
class Head:
    """Where a heading begins and ends, and the name of the section that it opens."""

    start: int
    end: int
    name: str
    known: bool
    ends_row: int | None = None  # in a table, where the body ends


@dataclass(frozen=True)
class Leaflet:
    """The leaflet of one drug in the house's form, or a text that is none; and what it calls itself."""

    text: str
    at: tuple[int, int]  # from where to where in the raw text it lies
    title: str | None = None
    is_leaflet: bool = True


# ---- the house's form ----------------------------------------------------------------------------------------------


def sections(text: str) -> dict[str, str]:
    """What each section says, by name, in the order of the leaflet. What stands before the first head is no section."""
    said: dict[str, str] = {}
    heads = list(WRITTEN.finditer(text))
    for head, end in zip(heads, [*(h.start() for h in heads[1:]), len(text)], strict=False):
        said[head[1]] = "\n".join(filter(None, (said.get(head[1]), text[head.end() : end].strip())))
    return said


def told(text: str) -> list[str]:
    """The names of the sections that say something; 尚不明确 is something, the labels of a form not filled in are not."""
    return [name for name, body in sections(text).items() if name in NAMES and UNFILLED.sub("", body).strip()]


def written(name: str, body: str) -> str:
    """A section as the house writes it. A line of it that would look like a head is set in by a space."""
    below = "\n" in body.strip() and "\n" in body[: len(body) - len(body.lstrip())]
    return (
        f"【{name}】"
        + "\n" * below
        + re.sub(r"^【" if below else r"(?<=\n)【", " 【", body.strip(), flags=re.MULTILINE)
    )


def name_of(head: str) -> str | None:
    """The name of the section that a heading opens, wherever it is certain to be a heading; None if it is unknown."""
    return _names()[0].get(_key(head))


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """By spelling: all names, and those that are plain without brackets."""
    spelled = [(other, name) for name, others in NAMES.items() for other in (name, *others.split())]
    return (
        {_key(other.rstrip("*")): name for other, name in spelled},
        {_key(other): name for other, name in spelled if not other.endswith("*")},
    )


@lru_cache(maxsize=4096)  # leaflets share their heads, and a head is looked up several times
def _key(head: str) -> str:
    return re.sub(r"[\s:：*_.]+", "", unicodedata.normalize("NFKC", head)).casefold()


# ---- raw text ------------------------------------------------------------------------------------------------------


def leaflets(text: str, least: int = 2) -> list[Leaflet]:
    """The leaflets in a text, one for each drug, and what stands before the first. Put together, they say all it says.

    Where no head has brackets, it takes ``least`` of them to make a leaflet.
    """
    plain = text.replace("\f", "\n")  # a page begins with a line
    heads = _heads(plain, least)
    if not heads:
        return [Leaflet(text, (0, len(text)), is_leaflet=False)]
    found = [_leaflet(text, start, end, own, titles) for start, end, own, titles in _apart(plain, heads)]
    before = text[: found[0].at[0]]
    return [Leaflet(before, (0, len(before)), is_leaflet=False), *found] if before.strip() else found


def _leaflet(text: str, start: int, end: int, heads: list[Head], titles: list[str]) -> Leaflet:
    before = text[start : heads[0].start].strip()
    said, parts = set(), [before] if before else []
    for head, until in zip(heads, [*(h.start for h in heads[1:]), end], strict=True):
        body = _body(text, head, until)
        if (head.name, body.strip()) in said and body.strip():
            continue  # printed twice
        said.add((head.name, body.strip()))
        parts.append(written(head.name, body))
    short = before if before and "\n" not in before and len(before) <= 40 else None
    canonical = "\n".join(parts)
    return Leaflet(canonical, (start, end), _generic(sections(canonical)) or " › ".join(titles) or short)


def _body(text: str, head: Head, until: int) -> str:
    if head.ends_row is None:
        return text[head.end : until]
    cell = text[head.end : head.ends_row].strip().removesuffix("|")
    below = RULE.sub("", text[head.ends_row : until].lstrip("\r\n"), count=1).strip()
    return f"{cell}\n{below}" if below else cell


def _generic(said: dict[str, str]) -> str | None:
    if name := said.get("通用名称"):
        return name.split("\n")[0]
    called = said.get(CALLED, "")
    if found := GENERIC.search(called):
        return re.split("商品名|英文名|汉语拼音", found[1])[0]
    return called if called and not re.search(r"[\n:：]", called) else None


def _apart(text: str, heads: list[Head]) -> Iterator[tuple[int, int, list[Head], list[str]]]:
    """From where to where each leaflet goes, its heads, and its titles.

    It begins at a title before a head that the last one had already, or at the name of another drug.
    """
    titles = _titles(text, heads)
    begun: list[tuple[int, int, list[str]]] = []  # where, with which head, and the titles
    seen: set[str] = set()
    for number, head in enumerate(heads):
        above = _run(text, titles, heads[number - 1].end if number else 0, head.start)
        named = head.name == CALLED or (head.name == "通用名称" and CALLED not in seen)
        again = head.name in seen and (above or (named and seen - UNDER_THE_NAME - {CALLED}))
        if not number or again or any(title.said.endswith("说明书") for title in above):
            at = above[0].at if above else head.start if number else 0
            begun.append((at, number, [title.said for title in above]))
            seen = set()
        seen.add(head.name)
    for (start, first, said), (end, last, _) in pairwise([*begun, (len(text), len(heads), [])]):
        yield start, end, heads[first:last], said


class Title(NamedTuple):
    """A line that may be the title of a leaflet."""

    at: int
    end: int
    said: str


def _titles(text: str, heads: list[Head]) -> list[Title]:
    """Lines that are no heads, but headings of Markdown, or end like 某某片说明书."""
    taken = {head.start for head in heads}
    found = [m for m in HEADING.finditer(text) if m.start() not in taken and not name_of(m[1])]
    return sorted(Title(m.start(), m.end(), m[1].rstrip()) for m in [*found, *CALLED_LEAFLET.finditer(text)])


def _run(text: str, titles: list[Title], low: int, high: int) -> list[Title]:
    """The last titles between two places that stand one below the other."""
    run: list[Title] = []
    for title in reversed(titles[bisect.bisect_left(titles, (low,)) : bisect.bisect_left(titles, (high,))]):
        if run and text[title.end : run[-1].at].strip():
            break
        run.append(title)
    return run[::-1]


# ---- heads ---------------------------------------------------------------------------------------------------------


def _heads(text: str, least: int) -> list[Head]:
    """The heads of a text, in the manner in which it has most of them; what another manner would find is its text."""
    brackets = list(_bracketed(text))
    other = max(list(_rows(text)), list(_lines(text)), key=_known)
    if _known(other) >= max(least, _known(brackets) + 1):
        ends = [(head.start, head.ends_row or head.end) for head in other]
        brackets = [h for h in brackets if h.known and not _within(h.start, ends)]
        brackets = sorted([*other, *brackets], key=lambda head: head.start)
    return list(_without_lines_of_the_name(brackets)) if _known(brackets) else []


def _within(at: int, stretches: list[tuple[int, int]]) -> bool:
    last = bisect.bisect_right(stretches, (at, len(stretches) and stretches[-1][1])) - 1
    return last >= 0 and at < stretches[last][1]


def _known(heads: list[Head]) -> int:
    return len({head.name for head in heads if head.known})


def _without_lines_of_the_name(heads: list[Head]) -> Iterator[Head]:
    under = False
    for head in heads:
        if under and head.name in UNDER_THE_NAME and head.ends_row is None:
            continue
        under = head.name == CALLED
        yield head


def _bracketed(text: str) -> Iterator[Head]:
    """【适应症】 and its like: anywhere, unless it is mentioned (参见【禁忌】); of unknown names, where a sentence begins."""
    mentioned = -1  # where the last mention ended, for 见【禁忌】【注意事项】
    for m in BRACKETS.finditer(text):
        said = m[1] or m[2]
        name = name_of(said)
        before = text[max(0, m.start() - 8) : m.start()]
        start = _start_of(text, m.start())
        within = start and text[start - 1] != "\n"
        if MENTION.search(before) or (
            within and (m.start() == mentioned or WITHIN_MENTION.search(before) or BEHIND.match(text, m.end()))
        ):
            mentioned = m.end()
        elif name:
            yield Head(start, m.end(), name, known=True)
        elif m[1] and HAN_NAME.fullmatch(said.strip()) and SENTENCE_ENDS.search(before):
            yield Head(start, m.end(), said.strip(), known=False)


def _start_of(text: str, at: int) -> int:
    """Where the decoration before a bracket begins, if that is all that stands before it in its line."""
    low = max(0, at - 40)
    line = text.rfind("\n", low, at) + 1 or low
    return line if (not line or text[line - 1] == "\n") and re.fullmatch(DECORATION, text[line:at]) else at


def _lines(text: str) -> Iterator[Head]:
    """Lines that are a name, or begin with one and a colon; and further names with a colon in such a line."""
    plain = _names()[1]
    for m in LINE.finditer(text):
        name = plain.get(_key(m[2]))
        if not name:
            continue
        yield Head(m.start(), m.end(), name, known=True)
        end = text.find("\n", m.end())
        for inner in WITHIN_LINE.finditer(text, m.end(), end if end >= 0 else len(text)):
            if m[3].strip() and (named := plain.get(_key(inner[1]))):
                yield Head(inner.start(), inner.end(), named, known=True)


def _rows(text: str) -> Iterator[Head]:
    """Rows of tables that have names in their first column; other rows of such a table keep the names they have."""
    rows = list(ROW.finditer(text))
    tables: list[list[re.Match[str]]] = []
    for last, row in pairwise([None, *rows]):
        if row is None:
            continue
        if last is None or row.start() > last.end() + 1:
            tables.append([])
        tables[-1].append(row)
    for table in tables:
        if sum(name_of(row[1]) is not None for row in table) >= 2:
            for row in table:
                if not RULE.match(row[0] + "\n"):
                    name = name_of(row[1])
                    yield Head(row.start(), row.start(2), name or row[1].strip(), known=bool(name), ends_row=row.end())
