"""DrugQA writes >= 10,000 rows a CPU second, opens no more than 5 % of its questions alike, and reaches the end of every section.

The leaflets are invented, of three kinds: one page, as of what is sold without prescription; some 5,000 characters; and 50 kB. Rows per
CPU second are those of the stage in one process with one thread of polars; the claim is about up to 200 characters of leaflet
for each row, for of longer ones most of the time goes into reading. MEDGO_REAL_DATA adds real leaflets.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

import polars as pl

from common import Size, apart, asked, clock, median, tell

SPEED, ALIKE, READ = 10_000, 0.05, 200
LEAFLETS, RUNS = Size(4000, 600), Size(5, 3)
KINDS = {"600 characters": 1.0, "5,000 characters": 11.0, "50 kB": 38.0}  # times the shortest
SHARE = {"600 characters": 1.0, "5,000 characters": 0.5, "50 kB": 0.05}  # of LEAFLETS
REAL = ("CareGPT_drug.json.gz", "leaflet/*.txt")

SYLLABLES = "安宁舒洛维康欣平润泽克瑞达美佳悦清益和健仁德善通利奇雅诺贝卡拉米多西"
WORDS = """
片 胶囊 颗粒 口服液 缓释片 注射液 滴眼液 软膏 丸 糖浆
孕妇 哺乳期妇女 老年患者 儿童 肝功能不全者 肾功能不全者 高血压患者 糖尿病患者 过敏体质者 青光眼患者 驾驶员
禁用 慎用 应在医师指导下使用 应减量使用 使用时应监测血压 不宜使用 用药前应告知医师
恶心 呕吐 头晕 头痛 皮疹 瘙痒 口干 便秘 腹泻 心悸 乏力 失眠 水肿 转氨酶升高
抗酸药 华法林 利尿药 降糖药 降压药 镇静药 酒精 西柚汁 口服避孕药 抗菌药
轻度不适 上呼吸道感染 原发性高血压 2型糖尿病 消化不良 过敏性鼻炎 骨关节痛 失眠 皮炎 便秘
"""
FORMS, WHO, WHAT, SIGNS, DRUGS, ILLS = (line.split() for line in WORDS.strip().splitlines())


class Writer:
    """Leaflets, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def leaflet(self, size: float) -> str:
        dice = self.dice
        name = "".join(dice.choices(SYLLABLES, k=3)) + dice.choice(FORMS)
        bodies = {
            "药品名称": f"\n通用名称：{name}",
            "成份": f"本品主要成份为{name[:3]}。辅料为淀粉、硬脂酸镁。",
            "性状": f"本品为{dice.choice(('白色', '淡黄色', '棕色'))}制剂；气微，味苦。",
            "适应症": f"用于{'、'.join(dice.sample(ILLS, 2))}。" + self.prose(self.ill, size / 4),
            "规格": f"{dice.randint(1, 50) * 5}mg",
            "用法用量": self.dose() + self.listed(self.dose, size / 3),
            "不良反应": dice.choice(("尚不明确。", self.listed(self.reaction, size))),
            "禁忌": self.listed(self.warning, size / 5),
            "注意事项": self.listed(self.warning, size / 2),
            "孕妇及哺乳期妇女用药": dice.choice(("尚不明确。", self.prose(self.warning, size / 6))),
            "儿童用药": dice.choice(("尚不明确。", self.prose(self.dose, size / 8))),
            "老年用药": dice.choice(("尚不明确。", "老年人应从小剂量开始。")),
            "药物相互作用": self.listed(self.meeting, size / 2),
            "药物过量": f"过量可出现{self.signs()}，应停药并给予对症治疗。",
            "药理毒理": self.prose(self.ill, size * 1.5),
            "药代动力学": self.prose(self.fate, size / 2),
            "贮藏": "密封，置阴凉干燥处。",
            "有效期": f"{dice.choice((18, 24, 36))}个月",
            "批准文号": f"示药准字H{dice.randint(10**7, 10**8 - 1)}",
        }
        return "\n".join(f"【{head}】{body}" for head, body in bodies.items())

    def signs(self) -> str:
        return "、".join(self.dice.sample(SIGNS, 3))

    def ill(self) -> str:
        return f"可缓解{self.dice.choice(ILLS)}引起的{self.signs()}，一般{self.dice.randint(1, 14)}天内起效。"

    def dose(self) -> str:
        when = self.dice.choice(("饭后服用", "饭前服用", "睡前服用", "与进食无关"))
        return f"{self.dice.choice(WHO)}口服，一次{self.dice.randint(1, 9) * 5}mg，一日{self.dice.randint(1, 4)}次，{when}。"

    def reaction(self) -> str:
        return f"{self.dice.choice(('常见', '少见', '罕见', '偶见'))}：{self.signs()}，发生率约{self.dice.randint(1, 99) / 10}%。"

    def warning(self) -> str:
        return f"{self.dice.choice(WHO)}{self.dice.choice(WHAT)}；如出现{self.signs()}，应停药并就医。"

    def meeting(self) -> str:
        return f"与{self.dice.choice(DRUGS)}合用时，血药浓度可变化{self.dice.randint(5, 80)}%，应间隔{self.dice.randint(1, 6)}小时。"

    def fate(self) -> str:
        return f"口服后{self.dice.randint(1, 8)}小时达峰，半衰期约{self.dice.randint(2, 40)}小时，{self.dice.randint(10, 99)}%经肾排泄。"

    def prose(self, sentence: Any, many: float) -> str:
        return "".join(sentence() for _ in range(max(1, round(many * 3))))

    def listed(self, sentence: Any, many: float) -> str:
        start, marks = self.dice.choice((("\n", "{}."), ("", "{}．"), ("\n", "（{}）"), ("", "({})")))
        between = "\n" if start else ""
        return start + between.join(marks.format(n) + sentence() for n in range(1, max(2, round(many * 3)) + 1))


