"""A model's reply, read as the answer to a task. Every reader is total: it returns a value or says that there is none.

Lists are read as lines of ``名称：内容`` or as JSON, with half- or full-width signs, in Simplified or Traditional Chinese.
A reply that runs in circles is invalid, whatever stood in it before: it was cut, not finished.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from medgo_train.evaluate.cblue.labels import FINDINGS, RELATIONS, SECTIONS, SYMPTOMS, Names
from medgo_train.evaluate.cblue.task import Item
from medgo_train.evaluate.chunks import tagged
from medgo_train.evaluate.found import located
from medgo_train.evaluate.parsed import EMPTY, INVALID, Parsed, embedded, runs_in_circles, spoken
from medgo_train.evaluate.trees import grown

NONE = re.compile(  # a line that says that there is nothing; who cannot tell says 无法, and is sorry
    r"^(?![^\n]*(?:[我您]|抱歉))[^\n]{0,20}(?:没有|未发现|不存在|未提及|无(?!法)|\[\]|\{\}|none)[^\n]{0,20}$",
    re.IGNORECASE,
)
COLON = re.compile(r"\s*[：:]\s*")
FIELDS = re.compile(r"\s*[;；|]\s*")
BULLET = re.compile(r"^\s*(?:[-*•·]|\d{1,3}\s*[.、)）])\s*")
CONCLUDED = re.compile(r"(?:答案|标签|类别|结论|结果|选项|label|answer)(?:应?[是为])?\s*[：:是为]\s*", re.IGNORECASE)
DENIED = re.compile(r"(?:不|非|没|无|未)[^，。；\n]{0,3}$")
NUMBERS = {name.removesuffix("关系"): number for number, name in RELATIONS.items()}
NOBODY = {"无", "没有", "暂无", "none", "None"}
TALK = re.compile(r"[我您请{}]|\[\"|抱歉|无法")  # no term has these
EDGE = " \t\n。．.，,：:；;\"'“”‘’`*"
PAIRS = {"()", "（）", "[]", "【】", "「」", "『』"}
COMMAS = (
    "|",
    "##",
    "，",
    "；",
    ";",
    ",",
    "、",
)  # the first that occurs divides; the others may stand in a name: 颈、胸部
Read = Callable[[Item, str], Parsed]


def total(read: Read) -> Read:
    """A reader that never sees what cannot be an answer: silence, and a text that runs in circles."""

    def reader(item: Item, reply: str) -> Parsed:
        text = spoken(reply)
        if not text:
            return EMPTY
        return INVALID if runs_in_circles(text) else read(item, text)

    return reader


# ---- one label -------------------------------------------------------------------------------------------------------


def label(names: Names, *, inside: bool = False) -> Read:
    """The one label that a reply names: as all that it says, else after "答案：", else as the only one not denied.

    A word of one or two characters, such as 疾病, occurs by chance, so it must stand apart, unless ``inside``; what is
    not Chinese must be all that is said.
    """
    spelled = {_low(word): key for key, words in names.items() for word in (key, *words)}
    longest = sorted((word for word in spelled if len(word) > 1 and not word.isascii()), key=len, reverse=True)
    pattern = re.compile("|".join(_standing(word, apart=len(word) < 3 and not inside) for word in longest))

    def read(_item: Item, text: str) -> Parsed:
        told = embedded(text) if text[0] in "[{" else None
        if told is not None or text[0] == "{":
            text = _only_words(told)
        parts = [part.strip() for part in CONCLUDED.split(text)[:0:-1] if part.strip()]
        for part in (text, *parts, *text.splitlines()[:1]):
            whole = spelled.get(_low(bare(part)))
            if whole is not None:
                return Parsed(whole, "ok")
        for part in (*parts, text):
            low = _low(part)
            said = {spelled[met[0]] for met in pattern.finditer(low) if not DENIED.search(low[: met.start()])}
            if said:
                return Parsed(said.pop(), "ok") if len(said) == 1 else INVALID
        return INVALID

    return total(read)


def _standing(word: str, *, apart: bool) -> str:
    return (
        rf"(?:(?<=[是为于选：:“\"「【(，。,\s*])|^){re.escape(word)}(?=[。，,.”\"」】)\s*；;类]|$)"
        if apart
        else re.escape(word)
    )


def _only_words(told: Any) -> str:
    """The one word in a list or an object, as in {"label": "…"}; else nothing."""
    inside = list(told.values()) if isinstance(told, dict) else told if isinstance(told, list) else []
    return str(inside[0]) if len(inside) == 1 and isinstance(inside[0], str | int) else ""


# ---- lists of things -------------------------------------------------------------------------------------------------


def mentions(kinds: Names) -> Callable[[str], list[tuple[str, str]] | None]:
    """The mentions that a reply lists by kind; None if it lists nothing and does not say that there is nothing."""
    spelled = {word: key for key, words in kinds.items() for word in (key, *words)}

    def read(text: str) -> list[tuple[str, str]] | None:
        told = [
            (bare(name).removesuffix("实体"), found)
            for name, found in _entries(text, ("type", "类型"), ("entity", "实体", "mention"))
        ]
        known = [(spelled[name], found) for name, found in told if name in spelled]
        lines = [found for _, found in known if isinstance(found, str)]
        comma = next((one for one in COMMAS if any(one in line for line in lines)), None)  # one sign in all lines
        words = [(kind, _words(found, comma)) for kind, found in known]
        said = dict.fromkeys((kind, one) for kind, found in words for one in found if one not in NOBODY)
        return list(said) if known or NONE.match(text) else None

    return read


def spans(kinds: Names) -> Read:
    """Places of entities, the last character included; what the text does not have cannot be submitted, nor scored."""
    listed = mentions(kinds)

    def read(item: Item, text: str) -> Parsed:
        said = listed(text)
        if said is None:
            return INVALID
        body = str(item.record.get("text", ""))
        return Parsed([[start, end - 1, kind] for start, end, kind in located(body, said)], "ok")

    return total(read)


def bio(kinds: Names) -> Read:
    """A tag for each character of the utterance."""
    listed = mentions(kinds)

    def read(item: Item, text: str) -> Parsed:
        said = listed(text)
        if said is None:
            return INVALID
        sentence = str(item.record.get("sentence", ""))
        return Parsed(tagged(len(sentence), [(k, a, b) for a, b, k in located(sentence, said)]), "ok")

    return total(read)


def triples(_item: Item, text: str) -> Parsed:
    """Subject, relation and object."""
    found = [
        [one["头实体"], one["关系"], one["尾实体"]]
        for one in _objects(text, {"头实体": ("subject",), "关系": ("predicate",), "尾实体": ("object",)})
        if all(isinstance(one.get(key), str) and one[key] for key in ("头实体", "关系", "尾实体"))
    ]
    return Parsed(found, "ok") if found or NONE.match(text) else INVALID


def terms(_item: Item, text: str) -> Parsed:
    """Standard terms, in the last line or as a JSON list."""
    told = embedded(text)
    if isinstance(told, list) and all(isinstance(one, str) for one in told):
        return Parsed([one.strip() for one in told if one.strip()], "ok")
    line = COLON.split(text.splitlines()[-1])[-1]
    found = _words(line)
    sentence = any(len(word) > 40 for word in found) or TALK.search(line) or line.isascii()
    nothing = not found or found[0] in NOBODY or found[0].startswith("没有")
    return INVALID if nothing or sentence else Parsed(list(dict.fromkeys(found)), "ok")


def events(_item: Item, text: str) -> Parsed:
    """Core, tendency, descriptors and anatomy."""
    also: dict[str, tuple[str, ...]] = {
        "主体词": ("core_name",),
        "发生状态": ("tendency",),
        "描述词": ("character",),
        "解剖部位": ("anatomy_list",),
    }
    found = []
    for one in _objects(text, also):
        core, tendency = one.get("主体词"), one.get("发生状态") or ""
        if isinstance(core, str) and core and isinstance(tendency, str):
            tendency = "" if tendency in {"无", "肯定", "发生"} else tendency
            found.append([core, tendency, _words(one.get("描述词")), _words(one.get("解剖部位"))])
    return Parsed(found, "ok") if found or NONE.match(text) else INVALID


def causes(item: Item, text: str) -> Parsed:
    """Relations between places of a text; of a condition the tail is a relation of its own. The first place counts."""
    body = str(item.record.get("text", ""))
    told, found = False, []
    for line in _lines(text):
        parts = [dict(_pairs(part)) for part in re.split(r"尾三元组\s*[：:]", line, maxsplit=1)]
        outer, inner = parts[0], parts[-1]
        if not all(inner.get(key) for key in ("头实体", "关系", "尾实体")) or not outer.get("头实体"):
            continue
        told = True
        number = NUMBERS.get(inner["关系"].removesuffix("关系"))
        tail: Any = _place(body, inner["尾实体"])
        if len(parts) == 2:
            tail = [number, _place(body, inner["头实体"]), tail]
            known = number is not None and None not in tail
            number = 2
        else:
            known = number is not None and tail is not None
        head = _place(body, outer["头实体"])
        if known and head:
            found.append([number, head, tail])
    return Parsed(found, "ok") if told or NONE.match(text) else INVALID


def tree(_item: Item, text: str) -> Parsed:
    """A decision tree as JSON, root first; what makes no binary tree is invalid."""
    told = embedded(text)
    told = told.get("tree") if isinstance(told, dict) and "tree" in told else told
    return INVALID if grown(told) is None else Parsed(told, "ok")


def findings(item: Item, text: str) -> Parsed:
    """What is said of each finding, by its number, or else by its name."""
    told = dict(_said_of(text, FINDINGS, numbered=True))
    asked = enumerate(item.record.get("findings", ()), 1)
    answers = ((start, end, told.get(str(number), told.get(str(words)))) for number, (start, end, words) in asked)
    found = [[start, end, label] for start, end, label in answers if label is not None]
    return Parsed(found, "ok") if found else INVALID


def symptoms(_item: Item, text: str) -> Parsed:
    """Symptoms by their standard names, and whether the patient has them."""
    told = dict(_said_of(text, SYMPTOMS))
    return Parsed(told, "ok") if told or NONE.match(text) else INVALID


def ranking(item: Item, text: str) -> Parsed:
    """The candidates in the order in which their numbers stand in the first line that has any; the others follow."""
    candidates = [str(one) for one, _ in item.record.get("candidates", ())]
    line = next((line for line in text.splitlines() if re.search(r"\d", line)), "")
    numbers = [int(met) for met in re.findall(r"(?<!\d)\d{1,4}(?!\d)", COLON.split(line)[-1])]
    picked = list(dict.fromkeys(candidates[n - 1] for n in numbers if 0 < n <= len(candidates)))
    return Parsed((picked + [one for one in candidates if one not in picked])[:10], "ok") if picked else INVALID


# ---- texts -----------------------------------------------------------------------------------------------------------


def report(_item: Item, text: str) -> Parsed:
    """The sections of a report, each from its title to the next; a text without any title is none."""
    told = embedded(text)
    if isinstance(told, dict) and any(isinstance(told.get(title), str) for title in SECTIONS):
        return Parsed({title: str(told.get(title) or "") for title in SECTIONS}, "ok")
    parts = re.split(rf"^[\s*#【\[]*({'|'.join(SECTIONS)})[】\]*\s]*[：:]", text, flags=re.MULTILINE)
    found = {title: body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}
    return Parsed({title: found.get(title, "") for title in SECTIONS}, "ok") if found else INVALID


def talk(_item: Item, text: str) -> Parsed:
    """What the doctor says; an "医生：" before it is not part of it."""
    said = re.sub(r"^医生\s*[：:]\s*", "", text).strip()
    return Parsed(said, "ok") if said else EMPTY


# ---- what they share -------------------------------------------------------------------------------------------------


def _low(text: str) -> str:
    return text.lower().replace("（", "(").replace("）", ")")


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        bare = BULLET.sub("", line).strip().strip("*").strip()
        if bare:
            yield bare


def bare(words: str) -> str:
    """Words without the signs and brackets around them; brackets that belong to them stay: 丙氨酸氨基转移酶（ALT）."""
    words = words.strip(EDGE)
    while len(words) > 1 and words[0] + words[-1] in PAIRS:
        words = words[1:-1].strip(EDGE)
    return words


def _words(told: Any, comma: str | None = None) -> list[str]:
    if isinstance(told, str):
        comma = comma or next((one for one in COMMAS if one in told), None)
        told = told.split(comma) if comma else [told]
    parts = [bare(part) for part in told if isinstance(part, str)] if isinstance(told, list) else []
    return [part for part in parts if part not in {"", "无"}]


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for part in FIELDS.split(line):
        name, colon, value = _halves(part)
        if colon:
            yield bare(name), bare(value)


def _halves(line: str) -> tuple[str, str, str]:
    """What stands before the first colon, the colon, and what stands behind it."""
    met = COLON.search(line)
    return (line[: met.start()], met[0], line[met.end() :]) if met else (line, "", "")


def _entries(text: str, kind: Iterable[str], words: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Names and what is listed under them, from JSON or from lines."""
    told = embedded(text)
    if isinstance(told, dict):
        yield from ((str(name), found) for name, found in told.items())
    elif isinstance(told, list) and any(isinstance(one, dict) for one in told):
        for one in (one for one in told if isinstance(one, dict)):
            found = _first(one, words)
            yield str(_first(one, kind)), [found] if isinstance(found, str) else found
    else:
        for line in _lines(text):
            name, colon, listed = _halves(line)
            if colon:
                yield name, listed


