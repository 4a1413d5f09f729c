"""One page about a run: what it was made of, how the loss and the margin went, and what was answered on the way."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import record
from medgo_train.config import RunError
from medgo_train.pack import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDE, HIGH, EDGE = 640, 200, 40
BRIEF = 48  # characters of an answer on the screen
SHOWN = {  # as the trainers call them: what it is
    "loss": "loss",
    "rewards/margins": "margin of the better answer",
    "rewards/accuracies": "share of pairs that are told apart",
    "mean_token_accuracy": "share of tokens that are foreseen",
    "grad_norm": "length of the gradient",
    "learning_rate": "learning rate",
}
STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:44em;margin:2em auto}svg{width:100%}pre{white-space:pre-wrap;background:#f6f6f6;"
    "padding:1em}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd}"
)


def write(output: Path) -> Path:
    """report.html beside the checkpoints of a run, from the last of them that is whole; and of those that it stands on."""
    last = _last(output)
    parts = [f"<pre>{html.escape(record.card(last))}</pre>"]
    for stage in _stages(last):
        parts.append(f"<h2>{html.escape(stage.parent.name)}</h2>")
        for name, means in SHOWN.items():
            points = _logged(stage, name)
            if len(points) > 1:
                parts.append(f"<h3>{means}</h3>{plot(points)}")
        parts += _watched(stage.parent)
    page = f"<!doctype html><meta charset=utf-8><title>{html.escape(output.name)}</title><style>{STYLE}</style>"
    path = output / "report.html"
    path.write_text(page + f"<h1>{html.escape(output.name)}</h1>" + "".join(parts), "utf-8")
    return path


def told(output: Path) -> list[str]:
    """What came of a run, in a few lines: its loss, and the answers before it and after."""
    points, at = _logged(_last(output), "loss"), watched(output)["at"]
    lines = [f"  loss {points[0][1]:.3g} → {points[-1][1]:.3g}"] if len(points) > 1 else []
    before, after = (at[key]["answers"] for key in (min(at, key=int), max(at, key=int))) if at else ({}, {})
    lines += [f"  {question}  {_brief(before.get(question, ''))} → {_brief(said)}" for question, said in after.items()]
    return lines


def _brief(answer: str) -> str:
    line = " ".join(answer.split())
    return line if len(line) <= BRIEF else f"{line[:BRIEF]}…"


def _last(output: Path) -> Path:
    found = record.checkpoints(output)
    if not found:
        raise RunError(
            f"{output} holds no whole checkpoint, so there is nothing to report yet. Name the output of a run."
        )
    return found[-1]


def _stages(checkpoint: Path) -> Iterator[Path]:
    """The last checkpoint of each stage of a chain, the latest stage first, as far as they still lie there."""
    yield checkpoint
    base = record.read(checkpoint)["base"]
    before = Path(base.get("adapter", base)["folder"]).parent  # a stage stands on what one left in its output
    for found in record.checkpoints(before)[-1:]:
        yield from _stages(found)


def _logged(checkpoint: Path, name: str) -> list[tuple[float, float]]:
    log = json.loads((checkpoint / "trainer_state.json").read_text("utf-8"))["log_history"]
    return [(line["step"], line[name]) for line in log if name in line]


def plot(points: list[tuple[float, float]]) -> str:
    """A line through points, as SVG."""
    xs, ys = zip(*points, strict=True)
    left, low = min(xs), min(ys)
    across, up = (max(xs) - left) or 1, (max(ys) - low) or 1
    line = " ".join(
        f"{EDGE + (x - left) / across * (WIDE - 2 * EDGE):.1f},{HIGH - EDGE - (y - low) / up * (HIGH - 2 * EDGE):.1f}"
        for x, y in points
    )
    words = (
        (EDGE, HIGH - 8, f"step {left:,}"),
        (WIDE - 3 * EDGE, HIGH - 8, f"{max(xs):,}"),
        (0, EDGE - 8, f"{max(ys):.4g}"),
        (0, HIGH - EDGE + 12, f"{low:.4g}"),
    )
    told = "".join(f'<text x="{x}" y="{y}" font-size="11">{text}</text>' for x, y, text in words)
    return f'<svg viewBox="0 0 {WIDE} {HIGH}"><polyline points="{line}" fill="none" stroke="#06c" stroke-width="1.5"/>{told}</svg>'


# ---- what is asked at each save ------------------------------------------------------------------------------------


def watched(output: Path | str) -> dict[str, Any]:
    """What was found at the saves of a run: how much likelier the better answers are than before it, and what was answered."""
    path = Path(output) / "watch.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {"before": [], "at": {}}


def note(output: Path | str, told: dict[str, Any]) -> None:
    write_json(Path(output) / "watch.json", told)


def _watched(output: Path) -> list[str]:
    at = {int(step): told for step, told in watched(output)["at"].items()}
    parts = []
    moved = [(step, told["chosen"]) for step, told in sorted(at.items()) if told["chosen"] is not None]
    if moved:
        rows = "".join(f"<tr><td>{step:,}<td>{value:+.2f}" for step, value in moved)
        parts.append(f"<h3>how much likelier the better answers are</h3><table><tr><th>step<th>Δ log p{rows}</table>")
    for step, told in sorted(at.items()):
        if told["answers"]:
            lines = "".join(f"<tr><td>{html.escape(q)}<td>{html.escape(a)}" for q, a in told["answers"].items())
            parts.append(f"<h3>answers at step {step:,}</h3><table>{lines}</table>")
    return parts
