"""A small corpus out of invented material: the fifteen kinds of Chinese medical text, in every format and with every fault.

    medgo-data build recipes/demo.py --root data/demo
    medgo-data funnel pretrain --by-category --root data/demo

Files are PDF, DOCX, EPUB, HTML, Markdown, LaTeX, subtitles, plain text, XLSX, SQL, CSV, JSON, JSON Lines and Parquet,
packed or not, in UTF-8, UTF-16, GB18030 and BIG5. Rows are kept, most of them repaired; or a stage drops them, for what
they are or because there are enough of them; or they could not be read to begin with. Names and numbers of (invented)
patients are replaced in those that stay. Instructions are written about some of them. raw/README.md says what lies where.
"""

import os
from dataclasses import replace
from pathlib import Path

from medgo_data import Clean, Corpus, Decontaminate, Dedup, Quality, Sample, Scrub, Source, Stage, Tokens
from medgo_data.sources import (
    CaseReports,
    Consensus,
    Dialogues,
    DrugLeaflets,
    Encyclopedias,
    ExamBanks,
    Guidelines,
    Json,
    Lectures,
    Monographs,
    Papers,
    Pathways,
    PopularScience,
    Reviews,
    SafetyPrompts,
    Terminology,
    Textbooks,
    Turns,
)
from medgo_data.synth import (
    Balanced,
    Chat,
    ComplaintDialogue,
    Coverage,
    DrugQA,
    DrugTalk,
    Grounded,
    GuidelineQA,
    SafeAnswer,
    SelfContained,
)

RAW = Path(__file__).parent / "raw"
LICENSE = "Apache-2.0"

# Works, each file as a whole, or in parts where it is long
guidelines = Guidelines(files=f"{RAW}/guidelines/*", license=LICENSE)
consensus = Consensus(files=f"{RAW}/consensus/*", license=LICENSE)
pathways = Pathways(files=f"{RAW}/pathways/*", license=LICENSE)
textbooks = Textbooks(files=f"{RAW}/textbooks/*", license=LICENSE, longest=2000)
monographs = Monographs(files=f"{RAW}/monographs/*", license=LICENSE, longest=600)
papers = Papers(files=f"{RAW}/papers/*", license=LICENSE)
lectures = Lectures(files=f"{RAW}/lectures/*", license=LICENSE)

# Records, of which `fields` says what goes where; exams and leaflets know what their parts are usually called
article = {"title": "title", "text": "text"}
reviews = Reviews(files=f"{RAW}/reviews/*", license=LICENSE, fields=article, markup="markdown")
encyclopedias = Encyclopedias(
    files=f"{RAW}/encyclopedias/*", license=LICENSE, fields={"title": "entry", "text": "body"}
)
terminology = Terminology(files=f"{RAW}/terminology/*", license=LICENSE, fields={"text": ("编码", "术语", "说明")})
exams = ExamBanks(files=f"{RAW}/exams/*", license=LICENSE)
leaflets = DrugLeaflets(files=f"{RAW}/leaflets/*", license=LICENSE, fields={"title": "meta.name", "text": "content"})
formulary = DrugLeaflets(
    name="formulary",
    files=f"{RAW}/formulary/*",
    license=LICENSE,
    fields={"title": "藥品名稱"},
    sections={
        "药品名称": "藥品名稱",
        "成份": "成分",
        "适应症": "用途",
        "用法用量": "用法用量",
        "注意事项": "注意事項",
        "不良反应": "常見副作用",
    },
)
cases = CaseReports(files=f"{RAW}/cases/*", license=LICENSE)
complaints = CaseReports(
    name="complaints", files=f"{RAW}/complaints/*", license=LICENSE, fields={"text": ("主诉", "现病史")}
)
records = CaseReports(name="records", files=f"{RAW}/records/*", license=LICENSE, fields={"text": "note"})
popular_science = PopularScience(files=f"{RAW}/popular_science/*", license=LICENSE, fields=article)
broken = replace(leaflets, name="broken", files=f"{RAW}/broken/*")  # leaflets, after a bad journey