def docs(texts: list[str], titles: list[str | None]) -> pl.DataFrame:
    """Rows as a build hands them to a stage."""
    number = pl.int_range(len(texts)).cast(pl.String)
    same = {"source": "leaflets", "license": "invented", "category": "drug leaflet", "origin": "l.jsonl"}
    return pl.DataFrame({"text": texts, "title": titles}, schema={"text": pl.String, "title": pl.String}).with_columns(
        pl.lit(None, pl.String).alias("drop"),
        id=pl.lit("leaflets/l.jsonl#0-") + number,
        **{k: pl.lit(v) for k, v in same.items()},
    )


def measured(given: pl.DataFrame, runs: int, per_leaflet: int | None) -> tuple[float, int, Counter[str]]:
    """CPU seconds, rows, and how often the questions open alike, the drug's name taken out."""
    from medgo_data.synth.drug_qa import DrugQA

    stage, seconds = DrugQA(per_leaflet=per_leaflet), []
    stage(given.head(50))
    for _ in range(runs):
        with clock() as spent:
            out = stage(given)
        seconds.append(spent().cpu)
    born = out.filter(pl.col("parent").is_not_null())
    return median(seconds), born.height, Counter(_openings(born, given))


def _openings(born: pl.DataFrame, given: pl.DataFrame) -> list[str]:
    from medgo_data.synth.drug_sections import drug, placed

    names = {i: drug(text, title, placed(text)) for i, text, title in given.select("id", "text", "title").rows()}
    asked = born.select("parent", said=pl.col("messages").list.first().struct.field("content")).rows()
    return [said.replace(names[parent] or "", "某")[:4] for parent, said in asked]


def unreached(texts: list[str]) -> tuple[int, int]:
    """Sections in all, and those of which the end is in no answer."""
    from medgo_data.synth.drug_qa import DrugQA
    from medgo_data.synth.drug_questions import OFFICE
    from medgo_data.synth.drug_sections import placed, silent

    out = DrugQA(per_leaflet=None)(docs(texts, [None] * len(texts)))
    cited = out.filter(pl.col("parent").is_not_null()).group_by("parent").agg(pl.col("cites").explode())
    ends = {parent: {int(cite.split("-")[1]) for cite in cites} for parent, cites in cited.rows()}
    every = [
        (f"leaflets/l.jsonl#0-{n}", section.end)
        for n, text in enumerate(texts)
        for section in placed(text)
        if section.name not in OFFICE and silent(section.name, text[section.start : section.end]) in (None, "unclear")
    ]
    return len(every), sum(end not in ends.get(name, ()) for name, end in every)


def real(folder: str) -> tuple[list[str], list[str | None]]:
    from medgo_data.corpus import Piece
    from medgo_data.sources import DrugLeaflets

    sources = [DrugLeaflets(files=f"{folder}/data/drug/{files}", license="various") for files in REAL]
    read = pl.concat([frame for one in sources for raw in one.raw for frame in one.read(Piece(raw))], how="diagonal")
    return read["text"].to_list(), read["title"].to_list()


def main() -> None:
    told = asked(__doc__)
    runs, rows, met, figures = RUNS.of(told), [], True, {}
    sets: dict[str, tuple[list[str], list[str | None]]] = {}
    for kind, size in KINDS.items():
        writer = Writer(7)
        texts = [writer.leaflet(size) for _ in range(max(20, round(LEAFLETS.of(told) * SHARE[kind])))]
        sets[kind] = (texts, [None] * len(texts))
    if folder := os.environ.get("MEDGO_REAL_DATA"):
        sets["real"] = real(folder)
    for kind, (texts, titles) in sets.items():
        for per_leaflet in (6, None):
            cpu, born, openings = apart(measured, docs(texts, titles), runs, per_leaflet)
            ((most, times),) = openings.most_common(1)
            chars = sum(map(len, texts)) / len(texts)
            met = met and (born / cpu >= SPEED or chars * len(texts) / born > READ) and times / born <= ALIKE
            name = f"{kind}, {per_leaflet or 'all'} a leaflet"
            rows.append((name, chars, chars * len(texts) / born, born, born / cpu, 100 * times / born, most))
            figures[name] = round(born / cpu)
    sections, lost = apart(unreached, [text for text, _ in zip(*sets["50 kB"], strict=True)])
    tell(
        f">= {SPEED:,} rows a CPU second, no opening above 5 %, every section to its end",
        ("", "characters", "to a row", "rows", "rows/CPU s", "most frequent opening, %", ""),
        [*rows, ("sections of 50 kB leaflets, and ends not reached", "", "", sections, lost, "", "")],
        met=met and not lost,
        rows_per_cpu_s=figures,
        unreached=lost,
    )


if __name__ == "__main__":
    main()
