"""What the demo's models are asked: an exam and open questions about its drugs, all of CBLUE at a small size, and a scale.

medgo-train evaluate data/demo_runs/dpo/final recipes/evaluated.py --into data/demo_evaluations/dpo
medgo-train evaluate data/demo_runs/base recipes/evaluated.py --into data/demo_evaluations/base
medgo-train compare data/demo_evaluations/dpo data/demo_evaluations/base
"""

from pathlib import Path

from medgo_train.evaluate.choice import Exam
from medgo_train.evaluate.chosen import cblue, put
from medgo_train.evaluate.tasks.open import Open

RAW = Path(__file__).parent / "raw" / "evaluation"

exam = Exam(
    name="drug_exam",
    id="id",
    multiple=("kind", "多选"),
    group="drug",  # questions about one drug hang together
    category=("section",),
)
questions = Open(name="drug_questions", id="id", group="drug")
tasks = [
    put(exam, RAW / "drug_exam.jsonl"),
    put(questions, RAW / "drug_questions.jsonl"),
    *cblue(RAW / "cblue"),
    put("scale", RAW / "attitudes.json"),
]
