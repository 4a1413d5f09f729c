"""Adding one file to a hundred costs at most 3 % of building them all, though duplicates are sought across all of them."""

from __future__ import annotations

import time

from common import Size, Spent, asked, files, medgo, median, recipe, scratch, tell
from medgo_data.store import FRESH

FILES, MEGABYTES, RUNS = Size(100, 50), Size(4800, 200), Size(2, 1)
LIMIT = 0.03
LAST, FIRST = 99_999, 0  # names of the files that are added: whose copies go, and for whom others' copies go


def main() -> None:
    told = asked(__doc__)
    count, each = FILES.of(told), MEGABYTES.of(told) / FILES.of(told)
    seen: dict[str, list[Spent]] = {"all files": [], "one more, sorted last": [], "one more, sorted first": []}
    with scratch(told) as folder:
        raw = files(folder / "raw", count, MEGABYTES.of(told))
        start = [medgo("ls", "--root", folder / "none") for _ in range(5)]
        for k in range(RUNS.of(told)):
            build = ("build", recipe(folder, raw), "--root", folder / f"data{k}")
            added: list[int] = []
            for name, number in zip(seen, (None, LAST, FIRST), strict=True):
                if number is not None:
                    files(raw, 1, each, first=number)
                    added.append(number)
                    time.sleep(2 * FRESH)  # a file is remembered only once it is old enough to show every change
                seen[name].append(medgo(*build))
            for number in added:
                (raw / f"{number:05d}.parquet").unlink()
            time.sleep(2 * FRESH)
    wall, cpu = (
        {name: median([getattr(s, what) for s in all_]) for name, all_ in seen.items()} for what in ("wall", "cpu")
    )
    bare = {what: median([getattr(s, what) for s in start]) for what in ("wall", "cpu")}
    net = {
        name: {
            "wall": (wall[name] - bare["wall"]) / (wall["all files"] - bare["wall"]),
            "cpu": (cpu[name] - bare["cpu"]) / (cpu["all files"] - bare["cpu"]),
        }
        for name in seen
    }
    share = {name: {"wall": wall[name] / wall["all files"], "cpu": cpu[name] / cpu["all files"]} for name in seen}
    last = share["one more, sorted last"]
    tell(
        f"adding 1 file to {count} costs <= {LIMIT:.0%} of the full build",
        ("process", "wall s", "CPU s", "of wall", "of CPU", "of wall, without start", "of CPU, without start"),
        [
            (name, wall[name], cpu[name], *(f"{of[name][what]:.1%}" for of in (share, net) for what in ("wall", "cpu")))
            for name in seen
        ]
        + [("a process that does nothing (ls)", bare["wall"], bare["cpu"], "", "", "", "")],
        met=max(last.values()) <= LIMIT,
        files=count,
        megabytes=MEGABYTES.of(told),
        wall_s={name: round(s, 2) for name, s in wall.items()},
        cpu_s={name: round(s, 2) for name, s in cpu.items()},
        share={name: {what: round(s, 4) for what, s in of.items()} for name, of in share.items()},
        share_without_start={name: {what: round(s, 4) for what, s in of.items()} for name, of in net.items()},
        start_s={what: round(s, 3) for what, s in bare.items()},
    )


if __name__ == "__main__":
    main()
