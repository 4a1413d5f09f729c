"""What a step sees is what the plan says: documents apart, the same losses on one device and on two, and each mutation caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
import yaml
from safetensors.torch import load_file

from medgo_train import cli, pack, plan, ready, record
from medgo_train.config import RunConfig, RunError
from medgo_train.stages import run
from medgo_train.stages.tokens import IGNORED, Collate
from tests import tiny
from tests.tiny import Drugs, talk

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = [f"{name}{what}：{answer}" * (n % 3 + 1) for n, (name, what, answer) in enumerate(Drugs.facts() * 2)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.save(tmp_path_factory.mktemp("base"), Drugs.words())


def settings(folder: Path, base: str, **told: Any) -> RunConfig:
    if not (folder / "data").exists():
        tiny.corpus(folder / "data", "leaflets", "document", [{"text": text} for text in TEXTS])
        tiny.corpus(folder / "data", "books", "document", [{"text": text} for text in TEXTS[::-3]])
    how = {
        "save": {"every": 1000, "log": 1},
        "optimizer": {"learning_rate": 1e-3},
        "batch": {"rows": 4, "per_device": 2},
    }
    return tiny.config(folder, base, "pretrain", "leaflets books", **how | told)


# ---- documents apart -----------------------------------------------------------------------------------------------


def sharp(base: str, attention: str) -> Any:
    """A model whose attention matters."""
    model = transformers.AutoModelForCausalLM.from_pretrained(base, attn_implementation=attention).eval()
    model.config.use_cache = False  # with a cache, positions that begin anew keep nothing apart
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if any(part in name for part in ("q_proj", "k_proj", "v_proj", "o_proj")):
                weight.mul_(20)
    return model


def together(folder: Path, base: str) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Two rows with several documents each, and these documents alone."""
    made = ready.prepare(settings(folder, base, length=128)).prepared[0]
    rows = [row for row in (pack.Rows(made)[n] for n in range(made.rows)) if len(row["starts"]) > 2][:2]
    assert len(rows) == 2
    return rows, [part.tolist() for row in rows for part in np.split(row["tokens"], row["starts"][1:])]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("shape", ["rows", "flat"])
def test_packed_documents_see_nothing_of_each_other(tmp_path: Path, base: str, attention: str, shape: str) -> None:
    rows, documents = together(tmp_path, base)
    packed, mixed = apart(base, rows, documents, attention, flat=shape == "flat")
    assert packed <= 1e-5
    assert mixed > 1e-2  # positions that are not set back are noticed


def apart(base: str, rows: Any, documents: Any, attention: str, *, flat: bool) -> tuple[float, float]:
    """How far logits are from those of the documents alone: packed, and packed with positions that are not set back."""
    model = sharp(base, attention)
    batch = Collate(pad=0, flat=flat)(rows)
    kept = batch["labels"].new_zeros(batch["labels"].shape, dtype=torch.bool)
    if flat:
        kept[:] = True
    else:
        for n, row in enumerate(rows):
            kept[n, : len(row["tokens"])] = True
    with torch.no_grad():
        alone = torch.cat([model(input_ids=torch.tensor([document])).logits[0] for document in documents])
        packed = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"]).logits[kept]
        mixed = model(input_ids=batch["input_ids"]).logits[kept]
    return float((packed - alone).abs().max()), float((mixed - alone).abs().max())


def test_no_document_learns_how_the_next_begins_and_no_padding_is_learned(tmp_path: Path, base: str) -> None:
    rows, documents = together(tmp_path, base)
    batch = Collate(pad=0)(rows)
    learned = [label for label in batch["labels"].flatten().tolist() if label != IGNORED]
    assert learned == [token for document in documents for token in document[1:]]
    short = {"tokens": rows[0]["tokens"][:5], "starts": np.array([0])}
    batch = Collate(pad=0)([rows[0], short])
    assert batch["labels"][1, 5:].unique().tolist() == [IGNORED]
    assert batch["position_ids"][1, :8].tolist() == [0, 1, 2, 3, 4, 0, 1, 2]


