"""Questions about a drug and their answers, by rule: people's words around what its leaflet says, to the letter.

A question names the drug. Its answer is a section of the leaflet, a part of a long one, or the sentences of several that speak of the
matter: 孕妇禁用 stands under 【禁忌】 too. What the leaflet leaves open is asked as that: 目前明确吗? Nobody is asked for it, so nothing leaves
the house and rows need not be scrubbed for it; of scrubbed leaflets come scrubbed rows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import polars as pl
import xxhash

from medgo_data.stage import Stage, children
from medgo_data.synth import drug_questions as words
from medgo_data.synth.coverage import first, offered
from medgo_data.synth.drug_questions import Lot, Topic
from medgo_data.synth.drug_sections import (
    ITEM,
    MARK,
    Part,
    Section,
    Sentences,
    Span,
    about,
    drug,
    headed,
    is_leaflet,
    parts,
    placed,
    sentences,
    silent,
)

COUNTED = ("sections", "refused empty", "refused elsewhere", "refused not_chinese")
OPEN = "尚不明确"  # what a row is about whose answer is that nobody knows
SELDOM = 0.2  # how much less often that is asked
MOST = 2  # times ``longest``: what a section and the sentences of others may have together

BY_MOUTH = re.compile(r"口服|冲服|吞服|送服|嚼服|含服|煎服|顿服|服用|[一每]次[^，。]{0,8}[片粒丸袋]")
NOT_BY_MOUTH = re.compile(
    r"注射|滴眼|滴鼻|滴耳|软膏|乳膏|凝胶|眼膏|栓|贴|喷雾|气雾|吸入|洗剂|搽|阴道|外用|疫苗|含漱|酊|灌肠|敷|注入"
)
DRUNK = re.compile(r"口服液|口服溶液|糖浆|合剂|冲剂|[酒茶]$")

LEADING = re.compile(rf"(?:{MARK}\s*)+")
STOPS = "，,。；;：:、\\n！!？?“”（）()【】\\[\\]"
KEY = re.compile(rf"(?:{MARK}\s*|\[[^\]\n]*\]\s*)*([^{STOPS}\s][^{STOPS}]{{1,29}}(?<![a-z](?=[a-z])))")
TITLED = re.compile(rf"(?:{MARK}\s*)*[^，,。；;：:\n]{{2,16}}[：:]")
LATER = ("later", "point")  # parts behind the first
MEANT = frozenset({"警示语", "禁忌", "不良反应", "药物相互作用"})  # their sentences mean little without that name
STYLES = ("{name}：{told}", "【{name}】{told}", "{name}方面：{told}")


@dataclass(frozen=True, kw_only=True)
class DrugQA(Stage):
    """For example ``DrugQA(per_leaflet=6, seed=1)``.

    Of what a leaflet can answer, ``per_leaflet`` questions are drawn, what is often asked more often, and one of each kind before a
    second of any; None asks all. A section of more than ``longest`` characters is answered in parts, cut between the items of a
    list or sentences, to its last line. Sections that say nothing are counted.
    """

    version: ClassVar[int] = 1
    takes: ClassVar[frozenset[str]] = frozenset({"document"})
    gives: ClassVar[str] = "chat"

    per_leaflet: int | None = 6
    longest: int = 500  # characters of an answer
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("per_leaflet", "longest"):
            told = getattr(self, name)
            if told is not None and told < 1:
                raise ValueError(f"DrugQA: {name}={told!r} must be at least 1 (per_leaflet=None asks all there is)")

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        litters: list[list[Row]] = []
        reasons: list[str] = []
        counted = Counter[str]()
        texts = docs["text"].fill_null("")
        named = [docs[c] if c in docs.columns else [None] * docs.height for c in ("title", "position")]
        spoken_of = texts.str.extract_many(list(words.by_word()), overlapping=True)
        for name, text, title, position, spoken in zip(docs["id"], texts, *named, spoken_of.to_list(), strict=True):
            leaflet = Leaflet(text, title, position, frozenset(spoken), self.longest)
            seed = xxhash.xxh3_64_intdigest(name.encode(), self.seed)
            rows = [] if leaflet.unfit else [_row(leaflet, seed, *one) for one in self._drawn(leaflet, seed)]
            litters.append(rows)
            reasons.append(leaflet.unfit or ("became_rows" if rows else "nothing_to_ask"))
            counted += leaflet.counted
        told = {what: counted[what] for what in COUNTED} | offered(texts)
        out = docs.with_columns(pl.Series("drop", reasons, pl.String), first(docs.height, told))
        return pl.concat([out, self._born(docs, litters)], how="diagonal_relaxed")

    def _born(self, docs: pl.DataFrame, litters: list[list[Row]]) -> pl.DataFrame:
        """The rows of all; lists and structs are put together column by column, which is five times as fast."""
        born = children(self, docs, [[row.told for row in litter] for litter in litters])
        rows = [row for litter in litters for row in litter]
        if not rows:
            return born
        number = [n for n, row in enumerate(rows) for _ in row.spans]
        spans = [(row.text[low:high], f"{low}-{high}") for row in rows for low, high in row.spans]
        cited = pl.DataFrame(spans, schema={"quotes": pl.String, "cites": pl.String}, orient="row")
        lists = cited.group_by(pl.Series("number", number), maintain_order=True).all().drop("number")
        turns = (pl.struct(role=pl.lit(role), content=role) for role in ("user", "assistant"))
        made = pl.lit({"by": f"{self.name}/{self.version}"} | dict.fromkeys(("model", "params", "prompt", "reply")))
        return born.with_columns(*lists, messages=pl.concat_list(*turns), made=made).drop("user", "assistant")

    def _drawn(self, leaflet: Leaflet, seed: int) -> list[tuple[Topic, int, Answer]]:
        """What is asked of a leaflet, in the order in which it says it."""
        told: list[tuple[Topic, int, Answer]] = []
        more: list[tuple[Topic, int, Answer]] = []
        there = leaflet.topics()
        for label in sorted(there, key=lambda label: (_turn(label, there[label][1], seed), label)):
            topic, _ = there[label]
            answers = [(topic, number, answer) for number, answer in enumerate(leaflet.answers(topic))]
            if answers:
                told.append(answers.pop(Lot(f"{topic.label} which", seed).of(len(answers))))
                more += answers
            if len(told) == self.per_leaflet:
                break
        else:
            more.sort(key=lambda one: Lot(f"{one[0].label} {one[1]} more", seed).of(1 << 32))
            told += more[: None if self.per_leaflet is None else self.per_leaflet - len(told)]
        return sorted(told, key=lambda one: (one[2].told[0][1][0], one[0].label, one[1]))


def _turn(label: str, weight: float, seed: int) -> float:
    """When it is its turn: what weighs twice as much comes first twice as often."""
    return -math.log((xxhash.xxh3_64_intdigest(label.encode(), seed) + 1) / (1 << 64)) / weight


def _row(leaflet: Leaflet, seed: int, topic: Topic, number: int, answer: Answer) -> Row:
    lot = Lot(f"{topic.label} {number}", seed)
    spans = [span for _, some in answer.told for span in some]
    told = leaflet.said(topic, answer, lot)
    context, at = leaflet.context(answer, spans)
    row = {
        "user": leaflet.question(topic, answer, told, lot),
        "assistant": words.opening(topic, leaflet.drug, lot) + told,
        "context": context,
        "context_at": at,
        "about": OPEN if answer.manner == "open" else topic.label,
    }
    return Row(row, leaflet.text, spans)


class Row(NamedTuple):
    """A row to be, and which stretches of which text it cites."""

    told: dict[str, Any]
    text: str
    spans: list[Span]


class Answer(NamedTuple):
    """What answers a question: stretches of sections; and in which manner."""

    told: list[tuple[Section, list[Span]]]
    manner: str = "whole"  # or a part: the first, a later one, a single point; or open: it is not known


class Leaflet:
    """One leaflet, read once and asked many things."""

    def __init__(
        self, text: str, title: str | None, position: str | None, spoken_of: frozenset[str], longest: int
    ) -> None:
        self.text, self.spoken_of, self.longest = text, spoken_of, longest
        every = placed(text, position)
        self.drug = drug(text, title, every) or ""
        self.is_leaflet = is_leaflet(every)
        self.counted = Counter[str]()  # its sections, and those that are not asked, by reason
        self.known: dict[str, list[Section]] = {}  # those that say something, by name; and those that leave it open
        self.open: dict[str, list[Section]] = {}
        self._told: dict[Section, Sentences] = {}
        for section in every:
            if section.name in words.OFFICE:
                continue
            self.counted["sections"] += 1
            reason = silent(section.name, text[section.start : section.end])
            if reason is None:
                self.known.setdefault(section.name, []).append(section)
            elif reason == "unclear":
                self.open.setdefault(section.name, []).append(section)
            else:
                self.counted[f"refused {reason}"] += 1

    @property
    def unfit(self) -> str | None:
        if not self.is_leaflet:
            return "not_a_leaflet"
        return None if self.drug else "unnamed_drug"

    # ---- what is asked, and what answers it

    def topics(self) -> dict[str, tuple[Topic, float]]:
        """What it may speak of, and how often that is asked."""
        told: dict[str, tuple[Topic, float]] = {}
        for seldom, sections in ((SELDOM, self.open), (1, self.known)):
            for name in sections:
                topic = words.topic(name)
                told[topic.label] = (topic, topic.weight * seldom)
        for word in self.spoken_of:
            for topic in words.by_word()[word]:
                _, weight = told.get(topic.label, (topic, 0.0))
                if weight < topic.weight and topic.alone and not self._own(topic.unless):
                    told[topic.label] = (topic, topic.weight / (2 if weight else 1))
        return told

    def _own(self, names: Iterable[str]) -> list[Section]:
        known = [section for name in names for section in self.known.get(name, ())]
        return known or [section for name in names for section in self.open.get(name, ())]

    def answers(self, topic: Topic) -> Iterator[Answer]:
        """Its own section whole, or in parts; beside it the sentences of others; or that nobody knows."""
        own = self._own(topic.own)
        known = bool(own) and own[0].name in self.known
        size = sum(section.end - section.start for section in own)
        most = MOST * self.longest - min(size, self.longest)
        beside = self._beside(topic, most, own=bool(own)) if topic.alone or own else []
        if size <= self.longest:
            told = [(section, [(section.start, section.end)]) for section in own]
            if told or beside:
                yield Answer(told + beside, "whole" if known or beside else "open")
            return
        every = [(section, part) for section in own for part in self._parts(section)]
        for number, (section, part) in enumerate(every):
            yield Answer([(section, part.spans), *(() if number else beside)], self._manner(part, number))

    def _beside(self, topic: Topic, most: int, *, own: bool) -> list[tuple[Section, list[Span]]]:
        """The sentences of other sections that speak of it: all of them or none, for half of them would be half the truth.

        But what is forbidden stands beside a section of its own in any case.
        """
        spoken_of = tuple(word for word in topic.words if word in self.spoken_of)
        told: list[tuple[Section, list[Span]]] = []
        for section in [s for name in topic.others for s in self.known.get(name, ())] if spoken_of else ():
            spans = about(self.text, self._sentences(section), spoken_of, topic.but)
            most -= sum(high - low for low, high in spans)
            if most < 0:
                return [one for one in told if own and one[0].name in words.STRICT]
            if spans:
                told.append((section, [self._bare(span) for span in spans]))
        return told

    def _parts(self, section: Section) -> list[Part]:
        return parts(self.text, section.start, section.end, self.longest)

    def _sentences(self, section: Section) -> Sentences:
        if section not in self._told:
            self._told[section] = sentences(self.text, section.start, section.end)
        return self._told[section]

    def _bare(self, span: Span) -> Span:
        """A single item of a list without its number, and without the semicolon that leads to the next."""
        low, high = span
        mark = LEADING.match(self.text, low, high)
        if mark and not ITEM.search(self.text, mark.end(), high):
            low = mark.end()
        while high - 1 > low and self.text[high - 1] in "；;，,、":
            high -= 1
        return low, high

    def _manner(self, part: Part, number: int) -> str:
        if not number:
            return "first"
        said = self.text[part.start : part.end]
        return "point" if TITLED.match(said) and len(ITEM.findall(said)) <= 1 else "later"

    # ---- in which words

    def said(self, topic: Topic, answer: Answer, lot: Lot) -> str:
        """The answer, to the letter; what other sections say, with their names."""
        told: dict[str, str] = {}
        for section, spans in answer.told:
            before = [told[section.name]] if section.name in told else []
            told[section.name] = "\n".join([*before, *(self.text[low:high] for low, high in spans)])
        named, style = divmod(lot.of(2 * len(STYLES)), len(STYLES))
        name = next(iter(told))
        if len(told) == 1 and (name in topic.own or not (named or name in MEANT)):
            return told[name]
        return "\n".join(STYLES[style].format(name=name, told=text) for name, text in told.items())

    def context(self, answer: Answer, spans: list[Span]) -> tuple[str, int]:
        """The passage that an answer is from: with the heads of its sections; a later part, under that of its own."""
        start, end = min(low for low, _ in spans), max(high for _, high in spans)
        section = answer.told[0][0]
        if answer.manner in LATER or section.head == section.start:
            return headed(self.text, start, end, self.drug, f"【{section.name}】\n")
        return headed(self.text, min(start, *(section.head for section, _ in answer.told)), end, self.drug)

    @cached_property
    def uses(self) -> tuple[str, ...]:
        """The words for taking it."""
        usage = next((self.text[s.start : s.start + 200] for s in self.known.get("用法用量", ())), "")
        if NOT_BY_MOUTH.search(self.drug) or not BY_MOUTH.search(usage):
            return ("用",)
        return ("喝", "用") if DRUNK.search(self.drug) else ("吃", "吃", "用")

    def question(self, topic: Topic, answer: Answer, told: str, lot: Lot) -> str:
        manner, key = answer.manner, ""
        if manner in LATER:
            begins = KEY.match(self.text, answer.told[0][1][-1][0])
            manner, key = (manner, begins[1].strip()) if begins else ("rest", "")
        return words.question(topic, words.Asked(self.drug, lot.one(self.uses), told, manner, key), lot)
