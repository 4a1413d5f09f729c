"""Every kind of task goes one way: exams by record, CBLUE, open answers, scales; from the words of the command to its scores."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from medgo_train import cli
from medgo_train.config import RunError
from medgo_train.evaluate import run
from medgo_train.evaluate.backends import How, open_model
from medgo_train.evaluate.cblue.tasks import TASKS
from medgo_train.evaluate.chosen import Chosen, chosen, put, with_profiles
from medgo_train.evaluate.chosen import cblue as cblue_of
from medgo_train.evaluate.compare import comparisons
from medgo_train.evaluate.exams import EXAMS
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.tasks.open import Open
from tests import cblue

WARD = """\
from medgo_train.evaluate.choice import Exam

ward = Exam(
    name="ward",
    question="stem",
    options=("a", "b", "c"),
    answer="key",
    multiple=("type", "多选"),
    stem="case",
    id="no",
    group="case_no",
    category=("department",),
)
"""


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def replayed(folder: Path, tasks: list[Chosen], *said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tasks of an evaluation by name, of a model that said this."""
    model = open_model(str(lines(folder / "said.jsonl", *said)), How())
    return {task["name"]: task for task in run.evaluate(model, tasks, folder / "e")["tasks"]}


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "e/rows" / f"{name}.jsonl").read_text("utf-8").splitlines()]


# ---- exams -----------------------------------------------------------------------------------------------------------


def test_an_exam_of_ones_own_is_a_record_of_at_most_fifteen_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert WARD.count("\n") <= 15
    (tmp_path / "ward.py").write_text(WARD)
    row = {
        "case": "女，30岁，皮疹。",
        "a": "停药",
        "b": "观察",
        "c": "加量",
        "type": "单选",
        "case_no": 7,
        "department": "皮肤",
    }
    one = row | {"no": "w1", "stem": "首先应当？", "key": "A"}
    exam = lines(tmp_path / "exam.jsonl", one, row | {"no": "w2", "stem": "还应当？", "key": "AB", "type": "多选"})
    said = lines(tmp_path / "said.jsonl", {"id": "w1", "answer": "选A"}, {"id": "w2", "answer": "A、B"})
    words = ["evaluate", str(said), f"{tmp_path}/ward.py:ward={exam}", "--into", str(tmp_path / "e")]
    assert cli.main(words) == 0
    assert "ward  medgo: accuracy  1.0000" in capsys.readouterr().out
    found = json.loads((tmp_path / "e/evaluation.json").read_text("utf-8"))["tasks"][0]
    assert found["more"]["categories"] == {"皮肤": 1.0} and rows(tmp_path, "ward")[0]["group"] == "7"
    (tmp_path / "ward.py").unlink()  # what was asked is written down, so it can be scored without the record
    assert cli.main(["score", str(tmp_path / "e")]) == 0


def test_the_known_exams_are_put_by_name(tmp_path: Path) -> None:
    names = {"clinicalqa", "cmb", "cmexam", "medqa_zh", "medqa", "medmcqa", "mmlu_pro", "ceval", "cmmlu", "pubmedqa"}
    assert names <= EXAMS.keys()
    path = lines(
        tmp_path / "p.jsonl", {"id": 1, "QUESTION": "Does it?", "CONTEXTS": ["It may."], "final_decision": "maybe"}
    )
    found = replayed(tmp_path, [put("pubmedqa", path)], {"id": "1", "reply": "The answer is maybe."})
    assert found["pubmedqa"]["columns"] == {"accuracy": 1.0}
    assert rows(tmp_path, "pubmedqa")[0]["gold"] == "C"


