"""How many rows to check, what the check says of the others, and that what did not pass is not in the next version."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, Local, Stage, build
from medgo_data import open as open_built
from medgo_data.review.acceptance import (
    AcceptanceError,
    Rule,
    judge,
    judged_sentences,
    judged_tables,
    plan,
    plan_sentences,
    plan_tables,
    sizes,
    stratum,
)
from medgo_data.review.bound import at_most, at_most_of, chance_of, wilson
from medgo_data.review.passed import passed
from medgo_data.reviewed import Accepted
from medgo_data.schema import SchemaError
from medgo_data.sources import JsonLines
from medgo_data.store import Store
from medgo_data.verdict import Verdict, VerdictError, digest
from tests.conftest import manifest

WHOLE = {"": 10_000_000}


def verdict(row: str, said: str = "accept", reviewer: str = "R1", **fields: Any) -> Verdict:
    told: dict[str, Any] = {
        "corpus": "qa",
        "version": "3f2a9c1b7d20",
        "task": "check",
        "rows": (row,),
        "item": digest([{"text": row}]),
        "reviewer": reviewer,
        "verdict": said,
        "edited": "改过的回答" if said == "edit" else None,
        "at": "2026-03-02T09:14:05+08:00",
    }
    return Verdict(**told | fields).named()


def sample(source: str, read: int, wrong: int = 0, **fields: Any) -> list[Verdict]:
    """So many rows of a source, of which the last ones are wrong."""
    return [
        verdict(f"{source}/a.jsonl#0-{k}", "reject" if k >= read - wrong else "accept", **fields) for k in range(read)
    ]


# ---- how many ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "errors", "rows"),
    [(0.02, 0, 149), (0.01, 0, 299), (0.001, 0, 2995), (0.05, 0, 59), (0.05, 1, 93), (0.05, 2, 124), (0.01, 1, 473)],
)
def test_so_many_rows_are_read_as_the_tables_say(most: float, errors: int, rows: int) -> None:
    """As in any table of attribute sampling for a confidence of 95 %."""
    told = plan(WHOLE, Rule(at_most=most, errors=errors))
    assert told["read"] == rows
    assert at_most(errors, rows) <= most < at_most(errors, rows - 1)


def test_wilson_wants_fewer_rows() -> None:
    told = plan(WHOLE, Rule(at_most=0.02, method="wilson"))
    assert told["read"] < 149
    assert wilson(0, told["read"], 0.9)[1] <= 0.02 < wilson(0, told["read"] - 1, 0.9)[1]
    assert [one["wilson"] < one["clopper_pearson"] for one in told["ladder"]] == [True] * len(told["ladder"])


@pytest.mark.parametrize("rows", [1, 20, 37, 60])
@pytest.mark.parametrize("errors", [0, 1])
def test_of_few_rows_the_promise_is_exact(rows: int, errors: int) -> None:
    """Whatever the number of wrong rows, if it is above the bound, they pass in no more than 5 % of all draws."""
    told = plan({"": rows}, Rule(at_most=0.1, errors=errors))
    read, allowed = told["read"], told["strata"][0]["errors"]
    assert read <= min(rows, plan(WHOLE, Rule(at_most=0.1, errors=errors))["read"])
    for having in range(math.floor(0.1 * rows) + 1, rows + 1):
        assert chance_of(allowed, read, having, rows) <= 0.05 + 1e-12
    if read > allowed + 1:  # and with one row less they could
        worst = math.floor(0.1 * rows) + 1
        assert chance_of(allowed, read - 1, worst, rows) > 0.05


def test_the_limit_of_few_rows_is_that_of_counting_all_draws() -> None:
    for found, read, rows in ((0, 5, 12), (1, 6, 12), (3, 3, 9), (0, 12, 12), (2, 7, 30)):
        most = max(
            having
            for having in range(found, rows - (read - found) + 1)
            if sum(math.comb(having, k) * math.comb(rows - having, read - k) for k in range(found + 1))
            > 0.05 * math.comb(rows, read)
        )
        assert at_most_of(found, read, rows) == most


def test_all_strata_together_bear_the_promise_each_by_its_size() -> None:
    rows = {"guidelines": 40_000, "leaflets": 9_000, "cases": 1_000}
    rule = Rule(at_most=0.02)
    told = plan(rows, rule)
    read: list[int] = [one["read"] for one in told["strata"]]
    assert [one["stratum"] for one in told["strata"]] == list(rows)
    assert rule.together(0, read, list(rows.values())) <= 0.02
    assert 149 <= sum(read) == told["read"] <= 175
    assert read == sorted(read, reverse=True)
    apart = plan(rows, rule, each=True)
    for one in apart[
        "strata"
    ]:  # were one row too many wrong, none of them would be drawn in 5 % of all draws at the most
        wrong, read = int(0.02 * one["rows"]) + 1, one["read"]
        missed = [math.comb(one["rows"] - wrong, n) / math.comb(one["rows"], n) for n in (read - 1, read)]
        assert missed[0] > 0.05 >= missed[1]


def test_the_power_is_what_drawing_shows() -> None:
    told = plan({"": 2000}, Rule(at_most=0.05, errors=2))
    lots = random.Random(8)
    for one in told["power"][""]["curve"]:
        wrong = round(one["share"] * 2000)
        passed = sum(sum(k < wrong for k in lots.sample(range(2000), told["read"])) <= 2 for _ in range(2000))
        assert passed / 2000 == pytest.approx(one["accepted"], abs=0.04)
    assert told["power"][""]["curve"][0] == {"share": 0.0, "accepted": 1.0}
    assert told["power"][""]["passes"]["accepted"] >= 0.95
    (at_bound,) = [one["accepted"] for one in told["power"][""]["curve"] if one["share"] == 0.05]
    assert 0.03 < at_bound < 0.06


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"at_most": 0}, "lies above 0"),
        ({"at_most": 1.5}, "such as 0.02"),
        ({"confidence": 0.5}, "above 0.5"),
        ({"confidence": 95}, "such as 0.95"),
        ({"errors": -1}, "Take 0 or more"),
        ({"method": "wald"}, "clopper_pearson, wilson"),
    ],
)
def test_a_rule_that_cannot_be_kept_says_so(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(AcceptanceError, match=says):
        Rule(**rule)
    with pytest.raises(AcceptanceError, match="no rows to check"):
        plan({"a": 0})


# ---- what the check says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "wrong", "errors", "accepted", "more"),
    [
        (149, 0, 0, True, 0),
        (148, 0, 0, None, 1),
        (149, 1, 0, False, 0),
        (10, 1, 0, False, 0),  # it cannot pass any more, so nobody need read on
        (149, 1, 1, None, 87),  # 236 in all
        (236, 1, 1, True, 0),
        (236, 2, 1, False, 0),
    ],
)
def test_a_stratum_is_accepted_rejected_or_not_yet(
    read: int,
    wrong: int,
    errors: int,
    accepted: bool | None,  # noqa: FBT001
    more: int,
) -> None:
    found = judge(sample("leaflets", read, wrong), Rule(at_most=0.02, errors=errors))
    (record,) = found["strata"]
    assert (record["accepted"], record["more"]) == (accepted, more)
    assert (record["corpus"], record["version"], record["stratum"]) == ("qa", "3f2a9c1b7d20", "leaflets")
    assert (record["checked"], record["errors"], record["allowed"]) == (read, wrong, errors)
    assert record["bound"] == pytest.approx(at_most(wrong, read))
    assert len(record["decisions"]) == read
    assert found["whole"] is None
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_who_reads_what_was_planned_and_finds_nothing_wrong_has_it_accepted() -> None:
    rows = {"guidelines": 4_000, "leaflets": 900, "cases": 30}
    for each in (False, True):
        told = plan(rows, Rule(at_most=0.03), each=each)
        said = [one for s in told["strata"] for one in sample(s["stratum"], s["read"])]
        found = judge(said, Rule(at_most=0.03), rows=rows)
        assert found["whole"]["accepted"] is True
        assert [one["accepted"] for one in found["strata"]] == [True if each else None] * 3
        less = judge(said[: -len(said) // 2], Rule(at_most=0.03), rows=rows)["whole"]
        assert less["accepted"] is None
        assert less["more"] > 0


def test_all_rows_read_is_no_sample() -> None:
    found = judge(sample("cases", 20, 1), Rule(at_most=0.06, errors=1), rows={"cases": 20})
    assert (found["strata"][0]["bound"], found["whole"]["accepted"]) == (0.05, True)


def test_an_edit_is_an_error_and_what_is_not_settled_counts_as_one_until_it_is() -> None:
    said = sample("leaflets", 148)
    row = "leaflets/a.jsonl#0-500"
    edited = judge([*said, verdict(row, "edit")])["strata"][0]
    assert (edited["errors"], edited["accepted"]) == (1, False)
    split = [*said, verdict(row, "accept"), verdict(row, "reject", "R2")]
    record = judge(split)["strata"][0]
    assert (record["checked"], record["errors"], record["unsettled"], record["accepted"]) == (148, 0, 1, None)
    assert record["bound"] == pytest.approx(at_most(1, 149))
    settled = judge([*split, verdict(row, "accept", "A1", role="adjudicator")])["strata"][0]
    assert (settled["checked"], settled["unsettled"], settled["accepted"]) == (149, 0, True)
    wrong = verdict(row, "reject")
    better = verdict(row, "accept", replaces=wrong.decision)
    assert judge([*said, wrong, better])["strata"][0]["accepted"] is True
    gold = [verdict(f"leaflets/a.jsonl#0-{k}", gold=True) for k in range(900, 1000)]
    assert judge([*said, *gold])["strata"][0]["checked"] == 148


def test_a_row_belongs_where_its_name_says() -> None:
    row = "leaflets/2024/otc #3.jsonl#12-70>DrugQA.2>Paraphrase.0"
    assert stratum(row) == "leaflets"
    assert stratum(row, "file") == "leaflets/2024/otc #3.jsonl"
    assert stratum(row, "shard") == "leaflets/2024/otc #3.jsonl#12"
    with pytest.raises(AcceptanceError, match="is not called"):
        stratum("somewhere")


@pytest.mark.parametrize(
    ("more", "how", "says"),
    [
        ([verdict("leaflets/a.jsonl#0-1", version="aaaaaaaaaaaa")], {}, "qa@3f2a9c1b7d20 and qa@aaaaaaaaaaaa"),
        ([verdict("leaflets/a.jsonl#0-1", item="0" * 32)], {}, "two texts of the same row"),
        ([], {"of": "other"}, "no verdict of other in the task check"),
        ([], {"task": "feedback"}, "no verdict in the task feedback"),
        ([], {"task": "ranking"}, "check, feedback, residual"),
        ([], {"rows": {"cases": 30}}, "rows of leaflets were checked"),
    ],
)
def test_verdicts_of_which_nothing_follows_are_refused(more: list[Verdict], how: dict[str, Any], says: str) -> None:
    with pytest.raises(AcceptanceError, match=says):
        judge([*sample("leaflets", 5), *more], **how)


def test_verdicts_of_one_version_are_told_from_those_of_another() -> None:
    said = [*sample("leaflets", 150), *sample("leaflets", 5, 5, version="aaaaaaaaaaaa")]
    assert judge(said, of="qa@3f2a9c1b7d20")["strata"][0]["accepted"] is True


def test_plan_and_judgement_are_said_in_both_languages() -> None:
    told = plan({"leaflets": 5000, "cases": 700})
    zh, en = plan_sentences(told)[0]
    assert f"抽查 {told['read']} 行" in zh
    assert f"Check {told['read']} of 5,700 rows" in en
    found = judge([*sample("leaflets", 149), *sample("cases", 20, 2)], rows={"leaflets": 5000, "cases": 700})
    assert judged_sentences(found)[0][1].startswith("The whole is rejected: 169 rows checked, 2 errors")
    assert "接受 1，拒绝 1" in judged_sentences(found)[1][0]
    for _, heads, rows in [*plan_tables(told), *judged_tables(found)]:
        assert rows
        assert all(len(row) == len(heads) for row in rows)


# ---- in the next version -------------------------------------------------------------------------------------------


def written(folder: Path, rows: Mapping[str, int]) -> list[JsonLines]:
    """Sources with so many rows each."""
    found = []
    for name, many in rows.items():
        (folder / name).mkdir(parents=True)
        lines = [json.dumps({"text": f"{name}第{k}条：口服，一日三次，饭后服用。"}, ensure_ascii=False) for k in range(many)]  # fmt: skip
        (folder / name / "a.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        found.append(JsonLines(name=name, files=f"{folder}/{name}/*.jsonl", license="public"))
    return found


class Reviewed_:  # noqa: N801
    """A corpus that was built, and a file with what was said of a sample of it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.file = folder / "data", folder / "verdicts" / "march.jsonl"
        rows = {"good": 400, "bad": 300, "thin": 300, "unseen": 50}
        self.qa = Corpus("qa", written(folder / "raw", rows), [])
        build(self.qa, self.root, Here())
        self.built = Store(self.root).find("qa")
        said = self.read("good", 60) + self.read("bad", 60, 9) + self.read("thin", 10)
        self.file.parent.mkdir()
        self.file.write_text("".join(one.line + "\n" for one in said), "utf-8")

    def read(self, source: str, many: int, wrong: int = 0) -> list[Verdict]:
        rows = open_built(self.root, "qa").rows().filter(pl.col("source") == source).collect().sample(many, seed=1)
        version = self.built.folder.name
        return [
            verdict(row["id"], "reject" if k < wrong else "accept", version=version, item=digest([row]))
            for k, row in enumerate(rows.iter_rows(named=True))
        ]

    def stage(self, **fields: Any) -> Accepted:
        return Accepted(verdicts=f"{self.file.parent}/*.jsonl", at_most=0.05, **fields)

    def next(self, *stages: Stage, engine: Here | Local | None = None) -> Path:
        return build(Corpus("sft", [self.qa], list(stages)), self.root, engine or Here())


