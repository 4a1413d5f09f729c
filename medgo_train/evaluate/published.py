"""What papers say of their models, to stand beside ours: only numbers whose source is known, and what is lacking is said."""

from __future__ import annotations

from dataclasses import dataclass

MEDGO = "MedGo, arXiv 2410.20428, ClinicalQA"
CHIMED = "ChiMed-GPT, arXiv 2311.06025, README"


@dataclass(frozen=True, kw_only=True)
class Published:
    """One number as a paper prints it, out of 100; of how many ``items``, where that is said."""

    system: str
    task: str  # as tasks are called here
    column: str
    value: float
    source: str
    items: int | None = None


PUBLISHED = (
    Published(system="MedGo", task="clinicalqa", column="accuracy", value=78.6, source=MEDGO, items=15_000),
    Published(system="GPT-4o", task="clinicalqa", column="accuracy", value=74.3, source=MEDGO, items=15_000),
    Published(system="Qwen2-72B", task="clinicalqa", column="accuracy", value=65.3, source=MEDGO, items=15_000),
    Published(system="ChiMed-GPT", task="ceval", column="accuracy", value=68.29, source=CHIMED),
    Published(system="ChiMed-GPT", task="cmmlu", column="accuracy", value=52.92, source=CHIMED),
    Published(system="ChiMed-GPT", task="medqa", column="accuracy", value=44.50, source=CHIMED),
    Published(system="ChiMed-GPT", task="chimed", column="bleu1", value=44.58, source=CHIMED),
    Published(system="ChiMed-GPT", task="chimed", column="bleu2", value=37.22, source=CHIMED),
    Published(system="ChiMed-GPT", task="chimed", column="rouge1", value=27.11, source=CHIMED),
    Published(system="ChiMed-GPT", task="chimed", column="rouge2", value=8.89, source=CHIMED),
    Published(system="ChiMed-GPT", task="chimed", column="rougeL", value=19.86, source=CHIMED),
    Published(system="ChiMed-GPT", task="mc_dialogue", column="bleu1", value=33.14, source=CHIMED),
    Published(system="ChiMed-GPT", task="mc_dialogue", column="bleu2", value=30.86, source=CHIMED),
    Published(system="ChiMed-GPT", task="mc_dialogue", column="rouge1", value=43.43, source=CHIMED),
    Published(system="ChiMed-GPT", task="mc_dialogue", column="rouge2", value=34.91, source=CHIMED),
    Published(system="ChiMed-GPT", task="mc_dialogue", column="rougeL", value=42.16, source=CHIMED),
)
LACKING = {  # by the kind of task: what papers have, and no source here gives the number of; Chinese, then English
    "cblue": (
        "MedGo 论文称在 CBLUE 3.0 上排名第一；各任务分数未收录，故留空。公开的 Tianchi 评分程序不存在，本表分数只在所列规则下可比。",
        "MedGo claims the first place on CBLUE 3.0; its scores by task are not on record here, so they are left blank. No scorer of Tianchi's is public: scores compare under the profile that is named, and under no other.",
    ),
    "choice": (
        "MedGo-32B 列出二十项医学评测，其分数未收录，故留空。ChiMed-GPT 的 MedQA 未注明语种。已发表的分数所用提示与答案提取方式可能不同。",
        "MedGo-32B lists twenty medical benchmarks; their scores are not on record here, so they are left blank. Which language of MedQA ChiMed-GPT means is not on record. Published scores may rest on other prompts and extraction.",
    ),
    "open": (
        "已发表的 BLEU 与 ROUGE 的分词方式未知，与本表的按字计算不一定可比。",
        "How published BLEU and ROUGE split words is not on record; they need not compare with ours, over characters.",
    ),
    "scale": (
        "ChiMed-GPT 报告其偏见最小，但其 CAMI 与 MICA 的得分未收录，故留空。",
        "ChiMed-GPT reports the least bias; its scores on CAMI and MICA are not on record here, so they are left blank.",
    ),
    "judged": (
        "Aquila-Med 以大模型评判对话；其评判提示与得分未收录，故留空。",
        "Aquila-Med has dialogues judged by a model; its prompt and scores are not on record here, so they are left blank.",
    ),
}


def of(task: str) -> tuple[Published, ...]:
    """What is published of a task."""
    return tuple(one for one in PUBLISHED if one.task == task.lower())
