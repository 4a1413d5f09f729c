"""What a run costs, before it is queued: parameters, memory of a GPU, operations, hours and nodes; without a GPU and without weights.

Only the model's config.json is read. Memory is what lies there between the steps (weights, gradients, what AdamW remembers),
what a layer gathers, and what is kept of a forward pass; a library's own reserves and fragments come on top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train.config import RunError

if TYPE_CHECKING:
    from medgo_train.config import Lora, RunConfig

GIB = 2**30
HALF, FULL = (
    2,
    4,
)  # bytes of a weight in bf16 and fp32; in bf16 alone small steps would be lost, DeepSpeed keeps an exact copy
GRADIENT, ADAM, EXACT = 4, 8, 4  # bytes of a trained weight
FOURBIT = 0.5
PEAK = 312e12  # operations a second of an A100, in bf16
REACHED = 0.40  # the share of that which large models are trained with, as published
GPU = 80  # GiB
NODE = 8  # GPUs


@dataclass(frozen=True, kw_only=True)
class Size:
    """A model, as its config.json describes it."""

    parameters: int
    embedding: int
    largest: int  # parameters of the layer that is gathered at once
    trained: int  # LoRA's, or all
    layers: int
    width: int
    attention: int  # of all heads
    keys: int  # of the heads of keys
    inner: int  # of the MLP
    tied: bool


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a run costs on so many GPUs."""

    size: Size
    config: RunConfig
    gpus: int

    @cached_property
    def states(self) -> float:
        """GiB of a GPU that hold the model and what the optimizer knows of it."""
        lora, parallel = self.config.lora, self.config.parallel
        frozen = self.size.parameters * (FOURBIT if lora.quantized else HALF) if lora else 0
        exact = parallel.zero > 0 and lora is None
        weights = frozen + self.size.trained * (HALF if exact else FULL)
        rest = self.size.trained * (GRADIENT + ADAM + (EXACT if exact else 0))
        split = self.gpus if parallel.zero == 3 or parallel.fsdp else 1
        shared = self.gpus if parallel.zero or parallel.fsdp else 1
        return (weights / split + (0 if parallel.offload else rest / shared)) / GIB

    @cached_property
    def gathered(self) -> float:
        """GiB of the largest layer, whole, with its gradient."""
        whole = self.config.parallel.zero == 3 or self.config.parallel.fsdp
        return 4 * self.size.largest / GIB if whole else 0.0

    @cached_property
    def activations(self) -> float:
        """GiB of a forward pass that wait for the backward pass, in bf16; norms are computed in fp32."""
        size = self.size
        tokens = self.config.batch.per_device * self.config.length
        layer = 2 * (5 * size.width + 3 * (size.attention + 2 * size.keys) + 4 * size.inner) + 8 * size.width
        kept = 2 * size.width * size.layers + layer if self.config.parallel.checkpointing else layer * size.layers
        return tokens * kept / GIB

    @property
    def memory(self) -> float:
        return self.states + self.gathered + self.activations

    @cached_property
    def flops(self) -> float:
        """Operations of a token: 6 for a parameter that is trained, 4 for one that only passes the gradient on."""
        seen = self.size.parameters - (0 if self.size.tied else self.size.embedding)
        each = 6 if self.config.lora is None else 4
        return each * seen + 6 * self.size.layers * self.size.attention * self.config.length

    def hours(self, tokens: float, *, peak: float = PEAK, reached: float = REACHED) -> float:
        return tokens * self.flops / (self.gpus * peak * reached) / 3600

    def told(self, tokens: float = 0, *, gpu: float = GPU) -> str:
        """All of it in a few lines."""
        share = "LoRA" if self.config.lora else "all of them"
        fits = "fits" if self.memory < gpu else "DOES NOT FIT"
        lines = [
            f"parameters  {self.size.parameters / 1e9:,.3f} billion, {self.size.trained / 1e6:,.1f} million trained ({share})",
            f"memory      {self.memory:,.1f} GiB of {gpu:,.0f} a GPU, which {fits}",
            f"            {self.states:,.1f} weights and optimizer, {self.gathered:,.1f} gathered, {self.activations:,.1f} activations",
            f"operations  {self.flops / 1e9:,.1f} billion a token of rows of {self.config.length:,}",
        ]
        if tokens:
            hours = self.hours(tokens)
            lines.append(
                f"time        {hours:,.1f} hours ({hours / 24:,.1f} days) for {tokens / 1e6:,.1f} million tokens on "
                f"{self.gpus} GPUs ({-(-self.gpus // NODE)} nodes), at {REACHED:.0%} of {PEAK / 1e12:.0f} TFLOP/s"
            )
        return "\n".join(lines)


