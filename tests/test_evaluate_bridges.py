"""Our tasks stand in the forms of two other harnesses, and logs that these really wrote come back as evaluations.

The logs are of lm-evaluation-harness 0.4.13 and inspect 0.3.285, run on the exported task of five invented questions against an
endpoint on loopback (letters: against lm-eval's dummy model).
"""

from __future__ import annotations

import ast
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from medgo_train.evaluate import bridges, choice, compare, evaluated, logs, report
from medgo_train.evaluate.choice import Item
from medgo_train.evaluate.files import EvaluationError, values
from medgo_train.evaluate.logs import Log
from medgo_train.evaluate.logs_read import read
from tests.evaluated import evaluation, exam

LOGS = Path(__file__).parent / "logs"
WORDS, LETTERS = LOGS / "lm_eval/words", LOGS / "lm_eval/letters"
ONCE, TWICE = LOGS / "inspect/once.json", LOGS / "inspect/twice.eval"
SAID = ["考虑病情。\n答案：A", "答案：B", "我选第二项，饮酒。\n答案：B", "这个问题请咨询医生。</script", " \n" * 50]
QUESTIONS = [
    Item(id=f"q{n}", question=f"题{n}", options=("休息", "手术", "输血", "截肢"), answer=answer, group="一般" if n < 2 else None)
    for n, answer in enumerate("ABAAA")
]  # fmt: skip


# ---- out ------------------------------------------------------------------------------------------------------------


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_an_exam_is_a_task_of_lm_eval_in_words_and_by_letters(tmp_path: Path) -> None:
    items, words, letters = bridges.for_lm_eval("ward-exam", bridges.asked_of(QUESTIONS), tmp_path / "deep")
    first = rows(items)[0]
    assert first["prompt"] == choice.prompt(QUESTIONS[0]) and (first["gold"], first["answer"]) == ("A", 0)
    told = yaml.safe_load(words.read_text("utf-8"))
    assert (
        told["task"] == "ward_exam"
        and told["output_type"] == "generate_until"
        and told["generation_kwargs"]["until"] == []
    )
    assert told["dataset_kwargs"]["data_files"]["test"] == str(items.resolve())
    assert told["filter_list"][0]["filter"][0]["regex_pattern"] == bridges.ANSWER
    told = yaml.safe_load(letters.read_text("utf-8"))
    assert (told["output_type"], told["doc_to_choice"], told["target_delimiter"]) == ("multiple_choice", "labels", "")


def test_where_several_may_be_right_no_letter_is_the_likeliest(tmp_path: Path) -> None:
    several = Item(id="m", question="题", options=("甲", "乙", "丙"), answer="AC", multiple=True)
    assert [path.name for path in bridges.for_lm_eval("m", bridges.asked_of([several]), tmp_path)] == [
        "m.jsonl",
        "m.yaml",
    ]


def test_an_exam_is_a_task_of_inspect(tmp_path: Path) -> None:
    items, file = bridges.for_inspect("3-ward", bridges.asked_of(QUESTIONS), tmp_path)
    first = rows(items)[0]
    assert first["input"] == [{"role": "user", "content": choice.prompt(QUESTIONS[0])}] and first["target"] == "A"
    tree = ast.parse(file.read_text("utf-8"))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert function.name == "task_3_ward" and ast.unparse(function.decorator_list[0]) == "task"
    (pattern,) = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "pattern"]
    assert ast.literal_eval(pattern.args[0]) == bridges.ANSWER


def test_whatever_an_evaluation_asked_can_be_asked_elsewhere(tmp_path: Path) -> None:
    (one,) = evaluated.read([evaluation(tmp_path / "e", "e", 0.6, items=4)])
    for task in one.tasks:
        asked = bridges.asked_in(one, task)
        assert len(bridges.for_lm_eval(task, asked, tmp_path / "lm")) == (3 if task == "clinicalqa" else 2)
        assert len(bridges.for_inspect(task, asked, tmp_path / "in")) == 2
    assert rows(tmp_path / "lm/clinicalqa.jsonl")[0]["prompt"] == choice.prompt(exam(1)[0])
    assert json.loads(rows(tmp_path / "in/chimed.jsonl")[0]["target"]) == ["注意休息。"]
    ast.parse((tmp_path / "in/CHIP_STS.py").read_text("utf-8"))


# ---- in -------------------------------------------------------------------------------------------------------------


def only(path: Path, **how: str) -> Log:
    (log,) = read(path, **how)
    return log


def test_samples_of_lm_eval_come_back_as_they_were_asked_answered_and_scored() -> None:
    log = only(WORDS)
    assert (log.harness, log.version, log.task, log.model, log.metric, log.how) == (
        "lm-eval",
        "0.4.13",
        "ward_exam",
        "ward",
        "exact_match",
        "letter",
    )
    assert [one.id for one in log.samples] == ["q0", "q1", "q2", "q3", "q4"]
    assert [one.replies for one in log.samples] == [[said] for said in SAID]
    assert [one.score for one in log.samples] == [1, 1, 0, 0, 0]
    assert [one.state for one in log.samples] == ["ok", "ok", "ok", "invalid", "empty"]
    assert [one.value for one in log.samples] == ["A", "B", "B", None, None]
    assert "感冒时首先应当怎么做" in log.samples[0].prompt[0]["content"] and log.samples[0].prompt[0]["role"] == "user"
    assert [one.group for one in log.samples] == ["一般", "一般", None, None, None]


