"""What physicians said of the demo's questions about a guideline, back in its next version: rows put right, and pairs of answers.

    medgo-data review serve guideline_qa --root data/demo
    medgo-data review export guideline_qa --root data/demo -o data/reviews/guideline_qa.jsonl
    medgo-data build recipes/reviewed.py --root data/demo

Verdicts are read from data/reviews, or from wherever MEDGO_VERDICTS says.
"""

import os

import demo

from medgo_data import Corpus
from medgo_data.reviewed import Preferred, Rated, Reviewed

SAID = os.environ.get("MEDGO_VERDICTS", "data/reviews/*.jsonl")
asked = demo.guideline_qa

# Accepted as they are or as a physician put them right; what nobody saw waits for the next version
guideline_sft = Corpus("guideline_sft", [asked], [Reviewed(verdicts=SAID, unreviewed="drop"), demo.scrub])

# An edited answer over its original, an accepted one over a rejected one to the same question; and each answer with its mark
guideline_dpo = Corpus("guideline_dpo", [asked], [Preferred(verdicts=SAID), demo.scrub])
guideline_kto = Corpus("guideline_kto", [asked], [Rated(verdicts=SAID), demo.scrub])
