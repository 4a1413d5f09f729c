"""The command line: it explains itself, says in one sentence what is wrong, and tells programs the same as people."""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from medgo_data import Source, cli, recipe, show
from medgo_data.schema import load
from medgo_data.sources import CATEGORIES
from medgo_data.sources.formats import BYTES, RECORDS, TEXT, format_of
from medgo_data.store import Store
from tests.conftest import write_leaflets

RECIPES = Path(__file__).parent.parent / "recipes"
TALK = """\
import time
from dataclasses import dataclass
from pathlib import Path
import polars as pl
from medgo_data import Clean, Corpus, Dedup, Sample, Stage, children, knob
from medgo_data.sources import JsonLines

@dataclass(frozen=True, kw_only=True)
class Asks(Stage):
    gives = "chat"
    seconds: float = knob(0.0)

    def __call__(self, docs):
        time.sleep(self.seconds)
        talk = [[{"messages": [{"role": "user", "content": q}]} for q in ("怎么吃？", t)] for t in docs["text"]]
        return pl.concat([docs.with_columns(drop=pl.lit("used")), children(self, docs, talk)], how="diagonal_relaxed")

leaflets = JsonLines(name="说明书", files=str(Path(__file__).parent / "raw/*.jsonl"), license="public", fields={"text": "body"})
tidy = Corpus("药品说明书", [leaflets], [Clean(min_chars=20)])
talk = Corpus("问答", [tidy], [Asks(seconds=SECONDS), Dedup(column="messages")])
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the demo reads and joins, and two corpora of Chinese names, built."""
    folder = tmp_path_factory.mktemp("here")
    shutil.copytree(RECIPES, folder / "recipes")
    write_leaflets(folder / "raw", files=3, rows=10)
    (folder / "raw" / "l001.jsonl").rename(folder / "raw" / "内科 二.jsonl")
    (folder / "问答.py").write_text(TALK.replace("SECONDS", "0"), "utf-8")
    demo = [f"recipes/demo.py:{name}" for name in ("pretrain", "sft")]
    for told in (*demo, "问答.py"):
        done = run(folder, "build", told, "--engine", "here")
        assert done.code == 0, done.err
    return folder


def run(folder: Path, *words: object, **also: str) -> Said:
    """In a process of its own, as it is meant."""
    command = [sys.executable, "-m", "medgo_data.cli", *map(str, words)]
    env = os.environ | {"MEDGO_ROOT": "data"} | also
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=env)
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def ask(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """In this process, because that is quicker."""
    monkeypatch.chdir(here)
    monkeypatch.setenv("MEDGO_ROOT", "data")
    monkeypatch.setattr(sys, "path", [*sys.path])

    def told(*words: object) -> Said:
        with pytest.raises(SystemExit) as end:
            cli.main([*map(str, words)])
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return told


def built(here: Path, name: str) -> Any:
    return Store(here / "data").find(name).manifest


def version(here: Path, name: str) -> str:
    return f"{name}@{built(here, name)['fingerprint'][:12]}"


# ---- help, and wrong use -------------------------------------------------------------------------------------------

COMMANDS = [
    *(
        "build",
        "plan",
        "launch",
        "ls",
        "funnel",
        "why",
        "diff",
        "sample",
        "pairs",
        "audit",
        "review",
        "verify",
        "lock",
        "forget",
        "card",
    ),
    *("fit-quality", "replies", "fit-names"),
]


def parsers() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001  what argparse knows it tells nobody
    return dict(commands.choices)


def test_these_are_the_commands() -> None:
    assert list(parsers()) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_worth_reading(command: str, ask: Ask) -> None:
    told = ask(command, "--help")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"usage: medgo-data {command}")
    parser = parsers()[command]
    assert len(parser.description or "") > 30
    assert (parser.description or "").strip().endswith(".")
    for action in parser._actions:  # noqa: SLF001  as above
        assert action.help
        assert len(action.help) > 8


REVIEW = ["serve", "invite", "key", "export", "give", "take", "cues", "agreement", "plan", "judge"]


