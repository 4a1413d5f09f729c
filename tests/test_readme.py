"""Both front pages tell the truth: what they show to be typed is typed here, and what they show to come out has to come out.

In a ```console block a line that begins with `$ ` is a command, and what follows it, up to the next one, is all that it
says: a line `…` stands for any lines, a `…` within a line for any characters. Taken loosely are

    12 hexadecimal digits       any others may stand there, but throughout the page the same ones for the same ones
    sizes such as 70.5 kB       of any number, for they depend on the version of the Parquet writer
    spaces                      as many as there are, for columns are as wide as what is in them; and empty lines at the end

A command fails with 1 if and only if it is shown to say `medgo-data: …`. A ```python block that begins with a comment
that is the name of a file is that file; any other is run by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from medgo_data.clean.repair import REPAIRS
from medgo_data.clean.rules import RULES
from medgo_data.review import words
from medgo_data.review.words import REASONS, VALUES
from medgo_data.sources import CATEGORIES

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "README_zh.md"]
MORE = [
    ["docs/reference.md", "docs/reference_zh.md"],
    ["docs/privacy.md", "docs/privacy_zh.md"],
    ["docs/synthesis.md", "docs/synthesis_zh.md"],
    ["docs/review.md", "docs/review_zh.md"],
]  # to read on
ENGLISH = [f"docs/{name}.md" for name in ("training", "evaluation", "cluster", "storage", "scale")] + ["SECURITY.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LOOSE = re.compile(r"(?P<hash>\b[0-9a-f]{12}\b)|(?P<size>[\d.]+ (?:B|kB|MB)\b)|(?P<space>[ \t]+)|(?P<any>…)")


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / page).read_text("utf-8"))


def exchanges(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, and the lines that it is shown to say."""
    for told in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = told.rstrip("\n").split("\n")
        yield command, shown