def test_of_a_conversation_only_the_answer_is_learned(tmp_path: Path, base: str) -> None:
    tiny.corpus(tmp_path / "data", "qa", "chat", [talk("苹安片怎么服用？", "饭后服用。"), talk("能停吗？", "不能。")])
    made = ready.prepare(tiny.config(tmp_path, base, "sft", "qa", packed=True, epochs=4.0)).prepared[0]
    tokenizer = pack.load(base, "chatml")
    batch = Collate(pad=tokenizer.pad_token_id)([pack.Rows(made)[n] for n in range(made.rows)])
    learned = tokenizer.decode([label for label in batch["labels"].flatten().tolist() if label != IGNORED])
    assert sorted(learned.split("<|im_end|>")) == ["", "不能。", "饭后服用。"]
    assert "«饭后服用。<|im_end|>»" in (shown := ready.preview(made, base, 2))
    assert "«不能。<|im_end|>»" in shown and shown.count("«") == 2


# ---- steps and the plan --------------------------------------------------------------------------------------------


def losses(done: Any) -> list[float]:
    return [line["loss"] for line in done.trainer.state.log_history if "loss" in line]


def moved(made: ready.Ready) -> plan.Plan:
    """The plan, off by one row."""
    return replace(made.plan, source=np.roll(made.plan.source, -1), row=np.roll(made.plan.row, -1))


def test_each_step_costs_what_its_rows_of_the_plan_cost(tmp_path: Path, base: str) -> None:
    config = settings(tmp_path, base, steps=3, optimizer={"learning_rate": 1e-9})
    found = losses(run(config))
    made = ready.there(config)
    model = transformers.AutoModelForCausalLM.from_pretrained(base).eval()

    def cost(drawn: plan.Plan, step: int) -> float:
        batch = Collate(pad=0)([pack.Rows(made.prepared[source])[row] for source, row in drawn.step(step)])
        with torch.no_grad():
            return float(model(**batch, use_cache=False).loss)

    assert found == pytest.approx([cost(made.plan, step) for step in (1, 2, 3)], abs=1e-4)
    assert found != pytest.approx([cost(moved(made), step) for step in (1, 2, 3)], abs=1e-4)


def test_a_batch_costs_the_same_however_it_is_cut(tmp_path: Path, base: str) -> None:
    whole = losses(run(settings(tmp_path, base, steps=6, batch={"rows": 4, "per_device": 4})))
    assert len(whole) == 6
    for many in (1, 2):
        config = settings(
            tmp_path, base, steps=6, batch={"rows": 4, "per_device": many}, output=str(tmp_path / f"{many}")
        )
        assert losses(run(config)) == pytest.approx(whole, abs=1e-5)


def written(config: RunConfig) -> Path:
    path = Path(config.output).with_suffix(".yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config.plain()), "utf-8")
    return path


def torchrun(config: RunConfig, *how: str, world: int = 2) -> subprocess.CompletedProcess[str]:
    path = written(config)
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc_per_node={world}", "--rdzv-backend=c10d"]
    command += [
        "--rdzv-endpoint=localhost:0",
        "--no-python",
        sys.executable,
        "-m",
        "medgo_train.cli",
        "run",
        str(path),
        *how,
    ]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path]), "DS_ACCELERATOR": "cpu"},
    )


def told(output: str, step: int) -> list[float]:
    state = json.loads(Path(output, f"checkpoint-{step}", "trainer_state.json").read_text("utf-8"))
    return [line["loss"] for line in state["log_history"] if "loss" in line]


