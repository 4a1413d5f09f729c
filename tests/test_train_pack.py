"""Rows are made once and hold every token in order; a plan names the rows of each step, and nobody changes it unseen."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from medgo_train import data, pack, plan
from medgo_train.config import RunConfig, read
from medgo_train.data import DataError
from medgo_train.pack import Form, Prepared, Rows
from medgo_train.plan import PlanDataset, PlanError
from tests import tiny
from tests.tiny import talk

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [f"【适应症】第{n}条：" + "用于缓解轻度不适。" * (n % 5 + 1) for n in range(40)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.save(tmp_path_factory.mktemp("base") / "model", TEXTS)


def prepared(tmp: Path, base: str, schema: str, rows: list[dict[str, Any]], **form: Any) -> Prepared:
    folder = tiny.corpus(tmp / "data", schema, schema, rows)
    how = Form(tokenizer=base, length=form.pop("length", 64), **form)
    return pack.prepare(data.check(folder), how, into=tmp / "prepared", processes=1)


def all_rows(made: Prepared) -> list[dict[str, Any]]:
    rows = Rows(made)
    return [rows[n] for n in range(made.rows)]


def config(**told: Any) -> RunConfig:
    plain = {"stage": "pretrain", "base": "b", "output": "o", "data": [{"corpus": "document"}]}
    return read(plain | told)


# ---- rows ----------------------------------------------------------------------------------------------------------


def test_documents_fill_row_after_row_and_no_token_is_lost(tmp_path: Path, base: str) -> None:
    made = prepared(tmp_path, base, "document", [{"text": text} for text in TEXTS])
    tokenizer = pack.load(base)
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    expected = [[*tokenizer(text)["input_ids"], end] for text in TEXTS]
    shards = [expected[:20], expected[20:]]
    rows = all_rows(made)
    found = [row["tokens"].tolist() for row in rows]
    for half, part in zip(shards, made.shards, strict=True):
        mine, found = found[: part.rows], found[part.rows :]
        assert list(chain(*mine)) == list(chain(*half))
        assert all(len(row) == 64 for row in mine[:-1])
    assert made.tokens == made.learned == sum(map(len, expected))
    assert (made.kept, made.lengths["longest"]) == (40, max(map(len, expected)))


def test_where_a_document_begins_in_a_row_is_known_and_which_it_is(tmp_path: Path, base: str) -> None:
    made = prepared(tmp_path, base, "document", [{"text": text} for text in TEXTS])
    tokenizer, rows, pieces = pack.load(base), Rows(made), {n: [] for n in range(40)}  # type: ignore[var-annotated]
    for number in range(made.rows):
        shard, documents = rows.documents(number)
        row = rows[number]
        assert row["starts"][0] == 0
        edges = [*row["starts"].tolist(), len(row["tokens"])]
        assert len(documents) == len(row["starts"])
        for document, (begin, end) in zip(documents, pairwise(edges), strict=True):
            pieces[shard * 20 + document] += row["tokens"][begin:end].tolist()
    assert [tokenizer.decode(pieces[n], skip_special_tokens=True) for n in range(40)] == TEXTS


@pytest.mark.parametrize("how", ["alone", "packed"])
def test_conversations_are_never_cut_and_what_is_learned_goes_with_them(tmp_path: Path, base: str, how: str) -> None:
    packed = how == "packed"
    talks = [talk(f"第{n}条怎么用？", "饭后服用。" * (n % 4 + 1)) for n in range(30)]
    made = prepared(tmp_path, base, "chat", talks, packed=packed, length=128)
    tokenizer = pack.load(base, "chatml")
    seen: Counter[str] = Counter()
    for row in all_rows(made):
        edges = [*row["starts"].tolist(), len(row["tokens"])]
        assert packed or len(edges) == 2
        for begin, end in pairwise(edges):
            tokens, learned = row["tokens"][begin:end], row["learned"][begin:end]
            seen[tokenizer.decode(tokens)] += 1
            answer = tokenizer.decode(tokens[learned])
            assert answer.endswith("服用。<|im_end|>") and "怎么用" not in answer
    assert seen == Counter(tokenizer.apply_chat_template(t["messages"], tokenize=False) for t in talks)
    assert made.rows == 30 if not packed else made.rows < 20
    assert made.kept == 30


@pytest.mark.parametrize(
    ("schema", "rows", "dropped"),
    [
        ("document", [{"text": "饭后服用。"}, {"text": ""}, {"text": "睡前服用。"}], {"empty": 1}),
        (
            "chat",
            [
                talk("怎么吃？", "饭后服用。"),
                talk("怎么吃？", ""),
                {"messages": [{"role": "user", "content": "有人吗？"}]},
                talk("怎么吃？", "饭后服用。" * 60),
            ],
            {"no_assistant": 2, "too_long": 1},
        ),
        (
            "preference",
            [
                {
                    "prompt": [{"role": "user", "content": "能喝酒吗？"}],
                    "chosen": [{"role": "assistant", "content": good}],
                    "rejected": [{"role": "assistant", "content": bad}],
                }
                for good, bad in (("不能。", "能。"), ("不能。", "不能。"), ("不能。", "能" * 300), ("", "能。"))
            ],
            {"no_assistant": 1, "same_answers": 1, "too_long": 1},
        ),
        (
            "feedback",
            [
                {
                    "prompt": [{"role": "user", "content": "能喝酒吗？"}],
                    "completion": [{"role": "assistant", "content": answer}],
                    "label": True,
                }
                for answer in ("不能。", "不能" * 300)
            ],
            {"too_long": 1},
        ),
    ],
)
def test_rows_that_a_stage_cannot_take_are_counted_by_reason(
    tmp_path: Path, base: str, schema: str, rows: list[dict[str, Any]], dropped: dict[str, int]
) -> None:
    made = prepared(tmp_path, base, schema, rows, length=128)
    assert made.dropped == dropped
    assert made.read == len(rows) == made.kept + sum(dropped.values())


def test_the_same_is_prepared_once_and_something_else_anew(tmp_path: Path, base: str) -> None:
    made = prepared(tmp_path, base, "chat", [talk("怎么吃？", "饭后服用。")] * 4)
    manifest = data.check(data.find("chat", root=tmp_path / "data"))
    before = (made.folder / "prepared.json").stat().st_mtime_ns
    same = Form(tokenizer=base, length=64, template="chatml")
    assert pack.prepare(manifest, same, into=tmp_path / "prepared", processes=1).folder == made.folder
    assert (made.folder / "prepared.json").stat().st_mtime_ns == before
    for other in (replace(same, length=65), replace(same, packed=True)):
        assert pack.prepare(manifest, other, into=tmp_path / "prepared", processes=1).folder != made.folder


@pytest.mark.slow
def test_many_processes_write_the_same_bytes_as_one(tmp_path: Path, base: str) -> None:
    made = prepared(tmp_path, base, "document", [{"text": text} for text in TEXTS])
    manifest = data.check(data.find("document", root=tmp_path / "data"))
    other = pack.prepare(manifest, Form(tokenizer=base, length=64), into=tmp_path / "two", processes=2)
    assert other.digest == made.digest
    assert sorted(p.name for p in other.folder.iterdir()) == [
        "part-00000.parquet",
        "part-00001.parquet",
        "prepared.json",
    ]


def test_one_byte_of_a_prepared_shard_is_noticed(tmp_path: Path, base: str) -> None:
    made = prepared(tmp_path, base, "document", [{"text": text} for text in TEXTS])
    made.verify()
    path = made.folder / "part-00001.parquet"
    whole = bytearray(path.read_bytes())
    whole[100] ^= 1
    path.write_bytes(whole)
    with pytest.raises(DataError, match=r"part-00001\.parquet was altered .* Remove .* and prepare again"):
        made.verify()


def test_a_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere has no tokenizer_config\.json"):
        pack.load(str(tmp_path / "nowhere"))


def testbest_fit_leaves_little_free_and_overfills_nothing() -> None:
    chance = np.random.default_rng(0)
    lengths = np.minimum(chance.lognormal(5, 1, 2000).astype(int) + 1, 1000).tolist()
    bins = pack.best_fit(lengths, 1000)
    assert sorted(chain(*bins)) == list(range(2000))
    filled = [sum(lengths[n] for n in inside) for inside in bins]
    assert max(filled) <= 1000
    assert len(bins) <= sum(lengths) / 1000 * 1.01


def test_a_corpus_is_found_by_name_and_version_and_the_others_are_named(tmp_path: Path) -> None:
    first = tiny.corpus(tmp_path, "sft", "chat", [talk("一", "二")])
    second = tiny.corpus(tmp_path, "sft", "chat", [talk("三", "四")])
    assert data.find("sft", root=tmp_path) == second
    assert data.find("sft", first.name[:6], root=tmp_path) == first
    assert data.find(str(first)) == first
    with pytest.raises(DataError, match=f"has not one version 'zzz'.*{first.name}"):
        data.find("sft", "zzz", root=tmp_path)
    with pytest.raises(DataError, match="built are: none"):
        data.find("dpo", root=tmp_path)


# ---- plans ---------------------------------------------------------------------------------------------------------


def two(tmp: Path, base: str) -> list[Prepared]:
    folders = [
        tiny.corpus(tmp / "data", name, "document", [{"text": text} for text in TEXTS * times])
        for name, times in (("leaflets", 4), ("books", 2))
    ]
    form = Form(tokenizer=base, length=32)
    return [pack.prepare(data.check(folder), form, into=tmp / "prepared", processes=1) for folder in folders]


def test_an_epoch_sees_every_row_once_and_the_next_in_another_order(tmp_path: Path, base: str) -> None:
    made = two(tmp_path, base)
    run = config(data=[{"corpus": "leaflets"}, {"corpus": "books", "repeats": 2}], epochs=2, batch={"rows": 1})
    drawn = plan.make(made, run)
    seen = Counter(zip(drawn.source.tolist(), drawn.row.tolist(), strict=True))
    assert {n for (source, _), n in seen.items() if source == 0} == {2}
    assert {n for (source, _), n in seen.items() if source == 1} == {4}
    assert len(seen) == made[0].rows + made[1].rows
    first = drawn.row[drawn.source == 0].reshape(2, -1)
    assert sorted(first[0]) == sorted(first[1]) and first[0].tolist() != first[1].tolist()
    assert first[0].tolist() != sorted(first[0])


def test_a_weight_is_a_share_of_every_stretch_of_the_run(tmp_path: Path, base: str) -> None:
    made = two(tmp_path, base)
    run = config(
        data=[{"corpus": "leaflets", "weight": 1}, {"corpus": "books", "weight": 3}], steps=100, batch={"rows": 16}
    )
    drawn = plan.make(made, run)
    assert [share.seen for share in drawn.shares] == [400, 1200]
    for stretch in np.split(drawn.source, 10):
        assert abs(float(stretch.mean()) - 0.75) < 0.03
    assert drawn.seen(50) == Counter({1: 600, 0: 200})


def test_a_plan_is_the_same_for_the_same_seed_and_hashed(tmp_path: Path, base: str) -> None:
    made = two(tmp_path, base)
    run = config(data=[{"corpus": "leaflets"}, {"corpus": "books"}])
    drawn = plan.make(made, run)
    drawn.save(tmp_path / "plan.parquet")
    again = plan.load(tmp_path / "plan.parquet")
    assert again.digest == drawn.digest == plan.make(made, run).digest
    assert (
        again.step(3) == drawn.step(3) == list(zip(drawn.source[8:12].tolist(), drawn.row[8:12].tolist(), strict=True))
    )
    assert plan.make(made, replace(run, seed=1)).digest != drawn.digest
    with pytest.raises(PlanError, match="there is no step 0"):
        drawn.step(0)


@pytest.mark.parametrize("harm", ["offset", "seed", "truncated"])
def test_a_plan_that_was_changed_is_refused(tmp_path: Path, base: str, harm: str) -> None:
    drawn = plan.make(two(tmp_path, base), config(data=[{"corpus": "leaflets"}, {"corpus": "books"}]))
    path = tmp_path / "plan.parquet"
    drawn.save(path)
    table = pq.read_table(path)
    if harm == "truncated":
        path.write_bytes(path.read_bytes()[:-20])
    elif harm == "offset":
        pq.write_table(table.take([*range(1, len(table)), 0]), path)
    else:
        told = json.loads(table.schema.metadata[b"medgo.plan"]) | {"seed": 9}
        pq.write_table(table.replace_schema_metadata({"medgo.plan": json.dumps(told)}), path)
    with pytest.raises(PlanError, match=r"plan\.parquet (was altered|is not a plan)"):
        plan.load(path)


def test_too_few_rows_for_one_step_are_refused_and_no_plan_is_found_is_said(tmp_path: Path, base: str) -> None:
    with pytest.raises(PlanError, match=r"Lower batch\.rows"):
        plan.make(two(tmp_path, base), config(data=[{"corpus": "a"}, {"corpus": "b"}], batch={"rows": 100_000}))
    with pytest.raises(PlanError, match="Make it: medgo-train prepare"):
        plan.load(tmp_path / "none.parquet")


def test_rows_come_in_the_order_of_the_plan_and_only_of_the_rows_it_was_made_for(tmp_path: Path, base: str) -> None:
    made = two(tmp_path, base)
    drawn = plan.make(made, config(data=[{"corpus": "leaflets"}, {"corpus": "books"}]))
    rows = PlanDataset(drawn, made)
    whole = [all_rows(one) for one in made]
    assert len(rows) == len(drawn) == drawn.steps * 4
    for place in range(len(rows)):
        expected = whole[drawn.source[place]][drawn.row[place]]
        assert rows[place]["tokens"].tolist() == expected["tokens"].tolist()
    with pytest.raises(PlanError, match="made for other rows of leaflets"):
        PlanDataset(drawn, made[::-1])


def test_what_lies_in_one_block_is_read_together_and_not_seen_together(tmp_path: Path, base: str) -> None:
    texts = [{"text": f"第{n}条"} for n in range(9000)]
    folder = tiny.corpus(tmp_path / "data", "many", "document", texts, shards=3)
    made = pack.prepare(data.check(folder), Form(tokenizer=base, length=8), into=tmp_path / "prepared", processes=1)
    drawn = plan.make([made], config(data=[{"corpus": "many"}], batch={"rows": 16}))
    rows = PlanDataset(drawn, [made])
    read = 0
    whole = rows.rows[0].block

    def counted(number: int) -> dict[str, Any]:
        nonlocal read
        read += 1
        return whole(number)

    rows.rows[0].block = counted
    for place in range(len(rows)):
        rows[place]
    blocks = len(made.blocks) - 1
    assert blocks > 60
    assert read == blocks  # each block once, although rows are shuffled
    near = np.abs(np.diff(drawn.row)) < 64
    assert near.mean() < 0.2