def test_so_is_that_of_review(ask: Ask) -> None:
    (commands,) = (a for a in parsers()["review"]._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001  as above
    assert sorted(commands.choices) == sorted(REVIEW)
    for command in REVIEW:
        told = ask("review", command, "--help")
        assert told.code == 0
        assert told.out.startswith(f"usage: medgo-data review {command}")
        assert (commands.choices[command].description or "").strip().endswith(".")
        assert all(len(action.help or "") > 5 for action in commands.choices[command]._actions)  # noqa: SLF001  as above


def test_help_lists_every_command_with_a_sentence(ask: Ask) -> None:
    told = ask("--help")
    assert told.code == 0
    for command in COMMANDS:
        assert re.search(rf"^    {command}\s+\w+ \w+", told.out, re.MULTILINE), command
    assert "medgo-data build recipes/demo.py" in told.out


def test_the_commands_are_installed_under_their_names() -> None:
    scripts = {e.name: e.value for e in entry_points(group="console_scripts") if e.name.startswith("medgo-")}
    assert scripts == {"medgo-data": "medgo_data.cli:main", "medgo-train": "medgo_train.cli:main"}


@pytest.mark.parametrize(
    "words",
    [
        "",
        "bild recipes/demo.py",
        "build",
        "build recipes/demo.py --limit 0",
        "build recipes/demo.py --limit many",
        "build recipes/demo.py --workers -1",
        "build recipes/demo.py --engine cluster",
        "build recipes/demo.py --root",
        "funnel",
        "funnel pretrain sft",
        "diff pretrain",
        "why",
        "sample pretrain -n 0",
        "sample pretrain --seed x",
        "ls --yaml",
    ],
)
def test_a_command_that_cannot_be_understood_exits_with_2_and_its_usage(words: str, ask: Ask) -> None:
    told = ask(*words.split())
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("usage: medgo-data")
    assert "error: " in told.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("funnel pretain", "there is no corpus 'pretain' below {here}/data; there is dialogues, pretrain, safety"),
        ("funnel pretrain@ffff", "there is no corpus 'pretrain@ffff' below {here}/data; there is pretrain@"),
        ("diff pretrain pretrain@ffff", "there is no corpus 'pretrain@ffff'"),
        ("sample nothing", "there is no corpus 'nothing'"),
        ("card nothing", "there is no corpus 'nothing'"),
        ("verify pretrain nothing", "there is no corpus 'nothing'"),
        ("lock nothing", "there is no corpus 'nothing'"),
        ("funnel pretrain --root elsewhere", "nothing was built there yet. Check --root"),
        ("verify --root elsewhere", "nothing was built below {here}/elsewhere. Check --root"),
        ("lock --root elsewhere", "nothing was built below {here}/elsewhere. Check --root"),
        ("lock --check --file none.lock", "there is no lock file none.lock. Write one with: medgo-data lock"),
        ("lock --check --file raw/l000.jsonl", "raw/l000.jsonl is not a lock file"),
        ("lock --check --file list.json", "list.json is not a lock file"),
        ("lock --check --file flat.json", "flat.json is not a lock file"),
        ("lock --file raw", "raw"),
        ("card pretrain --out raw", "raw"),
        ("card pretrain --out nowhere/card.html", "nowhere/card.html"),
        ("build nowhere.py", "there is no recipe nowhere.py (from {here})"),
        ("plan nowhere.py", "there is no recipe nowhere.py (from {here})"),
        ("build recipes/demo.py:nothing", "has no corpus 'nothing'; it has pretrain, dialogues, safety, sft"),
        ("build recipes/demo.py --root raw/l000.jsonl", "raw/l000.jsonl"),
        ("build twice.py", "would both be called 'l000.jsonl'. Give one pattern that covers both folders"),
        ("build unread.py", "source 'none': no file matches 'none/*.jsonl' (looked below {here}/none)"),
        ("build unstable.py", "has no stable spelling"),
        ("why pretrain", "'pretrain' is not the name of a row. They read source/file#slice-record"),
        ("why leaflets/otc.jsonl.gz#0-x", "is not the name of a row"),
        ("why leaflets/otc.jsonl.gz#0-99", "read 9 records of otc.jsonl.gz. Records count from 0 in each slice"),
        ("why leaflets/otc.jsonl.gz#7-0", "there is no row"),
        ("why leaflets/nothing.jsonl#0-0", "has read the file 'nothing.jsonl' of a source 'leaflets'"),
        ("why leaflets/otc.jsonl.gz#0-1>Asks.0", "there is no row"),
        ("why leaflets/otc.jsonl.gz#0-1 --raw 问答.py", "the recipe has no source 'leaflets'"),
    ],
)
def test_what_cannot_be_done_exits_with_1_and_one_sentence(words: str, says: str, ask: Ask, here: Path) -> None:
    (here / "list.json").write_text("[]", "utf-8")
    (here / "flat.json").write_text('{"pretrain": 1}', "utf-8")
    head = "from medgo_data import *\nfrom medgo_data.sources import *\n"
    (here / "copies").mkdir(exist_ok=True)
    shutil.copy(here / "raw" / "l000.jsonl", here / "copies")
    source = "JsonLines(name='none', files=['none/*.jsonl'], license='x', fields={'text': 'body'})"
    (here / "unread.py").write_text(f"{head}none = Corpus('none', [{source}])", "utf-8")
    both = source.replace("['none/*.jsonl']", "['raw/*.jsonl', 'copies/*.jsonl']")
    (here / "twice.py").write_text(f"{head}none = Corpus('none', [{both}])", "utf-8")
    (here / "unstable.py").write_text(f"{head}none = Corpus('none', [{source}], [Clean(min_chars=1j)])", "utf-8")
    told = ask(*words.split())
    assert told.code == 1
    assert told.out == "", "what is wrong is no result"
    assert told.err.startswith("medgo-data: ")
    assert says.format(here=here) in told.err
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err


