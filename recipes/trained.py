"""What a small model is trained on after the demo's documents: questions about its drugs, and pairs of answers.

After these commands it lies in data/demo_runs/dpo/final:

    medgo-data build recipes/demo.py --root data/demo
    medgo-data build recipes/trained.py --root data/demo
    medgo-train base pretrain data/demo_runs/base --root data/demo --words 1500 --width 96 --layers 2
    medgo-train run recipes/train/pretrain.yaml recipes/train/sft.yaml recipes/train/dpo.yaml
    medgo-train report data/demo_runs/dpo

All that it is trained on is invented.
"""

from dataclasses import replace

import demo

from medgo_data import Corpus, Sample
from medgo_data.sources import Json, Turns
from medgo_data.synth import DrugQA, SelfContained

# Of a few leaflets most that can be asked, three times in other words
(leaflets,) = demo.leaflet_qa.inputs
drug_qa_1 = Corpus("drug_qa_1", [leaflets], [DrugQA(per_leaflet=8, seed=1), SelfContained()])
drug_qa_2 = Corpus("drug_qa_2", [leaflets], [DrugQA(per_leaflet=8, seed=2), SelfContained()])
drug_qa_3 = Corpus("drug_qa_3", [leaflets], [DrugQA(per_leaflet=8, seed=3), SelfContained()])

# To each wish that no leaflet grants an answer that says so, and one that gives in. First both are heard, and mostly the
# worse one, as it is with what people write; then the better one is preferred
speakers = {"患者": "user", "医生": "assistant", "网友": "assistant"}
wishes = Json(
    name="wishes",
    files=f"{demo.RAW}/wishes/*.jsonl",
    license=demo.LICENSE,
    gives="preference",
    category="safety",
    fields={
        "prompt": Turns(turns="asked", roles=speakers),
        "chosen": Turns(turns="better", roles=speakers),
        "rejected": Turns(turns="worse", roles=speakers),
    },
)
doctors, others = (
    replace(
        wishes,
        name=f"wishes_{said}",
        gives="chat",
        fields={"messages": Turns(turns="asked", roles=speakers, assistant=f"{said}[0].content")},
    )
    for said in ("better", "worse")
)
drug_talk = Corpus("drug_talk", [doctors, others], [Sample(quota={"wishes_better": 24}), demo.scrub])
drug_dpo = Corpus("drug_dpo", [wishes], [demo.scrub])
