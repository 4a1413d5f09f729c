"""From the demo's questions about a guideline to preference rows, in the three commands of docs/review.md, with a physician between them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medgo_data import open as open_built
from tests.test_review_cli import free, serving
from tests.visitors import Visitor

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_three_commands_from_a_review_to_pairs_of_answers(tmp_path: Path) -> None:
    pytest.importorskip("openai")

    def ran(*words: object) -> str:
        told = [sys.executable, "-m", "medgo_data.cli", *map(str, words), "--root", str(tmp_path / "data")]
        env = os.environ | {"MEDGO_VERDICTS": str(tmp_path / "reviews" / "*.jsonl")}
        env.pop("OPENAI_BASE_URL", None)
        done = subprocess.run(told, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ran("build", ROOT / "recipes" / "demo.py:guideline_qa", "--engine", "here", "--quiet")
    (tmp_path / "reviews").mkdir()
    port = free()
    with serving(tmp_path, port, "guideline_qa"):
        physician = Visitor(port).follow(ran("review", "invite", "R1").strip().rpartition("/")[2]).sit()
        assert "<mark>" in physician.text, "the words of the guideline that the answer cites"
        answers = []
        for verdict in ("accept", "edit", "reject"):
            more = (
                {"edited": "经医师改写的回答。"}
                if verdict == "edit"
                else {"reasons": ["other"]}
                if verdict == "reject"
                else {}
            )
            answers.append(physician.shows)
            assert physician.say(verdict, **more).status == 200
        assert not physician.of("nonce"), "three were to be seen"
    ran("review", "export", "guideline_qa", "-o", tmp_path / "reviews" / "guideline_qa.jsonl")
    ran("build", ROOT / "recipes" / "reviewed.py", "--engine", "here", "--quiet")

    sft = open_built(tmp_path / "data", "guideline_sft").rows().collect()
    assert sorted(sft["review"]) == ["accepted", "edited"]
    assert "经医师改写的回答。" in [turns[-1]["content"] for turns in sft["messages"]]
    dpo = open_built(tmp_path / "data", "guideline_dpo")
    assert dpo.manifest["gives"]["schema"] == "preference" and "scrubbed" in dpo.manifest["marks"]
    (pair,) = dpo.rows().collect().to_dicts()
    assert pair["chosen"][0]["content"] == "经医师改写的回答。" != pair["rejected"][0]["content"]
    assert pair["rejected"][0]["content"] in answers[1]
    with serving(tmp_path, port, "guideline_qa"):
        other = Visitor(port).follow(ran("review", "invite", "R2").strip().rpartition("/")[2]).get("/")
        assert "/look/guideline_qa" in other.text and "/look/guideline_sft" not in other.text
        assert other.get("/look/guideline_sft").status == 404, "in it stands what another said"
        assert other.get("/look/guideline_qa").status == 200 and "R1" not in other.text
        admin = Visitor(port).follow(ran("review", "invite", "boss", "--role", "admin").strip().rpartition("/")[2])
        assert "accept R1" in admin.get("/look/guideline_sft").text
    kto = open_built(tmp_path / "data", "guideline_kto").rows().collect()
    assert sorted(kto["label"]) == [False, False, True, True]


def test_the_pages_show_the_commands_and_the_corpora_of_the_recipe() -> None:
    told = (ROOT / "recipes" / "reviewed.py").read_text("utf-8").splitlines()
    lines = [line.strip() for line in told if line.startswith(("    medgo-data", "guideline_"))]
    assert len(lines) == 6
    for page in ("docs/review.md", "docs/review_zh.md"):
        text = (ROOT / page).read_text("utf-8")
        assert [line for line in lines if line not in text] == []
