"""What third-party scorers really return, met under the profile that bears their name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medgo_train.evaluate.cblue.files import digest
from medgo_train.evaluate.cblue.promptcblue import read_promptcblue, read_reply
from medgo_train.evaluate.cblue.task import Item, Score, score
from medgo_train.evaluate.cblue.tasks import TASKS

REAL = os.environ.get("MEDGO_REAL_DATA", "")
VECTORS = Path(REAL) / "vectors"
NAMES = {"CMeIE": "CMeIE-V2"}
SAID_OTHERWISE = {"tree_lenv_radio": "tree", "ccks2021_score": "score"} | {
    f"{level}_micro_f1": f"{level}_f1" for level in ("dialog", "utterance")
}
REFUSED = {  # where the other scorer raises, and what is said here
    ("CMeEE-V2.promptcblue", "not_list"): {"f1": 0.0},
    ("IMCS-V2-NER.imcs21", "missing_type"): {"f1": 1.0},
    ("IMCS-V2-NER.imcs21", "len"): {"f1": 0.0},
}
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not VECTORS.is_dir(), reason="MEDGO_REAL_DATA has no vectors"),
]


def told() -> Iterator[Any]:
    for path in sorted(VECTORS.glob("*.json")) if REAL else ():
        task, _, profile = path.stem.partition(".")
        if NAMES.get(task, task) in TASKS:
            file = json.loads(path.read_text("utf-8"))
            for vector in file["vectors"]:
                yield pytest.param(
                    path.stem, NAMES.get(task, task), profile, vector, file, id=f"{path.stem}-{vector['id']}"
                )


def numbered(values: list[Any]) -> dict[str, Any]:
    return {str(n): value for n, value in enumerate(values)}


def events(samples: list[Any]) -> dict[str, Any]:
    keys = ("core_name", "tendency", "character", "anatomy_list")
    return numbered([[[event[key] for key in keys] for event in sample] for sample in samples])


def by_text(records: list[Any]) -> dict[str, Any]:
    return {
        f"{digest(one['text'])}#{n}": [[s["subject"], s["predicate"], s["object"]["@value"]] for s in one["spo_list"]]
        for n, one in enumerate(records)
    }


def symptoms(dialogues: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in dialogues.items():
        if "dialogue" in one:
            found |= {f"{key}:{s['sentence_id']}": s["local_implicit_info"] for s in one["dialogue"]}
            found[f"{key}:global"] = one["implicit_info"]["Symptom"]
        else:
            found |= {f"{key}:{sentence}": said for sentence, said in one.items()}
    return found


SHAPES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "CHIP-CDEE.participant": events,
    "CMeIE.chip2020": by_text,
    "IMCS-V2-SR.imcs21": symptoms,
    "KUAKE-IR.multicpr": dict,
    "Text2DT.promptcblue": lambda tree: {"1": tree},
}


def scored(file: str, task: str, profile: str, vector: dict[str, Any], whole: dict[str, Any]) -> Score:
    shape = SHAPES.get(file, numbered)
    lexicon = whole.get("norm_dict") or {name: name for name in vector.get("norms", ())}
    return score(TASKS[task], shape(vector["gold"]), shape(vector["pred"]), profile, lexicon=lexicon)


@pytest.mark.parametrize(("file", "task", "profile", "vector", "whole"), list(told()))
def test_every_score_is_that_of_the_scorer_named(
    file: str, task: str, profile: str, vector: dict[str, Any], whole: dict[str, Any]
) -> None:
    found = scored(file, task, profile, vector, whole)
    expected = vector["expected"]
    if "raises" in expected:
        expected = REFUSED[file, vector["id"]]
    ours = {key: value for key, value in expected.items() if "pytrec" not in key and "strict" not in key}
    ours = {key: value for key, value in ours.items() if key != "recall_tp"}  # a second name of tp
    assert {key: found.numbers[SAID_OTHERWISE.get(key, key)] for key in ours} == pytest.approx(ours, abs=1e-9)
    assert ours and f"[{profile}: " in str(found)


def test_the_strict_mean_over_queries_is_that_of_pytrec_eval() -> None:
    for vector in json.loads((VECTORS / "KUAKE-IR.multicpr.json").read_text("utf-8"))["vectors"]:
        found = score(TASKS["KUAKE-IR"], vector["gold"], vector["pred"], "tianchi")
        if vector["id"] == "dup_docs":
            assert found.invalid == 1 and found.numbers["mrr@10"] == 0
        else:
            assert found.numbers["mrr@10"] == pytest.approx(vector["expected"]["strict_mean_over_gold_queries"])


def test_the_macro_scores_are_those_derived_from_participants() -> None:
    for vector in json.loads((VECTORS / "derived" / "CMedCausal.macro.json").read_text("utf-8"))["vectors"]:
        gold, said = (
            numbered([[[one[1], one[0], one[2]] for one in sample] for sample in vector[key]])
            for key in ("gold", "pred")
        )
        numbers = score(TASKS["CMedCausal"], gold, said, "tianchi").numbers
        assert numbers["macro_f1"] == pytest.approx(vector["expected"]["macro_f1_over_3_types"])
        assert [numbers[f"f1[{n}]"] for n in (1, 2, 3)] == pytest.approx(
            list(vector["expected"]["per_type_f1"].values())
        )
    for vector in json.loads((VECTORS / "derived" / "CHIP-MDCFNPC.macro.json").read_text("utf-8"))["vectors"]:
        gold, said = ({"1": [[n, n + 1, a] for n, a in enumerate(vector[key])]} for key in ("gold", "pred"))
        numbers = score(TASKS["CHIP-MDCFNPC"], gold, said, "tianchi").numbers
        assert numbers["f1"] == pytest.approx(vector["expected"]["macro_f1_labels_seen"])


def test_promptcblue_replies_are_read_as_promptcblue_reads_them() -> None:
    vectors = json.loads((VECTORS / "promptcblue.parse.json").read_text("utf-8"))["vectors"]
    for vector in vectors:
        item = Item(id="1", record={"choices": tuple(vector["answer_choices"] or ())})
        found = read_reply(vector["task_dataset"], item, vector["text"])
        if isinstance(vector["expected"], dict) and "raises" in vector["expected"]:
            assert found.state == "invalid"
        elif vector["task_dataset"] == "CHIP-CDN":  # its order is that of a set
            assert sorted(one["entity"] for one in found.value) == sorted(one["entity"] for one in vector["expected"])
        else:
            assert found.value == vector["expected"], vector["id"]
    assert len(vectors) == 21


def test_promptcblue_targets_are_read_as_its_gold() -> None:
    folder = Path(REAL) / "data" / "cblue" / "PromptCBLUE_toy"
    items = read_promptcblue(folder / "dev.json")
    gold = json.loads((folder / "dev_structured.json").read_text("utf-8"))
    seen = 0
    for task, samples in gold.items():
        told = {one["sample_id"]: one["answer"] for one in samples}
        name = NAMES.get(task, task)
        ours = {item.id: item.gold for item in items.get(name, ()) if item.id in told}
        if ours:
            found = score(TASKS[name], {key: told[key] for key in ours}, ours, "promptcblue")
            seen += len(ours)
            assert all(value == pytest.approx(1, abs=1e-6) for value in found.columns.values()), str(found)
    assert seen > 20