@pytest.fixture
def reviewed(tmp_path: Path) -> Reviewed_:
    return Reviewed_(tmp_path)


@pytest.mark.parametrize("engine", [Here(), Local(2)], ids=["here", "local"])
def test_what_did_not_pass_is_not_in_the_next_version(reviewed: Reviewed_, engine: Here | Local) -> None:
    told = manifest(reviewed.next(reviewed.stage(), engine=engine))
    assert told["funnel"][-1]["dropped"] == {"not_accepted": 300, "not_checked": 350}
    assert {name: one["rows"] for name, one in told["sources"].items() if one["rows"]} == {"good": 400}
    assert told["marks"] == ["accepted: at most 5% wrong, 95% sure"]


def test_the_manifest_records_what_was_accepted_and_on_what_grounds(reviewed: Reviewed_) -> None:
    told = manifest(reviewed.next(reviewed.stage()))
    (stage,) = told["recipe"]["stages"]
    judged = stage["Accepted"]["judged"]
    assert {name: (one["checked"], one["errors"], one["accepted"]) for name, one in judged.items()} == {
        "good": (60, 0, True),
        "bad": (60, 9, False),
        "thin": (10, 0, None),
    }
    assert judged["good"]["bound"] == pytest.approx(at_most(0, 60), abs=1e-6)
    assert judged["good"]["version"] == reviewed.built.folder.name
    assert len({one["decisions"] for one in judged.values()}) == 3
    assert list(stage["Accepted"]["sha256"]) == ["march.jsonl"]
    assert "verdicts" not in stage["Accepted"]  # where the file lies is not what it is


