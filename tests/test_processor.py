"""What OpenBLAS is told of the processor, and that it is told before numpy is loaded."""

import os
import subprocess
import sys

import pytest

from medgo_data.processor import ASKED, NEEDED, kernels


def machine(vendor: str, family: int, flags: set[str] | frozenset[str]) -> str:
    one = f"processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: 2\nflags\t\t: fpu avx2 {' '.join(sorted(flags))}\n"
    return f"{one}\n{one.replace('processor	: 0', 'processor	: 1')}\n"


def test_a_new_processor_of_amd_multiplies_with_what_it_has() -> None:
    assert kernels(machine("AuthenticAMD", 26, NEEDED)) == {ASKED: "SkylakeX"}


@pytest.mark.parametrize(
    "told",
    [
        machine("AuthenticAMD", 25, NEEDED),
        machine("AuthenticAMD", 26, NEEDED - {"avx512vl"}),
        machine("GenuineIntel", 143, NEEDED),
        "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\n\n",
        "",
    ],
    ids=["older", "without", "intel", "arm", "nothing"],
)
def test_of_any_other_nothing_is_told(told: str) -> None:
    assert kernels(told) == {}


def test_what_somebody_asked_for_stays_and_numpy_is_not_loaded_yet() -> None:
    said = f"import sys, os, medgo_data; print(os.environ['{ASKED}'], 'numpy' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", said], env={**os.environ, ASKED: "Haswell"}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["Haswell", "False"]
