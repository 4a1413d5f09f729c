"""What made a checkpoint: the rows, the plan, the template, the base and the settings; and whether a run may go on from it.

Each checkpoint holds a run.json, written last. A checkpoint without one, or with a file that has another size than it says,
was cut short, and is passed over.
"""

from __future__ import annotations

import hashlib
import json
import platform
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import __version__, ready, templates
from medgo_train import config as settings
from medgo_train.config import RunError
from medgo_train.data import sha256
from medgo_train.pack import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgo_train.config import RunConfig
    from medgo_train.ready import Ready

NAME = "run.json"
PACKAGES = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "datasets",
    "tokenizers",
    "deepspeed",
    "numpy",
    "pyarrow",
)
MUST = ("settings", "data", "plan", "template", "base")  # must be the same for a run to go on
OF_A_MODEL = (
    "*.safetensors",
    "*.bin",
    "config.json",
    "adapter_config.json",
    "tokenizer.json",
    "vocab.json",
    "merges.txt",
)


class RecordError(RunError):
    """A checkpoint that was made by something else."""


class Record:
    """What is known of a run before its first step, and, with a step, what it has seen."""

    def __init__(self, asked: RunConfig, found: Ready) -> None:
        self.config, self.ready = asked, found

    @cached_property
    def start(self) -> dict[str, Any]:
        """What does not change from step to step."""
        stands = _adapter(self.config) or Path(self.config.base)
        before = stands / NAME
        drawn = self.ready.plan
        return {
            "medgo": __version__,
            "stage": self.config.stage,
            "settings": self.config.plain(knobs=False),
            "settings_digest": self.config.digest,
            "knobs": self.config.plain(),
            "data": [
                {
                    "corpus": manifest.name,
                    "version": manifest.fingerprint,
                    "content": manifest.content,
                    "schema": f"{manifest.schema}/{manifest.schema_version}",
                    "scrubbed": manifest.scrubbed,
                    "rows": one.read,
                    "dropped": one.dropped,
                    "prepared": one.digest,
                }
                for manifest, one in zip(self.ready.manifests, self.ready.prepared, strict=True)
            ],
            "plan": {"digest": drawn.digest, "seed": drawn.seed, "batch": drawn.batch, "steps": drawn.steps},
            "template": {"name": self.ready.template, "digest": _template(self.ready.template)},
            "tokenizer": self.ready.prepared[0].tokenizer,
            "base": self._base(),
            "before": json.loads(before.read_text("utf-8")) if before.is_file() else None,
            "packages": {"python": platform.python_version(), **dict(_packages())},
            "world": ready.world(),
        }

    def _base(self) -> dict[str, Any]:
        base, adapter = Path(self.config.base), _adapter(self.config)
        told: dict[str, Any] = {"folder": str(base), "digest": of_model(base)}
        if adapter is None:
            return told
        if read(adapter)["base"]["digest"] != told["digest"]:
            raise RecordError(
                f"{adapter} was trained on another base than {base}. Set base to the one its run.json names."
            )
        return told | {"adapter": {"folder": str(adapter), "digest": of_model(adapter)}}

    def at(self, step: int) -> dict[str, Any]:
        """What was seen until a step, by corpus."""
        seen = self.ready.plan.seen(step)
        stretch = slice(0, step * self.ready.plan.batch)
        of, rows = self.ready.plan.source[stretch], self.ready.plan.row[stretch]
        tokens = {one.corpus: int(one.used[rows[of == number]].sum()) for number, one in enumerate(self.ready.prepared)}
        names = [one.corpus for one in self.ready.prepared]
        return self.start | {"step": step, "rows": {names[n]: seen[n] for n in range(len(names))}, "tokens": tokens}

    def write(self, folder: Path, step: int) -> None:
        """Say in ``folder`` what made it, after everything else lies there."""
        files = {p.relative_to(folder).as_posix(): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()}
        files.pop(NAME, None)
        write_json(folder / NAME, self.at(step) | {"files": files})

    def check(self, checkpoint: Path) -> list[str]:
        """Refuse to go on from a checkpoint that something else made. What else is different, as sentences."""
        told = read(checkpoint)
        changed = [
            line for key in MUST for line in differences(told[key], self.start[key], key) if ".folder" not in line
        ]
        if changed:
            raise RecordError(
                f"{checkpoint} was made by another run than this one: {'; '.join(changed)}. Go on with what it was made "
                f"with, or give this run an output of its own."
            )
        if self.config.parallel.zero and told["world"] != self.start["world"]:
            raise RecordError(
                f"{checkpoint} was saved by {told['world']} processes under DeepSpeed, whose shards only as many can read, "
                f"and here are {self.start['world']}. Start as many."
            )
        return [line for key in ("packages", "world") for line in differences(told[key], self.start[key], key)]