def test_an_ambiguous_version_asks_for_more_of_it(ask: Ask, here: Path, tmp_path: Path) -> None:
    shutil.copytree(here / "data", tmp_path / "data")
    first = next((tmp_path / "data" / "safety").glob("*/manifest.json")).parent
    shutil.copytree(first, first.with_name(first.name[:-1] + ("0" if first.name[-1] != "0" else "1")))
    told = ask("funnel", f"safety@{first.name[:4]}", "--root", tmp_path / "data")
    assert told.code == 1
    assert "write more of the version" in told.err
    assert ask("funnel", f"safety@{first.name}", "--root", tmp_path / "data").code == 0


def test_the_demo_has_every_kind_of_material_and_every_format(ask: Ask, here: Path) -> None:
    assert set(built(here, "pretrain")["categories"]) == {name for name, _, _ in CATEGORIES}
    corpora = recipe.corpora(str(RECIPES / "demo.py"))
    sources = {one.name: one for corpus in corpora for one in corpus.inputs if isinstance(one, Source)}
    told = ask("funnel", "pretrain", "--by-category", "--json").out
    assert json.loads(told) == built(here, "pretrain")["categories"]
    read = {format_of(raw) for name, source in sources.items() if name != "broken" for raw in source.raw}
    assert read == {*TEXT.values(), *BYTES, *RECORDS.values(), "xlsx", "parquet"}


# ---- for programs --------------------------------------------------------------------------------------------------


def test_ls_lists_every_version_for_people_and_for_programs(ask: Ask, here: Path) -> None:
    told = json.loads(ask("ls", "--json").out)
    names = sorted(["pretrain", "dialogues", "safety", "sft", "药品说明书", "问答"])
    assert [one["name"] for one in told] == names
    for one in told:
        assert one == {"current": True} | {key: built(here, one["name"])[key] for key in one if key != "current"}
    head, *lines = ask("ls").out.splitlines()
    assert head.split() == ["corpus", "rows", "characters", "size", "shards", "schema", "marks"]
    for one, line in zip(told, lines, strict=True):
        assert line.split()[:3] == ["*", version(here, one["name"]), f"{one['rows']:,}"]
        assert line.endswith(", ".join([*["not scrubbed"] * ("scrubbed" not in one["marks"]), *one["marks"]]))
    assert ask("ls", "--root", "elsewhere").out == "nothing was built below elsewhere\n"


