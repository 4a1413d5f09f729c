"""The fifteen kinds of Chinese medical text, read from raw files of every format, and all of them in one corpus.

    MEDGO_REAL_DATA=/data/medical medgo-data build recipes/categories.py:documents --root data/categories
    medgo-data funnel documents --by-source --root data/categories

The files are those of public collections, below `data/` of the folder that MEDGO_REAL_DATA names. What has a licence to
be passed on says so; what has none is for looking at.
"""

import os
from dataclasses import replace
from pathlib import Path

from medgo_data import Clean, Corpus, Dedup
from medgo_data.sources import (
    CaseReports,
    Consensus,
    Dialogues,
    DrugLeaflets,
    Encyclopedias,
    ExamBanks,
    Guidelines,
    Lectures,
    Monographs,
    Papers,
    Pathways,
    PopularScience,
    Reviews,
    Terminology,
    Textbooks,
    Turns,
)

if "MEDGO_REAL_DATA" not in os.environ:
    raise RuntimeError(
        "recipes/categories.py reads raw files below MEDGO_REAL_DATA: set it to the folder that holds data/"
    )
RAW = Path(os.environ["MEDGO_REAL_DATA"]) / "data"
UNSTATED = "none stated"  # not to be passed on

tidy = [Clean(), Dedup()]

# ---- 教科书 --------------------------------------------------------------------------------------------------------

markdown_books = Textbooks(name="textbooks_md", files=f"{RAW}/textbook/gmzyjc/**/*.md", license="Apache-2.0")
plain_books = Textbooks(name="textbooks_txt", files=f"{RAW}/textbook/*.txt", license="Apache-2.0")
latex_books = Textbooks(name="textbooks_tex", files=f"{RAW}/textbook/*/*.tex*", license=UNSTATED)
pdf_books = Textbooks(name="textbooks_pdf", files=f"{RAW}/pdf/*_main.pdf", license=UNSTATED)
textbooks = Corpus("textbooks", [markdown_books, plain_books, latex_books, pdf_books], tidy)

# ---- 考试题库 ------------------------------------------------------------------------------------------------------

licensing = ExamBanks(name="exams_licensing", files=f"{RAW}/exam/*.xlsx", license=UNSTATED)
college = ExamBanks(name="exams_college", files=f"{RAW}/exam/*.csv", license="CC BY-NC-SA 4.0")
tcm_exams = ExamBanks(name="exams_tcm", files=f"{RAW}/exam/*.jsonl*", license="Apache-2.0")
exams = Corpus("exams", [licensing, college, tcm_exams], tidy)

# ---- 专家共识 ------------------------------------------------------------------------------------------------------

consensus = Corpus("consensus", [Consensus(files=f"{RAW}/consensus/*.html", license=UNSTATED)], tidy)

# ---- 病例报告 ------------------------------------------------------------------------------------------------------

clinical_cases = CaseReports(
    name="cases_clinical",
    files=f"{RAW}/case/CMB-Clin*.json",
    license="Apache-2.0",
    fields={"title": "title", "text": "description"},
)
tcm_cases = CaseReports(
    name="cases_tcm",
    files=f"{RAW}/case/TCM-SRT*.json",
    license="Apache-2.0",
    fields={"title": "案例编号", "text": "临床资料"},
)
published_cases = CaseReports(
    name="cases_published", files=f"{RAW}/case/web*.jsonl", license=UNSTATED, fields={"text": "Diagnostic_results"}
)
complaints = CaseReports(
    name="cases_complaints",
    files=[f"{RAW}/complaint/*MSDD*.jsonl", f"{RAW}/complaint/*PR*.jsonl"],
    license="Apache-2.0",
    fields={
        "text": tuple(
            f"disease_case.{part}" for part in ("主诉", "症状", "中医望闻切诊", "病史", "体格检查", "辅助检查")
        )
    },
)
cases = Corpus("cases", [clinical_cases, tcm_cases, published_cases, complaints], tidy)

# ---- 临床指南 ------------------------------------------------------------------------------------------------------

diabetes = Guidelines(name="guidelines_diabetes", files=f"{RAW}/guideline/ruijin_diabetes/*.txt", license=UNSTATED)
triage = Guidelines(name="guidelines_triage", files=f"{RAW}/guideline/*.md", license="MIT")
excerpts = Guidelines(
    name="guidelines_excerpts", files=f"{RAW}/guideline/*.json", license="Apache-2.0", fields={"text": "."}
)
guidelines = Corpus("guidelines", [diabetes, triage, excerpts], tidy)

