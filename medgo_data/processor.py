"""Tells OpenBLAS, which multiplies matrices for numpy, of a processor that it does not know: in time, that is before numpy is loaded."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

ASKED = "OPENBLAS_CORETYPE"
NEEDED = frozenset(
    {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
)  # of the kernels that are named SkylakeX
NEW = 26  # the family of AMD that numpy's OpenBLAS takes for one of 2013 and has multiply at half the speed


def tell() -> None:
    """What the environment says already stays."""
    with suppress(OSError):  # no Linux
        for name, value in kernels(Path("/proc/cpuinfo").read_text("utf-8")).items():
            os.environ.setdefault(name, value)


def kernels(cpuinfo: str) -> dict[str, str]:
    """What is to be in the environment on such a processor."""
    said = dict(re.findall(r"^(\w[\w ]*?)\s*: (.*)$", cpuinfo.partition("\n\n")[0], re.MULTILINE))
    new = (
        said.get("vendor_id") == "AuthenticAMD"
        and said.get("cpu family", "").isdigit()
        and int(said["cpu family"]) >= NEW
    )
    return {ASKED: "SkylakeX"} if new and set(said.get("flags", "").split()) >= NEEDED else {}
