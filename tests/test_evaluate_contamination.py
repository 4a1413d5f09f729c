"""Which items of a benchmark a model was trained on is found in the shards of its run, as corpora are cleared of them."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import opencc
import polars as pl
import pytest

from medgo_data import Decontaminate
from medgo_data import letters as sister
from medgo_train import data, record
from medgo_train.data import DataError
from medgo_train.evaluate import evaluated, letters, report
from medgo_train.evaluate.choice import Item, prompt
from medgo_train.evaluate.contamination import (
    ContaminationError,
    Overlap,
    check,
    corpora,
    of_question,
    of_record,
    of_rows,
    overlap,
)
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.grams import Index, Probe, aligned, common
from tests import tiny
from tests.evaluated import evaluation, rows_of, save_rows

REAL = Path(os.environ.get("MEDGO_REAL_DATA", ""))
STEM = "患者晨起后双手关节僵硬超过一小时，伴对称性肿痛，首先考虑哪种疾病？"
OPTIONS = ("类风湿关节炎", "痛风性关节炎", "骨关节炎", "强直性脊柱炎")
OTHER = ("服用苹安宁期间不宜同时食用的水果是下列中的", "柚子", "香蕉", "西瓜", "橙子")
CASE = "入院前三天无明显诱因出现上腹隐痛，进食后加重，夜间可痛醒，无呕血黑便。"
PROBES = [
    of_question(Item(id="q1", question=STEM, options=OPTIONS, answer="A")),
    Probe(id="q2", parts=OTHER),
    of_record("c1", {"text": CASE, "entities": [{"entity": "上腹隐痛进食后加重夜间可痛醒"}]}),
    Probe(id="short", parts=("慢性胃炎",)),
]
BEFORE, AFTER = "门诊随访记录一则：", "\n以上内容仅供参考。"


def written(stem: str, *options: str) -> str:
    return "\n".join([stem, *(f"{letter}. {option}" for letter, option in zip("ABCDE", options, strict=False))])


WHOLE = written(STEM, *OPTIONS)
TEXTS = {
    "verbatim": WHOLE,
    "options shuffled": written(STEM, *OPTIONS[::-1]),
    "without letters, on one line": STEM + "；".join(OPTIONS),
    "an answer in place of the options": f"{STEM}答案是类风湿关节炎，不是骨关节炎、痛风性关节炎。",
    "another letter": WHOLE.replace("僵硬", "僵直"),
    "letters that are gone": WHOLE.replace("对称性", ""),
    "letters put in": WHOLE.replace("一小时", "约一个小时"),
    "in Traditional characters": opencc.OpenCC("s2t").convert(WHOLE),
    "with spaces": " ".join(WHOLE),
    "in full width": WHOLE.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "a record": "病例：" + CASE + "体格检查无异常。",
    "the same subject": "类风湿关节炎患者晨起后双手僵硬，常超过一小时，并有对称性的关节肿痛，应尽早诊治。",
    "the question without its options": STEM,
    "the options without the question": "风湿科常见病有：" + "、".join(OPTIONS) + "等，需结合化验鉴别。",
    "half of the question": STEM[: len(STEM) // 2] + "请看下文。",
    "piece by piece": STEM[:16] + "夏季应当多饮水。" * 40 + STEM[16:] + "冬季注意保暖。" * 40 + written("", *OPTIONS),
    "nothing": "",
    "one character again and again": "药" * 500,
    "what is too short": "慢性胃炎",
}


def found(*texts: str, probes: list[Probe] = PROBES, at_least: float = 0.8) -> dict[int, tuple[float, str]]:
    best: dict[int, tuple[float, str]] = {}
    index = Index.of(probes)
    for number, text in enumerate(texts):
        index.look([str(number)], [BEFORE + text + AFTER], at_least, best, {})
    return best


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Decontaminate:
    path = tmp_path_factory.mktemp("benchmark") / "b.jsonl"
    told = [{"question": probe.parts[0], "options": list(probe.parts[1:])} for probe in PROBES[:2]]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in [*told, {"text": CASE}]), "utf-8")
    return Decontaminate(against=str(path), drop=False)


def theirs(stage: Decontaminate, *texts: str) -> list[str | None]:
    rows = pl.DataFrame({"text": texts, "drop": [None] * len(texts)}, schema={"text": pl.String, "drop": pl.String})
    return stage(rows)["leak_at"].to_list()


@pytest.mark.parametrize("way", TEXTS)
def test_it_agrees_with_what_clears_a_corpus(stage: Decontaminate, way: str) -> None:
    (told,) = theirs(stage, BEFORE + TEXTS[way] + AFTER)
    ours = [f"b/b.jsonl#{item} {share:.2f}" for item, (share, _) in found(TEXTS[way]).items()]
    assert ours == ([told.rpartition(" ")[0]] if told else [])


def test_so_many_edits_as_are_made_by_chance_are_agreed_upon(stage: Decontaminate) -> None:
    dice = random.Random(3)
    texts = ["".join(_edited(c, dice, rate / 40) for c in TEXTS["options shuffled"]) for rate in range(40)]
    ours = [bool(found(text)) for text in texts]
    assert ours == [told is not None for told in theirs(stage, *(BEFORE + text + AFTER for text in texts))]
    assert 5 < sum(ours) < 35


def _edited(character: str, dice: random.Random, rate: float) -> str:
    return dice.choice(("", "的", character + "的")) if dice.random() < rate else character


@pytest.mark.parametrize(
    "text", ["Ａｂ１ ㎎ ﷺ", "cafe\u0301 caf\u00e9", "類風濕⼀⼯ﬁ", "\x00甲\x00乙", "℃①½", "𠀀丁", ""]
)
def test_letters_are_those_of_the_sister(text: str) -> None:
    assert letters.spelled(letters.letters([text, "丙"])) == sister.view(text) + "\x00丙\x00"


def test_rows_do_not_run_into_each_other() -> None:
    best: dict[int, tuple[float, str]] = {}
    half = len(STEM) // 2
    Index.of(PROBES).look(["1", "2"], [STEM[:half], STEM[half:] + written("", *OPTIONS)], 0.8, best, {})
    assert best == {}


def test_a_long_item_is_found_by_its_grams_and_the_first_of_two_alike_stands_for_both() -> None:
    dice = random.Random(1)
    text = "".join(dice.choices([chr(code) for code in range(0x4E00, 0x9000)], k=1500))
    probes = [Probe(id="long", parts=(text,)), Probe(id="again", parts=(text,))]
    index = Index.of(probes)
    assert index.number == (0, 0)
    torn = "".join("的" if n % 30 == 15 else c for n, c in enumerate(text))
    assert found(text, probes=probes)[0][0] == 1
    assert found(torn, probes=probes)[0][0] >= 0.8
    assert found(text[:900] + AFTER * 500 + text[900:], probes=probes) == {}


def test_a_turn_of_phrase_that_many_items_share_tells_none_of_them() -> None:
    shared = "根据上述病例资料并结合相关的实验室检查结果，下列各项叙述中不正确的一项是"
    names = [f"{a}{b}{c}" for a in "甲乙丙丁" for b in "春夏秋冬" for c in "山水云月"]
    probes = [Probe(id=name, parts=(shared, name, name[::-1])) for name in names]
    assert set(Index.of(probes).number) == {-1}
    assert found(shared, probes=[*probes, PROBES[0]]) == {}


def test_an_alignment_never_has_more_than_the_longest_common_subsequence() -> None:
    dice = random.Random(0)
    for _ in range(200):
        part, text = ("".join(dice.choices("甲乙丙丁", k=dice.randint(0, 12))) for _ in range(2))
        assert aligned(part, text)[0] <= common(part, text)
    assert aligned("abcdef", "xxabXdefyy") == (5, 2, 8)


# ---- the shards of a run --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("root")
    texts = [
        "饭后服用。",
        BEFORE + TEXTS["options shuffled"],
        "多喝水，多休息。",
        BEFORE + TEXTS["another letter"] + AFTER,
    ]
    tiny.corpus(folder, "books", "document", [{"text": text, "origin": "a.jsonl"} for text in texts])
    tiny.corpus(folder, "talks", "chat", [tiny.talk(CASE, "建议做胃镜。"), tiny.talk(STEM, "类风湿关节炎。")])
    asked = [{"role": "user", "content": OTHER[0]}]
    pair = {
        "chosen": [{"role": "assistant", "content": "甲"}],
        "rejected": [{"role": "assistant", "content": "、".join(OTHER[1:])}],
    }
    tiny.corpus(folder, "pairs", "preference", [{"prompt": asked} | pair])
    return folder


def run_of(root: Path, *names: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a run.json says of its data."""
    told = [data.read(data.find(name, root=root)) for name in names]
    rows = [{"corpus": one.name, "version": one.fingerprint, "content": one.content} for one in told]
    return {"data": rows, "before": before}


