"""One page about evaluations: the papers' tables with ours beside them, which differences are real, and every single item.

The page needs nothing from elsewhere. What a model has said is data on it and never markup.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from medgo_train.evaluate import compare, evaluated, published, report_choice
from medgo_train.evaluate.compare import Comparison
from medgo_train.evaluate.evaluated import Evaluation, Row
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.page import (
    BLANK,
    Inside,
    Mark,
    Markup,
    Section,
    both,
    chance,
    count,
    data,
    dot,
    dots,
    el,
    join,
    share,
    table,
    whole,
)
from medgo_train.evaluate.statistics import wilson

MANY = 0.05  # the share of unusable replies that is pointed out
PRINTED = ("bleu1", "bleu2", "bleu4", "rouge1", "rouge2", "rougeL", "entity_f1", "distinct2")  # of open answers
KINDS = {
    "cblue": ("CBLUE 3.0", "MedGo's table"),
    "choice": ("选择题", "Multiple choice"),
    "open": ("开放问答", "Open answers"),
    "judged": ("模型评判", "Judged by a model"),
    "scale": ("态度量表", "Attitude scales"),
}


def write(folders: Iterable[Path | str], page: Path | str | None = None) -> Path:
    """The page about the evaluations in these folders; the first is compared with each other one, and has the page in it."""
    found = evaluated.read(folders)
    if not found:
        raise EvaluationError("no evaluation is named. Give one folder with an evaluation.json, or several.")
    page = Path(page) if page else found[0].folder / "report.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(Page(found).text.encode("utf-8", "replace"))  # a half of a character is none
    return page


@dataclass(frozen=True)
class Page:
    found: Sequence[Evaluation]

    @property
    def text(self) -> str:
        sections = [
            self.models(),
            *(self.kind(kind) for kind in KINDS),
            self.differences(),
            self.understood(),
            report_choice.positions(self.found, self.of_kind("choice")),
            report_choice.quality(self.found, self.of_kind("choice"), self.rows),
            self.contamination(),
            self.cost(),
            self.drill(),
        ]
        kept = [one for one in sections if one]
        links = [el("a", both(zh, en), href=f"#{name}") for name, zh, en, _ in kept]
        title = " · ".join(one.label for one in self.found)
        parts = [el("section", el("h2", both(zh, en)), inside, id=name) for name, zh, en, inside in kept]
        head = el("header", el("p", both("评测报告", "Evaluation report"), class_="eyebrow"), el("h1", title))
        return whole(title, head, el("nav", links), parts, self.embedded())

    @cached_property
    def names(self) -> list[str]:
        return list(evaluated.names(self.found))

    @cached_property
    def rows(self) -> dict[tuple[int, str], list[Row]]:
        return {(at, name): one.rows(name) for at, one in enumerate(self.found) for name in one.tasks}

    @cached_property
    def pairs(self) -> list[Comparison]:
        """The first beside each other one, as the command compares them; nothing, where they have no task in common."""
        try:
            return compare.comparisons([one.folder for one in self.found]) if len(self.found) > 1 else []
        except EvaluationError:  # a page of two that cannot be compared is a page all the same
            return []

    def of_kind(self, kind: str) -> list[str]:
        return [
            name
            for name in self.names
            if any(one.tasks[name]["kind"] == kind for one in self.found if name in one.tasks)
        ]

    def task(self, name: str) -> Mapping[str, Any]:
        return next(one.tasks[name] for one in self.found if name in one.tasks)

    # ---- what was asked ----------------------------------------------------------------------------------------------

    def models(self) -> Section:
        lines = []
        for at, one in enumerate(self.found):
            model = one.told.get("model") or {}
            run = model.get("run") or {}
            corpora = ", ".join(f"{each['corpus']}@{str(each['version'])[:12]}" for each in run.get("data", []))
            asking = ", ".join(
                f"{key} {value}" for key, value in (one.told.get("asking") or {}).items() if value not in (None, "", {})
            )
            lines.append([
                join(dot(at), one.label), model.get("name") or BLANK, model.get("road") or BLANK,
                el("code", str(model.get("digest") or BLANK)[:12]), run.get("stage") or BLANK, corpora or BLANK, asking or BLANK,
            ])  # fmt: skip
        head = [both("评测", "evaluation"), both("模型", "model"), both("途径", "by way of"), both("权重摘要", "digest"),
                both("训练阶段", "stage"), both("训练数据", "trained on"), both("作答方式", "asking")]  # fmt: skip
        rules: dict[tuple[str, ...], Inside] = {}
        for one, name in [(one, name) for name in self.names for one in self.found if name in one.tasks]:
            profile, metric, said = (_told(one.tasks[name], key) for key in ("profile", "metric", "definition"))
            rules.setdefault(
                (name, profile, join(el("b", metric), el("span", said, class_="by"))), count(one.tasks[name]["items"])
            )
        tasks = table(
            [both("任务", "task"), both("规则", "profile"), both("指标及定义", "metric and its definition"), both("题数", "items")],
            [[*rule, many] for rule, many in rules.items()],
            numbers=3,
        )  # fmt: skip
        return "models", "模型与任务", "Models and tasks", join(table(head, lines, numbers=9), tasks)

    # ---- the papers' tables ------------------------------------------------------------------------------------------

    def kind(self, kind: str) -> Section | None:
        names = self.of_kind(kind)
        if not names:
            return None
        zh, en = KINDS[kind]
        inside = [self._scores(names, kind), self._means(kind), el("p", both(*published.LACKING[kind]), class_="note")]
        if kind == "scale":
            inside.insert(1, self._subscales(names))
        if kind == "judged":
            inside.insert(1, self._judges(names))
        return f"kind-{kind}", zh, en, join(inside)

    def _scores(self, names: Sequence[str], kind: str) -> Markup:
        systems = list(dict.fromkeys(one.system for name in names for one in published.of(name)))
        lacking = {"cblue": ["MedGo"], "choice": ["MedGo-32B"], "scale": ["ChiMed-GPT"], "judged": ["Aquila-Med"]}
        systems += [one for one in lacking.get(kind, []) if one not in systems]
        head = [both("任务", "task"), *(join(dot(at), one.label) for at, one in enumerate(self.found))]
        head += [join(system, el("span", both("已发表", "published"), class_="by")) for system in systems]
        lines: list[list[Inside]] = []
        sources: dict[str, None] = {}
        plotted: list[tuple[str, list[Mark]]] = []
        for name, column in [(each, column) for each in names for column in self._columns(each)]:
            said = {one.system: one for one in published.of(name) if one.column == column}
            sources |= {one.source: None for one in said.values()}
            several = len(self._columns(name)) > 1
            lines.append([
                join(name, el("span", column, class_="by") if several else None),
                *(self._score(one, name, column, kind) for one in self.found),
                *(f"{said[system].value:.4g}" if system in said else BLANK for system in systems),
            ])  # fmt: skip
            if kind != "scale":
                plotted.append((f"{name} {column}" if several else name, self._marks(name, column, said.values())))
        told = [
            table(
                head,
                lines,
                caption=both("百分制；下行为 95 % 区间。", "Out of 100; below, the 95 % interval.")
                if kind != "scale"
                else None,
            )
        ]
        if plotted:
            told.append(el("figure", dots(plotted, 0, 100), el("figcaption", self._key(systems=bool(sources)))))
        if sources:
            told.append(
                el(
                    "p",
                    both("已发表分数的出处：", "Published scores are those of: "),
                    "; ".join(sources),
                    class_="note",
                )
            )
        return join(told)

    def _columns(self, name: str) -> list[str]:
        """The headline numbers of a task, "" where it has one of no other name; of open answers all that papers print."""
        every = [one.tasks[name] for one in self.found if name in one.tasks]
        known = [key.removeprefix(name).strip() for task in every for key in task["columns"]]
        extra = [key for task in every if task["kind"] == "open" for key in PRINTED if key in task["numbers"]]
        return list(dict.fromkeys([*known, *extra]))

    def _value(self, one: Evaluation, name: str, column: str) -> float | None:
        task = one.tasks.get(name)
        if task is None:
            return None
        places = (column, f"{name} {column}".strip())
        found = next((task["columns"][key] for key in places if key in task["columns"]), task["numbers"].get(column))
        return float(found) if isinstance(found, int | float) else None

    def _interval(self, one: Evaluation, name: str, column: str) -> tuple[float, float] | None:
        task = one.tasks[name]
        first = next((key for key in self._columns(name) if self._value(one, name, key) is not None), "")
        return tuple(task["interval"]) if task.get("interval") and column == first else None

    def _score(self, one: Evaluation, name: str, column: str, kind: str) -> Inside:
        value = self._value(one, name, column)
        if value is None or math.isnan(value):
            return BLANK
        times = 1 if kind == "scale" else 100
        limits = self._interval(one, name, column)
        told = el("span", f"{limits[0] * times:.1f}–{limits[1] * times:.1f}", class_="by") if limits else None
        profiles = {each.tasks[name].get("profile") for each in self.found if name in each.tasks}
        rule = el("span", _told(one.tasks[name], "profile"), class_="by") if len(profiles) > 1 else None
        return join(f"{value * times:.1f}", told, rule)

    def _marks(self, name: str, column: str, said: Iterable[published.Published]) -> list[Mark]:
        marks: list[Mark] = []
        for at, one in enumerate(self.found):
            if (value := self._value(one, name, column)) is not None and not math.isnan(value):
                low, high = [100 * limit for limit in self._interval(one, name, column) or ()] or (None, None)
                marks.append((100 * value, low, high, f"m{at % 6}", f"{one.label}: {100 * value:.1f}"))
        for each in said:
            low, high = (
                [100 * x for x in wilson(each.value / 100 * each.items, each.items)] if each.items else (None, None)
            )
            marks.append((each.value, low, high, "published", f"{each.system}: {each.value:g} ({each.source})"))
        return marks

    def _key(self, *, systems: bool = False) -> Markup:
        ours = [el("span", dot(at), one.label) for at, one in enumerate(self.found)]
        theirs = el("span", el("i", class_="diamond"), both("已发表", "published")) if systems else None
        return el("span", ours, theirs, class_="key")

    def _means(self, kind: str) -> Markup | None:
        if kind != "cblue" or not any(one.told.get("overall") for one in self.found):
            return None
        told = []
        for at, one in enumerate(self.found):
            if overall := one.told.get("overall"):
                lacks = overall.get("lacking") or []
                many = len(overall["columns"])
                told.append([
                    join(dot(at), one.label), overall["profile"], f"{100 * overall['value']:.1f}",
                    f"{many} / {many + len(lacks)}", ", ".join(lacks) or BLANK,
                ])  # fmt: skip
        head = [
            both("评测", "evaluation"),
            both("规则", "profile"),
            both("平均分", "mean"),
            both("列数", "columns"),
            both("未评", "lacking"),
        ]
        said = both(
            "各列不加权平均；IMCS-V2-SR 计两列。缺列的平均分不能与整榜相比。",
            "The unweighted mean of all columns, of which IMCS-V2-SR has two. A mean that lacks columns is not that of the board.",
        )
        return join(
            el("h3", both("总平均", "Overall")), table(head, told, numbers=2, words=(4,)), el("p", said, class_="note")
        )

    def _subscales(self, names: Sequence[str]) -> Markup:
        lines = []
        for name in names:
            for at, one in enumerate(self.found):
                for part, each in (_more(one, name).get("subscales") or {}).items():
                    score = each.get("score")
                    told = (
                        join(
                            f"{score['value']:.1f}", el("span", f"{score['low']:.1f}–{score['high']:.1f}", class_="by")
                        )
                        if score
                        else both("拒答过多", "too much refused")
                    )
                    lines.append(
                        [
                            join(name, el("span", part, class_="by")),
                            join(dot(at), one.label),
                            told,
                            f"{each['lowest']}–{each['highest']}",
                            share(each.get("refused")),
                        ]
                    )
        head = [
            both("分量表", "subscale"),
            both("评测", "evaluation"),
            both("得分", "score"),
            both("范围", "range"),
            both("未作答", "not answered"),
        ]
        return join(el("h3", both("分量表", "Subscales")), table(head, lines, numbers=2))

    def _judges(self, names: Sequence[str]) -> Markup:
        lines: list[list[Inside]] = []
        for name, at, one in [
            (name, at, one) for name in names for at, one in enumerate(self.found) if name in one.tasks
        ]:
            more = _more(one, name)
            counts, first = more.get("counts") or {}, more.get("first") or {}
            apart = [count(counts.get(key)) for key in ("a", "tie", "b")] if "a" in counts else [BLANK] * 3
            sure = el("span", f"{share(first['low'])} – {share(first['high'])}", class_="by") if first else None
            lines.append([name, join(dot(at), one.label), str(more.get("judge") or BLANK), str(more.get("against") or BLANK),
                          *apart, share(more.get("flipped")), join(share(first.get("value")), sure)])  # fmt: skip
        head = [both("任务", "task"), both("评测", "evaluation"), both("评判者", "judge"), both("对手", "against"), both("胜", "better"), both("平", "tie"), both("负", "worse"), both("换序即变", "flips with the order"), both("偏向先出现者", "for the first shown")]  # fmt: skip
        said = both(
            "每对回答以两种先后次序各评一次，次序一换结论即变的记为平局；“偏向先出现者”为点名一方的结论中指向先出现者的比例，50 % 为无偏。",
            "Each pair is judged in both orders; a verdict that turns with the order is a tie. For the first shown: of the verdicts that name one, the share that names it; 50 % is none.",
        )
        return join(el("h3", both("评判", "The judge")), table(head, lines, numbers=4), el("p", said, class_="note"))

    # ---- between models ----------------------------------------------------------------------------------------------

    def differences(self) -> Section | None:
        if not self.pairs:
            return None
        inside: list[Inside] = []
        for pair, other in zip(self.pairs, self.found[1:], strict=True):
            inside.append(el("h3", join(self.found[0].label, " − ", other.label)))
            lines = []
            for each in pair.differences:
                apart = each.difference
                least = f"{100 * each.detectable:.1f}" if math.isfinite(each.detectable) else BLANK
                lines.append([
                    each.task, count(each.items), join(f"{100 * apart.value:+.1f}", el("span", f"{100 * apart.low:+.1f} … {100 * apart.high:+.1f}", class_="by")),
                    f"{each.only_a} : {each.only_b}", chance(each.p), chance(each.p_holm),
                    el("b", both("是", "yes"), class_="real") if each.real else both("否", "no"), least,
                    each.test,
                ])  # fmt: skip
            head = [both("任务", "task"), both("题数", "items"), both("差值", "difference"), both("各自较优题数", "better on"), "p",
                    both("Holm 校正 p", "p after Holm"), both("差异可信", "real"), both("可检出最小差", "least detectable"), both("检验", "test")]  # fmt: skip
            marks = [
                (each.task, [(100 * each.difference.value, 100 * each.difference.low, 100 * each.difference.high, "real" if each.real else "chance", f"{each.task}: {100 * each.difference.value:+.1f}, p {chance(each.p_holm)}")])
                for each in pair.differences
            ]  # fmt: skip
            if lines:
                far = max(
                    [
                        1.0,
                        *(
                            100 * abs(limit)
                            for each in pair.differences
                            for limit in (each.difference.low, each.difference.high)
                        ),
                    ]
                )
                inside += [
                    table(head, lines, words=(8,)),
                    el(
                        "figure",
                        dots(marks, -far, far, zero=True),
                        el(
                            "figcaption",
                            both(
                                f"左侧 {other.label} 较好，右侧 {self.found[0].label} 较好；实心为校正后可信的差异。",
                                f"To the left {other.label} is better, to the right {self.found[0].label}; what is filled is real after Holm.",
                            ),
                        ),
                    ),
                ]
            if pair.left_out:
                told = " ".join(pair.left_out)
                inside.append(el("p", both("未比较：", "Not compared: "), told, class_="note"))
        said = both(
            "同一批题目逐题配对；对错题用 McNemar 检验（mid-p），平均分用置换检验，F1 等非平均指标以整份答案互换后重算检验，成组题目按组计。所有任务与模型对一起按 Holm 校正。",
            "The same items, in pairs: McNemar's test (mid-p) of right and wrong, a permutation of means, and of a number that is no mean, "
            "such as F1, by exchanging answers; groups of items count as groups. p is raised after Holm over all tasks and pairs together.",
        )
        return "differences", "模型之间的差异", "Differences between models", join(inside, el("p", said, class_="note"))

    # ---- what replies were -------------------------------------------------------------------------------------------

    def understood(self) -> Section:
        lines: list[list[Inside]] = []
        fine = 0
        for name, at, one in [(name, at, one) for name in self.names for at, one in enumerate(self.found)]:
            task = one.tasks.get(name)
            bad = [task.get(key) or 0 for key in ("missing", "empty", "invalid", "extra")] if task else []
            if task and any(bad):
                kind = "care" if sum(bad[:3]) > MANY * task["items"] else None
                cells = (el("span", count(each), class_=kind if each else "soft") for each in bad)
                lines.append([name, join(dot(at), one.label), count(task["items"]), *cells])
            fine += bool(task) and not any(bad)
        head = [both("任务", "task"), both("评测", "evaluation"), both("题数", "items"), both("缺失", "missing"), both("空", "empty"), both("无法解析", "invalid"), both("多余", "extra")]  # fmt: skip
        said = both(
            f"另有 {fine} 组（任务 × 评测）的回复全部可用。缺失、空与无法解析的回复一律不得分，也不从分母中去掉。",
            f"Of {fine} more (task and evaluation) every reply was understood. What is missing, empty or invalid is never right, and never leaves the denominator.",
        )
        inside = join(table(head, lines, numbers=2) if lines else None, el("p", said, class_="note"))
        return "understood", "回复的可用性", "What was understood", inside

    # ---- contamination, cost -----------------------------------------------------------------------------------------

    def contamination(self) -> Section:
        lines: list[list[Inside]] = []
        rules: dict[str, None] = {}
        unknown = [one.label for one in self.found if one.told.get("contamination") is None]
        for at, one in enumerate(self.found):
            for name, each in (one.told.get("contamination") or {}).items():
                rules[str(each.get("rule", ""))] = None
                found = each.get("found", 0)
                without = self._without(at, name, set(map(str, each.get("ids", []))))
                lines.append([
                    name, join(dot(at), one.label), count(each["items"]), el("span", count(found), class_="care" if found else None),
                    share(each.get("share")), without, ", ".join(each.get("of", [])),
                ])  # fmt: skip
        head = [both("任务", "task"), both("评测", "evaluation"), both("题数", "items"), both("在训练数据中", "in the training data"), both("比例", "share"),
                both("去除后得分", "score without them"), both("训练数据", "trained on")]  # fmt: skip
        inside: list[Inside] = [table(head, lines, numbers=2, words=(6,))] if lines else []
        if unknown:
            told = ", ".join(unknown)
            inside.append(
                el(
                    "p",
                    both(
                        f"未检查：{told}。没有检查不等于没有污染。",
                        f"Not checked: {told}. What was not checked is not clean.",
                    ),
                    class_="care said",
                )
            )
        return (
            "contamination",
            "数据污染",
            "Contamination",
            join(inside, [el("p", rule, class_="note") for rule in rules if rule]),
        )

    def _without(self, at: int, name: str, ids: set[str]) -> str:
        """The mean score of the items that are not in the training data."""
        scores = [
            row["score"]
            for row in self.rows.get((at, name), [])
            if row.get("score") is not None and row["id"] not in ids
        ]
        return f"{100 * math.fsum(scores) / len(scores):.1f}" if ids and scores else BLANK

    def cost(self) -> Section:
        lines = []
        for at, one in enumerate(self.found):
            every = [task.get("asked") or {} for task in one.tasks.values()]
            told = {
                key: _sum(each.get(key) for each in every)
                for key in ("requests", "prompt_tokens", "completion_tokens", "seconds", "cost")
            }
            requests = told["requests"] or 0
            lines.append([
                join(dot(at), one.label), *(count(told[key]) for key in ("requests", "prompt_tokens", "completion_tokens")),
                _seconds(told["seconds"]), _seconds(told["seconds"] / requests if told["seconds"] and requests else None),
                BLANK if told["cost"] is None else f"{told['cost']:,.4g}",
            ])  # fmt: skip
        head = [
            both("评测", "evaluation"),
            both("请求", "requests"),
            both("输入词元", "prompt tokens"),
            both("输出词元", "reply tokens"),
            both("用时", "time"),
            both("每次", "a request"),
            both("费用", "cost"),
        ]
        return "cost", "开销", "Cost", table(head, lines)

    # ---- every item --------------------------------------------------------------------------------------------------

    def drill(self) -> Section:
        inside = [
            el("div", [
                el("label", both("任务", "task"), el("select", id="task")),
                el("label", both("评测", "evaluation"), el("select", id="model")),
                el("label", both("显示", "show"), el("select", [
                    el("option", text, value=value) for value, text in (
                        ("all", "全部 · all"), ("wrong", "未得满分 · not right"), ("invalid", "无法解析 · invalid"), ("empty", "空 · empty"),
                        ("missing", "缺失 · missing"), ("differs", "模型之间不同 · models differ"), ("seen", "在训练数据中 · in the training data"),
                    )
                ], id="filter")),
                el("label", both("查找", "find"), el("input", id="find", type="search", autocomplete="off")),
            ], class_="controls"),
            el("p", id="count", aria_live="polite", class_="note"),
            el("div", id="items"),
            el("button", both("更多", "more"), id="more", type="button", hidden=""),
            el("noscript", both("逐题浏览需要启用本页自带的脚本。", "To look at items, let the page's own script run.")),
        ]  # fmt: skip
        return "drill", "逐题查看", "Item by item", join(inside)

    def embedded(self) -> Markup:
        """Everything that the script shows: the models, and a block of rows for each task, each prompt once."""
        told: list[Markup] = []
        tasks = []
        for number, name in enumerate(self.names):
            prompts: dict[str, int] = {}
            rows: list[list[Any] | None] = []
            for at in range(len(self.found)):
                mine = self.rows.get((at, name))
                rows.append(None if mine is None else [_packed(row, prompts) for row in mine])
            seen = [
                sorted(map(str, ((one.told.get("contamination") or {}).get(name) or {}).get("ids", [])))
                for one in self.found
            ]
            told.append(
                data(
                    f"rows-{number}",
                    {"prompts": [json.loads(prompt) for prompt in prompts], "rows": rows, "seen": seen},
                )
            )
            tasks.append(name)
        return join(data("index", {"tasks": tasks, "models": [one.label for one in self.found]}), told)


def _packed(row: Row, prompts: dict[str, int]) -> list[Any]:
    prompt = json.dumps(row.get("prompt") or [], ensure_ascii=False)
    at = prompts.setdefault(prompt, len(prompts))
    return [
        row["id"],
        row.get("group"),
        at,
        *(row.get(key) for key in ("replies", "value", "state", "gold", "numbers", "score")),
    ]


def _more(one: Evaluation, name: str) -> Mapping[str, Any]:
    return (one.tasks.get(name) or {}).get("more") or {}


def _told(task: Mapping[str, Any], key: str) -> str:
    return str(task.get(key) or BLANK)


def _seconds(value: float | None) -> str:
    if value is None:
        return BLANK
    return f"{value:.2f} s" if value < 60 else f"{value / 60:.1f} min" if value < 3600 else f"{value / 3600:.1f} h"


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None
