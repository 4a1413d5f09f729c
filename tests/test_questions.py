"""Questions: a template is kept as often as it is wanted, for each name and over all. All questions are invented."""

from __future__ import annotations

import json
import os
import random
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, Local, build
from medgo_data import open as open_built
from medgo_data.dedup import Questions
from medgo_data.dedup.names import APART, NAME, NUMBER, Names
from medgo_data.dedup.questions import asked
from medgo_data.file import FileError
from medgo_data.letters import view
from medgo_data.stage import spec
from tests.conftest import sha256s
from tests.test_golden import Given

Gone = dict[int, tuple[str, int, float | None]]

# ---- what is a name


FORMS = [
    ("阿莫西林胶囊的用法用量是什么？", ["阿莫西林胶囊"]),
    ("请问清荷散饭前吃还是饭后吃", ["清荷散", "前", "后"]),
    ("O型血和AB型血的孩子", ["o", "ab"]),
    ("甲山市治疗胃炎哪家超市好", ["甲山市", "胃炎"]),
    ("每次5ml，VC 0.1g", ["5ml", "vc", "0.1g"]),
    ("孕妇可以用舒络片吗", ["舒络片"]),
    ("宝宝得了支气管肺炎怎么办", ["支气管肺炎"]),
    ("类风湿性关节炎和痛风有什么区别", ["类风湿性关节炎", "痛风"]),
    ("確診為糖尿病，能吃氨氯地平嗎", ["糖尿病", "氨氯地平"]),  # Traditional
    ("妊娠期高血压怎么治疗", ["妊娠期高血压"]),
    ("复方氨酚烷胺颗粒与维生素Ｃ片能一起吃吗", ["复方氨酚烷胺颗粒", "维生素c片"]),
    ("《伤寒论》里的「四逆汤」怎么煎", ["伤寒论", "四逆汤"]),
    ("多囊卵巢综合征会遗传吗", ["多囊卵巢综合征"]),
    ("糖尿病并发症有哪些", ["糖尿病"]),
    ("阿莫西林克拉维酸钾片能吃吗", ["阿莫西林克拉维酸钾片"]),
    ("感冒和肺炎能吃和胃颗粒、保和丸吗", ["感冒", "肺炎", "和胃颗粒", "保和丸"]),
    ("吃二甲双胍缓释片或格列美脲", ["二甲双胍缓释片", "格列美"]),
    ("口服液怎么保存", []),  # any of them
    ("每次吃两片，一日吃3片，行吗", ["两", "3"]),  # no drug is called two tablets
    ("病人症状很重，病情会变吗", []),
    ("这是什么病", []),
    ("炎症消了吗", []),
    ("拍了胸片没事", ["没"]),
    ("右侧睾丸疼", ["右"]),
    ("得了胃炎，该疾病会好吗", ["胃炎"]),
    ("散步有好处吗", []),
    ("胃病吃什么药", ["胃病"]),
    ("2岁和3.5岁一样吗", ["2", "3.5"]),
    ("三岁孩子发烧", ["三"]),
    ("左腿疼，不能走", ["左", "不"]),
    ("", []),
    ("？", []),
    ("胃炎", ["胃炎"]),
    ("病", []),
    ("片", []),
]


@pytest.mark.parametrize(("question", "expected"), FORMS, ids=[question or "empty" for question, _ in FORMS])
def test_names_are_told_by_their_form(question: str, expected: list[str]) -> None:
    (template,), (names,) = (told.to_list() for told in Names().masked(pl.Series([question])))
    assert [name for name in names.split(APART) if name] == expected
    assert template.count(NAME) + template.count(NUMBER) == len(expected)


LISTED = [
    (("优甲乐",), "优甲乐要吃多久", ["优甲乐"]),
    (("优甲乐",), "优甲乐片要吃多久", ["优甲乐片"]),  # what is said of the form belongs to the name
    (("阿莫", "阿莫西林", "西林瓶"), "阿莫西林瓶装", ["阿莫西林"]),  # the first, and of these the longest
    (("牛黄解毒片", "解毒"), "我吃牛黄解毒片", ["牛黄解毒片"]),
    (("優甲樂 ", "", "药"), "优甲乐是药吗", ["优甲乐"]),  # written otherwise; one letter is no name
    (("泰诺", "白加黑"), "泰诺和白加黑", ["泰诺", "白加黑"]),
    (("Tylenol",), "TYLENOL怎么吃", ["tylenol"]),
]


@pytest.mark.parametrize(("listed", "question", "expected"), LISTED)
def test_names_that_are_listed_come_first(listed: tuple[str, ...], question: str, expected: list[str]) -> None:
    _, (names,) = (told.to_list() for told in Names(listed).masked(pl.Series([question])))
    assert names.split(APART) == expected