def test_one_exam_may_be_put_twice_under_two_names(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", {"question": "？", "options": ["甲", "乙"], "answer": "B"})
    tasks = [put("clinicalqa", path), put("clinicalqa", path, name="turned", orders="all")]
    said = [
        {"task": "clinicalqa", "id": "0", "reply": "B"},
        *({"task": "turned", "id": "0", "turn": n, "reply": "B"} for n in (0, 1)),
    ]
    found = replayed(tmp_path, tasks, *said)
    assert {name: task["columns"]["accuracy"] for name, task in found.items()} == {"clinicalqa": 1.0, "turned": 0.5}


def test_rows_that_are_no_questions_are_counted(tmp_path: Path) -> None:
    good = {"question": "？", "options": ["甲", "乙"], "answer": "A"}
    path = lines(tmp_path / "x.jsonl", good, good | {"answer": "E"}, good | {"options": []}, good | {"question": ""})
    found = replayed(tmp_path, [put("clinicalqa", path)], {"id": "0", "reply": "A"})["clinicalqa"]
    assert found["items"] == 1
    assert found["more"]["not_questions"] == {"no_answer": 1, "no_options": 1, "no_question": 1}


def test_a_question_is_scored_by_the_rules_of_cmb_where_they_are_asked_for(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", {"question": "？", "options": ["甲", "乙"], "answer": "B"})
    said = {"id": "0", "reply": "VTE不对，选B"}
    assert replayed(tmp_path / "a", [put("clinicalqa", path)], said)["clinicalqa"]["columns"] == {"accuracy": 1.0}
    as_cmb = with_profiles([put("clinicalqa", path)], ["cmb"])
    found = replayed(tmp_path / "b", as_cmb, said)["clinicalqa"]
    assert found["columns"] == {"accuracy": 0.0} and found["profile"] == "cmb"  # it takes the E of VTE


# ---- CBLUE -----------------------------------------------------------------------------------------------------------


def downloads(folder: Path) -> Path:
    """A folder as the downloads leave it, with an invented sample of each task."""
    for name in TASKS:
        path = cblue.write(name, folder / name)
        if name != "KUAKE-IR":
            path.rename(path.with_name(path.name.replace("_test", "_dev")))
    (folder / "MedDG/entity_list.txt").write_text("\n".join(cblue.LEXICON), "utf-8")
    return folder


def test_all_of_cblue_comes_from_a_folder_and_has_a_mean(tmp_path: Path) -> None:
    tasks = chosen([f"cblue={downloads(tmp_path / 'cblue')}"])
    assert [one.name for one in tasks] == list(TASKS)
    said = [
        {"task": one.name, "id": item.id, "reply": reply}
        for one in tasks
        for item, reply in zip(TASKS[one.name].read(one.file), cblue.REPLIES[one.name], strict=True)
    ]
    found = replayed(tmp_path, tasks, *said)
    assert {name: task["profile"] for name, task in found.items()} == dict.fromkeys(TASKS, "tianchi")
    told = json.loads((tmp_path / "e/evaluation.json").read_text("utf-8"))
    assert told["overall"]["lacking"] == [] and len(told["overall"]["columns"]) == 19
    perfect = {name for name, value in told["overall"]["columns"].items() if value == pytest.approx(1)}
    assert told["overall"]["columns"].keys() - perfect == {"CMedCausal"}  # of three relations the sample has two
    assert all(task["invalid"] == task["empty"] == task["missing"] == 0 for task in found.values())
    assert all(set(row) >= {"numbers", "score", "gold", "value"} for name in TASKS for row in rows(tmp_path, name))
    assert found["IMCS-V2-SR"]["columns"].keys() == {"IMCS-V2-SR utterance_f1", "IMCS-V2-SR dialog_f1"}
    # and rows as they were written down are added up again
    replayed(tmp_path / "mute", tasks, *(one | {"reply": "无"} for one in said))
    (pair,) = comparisons([tmp_path / "e", tmp_path / "mute/e"])
    assert [one.task for one in pair.differences] == list(TASKS) and not pair.left_out
    values = {one.task: (one.difference.value, one.a.value - one.b.value) for one in pair.differences}
    assert all(apart == pytest.approx(of_scores) for apart, of_scores in values.values())
    assert not any(one.real for one in pair.differences)  # of one sample or two nobody knows


def test_profiles_go_to_the_tasks_that_know_them(tmp_path: Path) -> None:
    tasks = chosen([f"cblue={downloads(tmp_path / 'cblue')}"])
    told = {one.name: one.profile for one in with_profiles(tasks, ["chip2020", "imcs21"])}
    assert told["CMeIE-V2"] == "chip2020" and told["IMCS-V2-DAC"] == "imcs21" and told["CHIP-CDN"] == ""
    with pytest.raises(EvaluationError, match=r"no task here is scored by the rules 'chip2021'. Known are cblue"):
        with_profiles(tasks, ["chip2021"])
    only = [one for one in tasks if one.name == "KUAKE-QIC"]
    said = [{"id": "s1", "reply": "治疗方案"}, {"id": "s2", "reply": "别的"}]
    for profile, expected in (("tianchi", 0.5), ("cblue", 0.5)):
        assert (
            replayed(tmp_path / profile, with_profiles(only, [profile]), *said)["KUAKE-QIC"]["numbers"]["accuracy"]
            == expected
        )


def test_promptcblue_is_put_and_read_as_it_puts_and_reads(tmp_path: Path) -> None:
    base = {"answer_choices": None, "task_type": "cls"}
    path = lines(
        tmp_path / "dev.json",
        base | {"input": "甲和乙相同吗？", "target": "是的", "task_dataset": "CHIP-STS", "sample_id": "1"},
        base | {"input": "丙和丁相同吗？", "target": "不是", "task_dataset": "CHIP-STS", "sample_id": "2"},
        base | {"input": "什么意图？", "target": "治疗方案", "task_dataset": "KUAKE-QIC", "sample_id": "3"},
    )
    tasks = chosen([f"cblue={path}"])
    assert [(one.name, one.profile) for one in tasks] == [("CHIP-STS", "promptcblue"), ("KUAKE-QIC", "promptcblue")]
    said = [{"task": "CHIP-STS", "id": "1", "reply": "是的"}, {"task": "CHIP-STS", "id": "2", "reply": "不是"}]
    found = replayed(tmp_path, tasks, *said, {"task": "KUAKE-QIC", "id": "3", "reply": "病因"})
    assert found["CHIP-STS"]["columns"] == {"CHIP-STS": 1.0} and found["KUAKE-QIC"]["columns"] == {"KUAKE-QIC": 0.0}
    assert rows(tmp_path, "CHIP-STS")[0]["prompt"] == [{"role": "user", "content": "甲和乙相同吗？"}]


def test_a_test_file_or_one_of_another_task_is_refused_before_a_model_is_asked(tmp_path: Path) -> None:
    path = lines(tmp_path / "KUAKE-QIC_dev.json", {"id": "s1", "query": "感冒"})
    with pytest.raises(EvaluationError, match="has no answer to score by"):
        replayed(tmp_path, [put("KUAKE-QIC", path)])
    with pytest.raises(EvaluationError, match="is no file of CMeEE-V2"):
        replayed(tmp_path, [put("CMeEE-V2", path)])
    with pytest.raises(EvaluationError, match="scored by a list of words"):
        replayed(tmp_path, [put("MedDG", cblue.write("MedDG", tmp_path))])
    folder = cblue.write("KUAKE-IR", tmp_path / "ir")
    (folder / "candidates.tsv").unlink()
    with pytest.raises(EvaluationError, match=r"has no candidates to rank\. Put candidates\.tsv"):
        replayed(tmp_path, [put("KUAKE-IR", folder)])
    with pytest.raises(EvaluationError, match="holds no file of CBLUE of the split dev"):
        chosen([f"cblue={tmp_path / 'nothing'}"])


def hidden(told: Any) -> Any:
    """A sample as a test file has it, without its answer."""
    answers = {"entities", "spo_list", "relation_of_mention", "event", "normalized_result", "label", "tree"}
    answers |= {"BIO_label", "dialogue_act", "local_implicit_info", "implicit_info", "report"}
    if isinstance(told, list):
        return [hidden(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {key: "" if key == "attr" else hidden(value) for key, value in told.items() if key not in answers}


def test_test_files_are_answered_and_packed_as_tianchi_takes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in TASKS.keys() - {"KUAKE-IR", "MedDG"}:
        path = cblue.write(name, tmp_path / "cblue" / name)
        is_lines = path.suffix == ".jsonl"
        told = (
            [json.loads(one) for one in path.read_text("utf-8").splitlines()]
            if is_lines
            else [json.loads(path.read_text("utf-8"))]
        )
        path.write_text("".join(json.dumps(hidden(one), ensure_ascii=False) + "\n" for one in told), "utf-8")
    (cblue.write("KUAKE-IR", tmp_path / "cblue/KUAKE-IR") / "qrels.dev.tsv").unlink()
    tasks = chosen([f"cblue_test={tmp_path / 'cblue'}"])
    said = [
        {"task": one.name, "id": item.id, "reply": reply}
        for one in tasks
        for item, reply in zip(TASKS[one.name].read(one.file), cblue.REPLIES[one.name], strict=True)
    ]
    said = [one | {"reply": "不知道"} if one["reply"] == "**病因分析**" else one for one in said]
    found = replayed(tmp_path, tasks, *said)
    assert len(found) == 17 and all(task["columns"] == {} and task["more"]["hidden"] for task in found.values())
    assert cli.main(["score", str(tmp_path / "e"), "--submission", str(tmp_path / "cblue.zip")]) == 0
    assert "holds 17 tasks; samples without a usable answer: 1 of KUAKE-QIC" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "cblue.zip") as archive:
        assert set(archive.namelist()) == {TASKS[name].file for name in found}
        assert [one["label"] for one in json.loads(archive.read("KUAKE-QIC_test.json"))] == ["治疗方案", "其他"]


# ---- open answers, scales --------------------------------------------------------------------------------------------


def test_open_answers_are_held_against_the_nearest_reference(tmp_path: Path) -> None:
    asked = [{"role": "user", "content": "咳嗽怎么办？"}, {"role": "assistant", "content": "多喝水。"}]
    path = lines(
        tmp_path / "talks.jsonl",
        {"no": 1, "question": asked, "answer": ["请多休息，多喝水。", "多喝水。"], "names": ["水"]},
        {"no": 2, "question": "发热怎么办？", "answer": "请服用苹安宁。", "names": ["苹安宁"]},
        {"no": 3, "question": "头痛呢？", "answer": "请服用苹安宁。", "names": ["苹安宁"]},
        {"no": 4, "question": "无答案？", "answer": ""},
    )
    said = [
        {"id": "1", "reply": "<think>嗯</think>多喝水。"},
        {"id": "2", "reply": "休息。"},
        {"id": "3", "reply": "嗯" * 900},
    ]
    record = Open(name="talks", id="no", entities="names")
    found = replayed(tmp_path, [put(record, path)], *said)["talks"]
    assert (found["items"], found["invalid"], found["more"]["not_questions"]) == (3, 1, {"no_reference": 1})
    told = rows(tmp_path, "talks")
    assert [row["score"] for row in told] == [1.0, pytest.approx(2 / 10), 0.0]  # of 休息。 only the full stop
    assert told[0]["prompt"] == asked[:1]
    assert found["columns"]["rougeL"] == pytest.approx(0.4) and found["numbers"]["entity_f1"] == 0.5
    assert {"bleu1", "bleu4", "rouge1", "distinct1", "distinct2"} <= found["numbers"].keys()


def scale(folder: Path, name: str = "invented") -> Path:
    items = [
        {"id": "a", "text": "陈述甲", "subscale": "一"},
        {"id": "b", "text": "陈述乙", "subscale": "一", "reverse": True},
        {"id": "c", "texts": ["陈述丙", "丙，换句话说"], "subscale": "二"},
    ]
    labels = ["很不同意", "不同意", "同意", "很同意"]
    return lines(folder / "scale.json", {"name": name, "labels": labels, "items": items})


def test_a_scale_is_put_in_several_ways_and_what_is_refused_is_never_filled_in(tmp_path: Path) -> None:
    tasks = chosen([f"scale={scale(tmp_path)}"], repeats=4)
    said = [{"id": item, "turn": turn, "reply": "4"} for item in "ab" for turn in range(4)]
    said += [{"id": "c", "turn": turn, "reply": "作为AI，我没有看法。"} for turn in range(4)]
    found = replayed(tmp_path, tasks, *said)["invented"]
    assert found["columns"] == {"一": 5.0}  # 4, and 4 reversed; the other subscale was refused
    assert found["more"]["subscales"]["二"] == {"items": 1, "lowest": 1, "highest": 4, "refused": 1.0, "score": None}
    assert found["more"]["refused"] == pytest.approx(1 / 3) and found["more"]["acquiescence"] == 4
    assert [row["score"] for row in rows(tmp_path, "invented")] == [1.0, 0.0, None]
    assert [row["state"] for row in rows(tmp_path, "invented")] == ["ok", "ok", "invalid"]
    assert found["asked"]["requests"] == 12


# ---- the words of the command ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["clinicalqa"], "'clinicalqa' names no file"),
        (["nothing=x.jsonl"], r"there is no task 'nothing'. Known are clinicalqa.* tasks\.py:nothing=FILE"),
        (["clinicalqa=a.jsonl", "clinicalqa=b.jsonl"], "clinicalqa is named more than once"),
        (["scale=scale.json"], "'a/b' cannot be the name of a task"),
        (["none.py"], r"there is no file none\.py"),
        (["clinicalqa=none.jsonl"], "does not exist"),
        (["clinicalqa=exam.jsonl", "--sha256", "cmb=00"], "cmb is none of the tasks clinicalqa"),
        (["clinicalqa=exam.jsonl", "--param", "x=y"], "--param x: what it is set to is not JSON"),
        (["clinicalqa=exam.jsonl", "--profile", "x"], "no task here is scored by the rules 'x'. Known are cmb, medgo"),
        (["clinicalqa=exam.jsonl", "--profile", "cmb", "--orders", "all"], "CMB asks every question in words"),
    ],
)
def test_words_that_make_no_sense_are_answered_with_what_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "exam.jsonl", {"question": "？", "options": ["甲", "乙"], "answer": "A"})
    scale(tmp_path, name="a/b")
    said = lines(tmp_path / "said.jsonl", {"id": "0", "reply": "A"})
    assert cli.main(["evaluate", str(said), *words, "--into", "e"]) == 1
    assert re.search(says, capsys.readouterr().err)


