"""Building again what stands, 1,000 shards of it, takes at most 2 s: a whole process, imports and all."""

from __future__ import annotations

import time

from common import Size, asked, files, medgo, median, recipe, scratch, tell
from medgo_data.store import FRESH

SHARDS, RUNS = Size(1000, 100), Size(7, 3)
LIMIT = 2.0


def main() -> None:
    told = asked(__doc__)
    shards = SHARDS.of(told)
    with scratch(told) as folder:
        build = ("build", recipe(folder, files(folder / "raw", shards, shards / 50)), "--root", folder / "data")
        full = medgo(*build)
        time.sleep(2 * FRESH)  # a file is remembered only once it is old enough to show every change
        after = medgo(*build)
        again = [medgo(*build) for _ in range(RUNS.of(told))]
        start = median([medgo("ls", "--root", folder / "none").wall for _ in again])
    wall = [spent.wall for spent in again]
    tell(
        f"a rebuild of {shards:,} shards that stand takes <= {LIMIT:.0f} s",
        ("process", "wall s", "least", "most", "CPU s"),
        [
            ("the build itself", full.wall, "", "", full.cpu),
            ("the first rebuild", after.wall, "", "", after.cpu),
            ("a rebuild, median", median(wall), min(wall), max(wall), median([spent.cpu for spent in again])),
            ("a process that does nothing (ls)", start, "", "", ""),
        ],
        met=median(wall) <= LIMIT,
        shards=shards,
        full_wall_s=round(full.wall, 2),
        first_wall_s=round(after.wall, 3),
        wall_s=round(median(wall), 3),
        cpu_s=round(median([spent.cpu for spent in again]), 3),
        start_s=round(start, 3),
    )


if __name__ == "__main__":
    main()
