from __future__ import annotations

import json
from pathlib import Path

import pytest

from medgo_data import cli
from medgo_data.review import gallery
from medgo_data.store import Store

RECIPE = """
from medgo_data import Clean, Corpus, Dedup, Scrub
from medgo_data.sources import JsonLines

notes = JsonLines(name="notes", files="{raw}/*.jsonl", license="invented", category="case report", fields={{"text": "note"}})
seen = Corpus("seen", [notes], [Scrub(policy="high_recall"), Clean(min_chars=20), Dedup()])
blind = Corpus("blind", [notes], [Clean(min_chars=20)])
"""
NOTE = "姓名：郝建邦　电话：13905537162\n主诉：反复咳嗽{}年，夜间加重，伴少量白痰，无发热，SpO2<95%。"
SECRETS = ("郝建邦", "13905537162")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "raw").mkdir()
    notes = [NOTE.format(k) for k in range(3, 9)] + ["太短。"] * 2 + [NOTE.format(3)]
    lines = [json.dumps({"note": note}, ensure_ascii=False) for note in notes]
    (folder / "raw" / "a.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n", "utf-8")
    (folder / "recipe.py").write_text(RECIPE.format(raw=folder / "raw"), "utf-8")
    assert ask("build", folder / "recipe.py", "--engine", "here", "--quiet", at=folder) == 0
    return folder


def ask(*words: object, at: Path) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main([*map(str, words), "--root", str(at / "data")])
    return int(end.value.code or 0)


def page(root: Path, *words: object, corpus: str = "seen") -> str:
    out = root / "page.html"
    assert ask("card", corpus, "--gallery", "-o", out, *words, at=root) == 0
    return out.read_text("utf-8")


def test_what_was_replaced_stands_beside_what_it_hid_and_no_identifier_is_on_the_page(root: Path) -> None:
    told = page(root, "--raw", root / "recipe.py")
    assert "[姓名1]" in told and told.count(gallery.HIDDEN) >= 2
    assert not [secret for secret in SECRETS if secret in told]
    assert "SpO2&lt;95%" in told
    assert "default-src &#x27;none&#x27;" in told and "<script" not in told


def test_what_left_is_shown_with_its_reason_as_it_came_to_the_stage(root: Path) -> None:
    told = page(root, "--raw", root / "recipe.py")
    assert "过短" in told and "太短。" in told and "剔除 2 行" in told
    assert 'id="step-0"' in told and "notes/a.jsonl#0-8" in told, "a copy, beside the row that stayed"
    without = page(root)
    assert "过短" in without and "太短。" not in without and "此处不显示文本" in without


def test_the_same_seed_draws_the_same_rows(root: Path) -> None:
    assert page(root, "--rows", 2) == page(root, "--rows", 2)
    built = Store(root / "data").find("seen")
    assert {(one.stage, one.reason, one.rows) for one in gallery.left(built, 2, 1)} == {
        ("read", "not_json", 1), ("Clean", "too_short", 2), ("Dedup", "duplicate", 1), ("Dedup", "near_duplicate", 5),
    }  # fmt: skip


def test_a_corpus_that_was_not_scrubbed_is_shown_only_to_who_may_see_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("card", "blind", "--gallery", at=root) == 1
    assert "was not scrubbed" in capsys.readouterr().err
    assert "郝建邦" in page(root, "--unscrubbed", corpus="blind")