def test_a_file_of_tasks_says_what_and_the_command_how(tmp_path: Path) -> None:
    exam = lines(tmp_path / "exam.jsonl", {"question": "？", "options": ["甲", "乙"], "answer": "A"})
    (tmp_path / "tasks.py").write_text(
        "from medgo_train.evaluate.chosen import put\n"
        f"tasks = [put('clinicalqa', {str(exam)!r}, orders='all'), put('open', {str(exam)!r})]\n"
    )
    told = chosen([str(tmp_path / "tasks.py")])
    assert [(one.name, one.orders, one.limit) for one in told] == [("clinicalqa", "all", None), ("exam", "one", None)]
    assert [(one.orders, one.limit) for one in chosen([str(tmp_path / "tasks.py")], orders="one", limit=3)] == [
        ("one", 3)
    ] * 2
    (tmp_path / "wrong.py").write_text("tasks = [\n    nothing,\n]\n")
    with pytest.raises(RunError, match=r"wrong\.py, line 2: NameError: .* Correct that line"):
        chosen([str(tmp_path / "wrong.py")])
    with pytest.raises(EvaluationError, match=r"has no profile 'tianchi'. Its rules are known as medgo, cmb"):
        put("clinicalqa", exam, profile="tianchi").open()
    (tmp_path / "empty.py").write_text("tasks = 3\n")
    with pytest.raises(EvaluationError, match="lists no tasks"):
        chosen([str(tmp_path / "empty.py")])