def test_a_funnel_for_programs_is_that_of_the_manifest(ask: Ask, here: Path) -> None:
    for name in ("pretrain", "问答"):
        told = built(here, name)
        assert json.loads(ask("funnel", name, "--json").out) == told["funnel"]
        by_source = json.loads(ask("funnel", name, "--by-source", "--json").out)
        assert by_source == {source: of["funnel"] for source, of in told["sources"].items()}


def test_a_funnel_for_people_has_the_same_numbers(ask: Ask, here: Path) -> None:
    first, head, *lines = ask("funnel", "问答").out.splitlines()
    assert first == version(here, "问答")
    assert head.split() == ["stage", "in", "born", "dropped", "out", "reason"]
    # of 30 leaflets three are torn pages, so two questions are born of each of 27
    expected = []
    for line in built(here, "问答")["funnel"]:
        gone = sum(line["dropped"].values())
        expected.append([line["stage"], *map(str, (line["rows_in"], line["born"], gone, line["rows_out"]))])
        expected += [[str(count), reason] for reason, count in line["dropped"].items()]
    assert [line.split() for line in lines] == expected
    assert expected[1] == ["Asks", "27", "54", "27", "54"]
    by_source = ask("funnel", "pretrain", "--by-source").out
    assert re.search(r"^complaints +read +63 +0 +1 +62$", by_source, re.MULTILINE)


def test_a_plan_for_programs_and_for_people(ask: Ask, here: Path) -> None:
    stands = json.loads(ask("plan", "recipes/demo.py:sft", "--json").out)
    assert [(s["corpus"], s["doing"], s["parts"], s["reused"], s["bytes"]) for s in stands] == [
        ("dialogues", "stands", 3, 3, 0),
        ("safety", "stands", 1, 1, 0),
        ("sft", "stands", 4, 4, 0),
    ]
    told = ask("plan", "recipes/demo.py:sft", "--limit", 2).out.splitlines()
    assert [line.split()[0] for line in told] == [
        "corpus",
        *(f"{c}.limit2" for c in ("dialogues", "safety", "sft", "sft")),
    ]
    assert told[3].split()[1:] == ["read", "→", "sketch", "for", "Sample", "?", "0", "after", "that"]
    assert not list((here / "data").glob("*.limit2")), "a plan builds nothing"


def test_sample_is_shut_to_rows_that_were_not_scrubbed_and_opens_when_told(ask: Ask, here: Path) -> None:
    refused = ask("sample", "药品说明书")
    assert (refused.code, refused.out) == (1, "")
    assert "was not scrubbed, so its rows may name patients" in refused.err
    assert "--unscrubbed" in refused.err
    rows = [json.loads(line) for line in ask("sample", "pretrain", "--json").out.splitlines()]
    assert len(rows) == 5
    assert list(rows[0]) == [column.name for column in load("document").columns]
    again = ask("sample", "pretrain", "--json").out.splitlines()
    assert [json.loads(line) for line in again] == rows, "the same seed, the same rows"
    other = ask("sample", "pretrain", "--json", "--seed", 2).out.splitlines()
    assert [json.loads(line) for line in other] != rows
    for_people = ask("sample", "pretrain").out
    for row in rows:
        assert f"{row['id']}\n" in for_people
        assert f"text: {row['text']}\n" in for_people
    every = ask("sample", "问答", "--unscrubbed", "-n", 1000, "--json").out.splitlines()
    assert len(every) == built(here, "问答")["rows"], "no more than there are"
    assert "\nmessages:\nuser: " in ask("sample", "问答", "--unscrubbed", "-n", 1).out


# ---- why -----------------------------------------------------------------------------------------------------------

