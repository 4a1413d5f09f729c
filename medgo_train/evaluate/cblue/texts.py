"""How CBLUE scores what is written: reports by ROUGE, replies to patients by BLEU and the entities in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medgo_train.evaluate.bleu import bleu, bleu_of_meddg, distinct, matched
from medgo_train.evaluate.metric import Metric, Numbers, Row, mean, ratio, sums
from medgo_train.evaluate.rouge import rouge_chinese, rouge_package
from medgo_train.evaluate.sets import counted, prf

Talk = tuple[str, frozenset[str]]
SILENCE: Talk = ("", frozenset())
NOTHING = ("无", "。")


def _reports(gold: Sequence[str], said: Sequence[str] | None) -> Row:
    text = said[0] if said else ""
    return tuple(sum(values) / len(gold) for values in zip(*(rouge_package(one, text) for one in gold), strict=True))


def _report_score(rows: Sequence[Row]) -> Numbers:
    numbers = {f"rouge-{name}": mean(rows, column) for column, name in enumerate("12l")}
    return numbers | {"score": sum(numbers.values()) / 3}


def _sections(gold: Sequence[tuple[str, Any]], said: Sequence[tuple[str, Any]] | None) -> Row:
    written = dict(said or ())
    found = [rouge_chinese(tokens, written.get(title, NOTHING)) for title, tokens in gold]
    return len(found), *(sum(values) for values in zip(*found, strict=True))


def _replies(gold: Sequence[str], said: Sequence[str] | None) -> Row:
    return 1, *rouge_chinese(gold, said or NOTHING)


def _over_parts(rows: Sequence[Row]) -> Numbers:
    count, *found = sums(rows) if rows else (0, 0.0, 0.0, 0.0)
    return {f"rouge{name}": ratio(value, count) for name, value in zip("12L", found, strict=True)}


def _talk(gold: Talk, said: Talk | None) -> Row:
    text, entities = said or SILENCE
    return *matched("".join(gold[0].split()), "".join(text.split())), *counted(gold[1], entities)


def _talk_score(rows: Sequence[Row]) -> Numbers:
    summed = sums(rows) if rows else (0,) * 13
    numbers = {"bleu1": bleu(summed[:10], 1), "bleu4": bleu(summed[:10], 4), "entity_f1": prf(*summed[10:])["f1"]}
    return numbers | {"score": sum(numbers.values()) / 3}


def _talk_of_meddg(gold: Talk, said: Talk | None) -> Row:
    text, entities = said or SILENCE
    return bleu_of_meddg(gold[0], text, 1), bleu_of_meddg(gold[0], text, 4), *counted(gold[1], entities), text


def _talk_of_meddg_score(rows: Sequence[Row]) -> Numbers:
    found = prf(*(sum(row[column] for row in rows) for column in (2, 3, 4)))
    numbers = {"bleu1": mean(rows, 0), "bleu4": mean(rows, 1), "entity_f1": found["f1"]}
    varied = {f"distinct{order}": distinct([row[5] for row in rows], order) for order in (1, 2)}
    rest = {"entity_p": found["precision"], "entity_r": found["recall"]} | varied
    return numbers | {"score": sum(numbers.values()) / 3} | rest


REPORT = Metric(
    name="ROUGE of reports",
    definition="the mean of ROUGE-1, -2 and -L as the package rouge 1.0.1 has them, over characters, over both references",
    each=_reports,
    total=_report_score,
    columns=("score",),
)
SECTIONS = Metric(
    name="ROUGE-L of sections",
    definition="ROUGE-L as the package rouge_chinese 1.0.3 has it, over BERT's tokens, over all sections of all reports",
    each=_sections,
    total=_over_parts,
    columns=("rougeL",),
    adds=True,
)
REPLIES = Metric(
    name="ROUGE-L of replies",
    definition="ROUGE-L as the package rouge_chinese 1.0.3 has it, over BERT's tokens",
    each=_replies,
    total=_over_parts,
    columns=("rougeL",),
    adds=True,
)
TALK = Metric(
    name="BLEU and entities",
    definition="the mean of corpus BLEU-1 and BLEU-4 over characters, unsmoothed, and micro F1 of entities",
    each=_talk,
    total=_talk_score,
    columns=("score",),
    adds=True,
)
TALK_OF_MEDDG = Metric(
    name="BLEU and entities, MedDG",
    definition="the mean of sentence BLEU-1 and BLEU-4 over characters, nltk 3.10's smoothing 7, and micro F1 of entities",
    each=_talk_of_meddg,
    total=_talk_of_meddg_score,
    columns=("score",),
)