# ---- what is a repeated question


def files(folder: Path, rows: list[Any], gives: str = "choice") -> Given:
    folder.mkdir(parents=True, exist_ok=True)
    column = "messages" if gives == "chat" else "question"
    more = {"options": []} if gives == "choice" else {}
    told = [{column: row} | more for row in rows]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told), "utf-8")
    return Given(name=folder.name, files=f"{folder}/*.jsonl", license="invented", gives=gives)


def gone(folder: Path, *inputs: list[Any], gives: str = "choice", engine: Any = None, **fields: Any) -> Gone:
    """The rows that went, numbered through all inputs: why, for which one, and how alike they are."""
    sources = [files(folder / f"s{n}", rows, gives) for n, rows in enumerate(inputs)]
    build(Corpus("questions", sources, [Questions(**fields)]), folder / "root", engine or Here())
    ids = [f"s{n}/rows.jsonl#0-{k}" for n, rows in enumerate(inputs) for k in range(len(rows))]
    number = {name: k for k, name in enumerate(ids)}
    ledger = open_built(folder / "root", "questions").dropped().collect().to_dicts()
    told = {number[row["id"]]: (row["reason"], number[row["kept"]], row["score"]) for row in ledger}
    return dict(sorted(told.items()))


Q, T = "repeated_question", "repeated_template"


def test_a_template_counts_once_for_each_drug(tmp_path: Path) -> None:
    rows = [
        "清荷散的用法用量是什么",
        "舒络片的用法用量是什么",
        "清荷散的用法用量是什么？",
        "请问，舒络片的用法用量是什么",
    ]
    assert gone(tmp_path, rows) == {2: (Q, 0, 1.0), 3: (Q, 1, 0.8)}


def test_so_many_are_kept_for_each_name_as_are_wanted(tmp_path: Path) -> None:
    rows = ["清荷散怎么吃", "清荷散怎么吃？", "清荷散怎么吃。", "清荷散 怎么吃", "舒络片怎么吃"]
    assert gone(tmp_path, rows, per_name=2) == {2: (Q, 0, 1.0), 3: (Q, 0, 1.0)}
    assert gone(tmp_path, rows, per_name=4) == {}


def test_a_template_is_kept_so_often_over_all_names(tmp_path: Path) -> None:
    rows = ["清荷散怎么吃", "舒络片怎么吃", "润嗓丸怎么吃", "舒络片怎么吃？", "润嗓丸怎么吃！", "健步膏能吃吗"]
    assert gone(tmp_path, rows, per_template=1) == {
        1: (T, 0, 1.0),
        2: (T, 0, 1.0),
        3: (T, 0, 1.0),  # it repeats a question that went for its template
        4: (T, 0, 1.0),
    }
    assert gone(tmp_path, rows, per_template=2) == {2: (T, 0, 1.0), 3: (Q, 1, 1.0), 4: (T, 0, 1.0)}
    assert gone(tmp_path, rows, per_template=3) == {3: (Q, 1, 1.0), 4: (Q, 2, 1.0)}


def test_what_was_not_compared_with_the_row_that_stays_has_no_score(tmp_path: Path) -> None:
    stem = "服用有什么区别需要注意哪些事项"
    rows = [f"清荷散{stem}", f"舒络片{stem}呢", f"请问舒络片{stem}呢"]
    one, two, three = (row.replace("清荷散", NAME).replace("舒络片", NAME) for row in rows)
    assert min(likeness(one, two), likeness(two, three)) >= 0.8
    assert gone(tmp_path, rows, per_template=1) == {1: (T, 0, pytest.approx(likeness(one, two))), 2: (T, 0, None)}


def test_names_numbers_and_contraries_tell_questions_apart(tmp_path: Path) -> None:
    long = "最近总是感觉身体没有力气，吃饭也不香，晚上睡得也晚，请问应该怎么调理，需要去医院做检查吗"
    heads = ["3岁", "5岁", "左腿疼", "右腿疼", "有胃炎", "有肠炎", "血压高", "血压低"]
    assert gone(tmp_path, [f"{head}，{long}" for head in heads]) == {}
    assert gone(tmp_path, [f"{head}，{long}" for head in (*heads, "右腿酸")]) == {
        8: (Q, 3, pytest.approx(0.92, abs=0.03))
    }


