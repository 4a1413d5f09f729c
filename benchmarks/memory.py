"""A JSON Lines file of 5 GB is built by 2 workers in at most 1.5 GB of memory, all processes together."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

from common import MB, Size, asked, family, files, held, recipe, scratch, tell

MEGABYTES = Size(4800, 960)  # of text; the file is a twentieth larger
WORKERS = 2
LIMIT = 1.5
DISK = 4  # times the size of the text: the raw file, the draft of the first pass, and the shards


def main() -> None:
    told = asked(__doc__)
    megabytes = MEGABYTES.of(told)
    with scratch(told) as folder:
        if shutil.disk_usage(folder).free < DISK * megabytes * MB:
            sys.exit(f"{folder} has less than {DISK * megabytes / 1000:.0f} GB left: choose another with --scratch")
        raw = files(folder / "raw", 1, megabytes, kind="jsonl")
        size = sum(path.stat().st_size for path in raw.iterdir())
        words = ["build", recipe(folder, raw), "--root", folder / "data", "--workers", WORKERS, "--quiet"]
        began = time.perf_counter()
        build = subprocess.Popen([sys.executable, "-m", "medgo_data.cli", *map(str, words)], stdout=subprocess.DEVNULL)
        most, processes, samples = (0, 0), 0, 0
        while build.poll() is None:
            each = [held(process) for process in family(build.pid)]
            together = sum(pss for pss, _ in each), sum(rss for _, rss in each)
            most, processes, samples = max(most, together), max(processes, len(each)), samples + 1
            time.sleep(0.05)
        wall = time.perf_counter() - began
        if build.returncode:
            sys.exit(f"the build failed with {build.returncode}")
    pss, rss = (kib * 1024 / 1e9 for kib in most)
    tell(
        f"a JSON Lines file of {size / 1e9:.1f} GB is built by {WORKERS} workers in <= {LIMIT} GB",
        ("", "GB"),
        [
            ("most memory of all processes together, shared pages once (PSS)", pss),
            ("at that moment, shared pages in each (RSS)", rss),
        ],
        met=pss <= LIMIT,
        input_gb=round(size / 1e9, 2),
        peak_pss_gb=round(pss, 3),
        rss_then_gb=round(rss, 3),
        processes=processes,
        samples=samples,
        wall_s=round(wall, 1),
    )


if __name__ == "__main__":
    main()