def test_a_card_can_show_what_was_accepted(reviewed: Reviewed_) -> None:
    html = passed(manifest(reviewed.next(reviewed.stage())))
    cells = re.findall(r"<(?:th|td)[^>]*>([^<]*)</t[hd]>", html)
    assert [cells[k : k + 6] for k in range(0, len(cells), 6)] == [
        ["bad", "–", "60", "9", "24.8%", "拒绝 rejected"],
        ["good", "–", "60", "0", "4.88%", "接受 accepted"],
        ["thin", "–", "10", "0", "25.9%", "尚未定 not yet"],
    ]
    assert "no more than 5.00% are wrong" in html
    assert "No rows were taken" in passed(reviewed.built.manifest)


def test_a_shard_is_judged_by_itself_and_knows_how_many_rows_it_has(reviewed: Reviewed_) -> None:
    rows = sizes(reviewed.built.manifest, "shard")
    assert rows == {"good/a.jsonl#0": 400, "bad/a.jsonl#0": 300, "thin/a.jsonl#0": 300, "unseen/a.jsonl#0": 50}
    judged = reviewed.stage(by="shard", rows=rows).judged
    assert judged is not None
    assert judged["good/a.jsonl#0"]["bound"] < at_most(0, 60)
    assert judged["unseen/a.jsonl#0"]["accepted"] is None