def test_the_first_stays_though_another_is_longer_and_that_of_the_trusted_input_before_all(tmp_path: Path) -> None:
    rows = ["感冒了可以喝鸡蛋汤和牛奶补一补吗", "请问感冒了可以喝鸡蛋汤和牛奶补一补吗"]
    assert list(gone(tmp_path / "a", rows)) == [1]
    assert list(gone(tmp_path / "b", rows[::-1])) == [1]
    assert list(gone(tmp_path / "c", rows[1:], rows[:1])) == [1]


def test_of_a_conversation_the_first_thing_that_the_user_says_counts(tmp_path: Path) -> None:
    def chat(*turns: str) -> list[dict[str, str]]:
        return [{"role": turn.split(":")[0], "content": turn.split(":")[1]} for turn in turns]

    rows = [
        chat("system:你是医生", "user:清荷散怎么吃", "assistant:饭后。", "user:谢谢"),
        chat("user:清荷散怎么吃？", "assistant:每日两次，饭后半小时。"),
        chat("user:你好", "user:清荷散怎么吃"),
        chat("assistant:清荷散怎么吃"),
        chat("assistant:清荷散怎么吃"),
        [],
        [],
    ]
    assert gone(tmp_path, rows, gives="chat", column="messages") == {1: (Q, 0, 1.0)}


def test_what_asks_nothing_is_like_nothing_else(tmp_path: Path) -> None:
    rows = ["", "", "？？？", "？？？", " ", " ", "药", "药", "清荷散", "清荷散", "舒络片", "3", "4", "3", "吗", "啊"]
    assert gone(tmp_path, rows) == {7: (Q, 6, 1.0), 9: (Q, 8, 1.0), 13: (Q, 11, 1.0)}
    texts = pl.DataFrame({"question": [None, "", "胃炎", None]})
    assert Questions().sketch(texts)["letters"].to_list() == [0xFFFFFFFF, 0xFFFFFFFF, 1, 0xFFFFFFFF]
    assert asked(
        pl.Series([None, []], dtype=pl.List(pl.Struct({"role": pl.String, "content": pl.String})))
    ).to_list() == [
        None,
        None,
    ]


def test_one_row_and_no_row(tmp_path: Path) -> None:
    assert gone(tmp_path, ["清荷散怎么吃"]) == {}
    assert Questions().sketch(pl.DataFrame(schema={"question": pl.String})).height == 0


def test_many_questions_of_one_template_are_no_work(tmp_path: Path) -> None:
    """20,000 drugs, and each asked for twice: with every pair compared this would take minutes."""
    syllables = (
        "清和舒润健明益温宁安",
        "荷络嗓步目露经心胃肝",
        "红黄蓝绿青紫白黑灰橙",
        "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉",
    )
    drugs = [f"{''.join(name)}片" for name in product(*syllables)]
    rows = [f"{drug}的用法用量是什么" for drug in drugs] + [f"请问{drug}的用法用量是什么？" for drug in drugs]
    told = gone(tmp_path, rows)
    assert len(drugs) == len(set(drugs)) == 20_000
    assert list(told) == list(range(20_000, 40_000))
    assert all(kept == row - 20_000 for row, (_, kept, _) in told.items())


# ---- by hand


def likeness(one: str, two: str) -> float:
    a, b = ({text[k : k + 2] for k in range(len(text) - 1)} for text in (one, two))
    return len(a & b) / len(a | b) if a | b else float(one == two)


def by_hand(rows: list[str], per_name: int, per_template: int | None) -> set[int]:
    """Each question is compared with every first one of a template."""
    told = [Names().mask(row) for row in rows]
    views, names = [view(template) for template, _ in told], [name for _, name in told]

    def templates(among: list[int], *, named: bool) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        of: dict[tuple[str, str], int] = {}  # a copy goes where the first of its kind went
        for row in among:
            key = (views[row], names[row] if named else "")
            if key not in of:
                firsts = [first for first in found if not named or names[first] == names[row]]
                of[key] = next((first for first in firsts if likeness(views[first], views[row]) >= 0.8), row)
            found.setdefault(of[key], []).append(row)
        return found

    among = [row for row in range(len(rows)) if views[row]]
    stay = [row for own in templates(among, named=True).values() for row in own[:per_name]]
    if per_template is not None:
        stay = [row for own in templates(sorted(stay), named=False).values() for row in own[:per_template]]
    return set(among) - set(stay)


def random_questions(seed: int, many: int) -> list[str]:
    dice = random.Random(seed)
    stems = ["的用法用量是什么", "饭前吃还是饭后吃比较好", "和牛奶可以一起喝吗", "孕妇能不能用", "怎么治疗效果最好呢"]
    heads = ["", "", "请问", "医生你好", "想问一下"]
    tails = ["", "", "呢", "？", "谢谢医生"]
    drugs = ["清荷散", "舒络片", "润嗓丸", "胃炎", "痛风"]
    return [dice.choice(heads) + dice.choice(drugs) + dice.choice(stems) + dice.choice(tails) for _ in range(many)]