# Conversations: whatever a raw file calls its speakers, a row has user and assistant
consultations = Dialogues(
    name="consultations",
    files=f"{RAW}/dialogues/*.jsonl",
    license=LICENSE,
    fields={
        "messages": Turns(
            turns="dialogue", role="speaker", content="sentence", roles={"患者": "user", "医生": "assistant"}
        )
    },
)
instructions = Json(
    name="instructions",
    files=f"{RAW}/dialogues/*.json",
    license=LICENSE,
    gives="chat",
    category="instruction",
    fields={"messages": Turns(user=("instruction", "input"), assistant="output", history="history")},
)
prompts = Json(
    name="prompts",
    files=f"{RAW}/safety/*.json",
    license=LICENSE,
    gives="chat",
    category="safety",
    fields={"messages": Turns(user="prompt", assistant="response")},
)

# Pre-training: documents, listed by trust, for of two copies that of the earlier source stays; and no question of a benchmark
written = replace(consultations, gives="document")
scrub = Scrub(operators={"ORG": {"balanced": "keep"}, "ADDRESS": {"balanced": "keep"}})  # leaflets name makers of drugs
no_leaks = Decontaminate(against=f"{RAW}/benchmarks/*")
pretrain = Corpus(
    "pretrain",
    [
        guidelines, consensus, pathways, textbooks, monographs, reviews, papers, lectures, leaflets, formulary, exams,
        cases, complaints, records, encyclopedias, terminology, written, popular_science, broken,
    ],
    [
        Clean(), Quality(), no_leaks, Dedup(same_numbers=True), Sample(quota={"leaflets": 48, "complaints": 40}), scrub,
        Tokens(),
    ],
)  # fmt: skip

# Instructions: a corpus may stand on others, and each of them is built once
dialogues = Corpus("dialogues", [consultations, instructions])
safety = Corpus("safety", [prompts])
sft = Corpus("sft", [dialogues, safety], [Sample(quota={"prompts": 20}), scrub])

# Written instructions, by rule and by a model, which sees only scrubbed text. Without an endpoint its replies come from a file, for which
# they were written by hand; with OPENAI_BASE_URL set, the model that OPENAI_MODEL names is asked.
chat = Chat(
    model=os.environ.get("OPENAI_MODEL", "written-by-hand"),
    recorded=f"{RAW.parent}/replies/demo.jsonl",
    price=(0.5, 2.0),
)


def grow(name: str, source: Source, rows: int, *stages: Stage) -> Corpus:
    """What is written about a few rows of a source."""
    few = Corpus(f"{name}_sources", [source], [Clean(), Sample(quota={source.name: rows}), scrub])
    return Corpus(name, [few], [*stages])


over_the_counter = replace(leaflets, name="otc", files=f"{RAW}/leaflets/otc.jsonl.gz")
small_guidelines = Guidelines(name="advice", files=f"{RAW}/guidelines/季节性*.txt", license=LICENSE)
scenarios = SafetyPrompts(name="scenarios", files=f"{RAW}/scenarios/*", license=LICENSE)
leaflet_qa = grow(
    "leaflet_qa", leaflets, 24, DrugQA(per_leaflet=4), SelfContained(), Coverage()
)  # by rule, in words of the leaflet
leaflet_talk = grow(
    "leaflet_talk", over_the_counter, 1, DrugTalk(chat=chat), Grounded(), SelfContained(), scrub, Coverage()
)
guideline_qa = grow(
    "guideline_qa",
    small_guidelines,
    1,
    GuidelineQA(chat=chat, per_passage=4),
    Grounded(),
    SelfContained(),
    scrub,
    Coverage(),
)
complaint_talk = grow("complaint_talk", complaints, 2, ComplaintDialogue(chat=chat, forms=("answer",)), scrub)
safe_talk = grow("safe_talk", scenarios, 2, SafeAnswer(chat=chat), scrub)
instruct = Corpus("instruct", [leaflet_qa, leaflet_talk, guideline_qa, complaint_talk, safe_talk], [Balanced(few=10)])
