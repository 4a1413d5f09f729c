"""Section 3.2 of the MedGo paper: the instructions that are written, from leaflets, guidelines, chief complaints and Safety-Prompts.

    export OPENAI_BASE_URL=http://localhost:8000/v1 OPENAI_API_KEY=none OPENAI_MODEL=Qwen3-32B
    MEDGO_REAL_DATA=/data/medical medgo-data plan recipes/medgo.py --root data/medgo
    MEDGO_REAL_DATA=/data/medical medgo-data build recipes/medgo.py:instructions --root data/medgo --budget 200

Raw material is that of recipes/categories.py, scrubbed before a model sees it; what a model wrote is held against its source, and
scrubbed again. `leaflet_qa` is written by rule, and asks nobody. Answers from guidelines wait for a physician's review.
"""

import os
from dataclasses import replace

from categories import RAW, UNSTATED, cases, guidelines, leaflets, licensing, textbooks

from medgo_data import Corpus, Decontaminate, Sample, Scrub, Stage
from medgo_data.sources import Annotated, SafetyPrompts
from medgo_data.synth import (
    Balanced,
    ChainOfThought,
    Chat,
    ComplaintDialogue,
    ComplexCase,
    Consultation,
    Coverage,
    DrugQA,
    DrugTalk,
    ExamDistractors,
    Grounded,
    GuidelineQA,
    Judge,
    KeyBalanced,
    Paraphrase,
    Perspectives,
    SafeAnswer,
    SafePreference,
    SampledPreference,
    SelfContained,
    Summary,
    TaskInstructions,
)
from medgo_data.synth.task_instructions import CMEEE, QIC, STS

chat = Chat(model=os.environ.get("OPENAI_MODEL", "Qwen3-32B"), temperature=0.7, seed=1)
strict = Chat(model=chat.model, temperature=0.0, seed=1)  # for what is judged, and for reasoning that is checked
scrub = Scrub()
grounded = [Grounded(), SelfContained()]


def scrubbed(corpus: Corpus) -> Corpus:
    """What a model may see."""
    return Corpus(f"{corpus.name}_scrubbed", [corpus], [scrub])


def written(name: str, about: Corpus, write: Stage, *gates: Stage) -> Corpus:
    """What a model wrote about it, scrubbed, and judged."""
    return Corpus(name, [about], [write, scrub, *gates])


leaflets_seen, guidelines_seen, textbooks_seen, cases_seen = map(scrubbed, (leaflets, guidelines, textbooks, cases))

# ---- drug leaflets: by rule, every answer a piece of the leaflet; and as people talk -------------------------------

leaflet_qa = Corpus("leaflet_qa", [leaflets_seen], [DrugQA(per_leaflet=6), SelfContained(), Coverage()])
leaflet_talk = written("leaflet_talk", leaflets_seen, DrugTalk(chat=chat), *grounded, Coverage())
leaflet_views = written("leaflet_views", leaflets_seen, Perspectives(chat=chat), *grounded)

# ---- guidelines and textbooks: with quotes, queued for physicians --------------------------------------------------

guideline_qa = written("guideline_qa", guidelines_seen, GuidelineQA(chat=chat), *grounded, Coverage())
textbook_qa = written("textbook_qa", textbooks_seen, GuidelineQA(chat=chat), *grounded, Coverage())
hard_cases = written("hard_cases", guidelines_seen, ComplexCase(chat=chat), *grounded)

# ---- chief complaints and records ----------------------------------------------------------------------------------

complaint_talk = written("complaint_talk", cases_seen, ComplaintDialogue(chat=chat), Judge(chat=strict))
consultations = written("consultations", cases_seen, Consultation(chat=chat), Judge(chat=strict))
discharges = written("discharges", cases_seen, Summary(chat=strict))

# ---- examinations: reasoning that reaches the known answer ---------------------------------------------------------

questions = scrubbed(Corpus("questions", [replace(licensing, gives="choice")]))
reasoning = written("reasoning", questions, ChainOfThought(chat=strict))

distractors = written("distractors", questions, ExamDistractors(chat=chat), KeyBalanced())

# ---- annotated texts: entities, relations, classes, standard terms, by rule -----------------------------------------


def task(name: str, file: str, text: str | tuple[str, ...], labels: str, stage: TaskInstructions) -> Corpus:
    """A task of CBLUE as instructions; of its training data, for the rest is there to be scored on."""
    source = Annotated(name=name, files=f"{RAW}/cblue/{file}", license=UNSTATED, text=text, labels=labels)
    return Corpus(f"task_{name}", [source], [stage, scrub])


tasks = [
    task("entities", "CMeEE-V2/*_dev.json.gz", "text", "entities", TaskInstructions(task="entities", options=CMEEE)),
    task("relations", "CMeIE-V2/*_dev.jsonl.gz", "text", "spo_list", TaskInstructions(task="relations")),
    task("intents", "KUAKE-QIC/*_train.json.gz", "query", "label", TaskInstructions(task="label", options=QIC)),
    task("pairs", "CHIP-STS/*_train.json.gz", ("text1", "text2"), "label", TaskInstructions(task="match", options=STS)),
    task("terms", "CHIP-CDN/*_train.json.gz", "text", "normalized_result", TaskInstructions(task="terms")),
]

# ---- safety: what is declined, the harmless twin that is answered, and pairs for preference -------------------------

scenarios = scrubbed(Corpus("scenarios", [SafetyPrompts(files=f"{RAW}/safety/*_scenarios.json", license="Apache-2.0")]))
safe_talk = written("safe_talk", scenarios, SafeAnswer(chat=chat))
preferences = written("preferences", scenarios, SafePreference(chat=chat))
sampled = written("sampled", complaint_talk, SampledPreference(chat=chat))

# ---- all of it, in other words too, without what a benchmark asks --------------------------------------------------

few = Corpus("leaflet_qa_drawn", [leaflet_qa], [Sample(others=2000), scrub])
in_other_words = written("in_other_words", few, Paraphrase(chat=chat), Grounded())
parts = [
    leaflet_qa, leaflet_talk, leaflet_views, guideline_qa, textbook_qa, hard_cases, complaint_talk, consultations,
    discharges, reasoning, safe_talk, in_other_words, *tasks,
]  # fmt: skip
no_leaks = Decontaminate(against=f"{RAW}/cblue/*/*_test.json*", column="messages")
instructions = Corpus("instructions", parts, [no_leaks, Balanced()])