def test_likelihoods_of_lm_eval_come_back_as_letters() -> None:
    log = only(LETTERS)
    assert (log.task, log.metric, [one.gold for one in log.samples]) == ("ward_exam_letters", "acc", list("ABAAA"))
    for one in log.samples:
        assert (one.score == 1) == (one.value == one.gold) and len(one.replies[0].splitlines()) == 4


@pytest.mark.parametrize("path", [ONCE, TWICE], ids=lambda path: path.name)
def test_logs_of_inspect_come_back_in_both_forms(path: Path) -> None:
    log = only(path)
    assert (log.harness, log.version, log.task, log.model, log.how) == (
        "inspect",
        "0.3.285",
        "ward_exam",
        "openai-api/ward/ward",
        "pattern",
    )
    times = 2 if path == TWICE else 1
    assert [one.replies for one in log.samples] == [[said] * times for said in SAID]
    assert [one.score for one in log.samples] == [1, 1, 0, 0, 0]
    assert [one.state for one in log.samples] == ["ok", "ok", "ok", "invalid", "empty"]
    assert all(one.tokens and one.tokens[0] > 0 for one in log.samples)
    assert log.digest == only(WORDS).digest


def test_epochs_are_one_item_and_one_that_failed_counts_as_nothing(tmp_path: Path) -> None:
    told = json.loads(ONCE.read_text("utf-8"))
    again = json.loads(json.dumps(told["samples"][0])) | {"epoch": 2, "error": {"message": "x"}, "scores": {}}
    gone = json.loads(json.dumps(told["samples"][1])) | {"error": {"message": "x"}, "scores": {}}
    part = json.loads(json.dumps(told["samples"][2]))
    part["scores"]["pattern"]["value"] = "P"
    told["samples"] = [again, gone, part, *told["samples"][:1]]
    (tmp_path / "a.json").write_text(json.dumps(told), "utf-8")
    log = only(tmp_path / "a.json")
    assert [(one.id, one.score, one.state) for one in log.samples] == [
        ("q0", 0.5, "ok"),
        ("q1", 0.0, "missing"),
        ("q2", 0.5, "ok"),
    ]


def test_what_is_long_lies_apart_in_a_log_of_inspect_and_is_put_back(tmp_path: Path) -> None:
    told = json.loads(ONCE.read_text("utf-8"))
    told["samples"][0]["output"]["completion"] = "attachment://ab12"
    told["samples"][0]["attachments"] = {"ab12": "长长的回答"}
    (tmp_path / "a.json").write_text(json.dumps(told), "utf-8")
    assert only(tmp_path / "a.json").samples[0].replies == ["长长的回答"]


def test_a_zip_that_anybody_can_unpack_is_read_too(tmp_path: Path) -> None:
    told = json.loads(ONCE.read_text("utf-8"))
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        with zipfile.ZipFile(tmp_path / "a.eval", "w", kind) as packed:
            packed.writestr("header.json", json.dumps({key: value for key, value in told.items() if key != "samples"}))
            for one in told["samples"]:
                packed.writestr(f"samples/{one['id']}_epoch_1.json", json.dumps(one))
        assert only(tmp_path / "a.eval") == only(ONCE)


def test_filters_metrics_and_scorers_can_be_chosen(tmp_path: Path) -> None:
    source = next(WORDS.glob("samples_*"))
    lines = rows(source)
    more = [
        line | {"filter": "strict", "metrics": ["exact_match", "bleu"], "bleu": [1, 2], "exact_match": 1.0}
        for line in lines
    ]
    path = tmp_path / source.name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines + more), "utf-8")
    assert [one.score for one in only(path).samples] == [1, 1, 0, 0, 0]
    assert [one.score for one in only(path, how="strict").samples] == [1] * 5
    for how, said in (
        ({"how": "loose"}, "'loose'"),
        ({"metric": "bleu", "how": "strict"}, "no number of an item under bleu"),
    ):
        with pytest.raises(EvaluationError, match=said):
            read(path, **how)
    with pytest.raises(EvaluationError, match="no score of the scorer"):
        read(ONCE, how="model_graded")