KEPT = "came through read → Clean → Quality → Decontaminate → Dedup → Sample → Scrub → Tokens and lies in"
UNREADABLE = "was found in the raw file and could not be read:"
WHYS = {
    "leaflets/otc.jsonl.gz#0-3": [("pretrain", f"{KEPT} part-00018.parquet, row 2")],
    "textbooks/常见症状学讲义.txt#0-1": [("pretrain", f"{KEPT} part-00009.parquet, row 1")],
    "encyclopedias/entries.parquet#0-12": [("pretrain", "came through read and was let go by Clean: too_short")],
    "popular_science/crawl.jsonl#0-5": [("pretrain", "came through read and was let go by Clean: advert")],
    "leaflets/chemical.jsonl#0-7": [
        ("pretrain", "came through read → Clean → Quality → Decontaminate → Dedup and was let go by Sample: over_quota")
    ],
    "popular_science/crawl.jsonl#0-17": [
        (
            "pretrain",
            (
                "came through read → Clean → Quality → Decontaminate and was let go by Dedup: "
                "duplicate of encyclopedias/conditions.sql#0-2 (Jaccard 1.000)"
            ),
        )
    ],
    "guidelines/成人社区获得性肺部感染门诊处置指南.pdf#0-1": [("pretrain", f"{UNREADABLE} no_text_layer")],
    "formulary/ward.csv#0-1": [("pretrain", f"{UNREADABLE} wrong_columns")],
    "broken/export.jsonl#0-2": [("pretrain", f"{UNREADABLE} not_json")],
    "broken/half_a_download.jsonl.gz#0-1": [("pretrain", f"{UNREADABLE} truncated")],
    "broken/behind_a_password.pdf#0-0": [("pretrain", f"{UNREADABLE} encrypted")],
    "consultations/west_clinic.jsonl#0-13": [
        ("dialogues", f"{UNREADABLE} no_messages"),
        ("pretrain", f"{UNREADABLE} no_messages"),
    ],
    "instructions/instructions.json#0-0": [
        ("dialogues", "came through read and lies in part-00002.parquet, row 0"),
        ("sft", "came through read → Sample → Scrub and lies in part-00002.parquet, row 0"),
    ],
    "说明书/l000.jsonl#0-9": [("药品说明书", "came through read and was let go by Clean: too_short")],
    "说明书/内科 二.jsonl#0-0": [
        ("药品说明书", "came through read → Clean and lies in part-00002.parquet, row 0"),
        (
            "问答",
            "came through read and was let go by Asks: used; 1 rows were born of it: 说明书/内科 二.jsonl#0-0>Asks.1",
        ),
    ],
    "说明书/内科 二.jsonl#0-0>Asks.1": [
        ("问答", "came through read → Asks → Dedup and lies in part-00002.parquet, row 0")
    ],
    "说明书/内科 二.jsonl#0-0>Asks.0": [
        (
            "问答",
            "came through read → Asks and was let go by Dedup: duplicate of 说明书/l000.jsonl#0-0>Asks.0 (Jaccard 1.000)",
        )
    ],
}


@pytest.mark.parametrize(("row", "fates"), WHYS.items(), ids=WHYS.keys())
def test_why_tells_the_life_of_a_row_in_every_corpus(
    row: str, fates: list[tuple[str, str]], ask: Ask, here: Path
) -> None:
    told = ask("why", row)
    assert told.code == 0
    source, _, rest = row.partition("/")
    file, _, number = rest.partition("#")
    record = number.split(">")[0].split("-")[1]
    assert told.out.splitlines() == [
        row,
        f"raw file {file} of source {source}, slice 0, record {record}",
        *(f"{version(here, corpus)}: {says}" for corpus, says in fates),
    ]
    for fate, (corpus, says) in zip(json.loads(ask("why", row, "--json").out), fates, strict=True):
        assert fate["corpus"] == version(here, corpus)
        assert (fate["shard"] or fate["reason"]) in says


def test_why_finds_each_row_where_it_says_it_lies(ask: Ask, here: Path) -> None:
    import polars as pl

    for row in ("leaflets/otc.jsonl.gz#0-3", "说明书/内科 二.jsonl#0-0>Asks.1"):
        for fate in json.loads(ask("why", row, "--json").out):
            name, number = fate["corpus"].split("@")
            assert pl.read_parquet(here / "data" / name / number / fate["shard"])[fate["row"], "id"] == row


def test_why_shows_the_raw_record_only_when_asked(ask: Ask, here: Path) -> None:
    row = "encyclopedias/entries.parquet#0-10"
    assert "{" not in ask("why", row).out
    told = ask("why", row, "--raw", "recipes/demo.py").out
    record = json.loads(told[told.index("{") :])
    assert record["record"] == 10
    assert len(record["text"]) > 20
    child = ask("why", "说明书/内科 二.jsonl#0-0>Asks.1", "--raw", "问答.py").out
    raw = json.loads((here / "raw" / "内科 二.jsonl").read_text("utf-8").splitlines()[0])
    assert json.loads(child[child.index("{") :])["text"] == raw["body"], (
        "of a row that was born, the record it goes back to"
    )
    both = json.loads(ask("why", row, "--raw", "recipes/demo.py", "--json").out)
    assert both["raw"] == record
    assert both["fates"] == json.loads(ask("why", row, "--json").out)