def looked(root: Path, *names: str, **told: Any) -> Overlap:
    return overlap({"exam": PROBES}, corpora(run_of(root, *names), root), **told)["exam"]


def test_the_items_that_stand_in_the_shards_are_named_with_rows_and_shares(root: Path) -> None:
    told = looked(root, "books", "talks", "pairs")
    assert {(one.id, one.row) for one in told.found} == {("q1", "books/1"), ("q2", "pairs/0"), ("c1", "talks/0")}
    assert all(one.share == 1 for one in told.found)
    assert (told.items, told.too_short, told.rows, told.share) == (4, 1, 7, 0.75)
    assert [name.partition("@")[0] for name in told.of] == ["books", "talks", "pairs"]
    plain = told.plain()
    assert plain["ids"] == ["q1", "q2", "c1"] and plain["found"] == 3
    assert "患者" not in json.dumps(plain, ensure_ascii=False)


def test_a_question_that_stands_there_without_its_options_is_told_apart(root: Path) -> None:
    told = looked(root, "talks")
    assert [one.id for one in told.found] == ["c1"]
    assert [(one.id, one.row, one.share) for one in told.questions if one.id == "q1"] == [("q1", "talks/1", 1.0)]


def test_what_a_model_saw_in_the_stages_before_counts_too(root: Path) -> None:
    run = run_of(root, "talks", before=run_of(root, "books", before=run_of(root, "talks")))
    assert [one.name for one in corpora(run, root)] == ["talks", "books"]


