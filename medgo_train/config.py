"""What a run is: base, data, stage and settings, as one frozen value; read from YAML, and an unknown key is an error."""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
StageName = Literal["pretrain", "sft", "dpo", "kto", "reward", "reject"]


class RunError(ValueError):
    """What keeps a run from starting or going on; the message names the thing, the place and the next step."""


class ConfigError(RunError):
    """A setting that makes no sense."""


def knob(default: T) -> T:
    """A field that decides where and how fast a run goes, and not what comes out of it: no part of its digest."""
    return field(default=default, metadata={"knob": True})


@dataclass(frozen=True, kw_only=True)
class Data:
    """A built corpus: the folder of a version, or a name below ``root`` and a version or the beginning of one."""

    corpus: str
    version: str = ""  # the current one, unless said
    repeats: float = 1.0  # how often each row is seen in an epoch; 0.5 takes every second one
    weight: float | None = None  # instead: which share of all rows comes from here, beside the weights of the others
    unscrubbed: bool = False

    def __post_init__(self) -> None:
        if self.repeats <= 0 or (self.weight is not None and self.weight <= 0):
            raise ConfigError(
                f"data of {self.corpus}: repeats and weight are above 0. Leave the corpus out if it is not wanted."
            )
        if self.weight is not None and self.repeats != 1.0:
            raise ConfigError(
                f"data of {self.corpus} has both a weight and repeats. The weight says which share of all rows it is, "
                f"repeats how often each of its rows is seen: keep one."
            )


@dataclass(frozen=True, kw_only=True)
class Lora:
    """A small addition to every linear layer that is trained instead of the model."""

    rank: int = 16
    alpha: int = 8
    dropout: float = 0.05
    targets: tuple[str, ...] = ()  # every linear layer but the head, unless said
    quantized: bool = False  # QLoRA: the model itself lies in 4 bits
    adapter: str = (
        ""  # a run with LoRA, or a checkpoint of one, which is trained on; DPO and KTO keep a copy as their reference
    )


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """AdamW."""

    learning_rate: float = 2e-5
    schedule: Literal["cosine", "linear", "constant", "constant_with_warmup"] = "cosine"
    warmup: float = 0.01  # share of the steps
    weight_decay: float = 0.0
    beta2: float = 0.999
    clip: float = 1.0  # longest gradient


@dataclass(frozen=True, kw_only=True)
class Batch:
    """How many rows a step sees on all devices together. How often they are filled for it, follows from that."""

    rows: int = 4
    per_device: int = knob(1)  # at once

    def accumulation(self, world: int) -> int:
        """How often each of ``world`` devices is filled for one step."""
        often, rest = divmod(self.rows, self.per_device * world)
        if rest or not often:
            raise ConfigError(
                f"batch.rows is {self.rows}, which {world} devices with {self.per_device} rows each do not fill evenly. "
                f"Make it a multiple of {self.per_device * world}, or change batch.per_device."
            )
        return often


@dataclass(frozen=True, kw_only=True)
class Parallel:
    device: Literal["cuda", "cpu"] = knob("cuda")
    precision: Literal["bf16", "fp32"] = "bf16"
    zero: Literal[0, 2, 3] = knob(0)  # DeepSpeed's stage
    fsdp: bool = knob(default=False)  # FSDP2
    offload: bool = knob(default=False)  # the optimizer's state lies in the memory of the host
    attention: Literal["sdpa", "flash_attention_2", "flash_attention_3", "flex_attention", "eager"] = knob("sdpa")
    checkpointing: bool = knob(default=True)  # activations are computed again rather than kept
    processes: int = knob(0)  # that tokenise; every core, unless said

    def __post_init__(self) -> None:
        if self.zero and self.fsdp:
            raise ConfigError("parallel has both zero and fsdp, and both shard the model. Keep one.")


@dataclass(frozen=True, kw_only=True)
class Preference:
    """What DPO and KTO weigh."""

    beta: float = 0.1  # how dear it is to move away from the base
    sft: float = 1.0  # DPO: weight of the SFT term, which keeps the chosen answer as likely as it was
    good: float = 1.0  # KTO: weight of an answer that was labelled good
    bad: float = 1.0
    center: float = 0.01  # reward model: pulls the mean score to 0


@dataclass(frozen=True, kw_only=True)
class Reject:
    """Rejection sampling: answers are drawn, a reward model scores them, and the best are learned."""

    reward: str = ""  # folder of a reward model, merged
    draws: int = 8
    keep: int = 1  # best answers a question
    at_least: float | None = None  # lowest score that is kept
    temperature: float = 1.0
    top_p: float = 0.95
    longest: int = 512  # tokens of an answer