def cost(config: RunConfig, gpus: int) -> Cost:
    return Cost(size=size(config), config=config, gpus=gpus)


def fewest(config: RunConfig, *, gpu: float = GPU, most: int = 128) -> int | None:
    """The fewest whole nodes on which a run fits."""
    found = size(config)
    fit = (n for n in range(1, most + 1) if Cost(size=found, config=config, gpus=n * NODE).memory < gpu)
    return next(fit, None)


def size(config: RunConfig) -> Size:
    """A model that takes no room, from its config.json."""
    if not (Path(config.base) / "config.json").is_file():
        raise RunError(f"{config.base} has no config.json. Name the folder of a model; its weights are not needed.")
    return _size(config.base, config.lora)


@cache
def _size(base: str, lora: Lora | None) -> Size:
    import torch
    import transformers

    told = transformers.AutoConfig.from_pretrained(base)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(told, dtype=torch.bfloat16)
    parameters = sum(weight.numel() for weight in model.parameters())
    embedding = model.get_input_embeddings().weight.numel()
    largest = max(sum(weight.numel() for weight in layer.parameters()) for layer in _units(model))
    trained = _added(lora, model) if lora else parameters
    head = getattr(told, "head_dim", None) or told.hidden_size // told.num_attention_heads
    return Size(
        parameters=parameters,
        embedding=embedding,
        largest=largest,
        trained=trained,
        layers=told.num_hidden_layers,
        width=told.hidden_size,
        attention=head * told.num_attention_heads,
        keys=head * told.num_key_value_heads,
        inner=told.intermediate_size,
        tied=bool(told.tie_word_embeddings),
    )


def step(config: RunConfig, gpus: int, *, layers: int = 2) -> float:
    """GiB of weights of a rank, after a step of a world of so many was made with FSDP2 and tensors that take no room.

    It finds what no arithmetic finds: a layer that cannot be split so, a shape that does not fit. No process may have joined a
    world before.
    """
    import torch
    import torch.distributed as dist
    import transformers
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard
    from torch.testing._internal.distributed.fake_pg import FakeStore

    told = transformers.AutoConfig.from_pretrained(config.base)
    told.num_hidden_layers, told.use_cache = layers, False
    if getattr(told, "layer_types", None):
        told.layer_types = told.layer_types[:layers]
    dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=gpus)
    try:
        mesh = init_device_mesh("cpu", (gpus,))
        with FakeTensorMode(allow_non_fake_inputs=True):
            model: Any = transformers.AutoModelForCausalLM.from_config(told, dtype=torch.bfloat16)
            for layer in model.model.layers:
                fully_shard(layer, mesh=mesh)
            fully_shard(model, mesh=mesh)
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
            tokens = torch.zeros((1, config.length), dtype=torch.int64)
            logits = model(input_ids=tokens).logits
            torch.nn.functional.cross_entropy(logits.flatten(0, 1)[:-1], tokens.flatten()[1:]).backward()
            optimizer.step()
            return float(sum(w.to_local().numel() * w.element_size() for w in model.parameters()) / GIB)
    finally:
        dist.destroy_process_group()


def _units(model: Any) -> list[Any]:
    """What is gathered at once: a layer, or the embedding alone."""
    return [*model.model.layers, model.get_input_embeddings()]


def _added(lora: Lora, model: Any) -> int:
    import peft

    from medgo_train.stages import common

    with_lora = peft.get_peft_model(model, common.lora(replace(lora, adapter="")), low_cpu_mem_usage=True)
    return sum(weight.numel() for weight in with_lora.parameters() if weight.requires_grad)