@pytest.mark.slow
def test_one_device_and_two_make_the_same_steps_and_either_goes_on_where_the_other_was(
    tmp_path: Path, base: str
) -> None:
    how = {"steps": 10, "save": {"every": 5, "log": 1}}
    alone = run(settings(tmp_path, base, **how))
    both = settings(tmp_path, base, **how, output=str(tmp_path / "runs/both"))
    refused = torchrun(both)
    assert refused.returncode and "plan.parquet does not exist. Make it: medgo-train prepare" in refused.stderr
    assert cli.main(["prepare", str(tmp_path / "runs/both.yaml")]) == 0
    ended = torchrun(both)
    assert ended.returncode == 0, ended.stderr
    assert told(both.output, 10) == pytest.approx(losses(alone), abs=1e-6)
    assert record.read(Path(both.output, "checkpoint-10"))["world"] == 2
    Path(both.output, "checkpoint-10", record.NAME).unlink()
    again = run(both, resume=True)  # taken up by one after the fifth step of two
    assert (again.first, again.last) == (5, 10)
    assert losses(again) == pytest.approx(losses(alone), abs=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("deepspeed") is None, reason="deepspeed is not installed")
@pytest.mark.parametrize("lora", [None, {"dropout": 0.0}], ids=["whole", "lora"])
def test_sharded_by_deepspeed_the_weights_are_the_same(tmp_path: Path, base: str, lora: dict[str, Any] | None) -> None:
    how = {"steps": 4, "lora": lora}
    alone = run(settings(tmp_path, base, **how))
    parallel = {"device": "cpu", "precision": "fp32", "checkpointing": False, "zero": 3}
    split = settings(tmp_path, base, **how, parallel=parallel, output=str(tmp_path / "runs/split"))
    assert cli.main(["prepare", str(written(split))]) == 0
    ended = torchrun(split)
    assert ended.returncode == 0, ended.stderr
    assert list(
        Path(split.output, "checkpoint-4").glob("global_step4/*optim_states.pt")
    )  # it was DeepSpeed that trained
    mine, theirs = (load_file(Path(one.output, "final/model.safetensors")) for one in (split, alone.config))
    assert mine.keys() == theirs.keys()
    assert max(float((mine[name] - theirs[name]).abs().max()) for name in mine) < 1e-6
    with pytest.raises(RunError, match=r"saved by 2 processes under DeepSpeed, .* and here are 1\. Start as many"):
        run(split, resume=True)


# ---- the command line ----------------------------------------------------------------------------------------------


def test_a_chain_of_stages_is_one_command(tmp_path: Path, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = settings(tmp_path, base, steps=2)
    tiny.corpus(tmp_path / "data", "qa", "chat", [talk(f"{n}怎么服用？", "饭后服用。") for n in Drugs.NAMES])
    second = tiny.config(tmp_path, f"{first.output}/final", "sft", "qa", lora={}, steps=2)
    files = []
    for config in (first, second):
        files.append(str(tmp_path / f"{config.stage}.yaml"))
        Path(files[-1]).write_text(yaml.safe_dump(config.plain()), "utf-8")
    assert cli.main(["run", files[1]]) == 1
    assert "holds no model, and no stage before it leaves one" in capsys.readouterr().err
    assert cli.main(["run", *files]) == 0, capsys.readouterr().err
    assert "sft: trained from step 0 to 2" in capsys.readouterr().out
    card = record.card(Path(second.output) / "final")
    assert card.index("## pretrain") < card.index("## sft")
    assert transformers.AutoModelForCausalLM.from_pretrained(Path(second.output) / "final")


def test_a_curriculum_of_two_stages_is_two_plans(tmp_path: Path, base: str) -> None:
    """At first both kinds of text, half and half; then, on what came of it, only one of them, at a lower rate."""
    first = settings(tmp_path, base, steps=6)
    wide = replace(
        first, data=tuple(replace(one, weight=weight) for one, weight in zip(first.data, (1, 1), strict=True))
    )
    narrow = replace(
        first,
        base=f"{first.output}/final",
        output=str(tmp_path / "runs/second"),
        data=tuple(replace(one, weight=weight) for one, weight in zip(first.data, (9, 1), strict=True)),
        optimizer=replace(first.optimizer, learning_rate=1e-4),
    )
    files = []
    for config in (wide, narrow):
        files.append(str(tmp_path / f"{len(files)}.yaml"))
        Path(files[-1]).write_text(yaml.safe_dump(config.plain()), "utf-8")
    assert cli.main(["run", *files]) == 0
    told = record.read(Path(narrow.output) / "final")
    plans = [plan.load(Path(config.output) / "plan.parquet") for config in (wide, narrow)]
    assert [told["before"]["plan"]["digest"], told["plan"]["digest"]] == [one.digest for one in plans]
    assert told["before"]["rows"] == {"leaflets": 12, "books": 12}
    assert told["rows"]["leaflets"] > 4 * told["rows"]["books"] > 0
    seen = [
        {one for step in range(1, 7) for one in record.rows(Path(c.output) / "final", step)} for c in (wide, narrow)
    ]
    assert sum(one.startswith("books") for one in seen[0]) > sum(one.startswith("books") for one in seen[1]) > 0


def test_a_run_is_checked_without_a_step(tmp_path: Path, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = settings(tmp_path, base)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config.plain()), "utf-8")
    assert cli.main(["check", str(tmp_path / "run.yaml"), "--set", "epochs=2", "--preview", "1"]) == 0
    said = capsys.readouterr().out
    for words in (
        "leaflets, version",
        "rows     90, of which 90 are kept",
        "% full",
        "«",
        "steps of 4 rows",
        "may be run",
    ):
        assert words in said
    assert not list(Path(config.output).glob("checkpoint-*"))