ASKS = """
from medgo_data import Clean, Corpus
from medgo_data.sources import DrugLeaflets
from medgo_data.synth import Chat, DrugTalk

leaflets = DrugLeaflets(files="recipes/raw/leaflets/otc.jsonl.gz", license="x", fields={"text": "content"})
below = Corpus("below", [leaflets], [Clean()])
above = Corpus("above", [below], [DrugTalk(chat=Chat(model="m", price=(1.0, 2.0)), unscrubbed=True)])
"""


def test_a_plan_says_what_asking_would_take_or_how_that_is_known(
    ask: Ask, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # where nobody is
    (here / "asks.py").write_text(ASKS, "utf-8")
    before = ask("plan", "asks.py", "--root", "asked").out
    assert "above would ask a model. How much is known once what it stands on is built; build --budget 0" in before
    stopped = ask("build", "asks.py", "--budget", "0", "--root", "asked")
    assert stopped.code == 1
    assert "the budget of 0 is spent: 0 calls" in stopped.err
    after = ask("plan", "asks.py", "--root", "asked").out
    assert re.search(r"above: DrugTalk would ask \d+ times: about [\d,]+ tokens and 0\.\d\d, at most", after)
    steps = json.loads(ask("plan", "asks.py", "--root", "asked", "--json").out)
    assert [(step["asking"], (step["asks"] or {}).get("calls", 0) > 0) for step in steps] == [
        (False, False),
        (True, True),
    ]


# ---- two versions --------------------------------------------------------------------------------------------------


@pytest.fixture
def changed(here: Path, tmp_path: Path) -> Path:
    """A copy of what was built, in which the leaflets are 25 characters at least, and one file more and one less."""
    for name in ("data", "raw"):
        shutil.copytree(here / name, tmp_path / name)
    told = (here / "问答.py").read_text("utf-8")
    (tmp_path / "问答.py").write_text(told.replace("min_chars=20", "min_chars=25"), "utf-8")
    (tmp_path / "raw" / "l002.jsonl").unlink()
    write_leaflets(tmp_path / "raw", files=1, rows=7, start=6)  # leaflets 42 to 48, no torn page among them
    done = run(tmp_path, "build", "问答.py", "--engine", "here", "--quiet")
    assert done == Said(0, done.out, "")
    return tmp_path


def test_diff_shows_recipe_inputs_rows_and_reasons(changed: Path, here: Path) -> None:
    old, new = version(here, "药品说明书"), version(changed, "药品说明书")
    assert old != new
    told = json.loads(run(changed, "diff", old, "药品说明书", "--json").out)
    before, after = built(here, "药品说明书"), built(changed, "药品说明书")
    hashes = [{f["name"]: f["sha256"][:12] for f in m["inputs"][0]["files"]} for m in (before, after)]
    assert told == {
        "versions": [old, new],
        "recipe": {"Clean.min_chars": [20, 25]},
        "inputs": {
            "说明书/l002.jsonl": [hashes[0]["l002.jsonl"], None],
            "说明书/l006.jsonl": [None, hashes[1]["l006.jsonl"]],
        },
        "rows": {"all": [27, 25], "说明书": [27, 25]},
        "reasons": {"Clean: too_short": [3, 2]},
    }
    lines = [line.split() for line in run(changed, "diff", old, "药品说明书").out.splitlines()]
    assert lines[0] == [old, "→", new]
    for line in (
        ["all", "27", "25", "-2"],
        ["Clean:", "too_short", "3", "2", "-1"],
        ["Clean.min_chars", "20", "25", "+5"],
    ):
        assert line in lines


def test_diff_of_a_version_with_itself_is_the_same_four_times(ask: Ask, here: Path) -> None:
    assert ask("diff", "sft", "sft").out.count("the same") == 4
    told = json.loads(ask("diff", "sft", "sft", "--json").out)
    versions = [version(here, "sft")] * 2
    assert told == {"versions": versions, "recipe": {}, "inputs": {}, "rows": {}, "reasons": {}}


def test_the_version_built_last_is_listed_first_and_bears_the_star(changed: Path, here: Path) -> None:
    lines = [line.split()[:2] for line in run(changed, "ls").out.splitlines() if "药品说明书@" in line]
    assert lines[0] == ["*", version(changed, "药品说明书")]
    assert lines[1][0] == version(here, "药品说明书")


def test_a_lock_holds_until_something_changes_and_names_it(changed: Path, here: Path) -> None:
    assert run(here, "lock", "--file", changed / "l.lock").code == 0
    pinned = json.loads((changed / "l.lock").read_text("utf-8"))
    assert pinned["sft"] == {key: built(here, "sft")[key] for key in ("fingerprint", "content", "seal")}
    check = run(here, "lock", "--check", "--file", changed / "l.lock")
    assert check.code == 0
    assert "everything that" in check.out
    check = run(changed, "lock", "--check", "--file", "l.lock")
    assert check.code == 1
    told = check.out.splitlines()
    assert [line.split()[0] for line in told] == sorted(["药品说明书", "问答"])
    assert all("was built from another recipe or other inputs" in line for line in told)
    shutil.rmtree(changed / "data" / "sft")
    assert "sft is pinned in l.lock but was not built here" in run(changed, "lock", "--check", "--file", "l.lock").out


def test_a_lock_of_some_leaves_the_other_pins_as_they_are(changed: Path, here: Path) -> None:
    run(here, "lock", "--file", changed / "l.lock")
    before = json.loads((changed / "l.lock").read_text("utf-8"))
    told = run(changed, "lock", "问答", "--file", "l.lock").out
    assert told == f"l.lock pins {version(changed, '问答')}\n"
    after = json.loads((changed / "l.lock").read_text("utf-8"))
    assert {name for name in before if before[name] != after[name]} == {"问答"}


def test_verify_and_card_say_where(changed: Path) -> None:
    told = run(changed, "verify", "sft")
    assert told == Said(0, f"{version(changed, 'sft')}: 4 shards and their ledgers are what was built\n", "")
    told = run(changed, "verify", "safety")
    assert told.out == f"{version(changed, 'safety')}: 1 shard and its ledger are what was built\n"
    told = run(changed, "card", "问答")
    page = changed / told.out.strip()
    assert page == changed / "data" / "问答" / f"{built(changed, '问答')['fingerprint'][:12]}.html"
    assert "怎么吃" not in page.read_text("utf-8"), "no text of a row"
    assert run(changed, "card", "问答", "-o", "页.html").out == "页.html\n"
    assert (changed / "页.html").read_bytes() == page.read_bytes()


# ---- terminals -----------------------------------------------------------------------------------------------------


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    write_leaflets(tmp_path / "raw", files=4, rows=10)
    (tmp_path / "r.py").write_text(TALK.replace("SECONDS", "0.1"), "utf-8")
    return tmp_path


def on_a_terminal(folder: Path, columns: int) -> str:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "medgo_data.cli", "build", "r.py:问答", "--engine", "here"]
    env = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=theirs, env=env) as build:
        os.close(theirs)
        said = b"".join(chunks(ours))
    os.close(ours)
    assert build.returncode == 0, said
    return said.decode()


