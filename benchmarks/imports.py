"""``import medgo_data`` takes at most 0.3 s, and loads nothing heavy."""

from __future__ import annotations

import json
import sys

from common import Size, asked, command, median, tell

RUNS = Size(11, 5)
LIMIT = 0.3
HEAVY = ("torch", "ray", "spacy", "transformers", "datasets", "pyarrow", "numba", "jieba", "loky", "fastapi")
TOLD = f"import json, sys, medgo_data; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"


def main() -> None:
    told = asked(__doc__)
    wall: dict[str, list[float]] = {"pass": [], "import polars": [], "import medgo_data": []}
    cpu: dict[str, list[float]] = {name: [] for name in wall}
    for _ in range(RUNS.of(told)):
        for name, seconds in wall.items():
            spent = command(sys.executable, "-c", name)
            seconds.append(spent.wall)
            cpu[name].append(spent.cpu)
    heavy = json.loads(command(sys.executable, "-c", TOLD).out)
    bare = median(wall["pass"])
    net = {name: median(each) - bare for name, each in wall.items()}
    tell(
        f"import medgo_data takes <= {LIMIT} s and loads none of {', '.join(HEAVY)}",
        ("process", "wall s, median", "without Python's own start", "CPU s, median"),
        [(f"python -c '{name}'", median(wall[name]), net[name], median(cpu[name])) for name in wall],
        met=median(wall["import medgo_data"]) <= LIMIT and not heavy,
        heavy=heavy,
        wall_s=round(median(wall["import medgo_data"]), 3),
        import_s=round(net["import medgo_data"], 3),
        polars_s=round(net["import polars"], 3),
        ratio_to_polars=round(net["import medgo_data"] / net["import polars"], 2),
    )


if __name__ == "__main__":
    main()