# ---- 临床路径与诊疗规范 --------------------------------------------------------------------------------------------

pathways = Corpus("pathways", [Pathways(files=f"{RAW}/protocol/*", license=UNSTATED)], tidy)

# ---- 医学百科 ------------------------------------------------------------------------------------------------------

diseases = Encyclopedias(
    name="encyclopedia_diseases",
    files=f"{RAW}/encyclopedia/medical*.json",
    license="MIT",
    fields={
        "title": "name",
        "text": ("name", "desc", "cause", "prevent", "symptom", "check", "cure_way", "do_eat", "not_eat"),
    },
)
disease_table = Encyclopedias(
    name="encyclopedia_table",
    files=f"{RAW}/encyclopedia/disease_gbk.csv.gz",
    license=UNSTATED,
    fields={
        "title": "name",
        "text": ("name", "alias", "part", "department", "symptom", "checklist", "treatment", "drug"),
    },
)
encyclopedias = Corpus("encyclopedias", [diseases, disease_table], tidy)

# ---- 讲座 ----------------------------------------------------------------------------------------------------------

lectures = Corpus("lectures", [Lectures(files=f"{RAW}/lecture/*", license="Apache-2.0")], tidy)

# ---- 专著 ----------------------------------------------------------------------------------------------------------

classics = Monographs(name="classics", files=f"{RAW}/monograph/tcm_ancient/*.txt", license="public domain")
herbs = Monographs(
    name="monographs_herbs",
    files=f"{RAW}/monograph/中药*.csv",
    license=UNSTATED,
    fields={"title": "名称", "text": ("名称", "别名", "性味", "归经", "功效", "主治")},
)
formulas = Monographs(
    name="monographs_formulas",
    files=f"{RAW}/monograph/方剂*.csv.gz",
    license=UNSTATED,
    fields={"title": "处方名", "text": ("处方名", "处方来源", "配方", "功效", "用法用量", "主治病症")},
)
monographs = Corpus("monographs", [classics, herbs, formulas], tidy)

# ---- 综述，论文 ----------------------------------------------------------------------------------------------------

article = {"title": "title", "text": "text"}
chinaxiv_reviews = Reviews(files=f"{RAW}/paper/*.parquet", license="CC BY 4.0", fields=article, markup="markdown")
chinaxiv = Papers(
    name="papers_records", files=f"{RAW}/paper/*.jsonl.gz", license="CC BY 4.0", fields=article, markup="markdown"
)
chinaxiv_layout = Papers(name="papers_layout", files=f"{RAW}/paper/mineru_json/*.json", license="CC BY 4.0")
reviews = Corpus("reviews", [chinaxiv_reviews], tidy)
papers = Corpus("papers", [chinaxiv, chinaxiv_layout], tidy)

# ---- 药品说明书 ----------------------------------------------------------------------------------------------------

printed = DrugLeaflets(name="leaflets_printed", files=f"{RAW}/drug/leaflet/*.txt", license=UNSTATED)
formulary = DrugLeaflets(name="leaflets_formulary", files=f"{RAW}/drug/formulary_md/*.md", license=UNSTATED)
listed = DrugLeaflets(name="leaflets_listed", files=f"{RAW}/drug/CareGPT*.json.gz", license="MIT", fields={"text": "."})
extracted = DrugLeaflets(
    name="leaflets_extracted", files=f"{RAW}/drug/中药说明书*.json.gz", license=UNSTATED, fields={"text": "text"}
)
leaflets = Corpus("leaflets", [printed, formulary, listed, extracted], tidy)

# ---- 医患对话 ------------------------------------------------------------------------------------------------------

spoken = {"病人：": "user", "患者：": "user", "患者:": "user", "医生：": "assistant", "医生:": "assistant"}
escaped = {f"\\n{mark}": role for mark, role in spoken.items()}  # a line break that was written as two characters
tokens = {
    "<|user|>": "user",
    "<|system|>": "assistant",
    "<|currentuser|>": "user",
    "<|response|>": "assistant",
    "<|": None,
}
sections = {"id=": None, "Description": "user", "Dialogue": None, "Diagnosis and suggestions": "assistant"}