def test_all_strata_stay_or_go_as_one_where_that_was_the_plan(reviewed: Reviewed_) -> None:
    rows = sizes(reviewed.built.manifest)
    read = {one["stratum"]: one["read"] for one in plan(rows, Rule(at_most=0.05))["strata"]}
    assert max(read.values()) < 59  # of no stratum enough for itself
    said = [one for source, many in read.items() for one in reviewed.read(source, many)]
    reviewed.file.write_text("".join(one.line + "\n" for one in said), "utf-8")
    assert manifest(reviewed.next(reviewed.stage(rows=rows, together=True)))["rows"] == 1050
    apart = manifest(reviewed.next(reviewed.stage(rows=rows)))
    assert apart["rows"] == 0
    assert apart["funnel"][-1]["dropped"] == {"not_checked": 1050}
    with pytest.raises(AcceptanceError, match="together needs rows"):
        reviewed.stage(together=True)


@pytest.mark.parametrize("engine", [Here(), Local(2)], ids=["here", "local"])
def test_rows_that_read_otherwise_than_when_they_were_checked_are_an_error(
    reviewed: Reviewed_, engine: Here | Local
) -> None:
    with pytest.raises(SchemaError, match="rows read otherwise") as told:
        reviewed.next(Rewrites(), reviewed.stage(), engine=engine)
    assert "口服" not in str(told.value)


