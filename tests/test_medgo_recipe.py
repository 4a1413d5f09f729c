"""The recipe of the paper's section 3.2 uses all that writes and all that judges, and asks a model only about scrubbed rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medgo_data import Corpus, Stage, synth
from medgo_data.corpus import Corpus as Built
from medgo_data.recipe import corpora
from medgo_data.stage import Asking

RECIPE = Path(__file__).parent.parent / "recipes" / "medgo.py"


def beneath(corpus: Built) -> set[Built]:
    """The corpus and all that it stands on."""
    return {corpus}.union(*(beneath(one) for one in corpus.inputs if isinstance(one, Built)))


@pytest.mark.real
@pytest.mark.skipif("MEDGO_REAL_DATA" not in os.environ, reason="MEDGO_REAL_DATA names no folder of real material")
def test_everything_that_writes_or_judges_is_in_it() -> None:
    told: set[Corpus] = set().union(*(beneath(corpus) for corpus in corpora(str(RECIPE))))
    used = {type(stage).__name__ for corpus in told for stage in corpus.stages}
    classes = [getattr(synth, name) for name in synth.__all__]
    stages = {one.__name__ for one in classes if isinstance(one, type) and issubclass(one, Stage)} - {"Synthesizer"}
    assert stages <= used
    for corpus in told:
        for number, stage in enumerate(corpus.stages):
            if isinstance(stage, Asking) and number:
                assert any(one.name == "Scrub" for one in corpus.stages[:number]), f"{corpus.name}: {stage.name}"