def chunks(handle: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(handle, 1 << 16)
        except OSError:  # the other end was closed
            return
        if not chunk:
            return
        yield chunk


def test_on_a_terminal_a_bar_shows_rows_and_megabytes_a_second_and_the_time_left(slow: Path) -> None:
    said = on_a_terminal(slow, 160)
    bars = [bar for bar in said.split("\r\x1b[K") if "░" in bar or "█" in bar]
    assert re.search(r"^问答  Asks → sketch for Dedup  ░{20}  0/4 parts", "\n".join(bars), re.MULTILINE)
    middle = [bar for bar in bars if "█" in bar and "░" in bar]
    assert re.search(r"█+░+  [123]/4 parts  [\d,]+ rows/s  \d+\.\d MB/s  \d+ s left", "\n".join(middle))
    assert any("█" * 20 + "  4/4 parts" in bar and "left" not in bar for bar in bars)
    assert "\r\x1b[K问答: read kept 36 of 36 rows.\r\n问答: Asks kept 72 of 36 rows, 72 born (used 36).\r\n" in said
    assert "█" not in said.rpartition("\r\x1b[K")[2], "the bar has gone"


def test_on_a_narrow_terminal_the_bar_stays_on_one_line(slow: Path) -> None:
    bars = [bar for bar in on_a_terminal(slow, 40).split("\r\x1b[K") if "░" in bar or "█" in bar]
    assert bars
    for bar in bars:
        assert show.width(bar.split("\n")[0]) < 40


def test_off_a_terminal_there_is_a_sentence_for_each_stage_and_no_bar(slow: Path) -> None:
    told = run(slow, "build", "r.py:药品说明书", "--engine", "here")
    number = built(slow, "药品说明书")["fingerprint"][:12]
    assert told.out == f"data/药品说明书/{number}\n"
    assert told.err.splitlines() == [
        "药品说明书: Clean over 4 parts.",
        "药品说明书: read kept 40 of 40 rows.",
        "药品说明书: Clean kept 36 of 40 rows (too_short 4).",
        f"药品说明书: 36 rows in 4 shards lie in data/药品说明书/{number}",
    ]
    assert run(slow, "build", "r.py:药品说明书", "--quiet") == Said(0, told.out, ""), "it stands already"


@pytest.mark.parametrize("command", ["funnel pretrain --by-source", "ls", "sample pretrain --unscrubbed -n 124"])
def test_who_reads_only_the_first_line_gets_no_traceback(command: str, here: Path) -> None:
    """Nobody reads at all: a pipe whose other end is closed."""
    theirs, ours = os.pipe()
    os.close(theirs)
    words, env = [sys.executable, "-m", "medgo_data.cli", *command.split()], os.environ | {"MEDGO_ROOT": "data"}
    told = subprocess.run(words, cwd=here, stdout=ours, stderr=subprocess.PIPE, text=True, check=False, env=env)
    os.close(ours)
    assert (told.returncode, told.stderr) == (0, "")


def test_an_interrupted_build_says_that_nothing_is_lost(slow: Path) -> None:
    import signal
    import time

    (slow / "r.py").write_text(TALK.replace("SECONDS", "30"), "utf-8")
    command = [sys.executable, "-m", "medgo_data.cli", "build", "r.py:问答", "--engine", "here"]
    with subprocess.Popen(command, cwd=slow, stderr=subprocess.PIPE, text=True) as build:
        end = time.monotonic() + 30
        while not (slow / "data" / "问答" / ".lock").exists() and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        build.send_signal(signal.SIGINT)
        said = build.communicate(timeout=30)[1]
    assert build.returncode == 130
    assert said.splitlines()[-1] == "medgo-data: stopped. What was finished is kept; run again to go on."
    assert "Traceback" not in said


def test_a_table_lines_up_with_han_in_it() -> None:
    told = show.table(
        ["corpus", "rows", "why"], [["药品说明书", 1234, "太短"], ["pretrain", 7, None], ["问答", None, "ok"]]
    )
    assert told.split("\n") == [
        "corpus       rows  why",
        "药品说明书  1,234  太短",
        "pretrain        7",
        "问答               ok",
    ]
    assert show.width("药品说明书") == 10
    assert show.width("ｱ，a") == 4, "kana of half width takes one column, punctuation of full width two"


def test_sizes_and_durations_are_said_as_people_say_them() -> None:
    sizes = {None: "?", 0: "0 B", 999: "999 B", 1000: "1.0 kB", 70_510: "70.5 kB", 2.5e9: "2.5 GB", 3e15: "3000.0 TB"}
    assert {count: show.size(count) for count in sizes} == sizes
    times = {0.4: "0 s", 59.4: "59 s", 60: "1 min 0 s", 3599: "59 min 59 s", 3600: "1 h 0 min", 90_000: "25 h 0 min"}
    assert {seconds: show.duration(seconds) for seconds in times} == times
