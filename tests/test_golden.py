"""What each stage does to its rows, by hand: a file for each stage and version, a case on each line of it.

A case has the ``fields`` of the stage, ``rows`` (of the source that each names, or of one and the same), and what to
``expect`` of each row: null if it goes on as it is; the columns in which it changed; or its ``drop`` and the number of the
row that is ``kept`` for it, or of the verdict ``by`` which it goes. Where rows are born, ``born`` has them, in the order of their names; and a stage that reads verdicts finds
the ``verdicts`` of the case, each with the numbers of the rows that it is about.
A stage whose rows change gets a new version, and so a new file; an old file is never edited.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import medgo_data
import medgo_data.reviewed
from medgo_data import Corpus, Here, Source, Stage, Survey, build
from medgo_data import open as open_built
from medgo_data.verdict import Verdict
from tests.judging import Given, verdict, write

FOLDER = Path(__file__).parent / "golden"
EXPORTED = [getattr(room, name) for room in (medgo_data, medgo_data.reviewed) for name in room.__all__]
STAGES = [x for x in EXPORTED if isinstance(x, type) and issubclass(x, Stage) and x not in (Stage, Survey)]


def cases() -> Iterator[Any]:
    for stage in STAGES:
        path = FOLDER / f"{stage.__name__}.v{stage.version}.jsonl"
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            case = json.loads(line)
            yield pytest.param(stage, case, id=f"{stage.__name__}: {case['about']}")


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_a_stage_has_golden_rows_for_its_version(stage: type[Stage]) -> None:
    files = {path.name for path in FOLDER.glob(f"{stage.__name__}.v*.jsonl")}
    assert files == {f"{stage.__name__}.v{n}.jsonl" for n in range(1, stage.version + 1)}


def test_a_golden_file_belongs_to_a_stage() -> None:
    assert {path.name.split(".")[0] for path in FOLDER.iterdir()} == {stage.__name__ for stage in STAGES}


@pytest.mark.parametrize(("stage", "case"), [*cases()])
def test_a_stage_does_to_its_rows_what_was_worked_out_by_hand(
    stage: type[Stage], case: dict[str, Any], tmp_path: Path
) -> None:
    assert set(case) <= {"about", "gives", "fields", "rows", "expect", "verdicts", "born"}
    ids, sources = written(case, tmp_path)
    said = judged(case, ids, sources, tmp_path)
    fields = case["fields"] | (
        {"verdicts": write(tmp_path / "reviews" / "a.jsonl", said)} if "verdicts" in case else {}
    )
    build(Corpus("golden", sources, [stage(**fields)]), tmp_path / "root", Here())
    built = open_built(tmp_path / "root", "golden")
    kept = {row["id"]: row for row in built.rows().collect().to_dicts()}
    gone = {row["id"]: row for row in built.dropped().collect().to_dicts()}
    born = [kept[name] for name in sorted(kept) if name not in ids]
    assert kept.keys() - {row["id"] for row in born} | gone.keys() == set(ids)
    assert len(born) == len(case.get("born", ()))
    for row, expected in zip(born, case.get("born", ()), strict=True):
        assert row == row | expected
    for name, row, expected in zip(ids, case["rows"], case["expect"], strict=True):
        if expected is None or "drop" not in expected:
            changed = {**row, **(expected or {}), "source": name.split("/")[0]}
            assert kept.get(name, gone.get(name)) == {**kept.get(name, {}), **changed}
        else:
            assert gone.get(name, kept.get(name)) == {
                "id": name,
                "stage": stage.__name__,
                "reason": expected["drop"],
                "kept": ids[expected["kept"]] if "kept" in expected else by(expected, said),
                "score": expected.get("score"),
                "span": expected.get("span"),
            }


def written(case: dict[str, Any], folder: Path) -> tuple[list[str], list[Source]]:
    """The ids that the rows will have, and their sources in the order in which they are first named."""
    lines: dict[str, list[str]] = {}
    ids = []
    for row in case["rows"]:
        said = {name: value for name, value in row.items() if name != "source"}
        mine = lines.setdefault(row.get("source", "a"), [])
        ids.append(f"{row.get('source', 'a')}/rows.jsonl#0-{len(mine)}")
        mine.append(json.dumps(said) + "\n")
    for name, told in lines.items():
        (folder / name).mkdir()
        (folder / name / "rows.jsonl").write_text("".join(told), "utf-8")
    gives = case.get("gives", "document")
    return ids, [Given(name=n, files=f"{folder}/{n}/rows.jsonl", license="invented", gives=gives) for n in lines]


def judged(case: dict[str, Any], ids: list[str], sources: list[Source], folder: Path) -> list[Verdict]:
    """The verdicts of a case, on its rows as they are built."""
    if "verdicts" not in case:
        return []
    build(Corpus("judged", sources), folder / "root", Here())
    rows = {row["id"]: row for row in open_built(folder / "root", "judged").rows().collect().to_dicts()}
    told = [one | {"rows": [rows[ids[n]] for n in one["rows"]]} for one in case["verdicts"]]
    return [verdict(*one.pop("rows"), **one) for one in told]


def by(expected: dict[str, Any], said: list[Verdict]) -> str | None:
    """The decision by which a row goes, if it is one."""
    return f"verdict/{said[expected['by']].decision}" if "by" in expected else None