@pytest.mark.parametrize(("name", "content", "said"), [
    ("samples_x_2026-11-22T09-24-25.1.jsonl", b'{"doc_id": 0}\n{"doc', "no log of samples at line 2"),
    ("samples_x_2026-11-22T09-24-25.1.jsonl", b"", "has no samples"),
    ("samples_x_2026-11-22T09-24-25.1.jsonl", b'{"doc_id": 0, "metrics": ["a"], "a": null}', "no number of an item"),
    ("a.eval", b"PK\x03\x04 no zip", "is damaged"),
    ("a.eval", TWICE.read_bytes()[:9000], "is damaged"),
    ("a.json", b'{"eval": {}}', "no log of inspect with samples"),
    ("a.json", b'{"eval": ', "is not JSON"),
    ("a.json", b"[]", "no log of inspect"),
])  # fmt: skip
def test_what_is_no_log_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EvaluationError, match=said) as wrong:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(wrong.value)


def test_a_folder_without_logs_and_no_folder_at_all_are_errors(tmp_path: Path) -> None:
    for path, said in ((tmp_path, "holds no log"), (tmp_path / "nowhere", "does not exist")):
        with pytest.raises(EvaluationError, match=said):
            read(path)


def test_one_malformed_sample_ends_nothing_and_never_counts_as_right(tmp_path: Path) -> None:
    odd: list[Any] = [None, {}, [], "x", [[["y"]]], {"gen_args_0": {}}, [[None]], 3]
    lines = rows(next(WORDS.glob("samples_*")))
    for n, value in enumerate(odd):
        lines.append(
            {
                "doc_id": 100 + n,
                "arguments": value,
                "resps": value,
                "filtered_resps": value,
                "doc": value,
                "exact_match": value,
                "metrics": ["exact_match"],
                "filter": "letter",
            }
        )
    path = tmp_path / "samples_x_2026-11-22T09-24-25.1.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    log = only(path)
    assert len(log.samples) == 5 + len(odd) and sum(one.score or 0 for one in log.samples) == 2 + 3
    samples = json.loads(ONCE.read_text("utf-8"))
    samples["samples"] += [
        {},
        {"id": 7, "scores": None, "output": None},
        {"id": 8, "scores": {"pattern": {"value": {"a": "C"}}}, "input": None},
    ]
    (tmp_path / "a.json").write_text(json.dumps(samples), "utf-8")
    assert len(only(tmp_path / "a.json").samples) == 8


# ---- as evaluations -------------------------------------------------------------------------------------------------


def test_logs_of_two_harnesses_are_evaluations_that_a_report_takes(tmp_path: Path) -> None:
    folders = [tmp_path / "lm", tmp_path / "inspect"]
    logs.keep(read(LOGS / "lm_eval/words"), folders[0])
    logs.keep(read(TWICE), folders[1], name="ward by inspect")
    a, b = evaluated.read(folders)
    assert (a.label, b.label) == ("ward", "ward by inspect")
    task = a.tasks["ward_exam"]
    assert (task["kind"], task["numbers"], task["invalid"], task["empty"]) == ("choice", {"exact_match": 0.4}, 1, 1)
    assert task["profile"] == "lm-eval: letter" and "as lm-eval 0.4.13 gave it" in task["definition"]
    with pytest.raises(EvaluationError, match="rules are not the same"):  # two harnesses, two scores
        compare.compare(*folders)
    page = report.write(folders, tmp_path / "page.html").read_text("utf-8")
    assert "lm-eval: letter" in page and "inspect: pattern" in page


def test_two_models_of_one_harness_are_compared_item_by_item(tmp_path: Path) -> None:
    source = next(WORDS.glob("samples_*"))
    lines = [line | {"exact_match": 1.0} for line in rows(source)]
    shutil.copytree(WORDS, tmp_path / "better")
    (tmp_path / "better" / source.name).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    logs.keep(read(tmp_path / "better"), tmp_path / "a", name="better")
    logs.keep(read(WORDS), tmp_path / "b")
    (one,) = compare.compare(tmp_path / "a", tmp_path / "b").differences
    assert (one.items, one.only_a, one.only_b, one.difference.value) == (5, 3, 0, pytest.approx(0.6))


def test_logs_of_two_models_are_not_one_evaluation(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="logs of 2 models"):
        logs.keep([*read(WORDS), *read(ONCE)], tmp_path)


def test_replies_can_be_read_anew_by_our_own_rules(tmp_path: Path) -> None:
    assert logs.replies(only(TWICE), tmp_path / "replies.jsonl") == 5
    told = rows(tmp_path / "replies.jsonl")
    assert [line["reply"] for line in told] == SAID and {line["task"] for line in told} == {"ward_exam"}
    scores = choice.score(QUESTIONS, [choice.Reply(id=line["id"], text=line["reply"]) for line in told])
    assert scores.per_item == {"q0": 1, "q1": 1, "q2": 0, "q3": 0, "q4": 0}
    assert scores.states == {"ok": 3, "empty": 1, "invalid": 1}


def test_a_sign_that_ends_a_line_elsewhere_ends_none_of_json(tmp_path: Path) -> None:
    told = [{"id": n, "reply": f"多休息{sign}多饮水"} for n, sign in enumerate("\u2028\u2029\x85\x0b\x0c")]
    text = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in told)
    assert values(text, tmp_path) == told
