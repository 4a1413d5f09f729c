"""An answer as a scorer compares it: what it strips, folds, sorts or drops before it looks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from typing import Any

from medgo_train.evaluate.cblue.task import Seen
from medgo_train.evaluate.chunks import Chunk, chunks
from medgo_train.evaluate.rouge import bert_tokens
from medgo_train.evaluate.trees import Node, grown

ASKED = {  # what a doctor's question is about, if no entity says it; our patterns, after those of MedDG
    "时长": re.compile(
        r"(?:情况|症状|痛|疼|病|感觉|这样|不舒服|大约).*?(?:多久|多长时间|几[周天]了？)"
        r"|(?:^|[，。、？])有?(?:多久了|多长时间了)|^几[周天]了|有(?:多久|多长时间)"
    ),
    "位置": re.compile(r"[哪什那][个么](?:部位|位置)|哪里痛|哪一块|具体(?:部位|位置)|描述一下位置"),
    "诱因": re.compile(
        r"(?:规律|辣|油炸|煎炸|油腻|生冷|浓茶|熬夜|夜宵|喝酒|抽烟|豆类|暴饮暴食|精神紧张).*?(?:吗|么|[呢啊嘛]？)"
        r"|吃得过多过饱|压力.*?大[不吗]|(?:心情|情绪|精神).*(?:怎么?样|如何)|(?:活动量|运动|锻炼).*?[大多少样].*?[吗呢]"
    ),
    "性质": re.compile(
        r"[绞钝隐胀]痛|隐隐作痛|疼痛.*性质|(?:性质|什么样|怎么样|哪种).*[的得]?[痛疼]|(?:一阵一阵|一直|持续).*[疼痛]"
        r"|阵发性|持续性|(?:饭|餐)[^，。]{0,8}[前后].{0,8}(?:疼|痛|不舒服|不适)"
    ),
}


def as_label(labels: Collection[str]) -> Callable[[Any, Seen], str | None]:
    def view(value: Any, _seen: Seen) -> str | None:
        return value if value in labels else None

    return view


def as_words(value: Any, _seen: Seen) -> str:
    """A string as it is; nothing else is an answer."""
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def as_set(value: Any, _seen: Seen) -> frozenset[Any]:
    """A list of lists, as a set of tuples."""
    return frozenset([frozen(one) for one in _list(value)])


def as_relations(value: Any, _seen: Seen) -> frozenset[Any]:
    """Relations by number, head and tail."""
    return frozenset((number, frozen(head), frozen(tail)) for number, head, tail in _list(value))


def as_triples_folded(value: Any, _seen: Seen) -> frozenset[Any]:
    """CHIP 2020: subject and object in lower case and without the marks of a book."""
    return frozenset((_folded(subject), predicate, _folded(object_)) for subject, predicate, object_ in _list(value))


def as_events(value: Any, _seen: Seen) -> tuple[Any, ...]:
    """Events of four attributes, whose lists have no order; repeats stay."""
    return tuple(
        (str(core), str(tendency), tuple(sorted(_list(character))), tuple(sorted(_list(anatomy))))
        for core, tendency, character, anatomy in _list(value)
    )


def as_values_by_key(value: Any, _seen: Seen) -> frozenset[Any]:
    """PromptCBLUE: of each object its values, in the order of its keys; the keys themselves are not compared."""
    return frozenset(tuple(_spelled(one[key]) for key in sorted(one)) for one in _list(value))


def as_chunks(value: Any, _seen: Seen) -> tuple[int, frozenset[Chunk]]:
    """A line of BIO tags: how many, and the entities that they make."""
    return len(value.split()), chunks(value)


def as_symptoms(value: Any, seen: Seen) -> frozenset[tuple[str, str, str]]:
    """Symptoms and their kinds, and whether they are those of an utterance or of a dialogue."""
    level = "dialog" if seen.id.endswith(":global") else "utterance"
    return frozenset((level, str(name), str(kind)) for name, kind in value.items())


def as_known_symptoms(value: Any, seen: Seen) -> frozenset[tuple[str, str, str]]:
    """IMCS-21: a symptom that its mappings.json does not name was never said."""
    return frozenset(one for one in as_symptoms(value, seen) if one[1] in (seen.lexicon or {}))


def as_report(value: Any, _seen: Seen) -> tuple[str, ...]:
    """IMCS-21: a report, or several of the same dialogue, each as one text of all its sections."""
    several = value if isinstance(value, list | tuple) else [value]
    return tuple("".join(f"{title}：{body}" for title, body in one.items()) for one in several)


def as_sections(value: Any, _seen: Seen) -> tuple[Any, ...]:
    """PromptCBLUE: the sections of one report, in BERT's tokens."""
    return tuple((title, as_tokens(body, _seen)) for title, body in value.items())


def as_tokens(value: Any, _seen: Seen) -> tuple[str, ...]:
    """PromptCBLUE: BERT's tokens; nothing said is read as "none"."""
    return tuple(bert_tokens(value)) or ("无", "。")


def as_talk(value: Any, seen: Seen) -> tuple[str, frozenset[str]]:
    """MedDG: a reply, and the entities in it, each by its standard name, and what it asks about."""
    named = {entity for word, entity in (seen.lexicon or {}).items() if word in value}
    return value, frozenset(named | {about for about, pattern in ASKED.items() if pattern.search(value)})


def as_tree(value: Any, _seen: Seen) -> Node | None:
    return grown(value)


def as_findings(value: Any, _seen: Seen) -> tuple[Any, ...]:
    """Findings by their place, and what is said of each; those of which nothing is said are none."""
    return tuple(((start, end), label) for start, end, label in _list(value) if label)


def as_ranking(value: Any, _seen: Seen) -> tuple[str, ...]:
    """Documents, best first; one that is named twice makes the list none."""
    ranking = as_ranking_with_repeats(value, _seen)
    if len(set(ranking)) < len(ranking):
        raise ValueError("a document twice")
    return ranking


def as_ranking_with_repeats(value: Any, _seen: Seen) -> tuple[str, ...]:
    return tuple(str(one) for one in _list(value))


def frozen(value: Any) -> Any:
    return tuple([frozen(one) for one in value]) if isinstance(value, list | tuple) else value


def _list(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise TypeError("not a list")
    return value


def _folded(words: str) -> str:
    return words.lower().strip("《》")


def _spelled(value: Any) -> Any:
    return value if isinstance(value, str) else (json.dumps(value, ensure_ascii=False),)