@dataclass(frozen=True, kw_only=True)
class Save:
    every: int = knob(200)  # steps
    keep: int = knob(3)  # checkpoints
    log: int = knob(10)  # steps
    to: tuple[Literal["tensorboard", "wandb"], ...] = knob(
        ()
    )  # as well; W&B only beside the run, unless WANDB_MODE says otherwise
    prompts: tuple[str, ...] = knob(())  # questions that are answered at each save


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One stage of training."""

    stage: StageName
    base: str  # folder of a model
    output: str = field(metadata={"knob": True})
    data: tuple[Data, ...]
    root: str = knob("data")  # below which corpora are found by name
    prepared: str = knob("")  # where tokenised rows lie; beside the output, unless said
    template: Literal["", "chatml", "qwen3", "qwen3_thinking"] = ""  # by the tokenizer, unless said
    epochs: float = 1.0
    steps: int | None = None  # at most; all rows, unless said
    length: int = 4096  # tokens of a row
    packed: bool = False  # short conversations share a row; pre-training always packs
    seed: int = 42
    lora: Lora | None = None
    optimizer: Optimizer = Optimizer()
    batch: Batch = Batch()
    parallel: Parallel = Parallel()
    preference: Preference = Preference()
    reject: Reject = Reject()
    save: Save = Save()

    def __post_init__(self) -> None:
        if not self.data:
            raise ConfigError("data names no corpus. Give at least one: data: [{corpus: sft}]")
        weighted = [source for source in self.data if source.weight is not None]
        if weighted and len(weighted) < len(self.data):
            raise ConfigError(
                f"data of {weighted[0].corpus} has a weight and another corpus has none. Give all of them a weight, or none."
            )
        if self.stage == "kto" and self.batch.per_device < 2:
            raise ConfigError(
                "batch.per_device is 1, and KTO compares each answer with the answers to other questions of the same "
                "device. Set batch.per_device to 2 or more."
            )
        if self.stage == "reject" and not self.reject.reward:
            raise ConfigError(
                "the stage reject draws answers and needs somebody to score them: set reject.reward to the folder of a "
                "reward model."
            )
        if self.stage == "reward" and self.lora and self.lora.adapter:
            raise ConfigError(
                f"lora.adapter is {self.lora.adapter}, and a reward model has a new head, to which no adapter that speaks "
                f"fits. Set base to the model that is merged with it: the folder final of that run."
            )
        for what, number in (("batch.rows", self.batch.rows), ("batch.per_device", self.batch.per_device)):
            if number < 1:
                raise ConfigError(f"{what} is {number}, and a step sees at least one row.")
        if self.epochs <= 0 or self.length < 8 or (self.steps is not None and self.steps < 1):
            raise ConfigError("epochs and steps are above 0, and length is at least 8 tokens.")

    @property
    def prepared_in(self) -> Path:
        return Path(self.prepared) if self.prepared else Path(self.output).parent / "prepared"

    def plain(self, *, knobs: bool = True) -> dict[str, Any]:
        """Everything as JSON holds it; without ``knobs``, what decides the result and nothing else."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return told if knobs else _without_knobs(self, told)

    @property
    def digest(self) -> str:
        alike = read(self.plain())  # 2 and 2.0 epochs are the same
        text = json.dumps(alike.plain(knobs=False), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def medgo_sft(*, base: str, output: str, data: tuple[Data, ...], devices: int = 1) -> RunConfig:
    """Instructions with the settings of the MedGo paper: LoRA, two epochs, batch 1, accumulation 4."""
    return RunConfig(
        stage="sft",
        base=base,
        output=output,
        data=data,
        epochs=2,
        lora=Lora(rank=16, alpha=8, dropout=0.05),
        optimizer=Optimizer(learning_rate=2e-5, schedule="cosine", warmup=0.01),
        batch=Batch(rows=1 * 4 * devices, per_device=1),
    )


def medgo_dpo(*, base: str, output: str, data: tuple[Data, ...], devices: int = 1) -> RunConfig:
    """Preferences after `medgo_sft`, with an SFT term, so that the better answer does not lose while the worse one does."""
    return RunConfig(
        stage="dpo",
        base=base,
        output=output,
        data=data,
        lora=Lora(rank=16, alpha=8, dropout=0.05),
        optimizer=Optimizer(learning_rate=5e-6),
        batch=Batch(rows=4 * devices),
        preference=Preference(beta=0.1, sft=1.0),
    )


# ---- reading -------------------------------------------------------------------------------------------------------


def load(path: Path | str, *, overrides: Iterable[str] = ()) -> RunConfig:
    """The run that a YAML file describes, changed by overrides such as ``optimizer.learning_rate=1e-5``."""
    import yaml  # type: ignore[import-untyped]

    path = Path(path)
    if not path.is_file():
        raise ConfigError(f"{path} does not exist. Give a YAML file that says at least stage, base, output and data.")
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as wrong:
        raise ConfigError(f"{path} is not YAML: {wrong}") from wrong
    try:
        return read(told, overrides=overrides)
    except ConfigError as wrong:
        raise ConfigError(f"{path}: {wrong}") from wrong


def read(told: Any, *, overrides: Iterable[str] = ()) -> RunConfig:
    """The run that a mapping describes. Every key must be known, and every value of its kind."""
    for override in overrides:
        told = _changed(told, override)
    config = _value(RunConfig, told, "")
    assert isinstance(config, RunConfig)  # noqa: S101  # for the type checker: _value gives what it is asked for
    return config


def _changed(told: Any, override: str) -> Any:
    import yaml

    path, equals, value = override.partition("=")
    if not (equals and path):
        raise ConfigError(f"--set {override} is no setting. Write it as optimizer.learning_rate=1e-5")
    keys: list[str] = path.split(".")
    hint: Any = RunConfig
    for depth, key in enumerate(keys):
        hint = _inner(hint, key, ".".join(keys[:depth]))
    return _put(told, keys, _spoken(hint, yaml.safe_load(value), value), path)


def _inner(hint: Any, key: str, where: str) -> Any:
    """The type of one part of a type, by its name or number."""
    for part in _alternatives(hint):
        if is_dataclass(part):
            hints = get_type_hints(part)
            if key not in hints:
                raise _unknown(key, list(hints), where)
            return hints[key]
        if get_origin(part) is tuple and key.isdigit():
            return get_args(part)[0]
    raise ConfigError(f"--set {where}.{key}: {where} has no parts. Set {where} itself.")


def _spoken(hint: Any, value: Any, text: str) -> Any:
    """A value of the command line, where 1e-5 is a number although YAML says that it is text."""
    if float in _alternatives(hint) and isinstance(value, str):
        try:
            return float(text)
        except ValueError:
            return value
    return value


def _put(told: Any, keys: list[str], value: Any, path: str) -> Any:
    if not keys:
        return value
    key, *rest = keys
    if isinstance(told, list):
        if not key.isdigit() or int(key) >= len(told):
            raise ConfigError(
                f"--set {path}: there are {len(told)} entries, counted from 0, and {key} is none of them."
            )
        return [_put(inner, rest, value, path) if n == int(key) else inner for n, inner in enumerate(told)]
    told = told if isinstance(told, dict) else {}
    return told | {key: _put(told.get(key), rest, value, path)}


def _value(hint: Any, told: Any, where: str) -> Any:
    """``told`` as a value of the type ``hint``, or a sentence about what is wrong with it."""
    parts = _alternatives(hint)
    if told is None and type(None) in parts:
        return None
    part = next(kind for kind in parts if kind is not type(None))
    if is_dataclass(part):
        return _made(part, told, where)  # type: ignore[arg-type]
    if get_origin(part) is tuple:
        if not isinstance(told, list | tuple):
            raise ConfigError(f"{where} is {_shown(told)}, and a list is wanted: [ … ]")
        return tuple(_value(get_args(part)[0], inner, f"{where}.{n}") for n, inner in enumerate(told))
    if get_origin(part) is Literal:
        if told not in get_args(part) or isinstance(told, bool):
            raise ConfigError(f"{where} is {_shown(told)}, and must be one of {', '.join(map(repr, get_args(part)))}.")
        return told
    return _scalar(part, told, where)


def _scalar(kind: type, told: Any, where: str) -> Any:
    if kind is float and isinstance(told, int) and not isinstance(told, bool):
        return float(told)
    if isinstance(told, kind) and (kind is bool or not isinstance(told, bool)):
        return told
    wanted = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}[kind]
    advice = ""
    if kind is float and isinstance(told, str):
        advice = " YAML takes a number without a point for text: write 2.0e-5, not 2e-5."
    raise ConfigError(f"{where} is {_shown(told)}, and {wanted} is wanted.{advice}")


