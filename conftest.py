"""What must be set before anything heavy is imported, however pytest was started; and where real material is found."""

import os

import pytest

for name, value in {
    "OMP_NUM_THREADS": "1",  # with more, a toy model spends its time waiting for threads
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}.items():
    os.environ.setdefault(name, value)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked ``real`` are skipped, and say so, where there is no real material."""
    if not os.environ.get("MEDGO_REAL_DATA"):
        skip = pytest.mark.skip(reason="MEDGO_REAL_DATA names no folder of real material")
        for item in items:
            if item.get_closest_marker("real"):
                item.add_marker(skip)
