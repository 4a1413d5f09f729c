"""The recipe of the paper's section 3.2 uses all that writes and all that judges, and asks a model only about scrubbed rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medgo_data import Corpus, Stage, synth
from medgo_data.recipe import corpora
from medgo_data.stage import Asking

RECIPE = Path(__file__).parent.parent / "recipes" / "medgo.py"


def beneath(corpus: Corpus) -> dict[str, Corpus]:
    """The corpus and all that it stands on, by name."""
    told = {corpus.name: corpus}
    for one in corpus.inputs:
        told |= beneath(one) if isinstance(one, Corpus) else {}
    return told


@pytest.mark.real
@pytest.mark.skipif("MEDGO_REAL_DATA" not in os.environ, reason="MEDGO_REAL_DATA names no folder of real material")
def test_everything_that_writes_or_judges_is_in_it() -> None:
    told: dict[str, Corpus] = {}
    for corpus in corpora(str(RECIPE)):
        told |= beneath(corpus)
    used = {type(stage).__name__ for corpus in told.values() for stage in corpus.stages}
    classes = [getattr(synth, name) for name in synth.__all__]
    stages = {one.__name__ for one in classes if isinstance(one, type) and issubclass(one, Stage)} - {"Synthesizer"}
    assert stages <= used
    for corpus in told.values():
        for number, stage in enumerate(corpus.stages):
            if isinstance(stage, Asking) and number:
                assert any(one.name == "Scrub" for one in corpus.stages[:number]), f"{corpus.name}: {stage.name}"