def _made(kind: type, told: Any, where: str) -> Any:
    if not isinstance(told, dict):
        raise ConfigError(f"{where or 'the file'} is {_shown(told)}, and settings by name are wanted.")
    hints = get_type_hints(kind)
    for key in told:
        if key not in hints:
            raise _unknown(str(key), list(hints), where)
    for one in fields(kind):
        if one.name not in told and one.default is MISSING:
            raise ConfigError(f"{_at(where, one.name)} is not set, and a run has to say it.")
    return kind(**{key: _value(hints[key], value, _at(where, key)) for key, value in told.items()})


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _unknown(key: str, known: list[str], where: str) -> ConfigError:
    near = get_close_matches(key, known, 1, 0.5)
    advice = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    return ConfigError(f"{_at(where, key)} is no setting. {advice}")


def _shown(told: Any) -> str:
    if isinstance(told, str):
        return f"the text {told!r}"
    return "nothing" if told is None else f"{told!r}"


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _without_knobs(value: Any, told: Any) -> Any:
    if is_dataclass(value):
        return {
            one.name: _without_knobs(getattr(value, one.name), told[one.name])
            for one in fields(value)
            if not one.metadata.get("knob")
        }
    if isinstance(value, tuple):
        return [_without_knobs(one, inner) for one, inner in zip(value, told, strict=True)]
    return told