def test_help_is_told_without_anything_heavy() -> None:
    heavy = "torch transformers numpy pyarrow opencc yaml polars vllm"
    for command in ("evaluate", "score", "compare"):
        code = (
            "import sys\nfrom medgo_train import cli\n"
            f"try: cli.main([{command!r}, '--help'])\nexcept SystemExit: pass\n"
            f"print('loaded', *[m for m in {heavy.split()!r} if m in sys.modules])"
        )
        out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        assert out.rstrip().endswith("loaded"), out.splitlines()[-1]


# ---- the demo --------------------------------------------------------------------------------------------------------


def test_the_demo_asks_an_exam_open_questions_every_task_of_cblue_and_a_scale(tmp_path: Path) -> None:
    tasks = chosen(["recipes/evaluated.py"])
    assert [one.name for one in tasks] == ["drug_exam", "drug_questions", *TASKS, "DUMMY-8"]
    every = [ask for one in tasks for ask in one.open().asks()]
    said = [{"task": ask.task, "id": ask.id, "turn": ask.turn, "reply": "无"} for ask in every]
    found = replayed(tmp_path, tasks, *said)
    assert found["drug_exam"]["items"] == 106 and found["drug_exam"]["columns"] == {"accuracy": 0.0}
    assert all(task["items"] >= 2 and task["missing"] == 0 for task in found.values())
    gold = {row["id"]: row["gold"] for row in rows(tmp_path, "drug_exam")}
    right = [{"task": "drug_exam", "id": name, "reply": f"答案：{key}"} for name, key in gold.items()]
    assert replayed(tmp_path / "right", tasks[:1], *right)["drug_exam"]["columns"] == {"accuracy": 1.0}


def test_the_demo_s_samples_of_cblue_have_answers_of_the_official_form() -> None:
    for one in cblue_of(Path("recipes/raw/evaluation/cblue")):
        if one.name not in {
            "KUAKE-IR",
            "IMCS-V2-MRG",
        }:  # gold is what fits, not ten in an order; and two reports, not one
            faults = [TASKS[one.name].fault(item, item.gold) for item in TASKS[one.name].read(one.file)]
            assert set(faults) == {None}, one.name
