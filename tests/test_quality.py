from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from medgo_data import Corpus, Here, Quality, build
from medgo_data import open as open_built
from medgo_data.clean import fit
from medgo_data.clean.quality import OURS, FitError, Model, logistic
from medgo_data.file import FileError
from medgo_data.stage import spec
from tests.conftest import leaflets_in

GOOD = "患者因反复咳嗽、咳痰三年，加重一周入院。查体：双肺可闻及散在湿性啰音，心律齐，未闻及杂音。给予抗感染、化痰治疗后好转出院。"
SPAM = "，".join(
    f"白癜风{word}"
    for word in [
        "怎么治",
        "最好的医院",
        "偏方",
        "多少钱",
        "哪家医院好",
        "能治好吗",
        "专科医院",
        "医院排名",
        "费用",
        "在线咨询",
    ]
    * 3
)
TEXTS = [GOOD, SPAM, "a1b2 2024-01-31", "的" * 300, "é𠀀💊", "用", "", GOOD * 3, "1234567890" * 20]


# ---- the same score, worked out a character at a time --------------------------------------------------------------


def by_hand(text: str, model: Model) -> float:
    """The quality of a text in plain Python."""
    if not text:
        return 0.0
    chars = [ord("0") if char in "0123456789" else ord(char) for char in text]
    grams = [mixed(c, 0x9E3779B97F4A7C15, 17) for c in chars]
    grams += [mixed(a << 21 | b, 0xC2B2AE3D27D4EB4F, 17) for a, b in zip([0, *chars], chars, strict=False)]
    total = sum(int(model.weights[g]) for g in grams)
    of_mean, of_share, added = map(float, model.numbers)
    margin = total / (2 * len(chars)) * of_mean + again(chars) / len(chars) * of_share + added
    power = 1 - max(-40.0, min(40.0, margin)) / 2**20
    for _ in range(20):
        power *= power
    return round(1 / (1 + power) * 10_000) / 10_000


def mixed(number: int, odd: int, bits: int) -> int:
    return (number * odd % 2**64) >> (64 - bits)


def again(chars: list[int]) -> int:
    """How many characters end a run of five that ended within the last 1,024 before; a place remembers one run."""
    place: dict[int, tuple[tuple[int, ...], int]] = {}
    found = 0
    for at in range(4, len(chars)):
        run = tuple(mixed(c, 0x9E3779B97F4A7C15, 12) for c in chars[at - 4 : at + 1])
        slot = mixed(sum(part << 12 * k for k, part in enumerate(reversed(run))), 0x165667B19E3779F9, 13)
        found += slot in place and place[slot][0] == run and at - place[slot][1] <= 1024
        place[slot] = run, at
    return found


def ours() -> Model:
    with np.load(OURS) as file:
        return Model(file["weights"], file["numbers"])


def long_texts() -> list[str]:
    dice = random.Random(1)
    letters = GOOD + SPAM + "ABCxyz 0123\n💊é"
    near = "".join(dice.choices(letters, k=1019))
    far = "".join(dice.choices(letters, k=1500))
    return ["".join(dice.choices(letters, k=n)) for n in (1, 4, 5, 30, 3000)] + [
        GOOD[:5] + near + GOOD[:5],
        GOOD[:5] + far + GOOD[:5],
    ]


@pytest.mark.parametrize("text", [*TEXTS, *long_texts()])
def test_a_score_is_what_its_definition_says_to_the_last_bit(text: str) -> None:
    assert ours().quality(pl.Series([text])).to_list() == [by_hand(text, ours())]


def test_a_score_does_not_depend_on_the_rows_beside_it() -> None:
    alone = [ours().quality(pl.Series([text]))[0] for text in TEXTS]
    assert ours().quality(pl.Series(TEXTS)).to_list() == alone
    assert ours().quality(pl.Series(TEXTS * 3)[len(TEXTS) : 2 * len(TEXTS)]).to_list() == alone


def test_the_logistic_function_is_the_one_of_the_books() -> None:
    margin = np.linspace(-30, 30, 1001)
    np.testing.assert_allclose(logistic(margin), 1 / (1 + np.exp(-margin)), atol=1e-6)
    assert (np.diff(logistic(margin)) >= 0).all()
    assert logistic(np.array([-1e9, 1e9])).tolist() == pytest.approx([0, 1])


