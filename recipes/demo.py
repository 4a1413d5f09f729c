"""A small corpus out of invented material, in which everything happens that can happen to a row.

    medgo-data build recipes/demo.py --root data/demo
    medgo-data funnel pretrain --by-source --root data/demo

Files come as JSON Lines, JSON, CSV, Parquet and plain text, packed or not, in UTF-8, UTF-16, GB18030 and BIG5. Rows are
kept; or a stage drops them (too_short, little_chinese, duplicate, over_quota); or they could not be read to begin with
(not_json, undecodable, no_text, empty_file, truncated and others). raw/README.md says what lies where.
"""

from dataclasses import replace
from pathlib import Path

from medgo_data import Clean, Corpus, Dedup, Sample
from medgo_data.sources import Json, JsonLines, Parquet, Table, Text, Turns

RAW = Path(__file__).parent / "raw"
LICENSE = "Apache-2.0"

# Documents, listed by trust: of two copies, that of the earlier source stays.
guidelines = Text(name="guidelines", files=f"{RAW}/guidelines/*.txt", license=LICENSE, category="clinical guideline")
formulary = Table(
    name="formulary",
    files=f"{RAW}/formulary/*.csv",
    license=LICENSE,
    category="drug formulary",
    fields={"title": "藥品名稱", "text": ("藥品名稱", "成分", "用途", "用法用量", "注意事項", "常見副作用")},
)
leaflets = JsonLines(
    name="leaflets",
    files=f"{RAW}/leaflets/*.jsonl*",
    license=LICENSE,
    category="drug leaflet",
    fields={"title": "meta.name", "text": "content"},
)
encyclopedia = Parquet(
    name="encyclopedia",
    files=f"{RAW}/encyclopedia/*.parquet",
    license=LICENSE,
    category="encyclopedia",
    fields={"title": "entry", "text": "body"},
)
complaints = Table(
    name="complaints",
    files=f"{RAW}/complaints/*.csv",
    license=LICENSE,
    category="chief complaint",
    fields={"text": ("主诉", "现病史")},
)
broken = replace(leaflets, name="broken", files=f"{RAW}/broken/*")  # leaflets, after a bad journey

# Conversations: whatever a raw file calls its speakers, a row has user and assistant.
consultations = JsonLines(
    name="consultations",
    files=f"{RAW}/dialogues/*.jsonl",
    license=LICENSE,
    gives="chat",
    category="doctor-patient dialogue",
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

# Pre-training: all documents in one corpus, so that a copy is found whichever source it hides in.
pretrain = Corpus(
    "pretrain",
    [guidelines, formulary, leaflets, encyclopedia, complaints, broken],
    [Clean(min_chars=20, min_han=0.3), Dedup(), Sample(quota={"leaflets": 48, "complaints": 40})],
)

# Instructions: a corpus may stand on others, and each of them is built once.
dialogues = Corpus("dialogues", [consultations, instructions])
safety = Corpus("safety", [prompts])
sft = Corpus("sft", [dialogues, safety], [Sample(quota={"prompts": 20})])