def talks(name: str, files: str, license: str, turns: Turns, **told: object) -> Dialogues:  # noqa: A002
    return Dialogues(name=name, files=f"{RAW}/{files}", license=license, fields={"messages": turns}, merge=True, **told)  # type: ignore[arg-type]


consultations = [
    talks(
        "bianque",
        "dialogue/BianQue*.csv",
        "Apache-2.0",
        Turns(turns="input", marks=spoken | escaped, assistant="target"),
    ),
    talks(
        "cmtmedqa",
        "dialogue/CMtMedQA*.json.gz",
        UNSTATED,
        Turns(user=("instruction", "instruct", "input"), assistant="output", history="history"),
    ),
    talks("meddialog", "dialogue/COVID*.txt.gz", UNSTATED, Turns(turns=".", marks=spoken | sections), begins="id="),
    talks("mie", "dialogue/MIE*.json.gz", UNSTATED, Turns(turns=".", content="utterances[-1]", marks=spoken)),
    talks("remedi", "dialogue/ReMeDi*.txt", UNSTATED, Turns(turns=".", marks=tokens), rows="line"),
    talks(
        "toyhom_blocks",
        "dialogue/Toyhom*.txt.gz",
        "MIT",
        Turns(turns=".", marks={"": "user", "\n": "assistant"}),
        rows="paragraph",
    ),
    talks("toyhom", "dialogue/Toyhom*.csv.gz", "MIT", Turns(user=("title", "ask"), assistant="answer")),
    talks(
        "huatuo26m", "dialogue/huatuo26M*.json.gz", UNSTATED, Turns(user=("instruction", "input"), assistant="output")
    ),
    talks("huatuo100", "dialogue/huatuo100*.json", UNSTATED, Turns(turns="Real Dialogue", marks=spoken)),
    talks(
        "med_dialog",
        "dialogue/Med-dialog*.json",
        "Apache-2.0",
        Turns(user="medical_case", assistant="doctor_diagnosis"),
    ),
    talks(
        "liver_cancer",
        "guideline_qa/liver*.json",
        "Apache-2.0",
        Turns(turns="instruction", marks={"<user>:": "user", "<bot>:": "assistant"}, assistant="output"),
    ),
    talks("tcm_visits", "complaint/*CHGD*.jsonl", "Apache-2.0", Turns(turns="dialogue", marks=spoken)),
    talks("questions", "dialogue/xywy*.json", UNSTATED, Turns(user=("question_title", "question_body"))),
    talks("intents", "dialogue/CMID*.jsonl.gz", UNSTATED, Turns(user="originalText")),
    talks(
        "smilechat",
        "dialogue/smilechat/*.json",
        "CC0-1.0",
        Turns(turns=".", roles={"client": "user", "counselor": "assistant"}),
        rows="file",
        speakers={"user": "来访者", "assistant": "咨询师"},
    ),
]
dialogues = Corpus("dialogues", [replace(talk, gives="document") for talk in consultations], tidy)
chat = Corpus("chat", consultations)  # the same conversations, for fine-tuning

# ---- 医学术语 ------------------------------------------------------------------------------------------------------

codes = Terminology(
    name="terms_icd", files=f"{RAW}/encyclopedia/ICD*.csv", license="MIT", fields={"text": ("code", "disease")}
)
beijing = Terminology(
    name="terms_icd_beijing",
    files=f"{RAW}/cblue/CHIP-CDN/*.xlsx",
    license=UNSTATED,
    columns=("code", "name"),
    fields={"text": ("code", "name")},
)
manual = Terminology(name="terms_msd", files=f"{RAW}/encyclopedia/MSD*.json", license=UNSTATED, fields={"text": "[1]"})
terminology = Corpus("terminology", [codes, beijing, manual], tidy)

# ---- 科普 ----------------------------------------------------------------------------------------------------------

popular_science = Corpus(
    "popular_science", [PopularScience(files=f"{RAW}/noise/html/*.html", license="Apache-2.0")], tidy
)

# ---- all of them: of two copies, that of the kind named first stays -----------------------------------------------

fifteen = [
    textbooks, exams, consensus, cases, guidelines, pathways, encyclopedias, lectures,
    monographs, reviews, papers, leaflets, dialogues, terminology, popular_science,
]  # fmt: skip
documents = Corpus("documents", fifteen, [Dedup()])