class Reader:
    """Types what a page says, in a folder that has only the recipes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: dict[str, str] = {}  # a hash of the page, and the one that really came
        self.env = os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "80", "HF_HOME": str(folder / "cache")}
        self.env.pop("MEDGO_ROOT", None)
        shutil.copytree(ROOT / "recipes", folder / "recipes", ignore=shutil.ignore_patterns("__pycache__"))

    def console(self, block: str) -> None:
        for command, shown in exchanges(block):
            if command.startswith("export "):
                self.env |= dict([command.removeprefix("export ").split("=", 1)])
                continue
            assert re.match(r"medgo-(data|train) ", command), f"no test knows how to run: {command}"
            done = self._shell(re.sub(r"\b[0-9a-f]{12}\b", lambda found: self.seen.get(found[0], found[0]), command))
            refused = any(line.startswith("medgo-data: ") for line in shown)
            assert done.returncode == int(refused), f"$ {command}\n{done.stdout}"
            self.compare(command, shown, done.stdout)

    def _shell(self, command: str) -> subprocess.CompletedProcess[str]:
        names = [f'medgo-{n}() {{ "{sys.executable}" -m medgo_{n}.cli "$@"; }}' for n in ("data", "train")]
        return subprocess.run(
            ["bash", "-c", "\n".join([*names, command])],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def compare(self, command: str, shown: list[str], said: str) -> None:
        said = re.sub(r"[ \t]+", " ", re.sub(r"[ \t]+$", "", said, flags=re.MULTILINE))
        said = said.rstrip("\n") + "\n" if said.strip() else ""
        new: set[str] = set()
        wanted = "".join(r"(?:.*\n)*?" if line == "…" else self._pattern(line, new) + r"\n" for line in shown)
        found = re.fullmatch(wanted, said)
        assert found, f"$ {command}\nshown:\n" + "\n".join(shown) + f"\n\nsaid:\n{said}"
        self.seen |= {name.removeprefix("h"): really for name, really in found.groupdict().items()}

    def _pattern(self, line: str, new: set[str]) -> str:
        """What a line has to look like; ``new`` are the hashes that this block shows for the first time."""
        pattern, at = "", 0
        for loose in LOOSE.finditer(line):
            pattern += re.escape(line[at : loose.start()]) + self._loosened(loose, new)
            at = loose.end()
        return pattern + re.escape(line[at:])

    def _loosened(self, loose: re.Match[str], new: set[str]) -> str:
        name = loose["hash"]
        if not name:
            return r"[\d.]+ \w+" if loose["size"] else " " if loose["space"] else ".*"
        if name in self.seen:
            return self.seen[name]
        if name in new:
            return f"(?P=h{name})"
        new.add(name)
        return f"(?P<h{name}>[0-9a-f]{{12}})"

    def python(self, block: str) -> None:
        name = re.match(r"# (\S+\.py)\n", block)
        if name:
            (self.folder / name[1]).write_text(block, "utf-8")
            return
        done = subprocess.run(
            [sys.executable, "-W", "error", "-"],
            input=block,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_what_a_page_shows_is_what_happens(tmp_path: Path) -> None:
    """One page is enough: that the other shows the same is tested below."""
    reader = Reader(tmp_path)
    kinds = [kind for kind, _ in blocks(PAGES[0])]
    assert kinds.count("console") >= 5
    assert kinds.count("python") >= 2
    for kind, block in [block for page in (PAGES, *MORE) for block in blocks(page[0])]:
        if kind == "console":
            reader.console(block)
        elif kind == "python":
            reader.python(block)


@pytest.mark.parametrize(
    ("shown", "said", "fits"),
    [
        (["a 1"], "a   1  \n", True),
        (["a 1"], "a 2\n", False),
        (["a"], "a\nb\n", False),
        (["a", "…"], "a\nb\nc\n", True),
        (["…", "c"], "a\nb\nc\n", True),
        (["a", "c"], "a\nb\nc\n", False),
        (["c", "a"], "a\nc\n", False),
        (["a … c"], "a b c\n", True),
        (["x@0123456789ab", "y@0123456789ab"], "x@ffffffffffff\ny@ffffffffffff\n", True),
        (["x@0123456789ab", "y@0123456789ab"], "x@ffffffffffff\ny@eeeeeeeeeeee\n", False),
        (["12.5 kB"], "987.6 kB\n", True),
        (["12.5 kB"], "12.5\n", False),
        (["a.b (c) [d] $5 *"], "a.b (c) [d] $5 *\n", True),
        (["a.b"], "axb\n", False),
        ([], "", True),
        ([], "a\n", False),
    ],
)
def test_the_reader_of_the_pages_can_tell_a_difference(
    shown: list[str], said: str, fits: object, tmp_path: Path
) -> None:
    reader = Reader(tmp_path)
    if fits:
        reader.compare("it", shown, said)
    else:
        with pytest.raises(AssertionError):
            reader.compare("it", shown, said)


@pytest.mark.parametrize("pages", [PAGES, *MORE], ids=lambda pages: pages[0])
def test_both_pages_show_the_same_commands_and_the_same_output(pages: list[str]) -> None:
    shown = [[list(exchanges(block)) for kind, block in blocks(page) if kind == "console"] for page in pages]
    assert shown[0] == shown[1]
    code = [
        [re.sub(r" *#.*|\"\"\".*?\"\"\"", "", block) for kind, block in blocks(page) if kind == "python"]
        for page in pages
    ]
    assert code[0] == code[1]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_of_make_and_of_extras_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test", "lint"} <= set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in re.findall(r"\.\[(\w+)\]", text):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)


@pytest.mark.parametrize("page", [*(page for pages in (PAGES, *MORE) for page in pages), *ENGLISH])
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text("utf-8"))
    assert links or page in ENGLISH  # those that lead nowhere tell all themselves
    for link in links:
        assert link.startswith("https://") or ((ROOT / page).parent / link.partition("#")[0]).exists(), link


LANGUAGES = {"zh", "mixed", "en", "other"}


CHARACTERS = ("kernel.py", "repair.py")  # what these name are kinds of characters, and no reasons


def reasons_in_the_code() -> set[str]:
    """What sources, stages and formats say is wrong with a row: what they write in so many words, and the rules of Clean."""
    given = re.compile(
        r'(?:Broken|Refused|Unfit|refusal)(?:Error)?\("([a-z_]+)"|(?:pl\.lit|lost\.append)\("([a-z_]+)"\)'
        r'|return "([a-z]+_[a-z_]+)"|return Page\([^\n]*?"([a-z_]+_[a-z_]+)"|else "([a-z]+_[a-z_]+)"|\("([a-z_]+)",\) \*'
        r'|if_empty: str = "([a-z_]+)"|if_empty="([a-z_]+)"|\(None, "([a-z_]+)"\)|Fault\("([a-z_]+)"'
    )
    folders = [
        ROOT / "medgo_data" / name
        for name in ("sources", "clean", "dedup", "decontaminate", "pii", "synth", "reviewed")
    ]
    files = [path for folder in folders for path in folder.rglob("*.py") if path.name not in CHARACTERS]
    code = "\n".join(path.read_text("utf-8") for path in files)
    return {next(filter(None, found)) for found in given.findall(code)} - LANGUAGES | {
        *RULES,
        "little_chinese",
        "other_language",
    }


@pytest.mark.parametrize("pages", [*zip(PAGES, *MORE, strict=True)], ids=PAGES)
def test_every_reason_is_explained(pages: tuple[str, ...]) -> None:
    table = set(re.findall(r"`([a-z_]+)`", "".join((ROOT / page).read_text("utf-8") for page in pages)))
    reasons = reasons_in_the_code()
    assert {"too_short", "duplicate", "not_json", "unknown_role", "no_text_layer", "missing_chapter"} <= reasons
    assert reasons <= table


def test_every_reason_and_every_repair_has_a_chinese_name() -> None:
    assert reasons_in_the_code() <= set(REASONS)
    assert {repair.kind for repair in REPAIRS} <= set(VALUES)


@pytest.mark.parametrize("page", MORE[0])
def test_every_kind_of_material_and_every_repair_is_named(page: str) -> None:
    named = set(re.findall(r"`(\w+)`", (ROOT / page).read_text("utf-8")))
    assert {source.__name__ for _, _, source in CATEGORIES} <= named
    assert {repair.kind for repair in REPAIRS} <= named
    assert {name: words.CATEGORIES[name] for name, _, _ in CATEGORIES} == {name: zh for name, zh, _ in CATEGORIES}


def test_a_page_is_short_enough_to_be_read() -> None:
    for page in PAGES:
        assert len((ROOT / page).read_text("utf-8").splitlines()) <= 325