def test_more_workers_find_the_same(root: Path) -> None:
    assert looked(root, "books", "talks", workers=2) == looked(root, "books", "talks")


@pytest.mark.slow
def test_the_run_json_of_a_real_run_is_followed(root: Path, tmp_path: Path) -> None:
    from medgo_train import ready

    config = tiny.config(
        tmp_path, tiny.save(tmp_path / "base", ["药"]), "sft", "talks", root=str(root), length=256, batch={"rows": 2}
    )
    start = json.loads(json.dumps(record.Record(config, ready.prepare(config)).start))
    assert [one.id for one in overlap({"exam": PROBES}, corpora(start))["exam"].found] == ["c1"]


def test_another_version_than_that_of_the_run_is_refused(root: Path, tmp_path: Path) -> None:
    run = run_of(root, "books")
    run["data"][0]["content"] = "c0ffee" * 10
    with pytest.raises(ContaminationError, match="is not what the model was trained on"):
        corpora(run, root)
    with pytest.raises(DataError, match="has not one version"):
        corpora(run_of(root, "books"), tmp_path)


def test_a_shard_that_was_altered_is_no_witness(tmp_path: Path) -> None:
    folder = tiny.corpus(tmp_path, "books", "document", [{"text": "饭后服用。", "origin": "a"}], shards=1)
    told = corpora(run_of(tmp_path, "books"), tmp_path)
    (folder / "part-00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(ContaminationError, match="part-00000"):
        overlap({"exam": PROBES}, told)


def test_a_row_as_long_as_a_book_is_looked_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    filler = "患者一般情况可，继续目前治疗方案，注意休息。"
    text = filler * 60_000
    for place in (0, (1 << 20) - 30, (1 << 20) + 5, len(text)):
        root = tmp_path / str(place)
        tiny.corpus(root, "books", "document", [{"text": text[:place] + WHOLE + text[place:], "origin": "a"}], shards=1)
        assert [one.share for one in looked(root, "books").found] == [1.0]


def test_an_evaluation_is_told_which_of_its_items_the_model_was_trained_on(root: Path, tmp_path: Path) -> None:
    folder = evaluation(tmp_path / "e", "e", 0.6, items=30)
    asked = [Item(id=probe.id, question=probe.parts[0], options=probe.parts[1:], answer="A") for probe in PROBES[:2]]
    rows = rows_of(folder, "clinicalqa")
    for row, item in zip(rows, asked, strict=False):
        row |= {"id": item.id, "prompt": [{"role": "user", "content": prompt(item)}]}
    save_rows(folder, "clinicalqa", rows)
    spoiled = run_of(root, "books")
    spoiled["data"][0]["content"] = "c0ffee" * 10
    evaluated.tell(folder, model={"run": spoiled})
    with pytest.raises(ContaminationError, match="is not what the model was trained on"):
        check(folder, root)
    evaluated.tell(folder, model={"run": run_of(root, "books", "pairs")})
    found = check(folder, root)
    assert [one.id for one in found["clinicalqa"].found] == ["q1", "q2"]
    assert set(found) == {"clinicalqa", "CHIP-STS", "CHIP-CTC", "chimed"}
    told = json.loads((folder / "evaluation.json").read_text("utf-8"))["contamination"]
    assert (told["clinicalqa"]["found"], told["clinicalqa"]["items"], told["CHIP-STS"]["found"]) == (2, 30, 0)
    assert "6.7 %" in report.write([folder]).read_text("utf-8")
    evaluated.tell(folder, model={"run": None})
    with pytest.raises(EvaluationError, match=r"names no run\.json"):
        check(folder, root)


def test_of_what_was_asked_only_what_is_asked_about_is_looked_for() -> None:
    asked = [Item(id=str(n), question=f"第一行\n{STEM}{n}", options=OPTIONS, answer="A") for n in range(2)]
    rows = [{"id": item.id, "prompt": [{"role": "user", "content": prompt(item)}]} for item in asked]
    assert of_rows(rows)[0] == Probe(id="0", parts=(f"第一行\n{STEM}0", *OPTIONS))
    texts = [f"请找出下面文本中的医学实体。\n文本：{CASE}{n}\n实体类型：疾病、药物" for n in range(4)]
    probes = of_rows([{"id": n, "prompt": [{"role": "user", "content": text}]} for n, text in enumerate(texts)])
    assert probes[3] == Probe(id="3", parts=(f"文本：{CASE}3",))
    assert of_rows([{"id": 1, "prompt": None}]) == [Probe(id="1", parts=())]


@pytest.mark.real
def test_real_exams_and_real_texts_are_judged_alike() -> None:
    from medgo_data.decontaminate.items import SEPARATOR, items

    stage = Decontaminate(against=f"{REAL}/data/exam/MTCMB_TCM-ED-A*", drop=False)
    parts = [text.split(SEPARATOR) for one in stage.benchmarks for text in items(one, None)["text"]]
    index = Index.of([Probe(id=str(n), parts=tuple(one)) for n, one in enumerate(parts)])
    dice = random.Random(0)
    told: dict[str, float] = {}
    for way in ("verbatim", "shuffled", "edited"):
        texts = []
        for stem, *options in dice.sample(parts, 200):
            text = written(stem, *(dice.sample(options, len(options)) if way == "shuffled" else options))
            texts.append("".join(_edited(c, dice, 0.05) for c in text) if way == "edited" else text)
        ours = []
        for text in texts:
            index.look(["x"], [text], 0.8, best := {}, {})
            ours.append(bool(best))
        rows = pl.DataFrame({"text": texts, "drop": [None] * len(texts)}, schema={"text": pl.String, "drop": pl.String})
        assert ours == stage(rows)["leak"].is_not_null().to_list()
        told[way] = sum(ours) / len(ours)
    assert min(told["verbatim"], told["shuffled"]) >= 0.97 and told["edited"] >= 0.94, told
    docs = pl.read_parquet(REAL / "bench/dedup.parquet")["text"].head(8000).to_list()
    start, best = time.process_time(), {}
    for first in range(0, len(docs), 1000):
        some = docs[first : first + 1000]
        index.look(["x"] * len(some), some, 0.8, best, {})
    speed = sum(len(text.encode()) for text in docs) / 1e6 / (time.process_time() - start)
    assert len(best) <= 8 and speed > 10, speed  # of 50 on a quiet core