SILENT = """
import socket, sys
def refused(*told, **also):
    print("REACHED OUT", told, file=sys.stderr)
    raise OSError("there is no network")
socket.getaddrinfo = socket.socket.connect = refused
from medgo_train import cli
sys.exit(cli.main(["run", sys.argv[1]]))
"""


@pytest.mark.slow
def test_nobody_outside_learns_of_a_run(tmp_path: Path, base: str) -> None:
    config = settings(tmp_path, base, steps=1)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config.plain()), "utf-8")
    told_off = {"HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "CI"}  # what the tests are told, a user is not
    where = {name: value for name, value in os.environ.items() if name not in told_off} | {
        "PYTHONPATH": str(Path.cwd())
    }
    command = [sys.executable, "-c", SILENT, str(tmp_path / "run.yaml")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100, env=where)
    assert ended.returncode == 0, ended.stderr
    assert "REACHED OUT" not in ended.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: replace(c, stage="sft"), "gives rows of the schema 'document', and the stage sft takes 'chat'"),
        (lambda c: replace(c, parallel=replace(c.parallel, device="cuda")), "torch sees no GPU here"),
        (lambda c: replace(c, batch=replace(c.batch, rows=3)), "do not fill evenly"),
        (lambda c: replace(c, base="/nowhere"), "has no tokenizer_config.json"),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_what_cannot_be_run_is_refused_in_one_sentence(
    tmp_path: Path, base: str, change: Callable[[RunConfig], RunConfig], words: str
) -> None:
    with pytest.raises(RunError) as refused:
        run(change(settings(tmp_path, base, steps=1)))
    assert words in str(refused.value)


def test_an_unscrubbed_empty_or_altered_corpus_is_refused(tmp_path: Path, base: str) -> None:
    config = settings(tmp_path, base, steps=1)
    folder = next((tmp_path / "data/books").glob("*/"))
    kept = (folder / "manifest.json").read_text("utf-8")
    (folder / "manifest.json").write_text(kept.replace('["scrubbed"]', "[]"), "utf-8")
    with pytest.raises(RunError, match="not marked scrubbed"):
        run(config)
    (folder / "manifest.json").write_text(kept, "utf-8")
    shard = folder / "part-00000.parquet"
    whole = bytearray(shard.read_bytes())
    whole[200] ^= 1
    shard.write_bytes(whole)
    with pytest.raises(RunError, match=r"part-00000\.parquet was altered"):
        run(config)
    tiny.corpus(tmp_path / "data", "nothing", "document", [])
    with pytest.raises(RunError, match="has no rows"):
        run(replace(config, data=(replace(config.data[0], corpus="nothing"),)))