@pytest.mark.parametrize(("per_name", "per_template"), [(1, None), (3, None), (1, 2), (2, 5)])
def test_what_goes_is_what_goes_by_hand(per_name: int, per_template: int | None, tmp_path: Path) -> None:
    rows = random_questions(per_name, 300)
    told = gone(tmp_path, rows, per_name=per_name, per_template=per_template)
    assert set(told) == by_hand(rows, per_name, per_template)
    assert not {kept for _, kept, _ in told.values()} & set(told), "what is named stays"
    assert all(score is None or score >= 0.8 for _, _, score in told.values())


def test_workers_and_builds_in_steps_change_nothing(tmp_path: Path) -> None:
    rows = {f"{n}.jsonl": random_questions(n, 100) for n in range(3)}

    def version(folder: Path, names: list[str], engine: Any) -> dict[str, str]:
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        for name in names:
            told = [json.dumps({"question": row, "options": []}) + "\n" for row in rows[name]]
            (folder / "raw" / name).write_text("".join(told), "utf-8")
        source = Given(name="q", files=f"{folder}/raw/*.jsonl", license="invented", gives="choice")
        return sha256s(build(Corpus("questions", [source], [Questions(per_template=4)]), folder / "root", engine))

    once = version(tmp_path / "once", [*rows], Here())
    with Local(2) as two:
        assert version(tmp_path / "two", [*rows], two) == once
    version(tmp_path / "steps", ["0.jsonl", "1.jsonl"], Here())
    assert version(tmp_path / "steps", ["2.jsonl"], Here()) == once


# ---- its names and its fields


def test_a_list_of_names_counts_by_what_it_holds_and_not_by_where_it_lies(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("one.txt", "two.txt", "other.txt"))
    one.write_bytes("\ufeff优甲乐\r\n泰诺\r\n".encode())
    two.write_bytes(one.read_bytes())
    other.write_text("优甲乐\n", "utf-8")
    made = [Questions(names_file=str(path)) for path in (one, two, other)]
    assert spec(made[0]) == spec(made[1]) != spec(made[2])
    rows = ["优甲乐怎么吃最好", "泰诺怎么吃最好", "优甲乐怎么吃最好呢"]
    assert gone(tmp_path / "a", rows, names_file=str(one), per_template=1) == {
        1: (T, 0, 1.0),
        2: (Q, 0, pytest.approx(5 / 6)),
    }
    with pytest.raises(FileError, match="sha256"):
        Questions(names_file=str(other), sha256=made[0].sha256)
    two.write_text("换了", "utf-8")
    with pytest.raises(OSError, match="changed after the recipe"):
        made[1].masked(pl.Series(["优甲乐"]))


def test_a_list_that_is_not_there_or_no_utf_8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        Questions(names_file=str(tmp_path / "none.txt"))
    (tmp_path / "gbk.txt").write_bytes("优甲乐".encode("gbk"))
    with pytest.raises(OSError, match="not UTF-8 at byte 0"):
        Questions(names_file=str(tmp_path / "gbk.txt")).masked(pl.Series(["优甲乐"]))


@pytest.mark.parametrize(
    "fields", [{"per_name": 0}, {"per_template": 0}, {"at_least": 0}, {"at_least": 1.1}, {"gram": 0}]
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        Questions(**fields)


# ---- real questions


@pytest.mark.real
def test_pairs_that_physicians_called_different_stay_apart() -> None:
    """Of pairs labelled by hand few that go are called different, and names keep more of those apart than of the others."""
    folder = Path(os.environ["MEDGO_REAL_DATA"]) / "data" / "cblue"
    right = wrong = saved = 0
    for path in [*folder.glob("KUAKE-QQR/KUAKE*.json"), *folder.glob("CHIP-STS/CHIP*.json")]:
        enough = 2 if "QQR" in path.name else 1
        for pair in json.loads(path.read_text("utf-8")):
            first, second = (Names().mask(pair.get(f"text{k}") or pair[f"query{k}"]) for k in (1, 2))
            if str(pair.get("label")).isdigit() and likeness(view(first[0]), view(second[0])) >= 0.8:
                same = int(pair["label"]) >= enough
                right += same and first[1] == second[1]
                wrong += not same and first[1] == second[1]
                saved += not same and first[1] != second[1]
    assert right > 5 * wrong
    assert saved > wrong
