"""What is known against the packages that constraints.txt pins; and under which licences they come, where they are installed.

    python audit.py

Fails if a package has a known hole, is not pinned to one version, or may not be used by a program of another licence. Where nobody
could be asked about a package, for want of a network or because a mirror does not tell, it says of how many, and fails for nothing.
"""

# ruff: noqa: T201, S603  it tells whoever runs it, and runs pip-audit

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

HOUSE = Path(__file__).parent
PINNED = re.compile(r"([A-Za-z0-9._-]+)==[^\s;,*]+( *;.*)?")
PATIENCE = 15  # seconds for an answer about one package, and ten times as many for all
STRONG = re.compile(r"\b(?:AGPL|GPL)(?!.*(?:LGPL|exception))|(?<!Lesser )General Public", re.IGNORECASE)


def main() -> None:
    lines = (HOUSE / "constraints.txt").read_text("utf-8").splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    wrong = [
        f"constraints.txt: {line!r} is no pin. Write name==version." for line in told if not PINNED.fullmatch(line)
    ]
    wrong += holes(len(told))
    wrong += licences({PINNED.sub(r"\1", line) for line in told})
    for sentence in wrong:
        print(sentence)
    sys.exit(bool(wrong))


def holes(count: int) -> Iterator[str]:
    """Each known hole, as a sentence; what could not be asked is printed."""
    words = [
        "-m",
        "pip_audit",
        "--requirement",
        "constraints.txt",
        "--no-deps",
        "--disable-pip",
        "--progress-spinner",
        "off",
    ]
    try:
        asked = subprocess.run(
            [sys.executable, *words, "--format", "json", "--timeout", str(PATIENCE)],
            capture_output=True,
            text=True,
            check=False,
            cwd=HOUSE,
            timeout=10 * PATIENCE,
        )
        packages = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):  # no answer, or pip-audit is not installed
        print(
            f"audit: NOBODY COULD BE ASKED about {count} packages (pip-audit had no answer). Ask where there is a network."
        )
        return
    silent = [one["name"] for one in packages if "skip_reason" in one]
    if silent:
        print(
            f"audit: NOTHING IS KNOWN about {len(silent)} of {count} packages (no answer about {silent[0]} and others)."
        )
    print(f"audit: {count - len(silent)} of {count} packages were looked up.")
    for one in packages:
        for hole in one.get("vulns", ()):
            better = " or ".join(hole["fix_versions"]) or "no version yet"
            yield f"{one['name']} {one['version']} has {hole['id']}, mended in {better}. Pin that in constraints.txt."


def licences(names: set[str]) -> Iterator[str]:
    """Each package whose licence would bind what uses it, as a sentence; a count of the others is printed."""
    places = [str(path) for path in sorted((HOUSE / ".venv" / "test").glob("lib/python*/site-packages"))]
    wanted = {_plain(name) for name in names}
    found = {_plain(one.name): _licence(one) for one in distributions(path=places) if _plain(one.name) in wanted}
    if not found:
        print("audit: licences are read where the packages are installed: make test first.")
        return
    most = ", ".join(f"{licence} {count}" for licence, count in Counter(found.values()).most_common(8))
    print(f"audit: licences of {len(found)} packages: {most} …")
    for name, licence in sorted(found.items()):
        if STRONG.search(licence):
            yield f"{name} comes under {licence}, which binds what uses it. Take another package, or leave it to its user."


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence(one: Distribution) -> str:
    told = one.metadata
    classified = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or () if c.startswith("License ::")]
    return str(
        told.get("License-Expression")
        or "; ".join(classified)
        or str(told.get("License") or "none told").split("\n")[0][:60]
    )


if __name__ == "__main__":
    main()