# ---- the stage -----------------------------------------------------------------------------------------------------


def test_what_is_below_the_threshold_goes_with_its_score() -> None:
    docs = pl.DataFrame({"text": [GOOD, SPAM], "quality": [None, None]}, schema_overrides={"quality": pl.Float64})
    judged = Quality()(docs)
    good, bad = judged["quality"].to_list()
    assert good > 0.9
    assert bad < 0.2
    assert judged["drop"].to_list() == [None, "low_quality"]
    assert judged["drop_score"].to_list() == [None, bad]
    assert Quality(at_least=bad)(docs)["drop"].to_list() == [None, None]  # a threshold that is met exactly is met
    assert "drop" not in Quality(at_least=None)(docs).columns
    assert "quality" not in Quality()(docs.drop("quality")).columns


def test_an_empty_text_is_worth_nothing_and_so_is_a_missing_one() -> None:
    docs = pl.DataFrame({"text": [None, "", GOOD]})
    assert Quality()(docs)["drop"].to_list() == ["low_quality", "low_quality", None]
    assert Quality()(docs[:0]).height == 0


def test_a_corpus_has_the_score_of_each_row_and_the_ledger_that_of_each_row_that_left(
    raw: Path, tmp_path: Path
) -> None:
    build(Corpus("judged", [leaflets_in(raw)], [Quality(at_least=0.9)]), tmp_path / "root", Here())
    built = open_built(tmp_path / "root", "judged")
    rows, gone = built.rows().collect(), built.dropped().collect()
    assert rows["quality"].min() >= 0.9  # type: ignore[operator]
    assert gone["score"].max() < 0.9  # type: ignore[operator]
    assert rows.height + gone.height == 160


def test_a_threshold_out_of_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="quality goes from 0 to 1"):
        Quality(at_least=40)


def test_our_model_is_small() -> None:
    assert OURS.stat().st_size <= 500_000


def test_a_model_is_what_it_holds_wherever_it_lies(tmp_path: Path) -> None:
    shutil.copy(OURS, tmp_path / "mine.npz")
    mine = Quality(model=str(tmp_path / "mine.npz"))
    docs = pl.DataFrame({"text": TEXTS, "quality": [0.0] * len(TEXTS)})
    assert mine(docs).equals(Quality()(docs))
    assert spec(mine) == {"Quality": {"version": 1, "sha256": mine.sha256}}
    (tmp_path / "other.npz").write_bytes(b"PK")
    with pytest.raises(FileError, match=r"other\.npz is no model of quality"):
        Quality(model=str(tmp_path / "other.npz"))(docs)


# ---- fitting -------------------------------------------------------------------------------------------------------

WORDS = "患者 咳嗽 发热 血压 升高 给予 治疗 口服 好转 出院 复查 正常 入院 手术 疼痛".split()  # noqa: SIM905
LURES = "特价 包邮 抢购 加微信 代理 加盟 点击 下单 优惠 正品 热线 免费 领取 秒杀 返现".split()  # noqa: SIM905


def texts(words: list[str], count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    return ["，".join("".join(dice.choices(words, k=4)) for _ in range(8)) + "。" for _ in range(count)]


def told(files: int = 3, count: int = 60) -> pl.DataFrame:
    return pl.concat(
        fit.examples(f"{good}/{k}", texts(WORDS if good else LURES, count, k), good=good)
        for good in (True, False)
        for k in range(files)
    )


def test_what_was_learned_tells_texts_that_were_not_seen() -> None:
    fitted = fit.fit(told())
    unseen = pl.Series([*texts(WORDS, 50, 99), *texts(LURES, 50, 99)])
    quality = fitted.model.quality(unseen)
    assert quality[:50].min() > 0.5 > quality[50:].max()  # type: ignore[operator]
    assert fit.auc(fitted.tested["quality"].to_numpy(), fitted.tested["good"].to_numpy()) == 1.0


def test_the_test_is_honest_when_nothing_can_be_learned() -> None:
    """Each file says only what no other says, good ones and bad ones alike."""
    han = [chr(0x4E00 + 7 * k) for k in range(400)]
    rows = [
        fit.examples(f"{good}/{k}", texts(han[40 * (5 * good + k) : 40 * (5 * good + k) + 40], 40, k), good=bool(good))
        for good in (0, 1)
        for k in range(5)
    ]
    tested = fit.fit(pl.concat(rows)).tested
    assert 0.25 < fit.auc(tested["quality"].to_numpy(), tested["good"].to_numpy()) < 0.75


def test_the_same_examples_make_the_same_file_in_whatever_order_they_come(tmp_path: Path) -> None:
    frames = told().partition_by("origin")
    for name, order in (("a.npz", frames), ("b.npz", frames[::-1])):
        fit.fit(fit.drawn(order, seed=1)).model.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert Quality(model=str(tmp_path / "a.npz")).sha256 == Quality(model=str(tmp_path / "b.npz")).sha256


def test_examples_are_bounded_and_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "MOST", 50)
    drawn = fit.drawn([*told().partition_by("origin"), told()], seed=1)
    assert dict(drawn.group_by("good").len().iter_rows()) == {True: 50, False: 50}
    assert drawn["text"].n_unique() == 100
    assert drawn["origin"].n_unique() == 6
    assert fit.examples("a", ["药" * 9000, " ", "", "\n　"], good=True)["text"].str.len_chars().to_list() == [
        fit.LONGEST
    ]


