"""What a corpus cites of its sources, and what nobody asks about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from medgo_data import Corpus, Here, build
from medgo_data import open as open_built
from medgo_data.review.written import written
from medgo_data.sources import DrugLeaflets
from medgo_data.synth import Coverage, DrugQA, SelfContained
from medgo_data.synth.coverage import characters, offered

TOLD = "【药品名称】甲新片\n【适应症】用于轻度的甲症。\n【禁忌】对本品过敏者禁用。\n【贮藏】密封。"


def counted(rows: list[dict[str, Any]]) -> dict[str, float]:
    out = Coverage()(pl.DataFrame(rows).with_columns(drop=pl.lit(None, pl.String)))
    assert out["drop"].null_count() == len(rows)
    return {one["what"]: one["much"] for one in out["asked"][0]}


def row(number: int, *cites: str, parent: str = "a", at: int = 0) -> dict[str, Any]:
    return {"id": f"{parent}>W.{number}", "parent": parent, "context": TOLD[at:], "context_at": at, "cites": [*cites]}


def test_what_two_rows_cite_counts_once() -> None:
    assert characters([(0, 4), (2, 6), (9, 10), (3, 5)]) == 7
    assert characters([]) == 0
    told = counted([row(0, "16-20"), row(1, "18-24"), row(2, "16-24", parent="b")])
    assert told["cited_chars"] == 16


def test_a_section_is_cited_by_each_leaflet_once() -> None:
    ban = TOLD.index("对本品")
    use = TOLD.index("用于")
    told = counted(
        [row(0, f"{ban}-{ban + 5}"), row(1, f"{ban}-{ban + 2}", f"{use}-{use + 3}", at=9), row(2, "0-3", at=9)]
    )
    assert told == {"cited_chars": 11, "cited 禁忌": 1, "cited 适应症": 1}


def test_what_can_be_cited_is_every_character_and_every_section() -> None:
    told = offered(pl.Series([TOLD, TOLD.replace("【贮藏】", "【闲谈】"), "【禁忌】\n【禁忌】", ""]))
    assert told["source_chars"] == 2 * len(TOLD) + 9
    assert (told["section 禁忌"], told["section 贮藏"]) == (3, 1)
    assert "section 闲谈" not in told


def test_rows_that_cite_nothing_are_no_fault() -> None:
    none = pl.DataFrame({"id": ["a"], "text": ["甲"], "drop": [None]}, schema_overrides={"drop": pl.String})
    assert Coverage()(none)["drop"].to_list() == [None]
    assert Coverage()(none.clear()).height == 0


def test_the_card_tells_how_much_is_cited_and_what_is_never_asked_about(tmp_path: Path) -> None:
    leaflets = tmp_path / "raw" / "some.jsonl"
    leaflets.parent.mkdir()
    pl.DataFrame({"content": [TOLD, TOLD.replace("甲新片", "乙新片")]}).write_ndjson(leaflets)
    source = DrugLeaflets(files=str(leaflets), license="x", fields={"text": "content"})
    build(Corpus("asked", [source], [DrugQA(per_leaflet=1), SelfContained(), Coverage()]), tmp_path / "data", Here())
    told = open_built(tmp_path / "data", "asked").manifest
    wrote, *_, last = told["funnel"][1:]
    cited = {name: n for name, n in last["asked"].items() if name.startswith("cited ")}
    assert wrote["asked"]["source_chars"] == 2 * len(TOLD)
    assert wrote["asked"]["section 禁忌"] == 2
    assert 0 < last["asked"]["cited_chars"] < 2 * len(TOLD)
    assert sum(cited.values()) == 2, "one question each"
    page = written(told)
    assert f"{2 * len(TOLD)} 字" in page
    assert "禁忌" in page and "被引用" in page
    assert "被引用" not in written({"funnel": told["funnel"][:-1]}), "nothing counted it"