def adapter(told: str) -> Path:
    """The checkpoint that ``told`` names: itself, or the last whole one of a run."""
    found = [Path(told)] if (Path(told) / "adapter_config.json").is_file() else checkpoints(told)[-1:]
    if not found or not (found[0] / "adapter_config.json").is_file():
        raise RecordError(
            f"lora.adapter is {told}, where no adapter lies. Name the output of a run with LoRA, or a checkpoint of it."
        )
    return found[0]


def _adapter(config: RunConfig) -> Path | None:
    return adapter(config.lora.adapter) if config.lora and config.lora.adapter else None


def read(folder: Path) -> dict[str, Any]:
    """The run.json of a checkpoint."""
    path = folder / NAME
    if not path.is_file():
        raise RecordError(f"{path} does not exist, so nothing is known of how {folder} was made. Name another folder.")
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def rows(folder: Path, step: int) -> list[str]:
    """The ids of the rows that a step of the run behind a checkpoint saw."""
    told = read(folder)
    knobs = told["knobs"]
    for source, one in zip(knobs["data"], told["data"], strict=True):
        if not Path(source["corpus"], "manifest.json").is_file():
            source["version"] = one["version"][:12]  # the one it was made of, whatever is current today
    found = ready.there(settings.read(knobs))
    versions = [one["version"] for one in told["data"]]
    if found.plan.digest != told["plan"]["digest"] or versions != [one.fingerprint for one in found.manifests]:
        raise RecordError(
            f"{folder} was made by another plan, or of other corpora, than lie there now. Restore what was there."
        )
    return found.ids(step)


def whole(folder: Path) -> bool:
    """Whether everything that a checkpoint's record speaks of lies there in its size."""
    if not (folder / NAME).is_file():
        return False
    files = read(folder)["files"].items()
    return all((folder / name).is_file() and (folder / name).stat().st_size == size for name, size in files)


def checkpoints(output: Path | str) -> list[Path]:
    """The checkpoints of a run that are whole, the earliest first."""
    found = [path for path in Path(output).glob("checkpoint-*") if whole(path)]
    return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]))


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """What is not the same in two records, one line each."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            line
            for key in keys
            for line in differences(before.get(key), after.get(key), f"{where}.{key}" if where else key)
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [line for n, (a, b) in pairs for line in differences(a, b, f"{where}.{n}")]
    return [] if before == after else [f"{where} was {_short(before)} and is {_short(after)}"]


def of_model(folder: Path) -> str:
    """A digest of a model's weights, configuration and tokenizer."""
    files = sorted({path for pattern in OF_A_MODEL for path in folder.glob(pattern)})
    if not any(path.suffix in {".safetensors", ".bin"} for path in files):
        raise RecordError(f"{folder} holds no weights (*.safetensors). Set base to the folder of a model.")
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(sha256, files))
    return hashlib.sha256(json.dumps([[p.name, d] for p, d in zip(files, digests, strict=True)]).encode()).hexdigest()


def card(folder: Path) -> str:
    """A model card, from the record: what it is, what it was made of, and how."""
    told = read(folder)
    lines = [
        "---",
        f"base_model: {Path(told['base']['folder']).name}",
        "library_name: transformers",
        f"tags: [medgo, {told['stage']}]",
        "---",
        f"# {Path(told['knobs']['output']).name}, after {told['step']:,} of {told['plan']['steps']:,} steps",
        "",
        "| corpus | version | scrubbed | rows of it | left out | rows seen | tokens seen |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {one['corpus']} | {one['version'][:12]} | {'yes' if one['scrubbed'] else 'NO'} | {one['rows']:,} | "
            f"{sum(one['dropped'].values()):,} | {told['rows'][one['corpus']]:,} | {told['tokens'][one['corpus']]:,} |"
            for one in told["data"]
        ),
        "",
    ]
    for stage in reversed(list(_stages(told))):
        lines += [
            f"## {stage['stage']}",
            "",
            f"Base `{Path(stage['base']['folder']).name}` ({stage['base']['digest'][:12]})  ",
            f"Plan {stage['plan']['digest'][:12]}, template {stage['template']['name'] or 'none'}, {stage['world']} processes",
            "",
            "```json",
            json.dumps(stage["settings"], ensure_ascii=False, indent=1),
            "```",
            "",
        ]
    return "\n".join([*lines, "Packages: " + ", ".join(f"{name} {v}" for name, v in told["packages"].items()), ""])


def _stages(told: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    while told:
        yield told
        told = told["before"]


def _packages() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:  # deepspeed, most often
            continue


def _template(name: str) -> str:
    return templates.digest(name) if name else ""


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"{text[:13]}…" if len(text) > 60 and isinstance(value, str) else text