@pytest.mark.parametrize(
    ("score", "expected"),
    [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.9, 0.3, 0.4, 0.1], 0.75), ([0.5] * 4, 0.5)],
)
def test_auc_counts_the_pairs_in_their_order(score: list[float], expected: float) -> None:
    assert fit.auc(np.array(score), np.array([True, True, False, False])) == expected


def test_the_advice_keeps_99_of_100_good_texts() -> None:
    quality = [0.32] * 1 + [0.77] * 99 + [0.1] * 50 + [0.9] * 50
    tested = pl.DataFrame({"good": [True] * 100 + [False] * 100, "quality": quality})
    assert fit.advice(tested) == 0.75
    assert fit.thresholds(tested).filter(pl.col("at_least") == 0.4).rows() == [(0.4, 0.99, 0.5)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (told().filter("good"), "bad texts: there is none"),
        (told().filter(~pl.col("good")), "good texts: there is none"),
        (told().filter(~pl.col("good") | (pl.col("origin") == "True/0")), "good texts: all 60 are of True/0"),
    ],
)
def test_examples_that_teach_nothing_are_refused(given: pl.DataFrame, said: str) -> None:
    with pytest.raises(FitError, match=re.escape(said)):
        fit.fit(given)


# ---- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for side, words in (("good", WORDS), ("bad", LURES)):
        (tmp_path / side).mkdir()
        for k in range(2):
            lines = [json.dumps({"text": t, "body": t}) for t in texts(words, 40, k)]
            (tmp_path / side / f"{k}.jsonl").write_text("\n".join(lines), "utf-8")
        (tmp_path / side / "plain.txt").write_text(texts(words, 1, 7)[0], "utf-8")
        pl.DataFrame({"text": texts(words, 20, 8)}).write_parquet(tmp_path / side / "shard.parquet")
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "medgo_data.cli", "fit-quality", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_fits_tests_and_advises(files: Path) -> None:
    (files / "bad" / "empty.txt").write_text("")
    done = run(files, "--good", "good/*", "--bad", "bad/*", "--out", "mine.npz")
    assert done.returncode == 0, done.stderr
    assert "empty.txt: no text in it" in done.stderr
    assert re.search(r"shard\.parquet +good +20 +1\.000", done.stdout)
    used = re.search(r'Quality\(model="mine\.npz", at_least=([\d.]+)\)', done.stdout)
    assert used
    stage = Quality(model=str(files / "mine.npz"), at_least=float(used[1]))
    docs = pl.DataFrame({"text": [*texts(WORDS, 20, 50), *texts(LURES, 20, 50)]})
    assert stage(docs)["drop"].to_list() == [None] * 20 + ["low_quality"] * 20


WRONG = [
    (["--good", "good/*", "--bad", "none/*"], "no file matches 'none/*'"),
    (["--good", "good/0.jsonl", "--bad", "bad/*"], "good texts: all 40 are of 0.jsonl"),
    (["--good", "good/*.jsonl", "--bad", "bad/*", "--column", "nothing"], "good texts: there is none"),
    (["--good", "good/*", "--bad", "bad/*", "--out", "there/mine.npz"], "there is no folder there"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_the_command_says_what_is_wrong(files: Path, words: list[str], said: str) -> None:
    done = run(files, *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