class Rewrites(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(text=pl.col("text") + "。")


def test_other_verdicts_are_another_recipe(reviewed: Reviewed_) -> None:
    stage = reviewed.stage()
    first = reviewed.next(stage)
    moved = reviewed.file.parent.with_name("elsewhere")
    reviewed.file.parent.rename(moved)
    reviewed.file = moved / reviewed.file.name
    assert reviewed.next(reviewed.stage()) == first
    with reviewed.file.open("a", encoding="utf-8") as file:
        file.writelines(one.line + "\n" for one in reviewed.read("unseen", 50))
    assert reviewed.next(reviewed.stage(rows=sizes(reviewed.built.manifest))) != first
    with pytest.raises(AcceptanceError, match=r"march\.jsonl is not what it was"):
        reviewed.stage(sha256=stage.sha256)
    with pytest.raises(AcceptanceError, match="judged is not what follows"):
        reviewed.stage(judged=stage.judged)


def test_a_verdict_that_was_altered_builds_nothing(reviewed: Reviewed_) -> None:
    lines = reviewed.file.read_text("utf-8").replace('"reject"', '"accept"')
    reviewed.file.write_text(lines, "utf-8")
    with pytest.raises(VerdictError, match="was altered"):
        reviewed.stage()
    with pytest.raises(FileNotFoundError):
        replace(Accepted(verdicts="nowhere/*.jsonl"))
