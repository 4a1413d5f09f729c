"""Whose rules: for each task the profiles under which it is scored, and the quirks that are kept or refused.

``tianchi`` is the metric that the task's page names; its scorer is not public. ``promptcblue`` scores PromptCBLUE's own
files and reading of replies. ``imcs21``, ``chip2020``, ``meddg``, ``multicpr``, ``cblue`` and ``participant`` are the
scorers that organisers, authors and one participant published.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from medgo_train.evaluate.cblue import views
from medgo_train.evaluate.cblue.task import Profile
from medgo_train.evaluate.cblue.texts import REPLIES, REPORT, SECTIONS, TALK, TALK_OF_MEDDG
from medgo_train.evaluate.classes import ACCURACY, MACRO, MACRO_OF_FINDINGS, MACRO_UNREAD, WEIGHTED
from medgo_train.evaluate.metric import Metric
from medgo_train.evaluate.ranked import ranked
from medgo_train.evaluate.sets import MICRO, MICRO_ROUNDED, MICRO_WITH_REPEATS, by_kind, by_level, counted
from medgo_train.evaluate.trees import TREE, TREE_SMOOTHED

PAGE = "the task's page on Tianchi"
PROMPTCBLUE = "michael-wzhu/PromptCBLUE b0753a6, src/evaluation"
IMCS21 = "lemuria-wchen/imcs21-cblue 8d512c6"
CBLUE = "CBLUEbenchmark/CBLUE 6a2c54f, cblue/metrics"

# Kept where published scores carry it, since else they could not be met; refused where one sample would end a run.
QUIRKS = {  # (task, profile): what that scorer does that nobody would expect, and whether it is done here
    ("CMeEE-V2", "promptcblue"): "kept: mentions without places, so that one said twice counts once",
    (
        "CMeIE-V2",
        "chip2020",
    ): "kept: lower case, 《》 stripped, the last of repeated texts, no harm in extra texts, 4 digits",
    ("CHIP-CDEE", "promptcblue"): "kept: the order of descriptors matters",
    ("CHIP-CDEE", "participant"): "kept: repeated events in gold cost a perfect copy its 1",
    (
        "CHIP-CTC",
        "promptcblue",
    ): "kept: a string that is no class is a class with F1 0; an empty answer is the first class",
    ("CHIP-STS", "promptcblue"): "kept: what its documents call micro is sklearn's weighted average",
    ("KUAKE-IR", "multicpr"): "kept: queries without an answer are left out, repeated documents take up ranks",
    ("IMCS-V2-NER", "imcs21"): "refused: KeyError where a kind is not in gold, AssertionError where lengths differ; "
    "here the one is scored and the other finds nothing",
    ("IMCS-V2-SR", "imcs21"): "kept: a symptom outside mappings.json costs nothing; its NameError is not",
    ("IMCS-V2-MRG", "imcs21"): "kept: both references are averaged, so a copy of one is no 1; '.' ends a sentence",
    ("MedDG", "meddg"): "kept: BLEU of nltk 3.10, which may exceed 1, and 0 for four characters or fewer; "
    "what a question is about is told by our own patterns",
    (
        "Text2DT",
        "promptcblue",
    ): "kept: 1e-6 on every count, equal nodes in pairs, so that F1 may exceed 1; refused: eval() of replies; a list that makes no binary "
    "tree scores nothing",
    (
        "CMedCausal",
        "promptcblue",
    ): "kept: the order of keys in a nested relation matters; refused: IndexError of its reader",
    ("all", "promptcblue"): "refused: AssertionError where an answer is no list; here it finds nothing",
}


def _bio(gold: tuple[int, Any], said: tuple[int, Any] | None) -> tuple[Any, ...]:
    return counted(gold[1], said[1] if said and said[0] == gold[0] else ())


BIO = Metric(
    name="micro F1 of BIO chunks",
    definition="micro F1 over kind and place of entities; a line of another length finds nothing",
    each=_bio,
    total=MICRO.total,
    columns=("f1",),
    adds=True,
)
LEVELS = by_level(("utterance", "dialog"))


def found() -> dict[str, Profile]:
    return {"tianchi": Profile(metric=MICRO, origin=PAGE, view=views.as_set), "promptcblue": _listed()}


def relations() -> dict[str, Profile]:
    chip = Profile(
        metric=MICRO_ROUNDED,
        origin="the organisers' script of CHIP 2020, in Chang-Hongyang/Cas_CLN-BTCAMS 6edc027",
        view=views.as_triples_folded,
        last_of_repeats=True,
        ignores_extra=True,
    )
    return found() | {"chip2020": chip}


def events() -> dict[str, Profile]:
    origin = "a participant of CHIP 2021"
    return {
        "tianchi": Profile(metric=MICRO, origin=PAGE, view=views.as_events),
        "participant": Profile(metric=MICRO_WITH_REPEATS, origin=origin, view=views.as_events),
        "promptcblue": _listed(),
    }


def causes() -> dict[str, Profile]:
    macro = by_kind((1, 2, 3), lambda relation: relation[0])
    return {"tianchi": Profile(metric=macro, origin=PAGE, view=views.as_relations), "promptcblue": _listed()}


def labels(of: Collection[str], metric: Metric, prompted: Metric, first: str) -> dict[str, Profile]:
    origin = {ACCURACY.name: ACCURACY, MACRO.name: MACRO_UNREAD}[metric.name]
    return {
        "tianchi": Profile(metric=metric, origin=PAGE, view=views.as_label(frozenset(of))),
        "cblue": Profile(metric=origin, origin=CBLUE),
        "promptcblue": Profile(metric=prompted, origin=PROMPTCBLUE, view=views.as_words, empty_is=first),
    }


def acts(of: Collection[str]) -> dict[str, Profile]:
    told = labels(of, ACCURACY, MACRO_UNREAD, "非上述类型")
    imcs = Profile(metric=ACCURACY, origin=f"{IMCS21}, task4", view=views.as_label(frozenset(of)))
    return {"tianchi": told["tianchi"], "imcs21": imcs, "promptcblue": told["promptcblue"]}


def findings() -> dict[str, Profile]:
    return {
        "tianchi": Profile(metric=MACRO_OF_FINDINGS, origin=PAGE, view=views.as_findings),
        "promptcblue": _listed(),
    }


def retrieval() -> dict[str, Profile]:
    alike = views.as_ranking_with_repeats
    told = Profile(metric=WEIGHTED, origin=PROMPTCBLUE, view=views.as_words, empty_is="相关")
    return {
        "tianchi": Profile(metric=ranked(10), origin=PAGE, view=views.as_ranking),
        "multicpr": Profile(
            metric=ranked(10), origin="Alibaba-NLP/Multi-CPR a4e4671", view=alike, ignores_missing=True
        ),
        "promptcblue": told,
    }


def tags() -> dict[str, Profile]:
    rule = {name: Profile(metric=BIO, origin=origin, view=views.as_chunks) for name, origin in _imcs("task1").items()}
    return rule | {"promptcblue": _listed()}


def symptoms() -> dict[str, Profile]:
    origin = f"{IMCS21}, task2, with its NameError mended"
    return {
        "tianchi": Profile(metric=LEVELS, origin=PAGE, view=views.as_symptoms),
        "imcs21": Profile(metric=LEVELS, origin=origin, view=views.as_known_symptoms, lexicon=True),
        "promptcblue": _listed(),
    }


def reports() -> dict[str, Profile]:
    rule = {n: Profile(metric=REPORT, origin=origin, view=views.as_report) for n, origin in _imcs("task3").items()}
    return rule | {"promptcblue": Profile(metric=SECTIONS, origin=PROMPTCBLUE, view=views.as_sections)}


def talks() -> dict[str, Profile]:
    origin = "lwgkzl/MedDG dc510c7, and the page of CCKS 2021"
    return {
        "tianchi": Profile(metric=TALK, origin=PAGE, view=views.as_talk, lexicon=True),
        "meddg": Profile(metric=TALK_OF_MEDDG, origin=origin, view=views.as_talk, lexicon=True),
        "promptcblue": Profile(metric=REPLIES, origin=PROMPTCBLUE, view=views.as_tokens),
    }


def trees() -> dict[str, Profile]:
    return {
        "tianchi": Profile(metric=TREE, origin=PAGE, view=views.as_tree),
        "promptcblue": Profile(metric=TREE_SMOOTHED, origin=PROMPTCBLUE, view=views.as_tree),
    }


def _listed() -> Profile:
    return Profile(metric=MICRO, origin=PROMPTCBLUE, view=views.as_values_by_key)


def _imcs(task: str) -> dict[str, str]:
    return {"tianchi": PAGE, "imcs21": f"{IMCS21}, {task}"}
