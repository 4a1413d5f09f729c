"""Each task of CBLUE from its file to its score and its submission, over invented samples."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo_train.evaluate.cblue.files import lexicon
from medgo_train.evaluate.cblue.labels import ENTITIES
from medgo_train.evaluate.cblue.profiles import QUIRKS
from medgo_train.evaluate.cblue.promptcblue import read_reply
from medgo_train.evaluate.cblue.submission import check, check_submission, write_submission
from medgo_train.evaluate.cblue.task import Item, Score, overall, score
from medgo_train.evaluate.cblue.tasks import TASKS
from medgo_train.evaluate.files import EvaluationError, expect
from medgo_train.evaluate.parsed import Parsed, runs_in_circles, spoken
from tests.cblue import COUGH, LEXICON, REPLIES, read, write

EVERY = list(TASKS)
BAD: dict[str, Any] = {
    "nothing": "",
    "no text": None,
    "a number": 3.5,
    "blank": " \n\t\u3000\n",
    "only a thought": "<think>这是肺炎，答案是相同",
    "refusal": "很抱歉，作为语言模型我不能完成这个任务。",
    "English": "I am sorry, but I cannot help you with that request at all.",
    "circle": "疾病：肺炎，" * 400,
    "one word again and again": "相同" * 300,
    "broken JSON": '{"疾病": ["肺炎", "咳',
    "deep JSON": "[" * 100_000,
    "code": "__import__('os').system('false')",
    "control characters": "\x00\x01\ufeff\ud800",
}


def parsed(task: str, items: list[Item]) -> dict[str, Parsed]:
    return {item.id: TASKS[task].parse(item, reply) for item, reply in zip(items, REPLIES[task], strict=True)}


def scored(task: str, items: list[Item], said: Any, **options: Any) -> Score:
    return score(TASKS[task], items, said, "tianchi", lexicon=LEXICON, **options)


def test_there_are_eighteen_tasks_and_each_has_its_own_file() -> None:
    assert len(TASKS) == 18 == len({task.file for task in TASKS.values()})
    assert all({"tianchi", "promptcblue"} <= set(task.profiles) for task in TASKS.values())
    assert all(name in {*TASKS, "all"} for name, _ in QUIRKS)
    assert all(profile in TASKS[name].profiles for name, profile in QUIRKS if name != "all")


@pytest.mark.parametrize("task", EVERY)
def test_what_is_understood_scores_full_and_may_be_submitted(task: str, tmp_path: Path) -> None:
    items = read(task, tmp_path / "test")
    said = parsed(task, items)
    assert [one.state for one in said.values()] == ["ok"] * len(items)
    found = scored(task, items, said)
    full = 2 / 3 if task == "CMedCausal" else 1.0  # the third of its relations does not occur, and counts as 0
    assert all(value == pytest.approx(full, abs=1e-6) for value in found.columns.values()), str(found)
    assert f"[tianchi: {found.metric.name}]" in str(found)
    prompt = TASKS[task].ask(items[0])
    assert sum("一" <= c <= "鿿" for c in prompt) > 20
    filled = write_submission(tmp_path / "sent.zip", {task: items}, {task: said})
    assert filled == {task: 0}
    assert check_submission(tmp_path / "sent.zip", {task: items}) == []
    with zipfile.ZipFile(tmp_path / "sent.zip") as archive:
        archive.extractall(tmp_path / "back")
    back = TASKS[task].read(tmp_path / "back" / TASKS[task].file)
    again = scored(task, items, back)
    assert again.columns == pytest.approx(found.columns)


@pytest.mark.parametrize("task", EVERY)
def test_a_bad_reply_ends_nothing_and_is_never_right(task: str, tmp_path: Path) -> None:
    items = read(task, tmp_path)
    for name, reply in BAD.items():
        said = {item.id: TASKS[task].parse(item, reply) for item in items}
        written = task == "MedDG" and name in {
            "refusal",
            "English",
            "broken JSON",
            "code",
            "control characters",
            "deep JSON",
        }
        if written:  # words are an answer to a patient, and worth what they share with the doctor's
            assert scored(task, items, said).numbers["score"] < 0.5
        else:
            assert {one.state for one in said.values()} <= {"empty", "invalid"}, (task, name)
            found = scored(task, items, said)
            assert all(value == 0 for value in found.columns.values()), (task, name)
            assert found.empty + found.invalid == len(items)
    silence = write_submission(tmp_path / "silent.zip", {task: items}, {})
    assert silence == {task: len(items)} and check_submission(tmp_path / "silent.zip", {task: items}) == []


WORDS = [
    "疾病",
    "：",
    ":",
    "\n",
    "，",
    "；",
    "头实体",
    "关系",
    "尾三元组",
    "{",
    "}",
    "[",
    "]",
    '"',
    "答案",
    "1",
    "不",
    "无",
    "```",
    "<think>",
]


@settings(max_examples=150, deadline=None)
@given(reply=st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=30).map("".join))
def test_no_reply_whatever_raises(reply: str) -> None:
    record = {"text": COUGH, "sentence": COUGH, "findings": ((0, 2, "患儿"),), "candidates": (("d1", ""), ("d2", ""))}
    item = Item(id="1", record=record | {"choices": ("疾病",)})
    for task in TASKS.values():
        found = task.parse(item, reply)
        assert found.state in {"ok", "empty", "invalid"} and (found.value is None) is (found.state != "ok")
        assert read_reply(task.name, item, reply).state in {"ok", "invalid"}


@pytest.mark.parametrize("task", EVERY)
@pytest.mark.parametrize(
    "value", ["肺炎", 3, [1], [[1]], {"a": 1}, [{"a": []}], [[[]]], True, [None], {"主诉": 1}, [["a", "b", {}]]]
)
def test_a_value_of_any_shape_is_scored_without_a_word(task: str, value: Any, tmp_path: Path) -> None:
    items = read(task, tmp_path)
    for profile, rule in TASKS[task].profiles.items():
        if profile != "promptcblue":
            score(TASKS[task], items, {item.id: value for item in items}, profile, lexicon=LEXICON)
        assert rule.origin and rule.metric.definition
    write_submission(tmp_path / "odd.zip", {task: items}, {task: {item.id: value for item in items}})


TRADITIONAL = {
    "CMeEE-V2": ["疾病：肺部炎癥\n臨床表現：咳嗽\n身體部位：肺部", "沒有"],
    "CMeIE-V2": ["頭實體：肺部炎癥；關係：臨床表現；尾實體：咳嗽", "無"],
    "CHIP-CTC": ["年齡", "知情同意"],
    "CHIP-STS": ["相同", "答案：不同"],
    "KUAKE-QIC": ["治療方案", "病因分析"],
    "KUAKE-QTR": ["完全匹配", "完全不匹配"],
    "KUAKE-QQR": ["完全一致", "語義父集或毫無關聯"],
    "CHIP-MDCFNPC": ["1：陽性\n2：陰性"],
    "IMCS-V2-NER": ["症狀：咳嗽", "症狀：發熱"],
    "IMCS-V2-SR": ["咳嗽：患有該症狀", "發熱：無法確定", "咳嗽：患有該症狀\n發熱：無法確定"],
    "CHIP-CDEE": [
        "主體詞：痛；發生狀態：；描述詞：脹；解剖部位：頭部\n主體詞：發熱；發生狀態：否定；描述詞：；解剖部位："
    ],
}


@pytest.mark.parametrize("task", TRADITIONAL)
def test_traditional_characters_are_read(task: str, tmp_path: Path) -> None:
    items = read(task, tmp_path)
    said = {i.id: TASKS[task].parse(i, reply) for i, reply in zip(items, TRADITIONAL[task], strict=True)}
    assert all(value == pytest.approx(1) for value in scored(task, items, said).columns.values())


@pytest.mark.parametrize(
    ("task", "reply", "value"),
    [
        ("KUAKE-QIC", "这个搜索词的意图是病因分析。", "病因分析"),
        ("KUAKE-QIC", "不是病因分析，而是治疗方案", "治疗方案"),
        ("KUAKE-QIC", "治疗方案、病因分析", None),
        ("KUAKE-QIC", "可能是治疗方案，也可能是病因分析。答案：治疗方案", "治疗方案"),
        ("KUAKE-QIC", "<think>病因分析？治疗方案？</think>\n治疗方案", "治疗方案"),
        ("KUAKE-QIC", "治疗方案\n用户在问如何治疗，不属于病因分析。", "治疗方案"),
        ("KUAKE-QIC", "treatment", None),
        ("CHIP-STS", "这两个问题的意思不相同", "0"),
        ("CHIP-STS", "这两个问题不完全相同", None),
        ("CHIP-STS", "是", "1"),
        ("CHIP-STS", "1", "1"),
        ("CHIP-STS", "共有1处不一致", None),
        ("CHIP-CTC", "Age", "Age"),
        ("CHIP-CTC", "标签：Age", "Age"),
        ("CHIP-CTC", '{"类别": "年龄"}', "Age"),
        ("CHIP-CTC", "该标准属于“疾病”类", "Disease"),
        ("CHIP-CTC", "我的能力有限，请咨询有疾病经验的医生", None),
        ("CHIP-CTC", "The age of the patient", None),
        ("KUAKE-QIC", "您还有其他问题吗", None),
        ("CHIP-CTC", "疾病分期", "Non-Neoplasm Disease Stage"),
        ("KUAKE-QTR", "2", "2"),
        ("KUAKE-QTR", "3分", None),
        ("KUAKE-QTR", "标题与搜索词部分匹配", "2"),
        ("KUAKE-QQR", "后者是前者的语义子集", "1"),
        ("IMCS-V2-DAC", "意图：给出诊断", "Diagnose"),
    ],
)  # fmt: skip
def test_a_label_is_read_where_there_is_one(task: str, reply: str, value: str | None) -> None:
    found = TASKS[task].parse(Item(id="1", record={}), reply)
    assert found == (Parsed(value, "ok") if value else Parsed(None, "invalid"))


@pytest.mark.parametrize(
    "reply",
    [
        "疾病：肺部炎症\n临床表现：咳嗽\n身体部位：肺部",
        "疾病: 肺部炎症\n临床表现: 咳嗽\n身体部位: 肺部, 无",
        "文本中的实体如下：\n- **疾病**：肺部炎症\n- **临床表现**：咳嗽\n- **身体部位**：肺部",
        "上述句子中的实体包含：\n疾病实体：肺部炎症\n临床表现实体：咳嗽\n身体部位实体：肺部\n药物实体：",
        '```json\n{"疾病": ["肺部炎症"], "临床表现": ["咳嗽"], "身体部位": "肺部"}\n```',
        '[{"entity": "肺部炎症", "type": "疾病"}, {"entity": "咳嗽", "type": "sym"}, {"entity": "肺部", "type": "身体部位"}]',
    ],
)
def test_entities_are_read_however_they_are_listed(reply: str) -> None:
    found = TASKS["CMeEE-V2"].parse(Item(id="1", record={"text": COUGH}), reply)
    assert found == Parsed([[3, 4, "bod"], [3, 6, "dis"], [9, 10, "sym"]], "ok")


@pytest.mark.parametrize(
    "reply", ["无", "没有。", "上述句子没有指定类型实体", "文本中未发现医学实体。", "[]", "疾病：无\n药物：无", "{}"]
)
def test_nothing_is_an_answer_too(reply: str) -> None:
    item = Item(id="1", record={"text": COUGH, "sentence": "好的"})
    assert TASKS["CMeEE-V2"].parse(item, reply) == Parsed([], "ok")
    assert TASKS["IMCS-V2-NER"].parse(item, reply).value == "O O"
    assert TASKS["CMeEE-V2"].parse(item, "我无法识别") == Parsed(None, "invalid")


def test_brackets_and_commas_that_belong_to_a_name_stay() -> None:
    item = Item(id="1", record={"text": "查丙氨酸氨基转移酶（ALT），颈、胸部疼痛。"})
    found = TASKS["CMeEE-V2"].parse(item, "医学检验项目：丙氨酸氨基转移酶（ALT）\n临床表现：颈、胸部疼痛")
    assert found.value == [[1, 13, "ite"], [15, 15, "sym"], [17, 20, "sym"]]  # 、 divides where nothing else does
    found = TASKS["CMeEE-V2"].parse(item, "临床表现：颈、胸部疼痛\n身体部位：颈，胸部")
    assert found.value == [[15, 15, "bod"], [15, 20, "sym"], [17, 18, "bod"]]
    found = TASKS["CMeEE-V2"].parse(item, "临床表现：颈、胸部疼痛\n医学检验项目：查丙氨酸氨基转移酶（ALT），颈|疼痛")
    assert found.value == [[0, 15, "ite"], [15, 20, "sym"], [19, 20, "ite"]]
    item = Item(id="1", record={})
    said = TASKS["CMeIE-V2"].parse(item, "头实体：肺炎（重症）；关系：相关（导致）；尾实体：[脓毒症]")
    assert said.value == [["肺炎（重症）", "相关（导致）", "脓毒症"]]
    assert TASKS["CHIP-CDN"].parse(item, "颈、胸部损伤##骨折(闭合性)").value == ["颈、胸部损伤", "骨折(闭合性)"]
    assert TASKS["CHIP-CTC"].parse(item, "症状（患者感受）").value == "Symptom"
    assert TASKS["KUAKE-QIC"].parse(item, "[治疗方案]").value == "治疗方案"
    assert TASKS["KUAKE-QTR"].parse(item, '{"label": 2}').value == "2"


def test_a_term_that_begins_with_no_is_a_term() -> None:
    item = Item(id="1", record={"text": "x"})
    assert TASKS["CHIP-CDN"].parse(item, "无症状性血尿") == Parsed(["无症状性血尿"], "ok")
    assert TASKS["CHIP-CDN"].parse(item, "没有对应的标准词").state == "invalid"


@pytest.mark.parametrize(
    "reply",
    [
        "1：阳性\n2：阴性",
        "1. 阳性：阳性",
        "1. 咳嗽：阳性（患者自述）\n2、发热：阴性",
        "咳嗽：阳性\n发热：阴性",
        '{"1": "阳性", "2": "阴性"}',
    ],
)
def test_findings_are_read_by_number_or_by_name(reply: str) -> None:
    item = Item(id="1", record={"findings": ((0, 2, "咳嗽"), (4, 6, "发热"))})
    expected = [[0, 2, "阳性"], [4, 6, "阴性"]]
    assert TASKS["CHIP-MDCFNPC"].parse(item, reply) == Parsed(expected[: 1 if reply.count("：") == 1 else 2], "ok")


def test_a_list_of_words_is_read_in_each_of_its_forms(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text('[{"发热": 0, "咳嗽": 1}, {"0": "发热"}]', "utf-8")
    assert lexicon(path).keys() == {"发热", "咳嗽"}
    path.write_text("发热\n拉肚子\t腹泻\n\n", "utf-8")
    assert lexicon(path) == {"发热": "发热", "拉肚子": "腹泻"}


def test_reading_and_scoring_load_nothing_heavy() -> None:
    heavy = ["torch", "transformers", "numpy", "polars", "pyarrow", "opencc", "medgo_data"]
    code = f"import sys, medgo_train.evaluate.cblue.submission; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_what_the_text_does_not_say_is_nowhere() -> None:
    item = Item(id="1", record={"text": COUGH})
    assert TASKS["CMeEE-V2"].parse(item, "疾病：骨折") == Parsed([], "ok")
    assert TASKS["CMedCausal"].parse(item, "头实体：骨折；关系：因果关系；尾实体：咳嗽") == Parsed([], "ok")


def test_every_missing_sample_is_wrong_and_every_foreign_or_repeated_one_is_refused(tmp_path: Path) -> None:
    items = read("KUAKE-QIC", tmp_path)
    found = scored("KUAKE-QIC", items, {"s1": "治疗方案"})
    assert found.numbers["accuracy"] == 0.5 and found.missing == 1
    assert found.over(["s1", "s1"]) == 1 and found.over(["s2", "s1", "s2", "s2"]) == 0.25
    with pytest.raises(EvaluationError, match="'s9'"):
        scored("KUAKE-QIC", items, {"s1": "治疗方案", "s9": "治疗方案"})
    assert scored("KUAKE-QIC", items, {"s9": "治疗方案"}, ignore_extra=True).extra == 1
    with pytest.raises(EvaluationError, match="'s1' twice"):
        scored("KUAKE-QIC", items, [items[0], items[0]])
    with pytest.raises(EvaluationError, match="no profile 'chip2020'"):
        score(TASKS["KUAKE-QIC"], items, {}, "chip2020")
    with pytest.raises(EvaluationError, match="list of words"):
        score(TASKS["MedDG"], {"1": "多久了"}, {}, "tianchi")
    with pytest.raises(EvaluationError, match="not of the shape"):
        score(TASKS["KUAKE-QIC"], {"1": "天气"}, {}, "tianchi")


def test_the_mean_has_nineteen_columns_of_one_profile(tmp_path: Path) -> None:
    scores = []
    for task in TASKS:
        items = read(task, tmp_path / task)
        scores.append(scored(task, items, parsed(task, items)))
    found = overall(TASKS.values(), scores)
    assert len(found.columns) == 19 and found.lacking == ()
    assert found.value == pytest.approx((18 + 2 / 3) / 19)
    part = overall(TASKS.values(), [one for one in scores if one.task != "IMCS-V2-SR"])
    assert part.lacking == ("IMCS-V2-SR utterance_f1", "IMCS-V2-SR dialog_f1") and "17 of 19" in str(part)
    other = score(TASKS["CHIP-CTC"], {"1": "Age"}, {"1": "Age"}, "cblue")
    with pytest.raises(EvaluationError, match="cblue, tianchi"):
        overall(TASKS.values(), [*scores[:3], other])


def test_predictions_of_another_task_are_told(tmp_path: Path) -> None:
    tests = {task: read(task, tmp_path / task) for task in TASKS}
    sent = {}
    for task, items in tests.items():
        write_submission(tmp_path / "one.zip", {task: items}, {task: parsed(task, items)})
        with zipfile.ZipFile(tmp_path / "one.zip") as archive:
            sent[task] = Path(archive.extract(TASKS[task].file, tmp_path / "sent"))
    for task, items in tests.items():
        for other, path in sent.items():
            assert (check(TASKS[task], path, items) == []) is (task == other), (task, other)
    with pytest.raises(EvaluationError, match="looks like CHIP-CDN"):
        TASKS["KUAKE-QIC"].read(sent["CHIP-CDN"])


def test_broken_files_are_named_as_what_they_are(tmp_path: Path) -> None:
    whole = write("KUAKE-QIC", tmp_path)
    packed = gzip.compress(whole.read_bytes())
    for name, raw, words in [
        ("short.json.gz", packed[:-12], "truncated gzip"),
        ("damaged.json.gz", packed[:20] + b"\x00\x00\x00" + packed[23:], "damaged gzip|truncated gzip"),
        ("cut.json", whole.read_bytes()[:-20], "not JSON"),
        ("gbk.json", '[{"query": "感冒"}]'.encode("gbk"), "not UTF-8"),
        ("twice.json", b'{"1": {"1": "O"}, "1": {"1": "O"}}', "twice"),
    ]:
        path = tmp_path / name
        path.write_bytes(raw)
        with pytest.raises(EvaluationError, match=words) as refusal:
            TASKS["IMCS-V2-DAC" if name == "twice.json" else "KUAKE-QIC"].read(path)
        assert "感冒" not in str(refusal.value)
    whole.with_suffix(".gz").write_bytes(packed)
    assert TASKS["KUAKE-QIC"].read(whole.with_suffix(".gz")) == TASKS["KUAKE-QIC"].read(whole)
    with pytest.raises(EvaluationError, match="does not exist"):
        TASKS["KUAKE-QIC"].read(tmp_path / "none.json")
    with pytest.raises(EvaluationError, match="as expected"):
        expect(whole, "0" * 64)


def test_a_submission_is_checked_before_it_is_sent(tmp_path: Path) -> None:
    tests = {task: read(task, tmp_path / task) for task in ("KUAKE-QIC", "KUAKE-QTR", "CMeEE-V2")}
    said = {task: parsed(task, items) for task, items in tests.items()}
    zipped = tmp_path / "sent.zip"
    write_submission(zipped, tests, said)
    first = zipped.read_bytes()
    write_submission(zipped, tests, said)
    assert zipped.read_bytes() == first  # no time of day in it
    zipped.write_bytes(first[:-40])
    assert check_submission(zipped, tests) == [f"{zipped} is a truncated zip. Write it again."]
    zipped.write_bytes(b"not a zip")
    assert "no zip" in check_submission(zipped, tests)[0]
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("KUAKE-QIC_test.json", (tmp_path / "KUAKE-QTR" / "KUAKE-QTR_test.json").read_text("utf-8"))
        archive.writestr("CMeEE-V2_test.json", json.dumps([{"text": COUGH, "entities": [{"start_idx": 0}]}]))
        archive.writestr("notes.txt", "")
    faults = " ".join(check_submission(zipped, tests))
    for words in (
        "lacks KUAKE-QTR_test.json",
        "notes.txt, which is no file",
        "another task or split",
        "not in the form",
    ):
        assert words in faults, faults
    assert COUGH not in faults and "感冒" not in faults


def test_ids_and_labels_of_a_file_of_predictions_are_checked(tmp_path: Path) -> None:
    items = read("KUAKE-QIC", tmp_path)
    path = tmp_path / "said.json"
    rows = [{"id": "s1", "query": "感冒怎么治", "label": "天气"}] * 2 + [{"id": "s3", "query": "x", "label": "其他"}]
    path.write_text(json.dumps(rows), "utf-8")
    faults = " ".join(check(TASKS["KUAKE-QIC"], path, items))
    for words in (
        "1 samples are missing, the first is 's2'",
        "no sample, the first is 's3'",
        "more than once",
        "none of the 11",
    ):
        assert words in faults, faults
    path.write_text('{"100": {"1": "O O O", "2": "B-Symptom I-Symptom O X"}}', "utf-8")
    faults = " ".join(check(TASKS["IMCS-V2-NER"], path, read("IMCS-V2-NER", tmp_path)))
    assert "3 tags for 5 characters" in faults and "does not know" in faults
    path = tmp_path / "said.tsv"
    path.write_text("1\td1,d2\n2\t" + ",".join(["d1"] * 10) + "\n", "utf-8")
    faults = " ".join(check(TASKS["KUAKE-IR"], path, read("KUAKE-IR", tmp_path / "ir")))
    assert "2 documents, not 10" in faults and "twice" in faults


def test_fences_thoughts_and_other_characters_go_before_a_reply_is_read() -> None:
    assert spoken("<think>嗯</think>```json\n[1]\n```") == "[1]"
    assert spoken("先看症状，再看诊断</think>\n\n相同") == "相同"  # where the template has begun the thought
    assert spoken("相同<think>再想想") == spoken("相同<THINK>再想想</THINK>") == "相同"
    assert spoken("相同\n用户：下一题") == "相同"  # a base model that goes on for both
    assert spoken("頭痛\r\n") == "头痛"
    own = "患者全身多处红斑，诊断为乾癣，予外用药膏治疗后好转，嘱其定期复诊。"
    assert spoken(own) == own  # one old form; the text it was taken from has it too
    assert spoken(None) == spoken(b"x") == ""


def test_a_reply_that_runs_in_circles_is_told_from_one_that_lists_much() -> None:
    assert runs_in_circles("好的。" + "疾病：肺炎，" * 12)
    assert runs_in_circles("".join(f"第{n}句，各不相同。" for n in range(12)) * 5)
    assert not runs_in_circles("疾病：肺炎，" * 11)
    assert not runs_in_circles("\n".join(f"{n}：阳性" for n in range(200)))
    assert not runs_in_circles(" " * 5000 + "完")


REAL = Path(os.environ.get("MEDGO_REAL_DATA", "")) / "data" / "cblue"


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="MEDGO_REAL_DATA has no CBLUE")
def test_the_official_examples_score_as_documented() -> None:
    expected = {  # by hand, from the two files
        "CHIP-STS": ("example_golden.json", "f1", pytest.approx(2 / 3)),
        "CHIP-CTC": ("example_gold.json", "f1", pytest.approx(0.2)),
        "KUAKE-QTR": ("example_gold.json", "accuracy", pytest.approx(1 / 3)),
        "CHIP-CDN": ("example_gold.json", "f1", pytest.approx(2 * (6 / 7) * (6 / 9) / (6 / 7 + 6 / 9))),
        "CHIP-CDEE": ("example_gold.json", "f1", 1.0),
    }
    for name, folder, value in (("CMeEE-V2", "CMeEE", 10 / 18), ("CMeIE-V2", "CMeIE", 10 / 14)):  # their first versions
        task, gold = TASKS[name], REAL / folder / "example_gold.json"
        found = score(task, task.read(gold), task.read(gold.with_name("example_pred.json")), "tianchi")
        assert found.numbers["f1"] == pytest.approx(value)
    for name in ("KUAKE-QIC", "KUAKE-QQR"):  # the third prediction of the example has the id s4, and gold has s3
        task = TASKS[name]
        files = (task.read(REAL / name / "example_gold.json"), task.read(REAL / name / "example_pred.json"))
        with pytest.raises(EvaluationError, match="'s4'"):
            score(task, *files, "tianchi")
        found = score(task, *files, "tianchi", ignore_extra=True)
        assert found.numbers["accuracy"] == pytest.approx(1 / 3) and found.missing == found.extra == 1
    for name, (gold, number, value) in expected.items():
        task = TASKS[name]
        found = score(task, task.read(REAL / name / gold), task.read(REAL / name / "example_pred.json"), "tianchi")
        assert found.numbers[number] == value, str(found)


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="MEDGO_REAL_DATA has no CBLUE")
def test_real_files_are_read_and_their_own_gold_may_be_submitted(tmp_path: Path) -> None:
    assert len(lexicon(REAL / "IMCS-V2-MRG" / "mappings.json")) > 300
    names = {
        "KUAKE-IR": "",
        "CMeEE-V2": "CMeEE-V2_dev.json.gz",
        "CMeIE-V2": "CMeIE-V2_dev.jsonl.gz",
        "CHIP-CDN": "CHIP-CDN_dev.head200.json",
        "CHIP-CDEE": "CHIP-CDEE_train.json.gz",
        "CHIP-STS": "CHIP-STS_dev.head200.json",
        "CHIP-CTC": "CHIP-CTC_dev.head200.json",
        "CHIP-MDCFNPC": "fix_badcase.part1.jsonl",
        "KUAKE-QIC": "KUAKE-QIC_dev.head200.json",
        "KUAKE-QTR": "KUAKE-QTR_dev.head200.json",
        "KUAKE-QQR": "KUAKE-QQR_dev.head200.json",
        "IMCS-V2-MRG": "IMCS-V2-MRG_test.json",
        "MedDG": "MedDG_test.json.gz",
        "Text2DT": "Text2DT_dev.json",
    }
    for name, file in names.items():
        task = TASKS[name]
        items = [item for item in task.read(REAL / name / file) if item.gold is not None][:300]
        gold = {item.id: item.gold for item in items}
        found = score(task, items, gold, "tianchi", lexicon={"咳嗽": "咳嗽"})
        if name != "IMCS-V2-MRG":
            assert all(value == pytest.approx(1) for value in found.columns.values()), str(found)
        write_submission(tmp_path / f"{name}.zip", {name: items}, {name: gold})
        faults = check_submission(tmp_path / f"{name}.zip", {name: items})
        assert name in {"CHIP-MDCFNPC", "KUAKE-IR"} or faults == [], faults  # unmarked findings; fewer than 10 right


def _listed(item: Item) -> str:
    kinds: dict[str, list[str]] = {}
    for start, end, kind in item.gold:
        kinds.setdefault(ENTITIES[kind][0], []).append(item.record["text"][start : end + 1])
    return "\n".join(f"{kind}：{'|'.join(dict.fromkeys(said))}" for kind, said in kinds.items()) or "无"


def _related(item: Item) -> str:
    return "\n".join(f"头实体：{s}；关系：{p}；尾实体：{o}" for s, p, o in item.gold) or "无"


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="MEDGO_REAL_DATA has no CBLUE")
def test_a_model_that_says_what_gold_says_is_understood() -> None:
    for name, file, say, least in (
        (
            "CMeEE-V2",
            "CMeEE-V2_dev.json.gz",
            _listed,
            0.97,
        ),  # a mention does not say at which of its places it is meant
        ("CMeIE-V2", "CMeIE-V2_dev.jsonl.gz", _related, 0.99),  # gold has spaces around some names
    ):
        task = TASKS[name]
        items = task.read(REAL / name / file)
        found = score(task, items, {item.id: task.parse(item, say(item)) for item in items}, "tianchi")
        assert found.numbers["f1"] > least and not found.invalid, str(found)