def _first(told: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((told[name] for name in names if name in told), None)


def _objects(text: str, names: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """Objects with these fields, under these or other names, from JSON or from a line each."""
    told = embedded(text)
    if isinstance(told, dict):
        told = next((value for value in told.values() if isinstance(value, list)), [told])
    if isinstance(told, list) and any(isinstance(one, dict) for one in told):
        for one in (one for one in told if isinstance(one, dict)):
            yield {name: _stripped(_first(one, (name, *also))) for name, also in names.items()}
    else:
        yield from ({k: v for k, v in _pairs(line) if k in names} for line in _lines(text))


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _said_of(text: str, names: Names, *, numbered: bool = False) -> Iterator[tuple[str, str]]:
    """Of whom is said what: ``名称：标签`` line by line, or a JSON object; under their numbers if they have some."""
    spelled = {word: key for key, words in names.items() for word in (key, *words)}
    longest = sorted(spelled, key=len, reverse=True)
    told = embedded(text)
    if isinstance(told, dict):
        pairs = [(str(name), str(said)) for name, said in told.items()]
    else:
        pairs = [(line[: met.start()], line[met.end() :]) for line in text.splitlines() if (met := COLON.search(line))]
    for name, said in pairs:
        label = next((word for word in longest if bare(said).startswith(word)), None)
        number = BULLET.match(name) if numbered else None
        known = number[0].strip(" .、)）") if number else bare(BULLET.sub("", name))
        if label is not None and known:
            yield known, spelled[label]


def _place(text: str, words: str) -> list[int] | None:
    """The first place of a mention, its end behind it; None if it is nowhere."""
    start = text.find(words)
    return [start, start + len(words)] if start >= 0 else None
