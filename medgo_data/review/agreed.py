"""How far reviewers agree, in sentences and tables, on a terminal and as a page: raw agreement, kappa, AC1 and prevalence always together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from medgo_data.review.markup import Inside, Markup, both, count, details, el, en_, join, section, sentence, some, table
from medgo_data.review.measures import WHY
from medgo_data.review.sheet import page as plain

STYLE = Path(__file__).with_name("agreed.css")
Found = Mapping[str, Any]
Said = tuple[str, str]  # in Chinese, and in English
APART = 0.2  # between kappa and AC1: then one label prevails
SHOWN = ("raw", "kappa", "ac1")  # in the plot
WIDE, HIGH, LEFT, RIGHT, TOP, FOOT = 620, 190, 34, 12, 10, 24  # in pixels

TASKS = {
    "check": "问答审核",
    "feedback": "回答反馈",
    "pair": "两两比较",
    "ranking": "排序",
    "options": "选项核对",
    "residual": "脱敏残留检查",
}
LABELS = {
    "accept": "接受",
    "edit": "修改",
    "reject": "拒绝",
    "unsure": "不确定",
    "none": "无正确选项",
    "right": "对",
    "wrong": "错",
    "edit or reject": "修改或拒绝",
}
WHAT = {"accept": ("接受率", "share accepted"), "gold": ("质控题正确率", "accuracy on gold items")}


# ---- numbers -------------------------------------------------------------------------------------------------------


def number(told: Found | None) -> str:
    return "–" if told is None or told["value"] is None else _short(told["value"])


def _short(value: float) -> str:
    """Two digits, and no minus before nought."""
    return f"{round(value, 2) + 0.0:.2f}"


def within(told: Found) -> str:
    """The interval, where there is one."""
    return "" if told["low"] is None else f"{_short(told['low'])}–{_short(told['high'])}"


def spanned(told: Found) -> str:
    return f"{number(told)} ({within(told)})" if within(told) else number(told)


def why(told: Found) -> Said | None:
    """Why there is no number, or no interval."""
    return WHY.get(told["why"]) if told["why"] else None


def _most(prevalence: Mapping[str, float | None]) -> str:
    """The label that is given most, and how often."""
    given = {name: part for name, part in prevalence.items() if part is not None}
    if not given:
        return "–"
    name = max(given, key=lambda each: given[each])
    return f"{name} {given[name]:.0%}"


def _percent(told: Found) -> str:
    """A share with its interval."""
    if told["value"] is None:
        return "–"
    return f"{told['value']:.1%} ({told['low']:.1%}–{told['high']:.1%})"


# ---- in words ------------------------------------------------------------------------------------------------------


def sentences(told: Found) -> list[Said]:
    """What was found, the first sentence first."""
    overall, last = told["overall"], told["adjudication"]
    found: list[Said] = [
        (
            f"{len(told['reviewers'])} 位评审人对 {count(told['items'])} 个条目给出结论，其中 {count(overall['items'])} 个由两人以上评过。",
            f"{some(len(told['reviewers']), 'reviewer')} judged {some(told['items'], 'item')}, {count(overall['items'])} of them by two or more.",
        )
    ]  # fmt: skip
    if not overall["items"]:
        return [*found, WHY["one_reviewer" if len(told["reviewers"]) < 2 else "no_items"], *_gold_said(told)]
    found += [_of_task(name, each) for name, each in told["tasks"].items() if each["items"]]
    found += [_prevails(name, each) for name, each in told["tasks"].items() if _far(each)]
    found.append(
        (
            f"{count(last['disagreed'])} 个条目意见不一，占 {_percent(last['disagreement'])}；已仲裁 {count(last['adjudicated'])} 个，待仲裁 {count(last['waiting'])} 个。",
            f"Reviewers differ on {some(last['disagreed'], 'item')}, {_percent(last['disagreement'])}; {count(last['adjudicated'])} adjudicated, {count(last['waiting'])} waiting.",
        )
    )  # fmt: skip
    return [*found, *_gold_said(told), *_alarms_said(told)]


def _of_task(name: str, each: Found) -> Said:
    zh, raw, kappa, ac1, most = TASKS[name], spanned(each["raw"]), spanned(each["kappa"]), spanned(each["ac1"]), _most(each["prevalence"])  # fmt: skip
    tau = spanned(each["tau"]) if "tau" in each else None
    tau_zh, tau_en = (f"，Kendall τ-b {tau}", f", Kendall's tau-b {tau}") if tau else ("", "")
    return (
        f"{zh}：一致 {raw}，κ {kappa}，AC1 {ac1}{tau_zh}；最多的结论为 {most}（{count(each['items'])} 个条目）。",
        f"{name}: agreement {raw}, kappa {kappa}, AC1 {ac1}{tau_en}; most often {most} ({some(each['items'], 'item')}).",
    )


def _far(each: Found) -> bool:
    kappa, ac1 = each["kappa"]["value"], each["ac1"]["value"]
    return kappa is not None and ac1 is not None and ac1 - kappa > APART


def _prevails(name: str, each: Found) -> Said:
    most = _most(each["prevalence"])
    return (
        f"{TASKS[name]}：{most}，一种结论占绝大多数，κ 因此偏低；请与 AC1、一致率一并看，勿单独引用。",
        f"{name}: {most}. Where one label prevails kappa is low however well reviewers work: read it beside AC1 and raw agreement, never alone.",
    )


def _gold_said(told: Found) -> list[Said]:
    asked = {name: each["gold"] for name, each in told["by_reviewer"].items() if each["gold"]["value"] is not None}
    if not asked:
        return []
    least = min(asked, key=lambda name: float(asked[name]["value"]))
    return [
        (
            f"{len(asked)} 位评审人做过质控题；最低者 {least} 的正确率为 {_percent(asked[least])}。",
            f"{some(len(asked), 'reviewer')} answered gold items; the lowest, {least}, is right in {_percent(asked[least])}.",
        )
    ]


def _alarms_said(told: Found) -> list[Said]:
    drift = told["drift"]
    if not drift["tests"]:
        return []
    if not drift["alarms"]:
        return [
            (
                f"各周之间未见漂移（{drift['tests']} 次 Fisher 检验，Holm 校正，总水平 {drift['level']:g}）。",
                f"No drift from week to week ({some(drift['tests'], 'test')} by Fisher, level {drift['level']:g} in all by Holm).",
            )
        ]
    return [
        (
            f"{a['reviewer']} 在 {a['week']} 的{WHAT[a['what']][0]}为 {a['share']:.0%}，此前为 {a['before']:.0%}（p = {a['p']:.2g}）：请查看是材料变了，还是评审变了。",
            f"{a['reviewer']}: {WHAT[a['what']][1]} {a['share']:.0%} in {a['week']}, {a['before']:.0%} before (p = {a['p']:.2g}). See whether the material changed, or the reviewing.",
        )
        for a in drift["alarms"]
    ]  # fmt: skip


METHOD: list[Said] = [
    (
        "只比较评审人对同一条目（同一任务、同一文本）现行有效的结论；仲裁结论与质控题不计入一致性。",
        "Compared are standing verdicts of reviewers on the same item: the same task and the same text. Adjudicators and gold items stand apart.",
    ),
    (
        "κ：两人时为 Cohen，多人时为 Fleiss（人数不等时按 Gwet 2014）；AC1 为 Gwet 2008；α 为 Krippendorff，名义尺度。",
        "Kappa is Cohen's for two reviewers, Fleiss' for more (as Gwet 2014 has it where their number varies); AC1 is Gwet's (2008); alpha is Krippendorff's, nominal.",
    ),
    (
        "区间为 95%：比例用 Wilson，κ 与 AC1 用大样本公式，α 用按条目的自助法（种子固定）。同一题各选项并不独立，逐选项的区间偏窄。",
        "Intervals are of 95 %: Wilson for shares, large-sample formulas for kappa and AC1, a seeded bootstrap over items for alpha. Options of one question are not independent: intervals by option are too narrow.",
    ),
    (
        "漂移：每周与该评审人此前各周比较，Fisher 精确检验，全部检验合计的误报概率不超过 5%（Holm）。警报只是提请查看。",
        "Drift: each week against all earlier ones of the same reviewer, by Fisher's exact test; the chance of any false alarm in the report is no more than 5 % (Holm). An alarm asks to look, and proves nothing.",
    ),
]  # fmt: skip


# ---- on a terminal -------------------------------------------------------------------------------------------------


def tables(told: Found) -> list[tuple[str, list[str], list[list[Any]]]]:
    """A heading, the columns, the rows."""
    heads = ["items", "raw", "kappa", "AC1", "alpha", "most often"]
    found = [("by task", ["task", *heads], [[name, *_cells(each)] for name, each in _groups(told)])]
    pairs = [(task, each) for task, one in told["tasks"].items() for each in one["pairs"]]
    if pairs:
        found.append(("by pair of reviewers", ["task", "pair", *heads], [[task, " ".join(each["pair"]), *_cells(each)] for task, each in pairs]))  # fmt: skip
    labels = [(task, name, each) for task, one in told["tasks"].items() if one["items"] for name, each in one["by_label"].items()]  # fmt: skip
    if labels:
        rows = [
            [task, name, each["given"], spanned(each["specific"]), spanned(each["kappa"]), spanned(each["ac1"])]
            for task, name, each in labels
            if each["given"]
        ]
        found.append(("by label", ["task", "label", "given", "again by another", "kappa", "AC1"], rows))
    weeks = [(task, name, each) for task, one in told["tasks"].items() for name, each in one["weeks"].items()]
    if weeks:
        found.append(("by week", ["task", "week", *heads], [[task, name, *_cells(each)] for task, name, each in weeks]))
    upheld = told["adjudication"]["upheld"]
    rows = [
        [name, each["read"], "–" if each["seconds"] is None else f"{each['seconds']:.0f} s", _percent(each["gold"]), each["gold"]["items"], _percent(upheld[name]) if name in upheld else "–"]
        for name, each in told["by_reviewer"].items()
    ]  # fmt: skip
    found.append(("reviewers", ["reviewer", "read", "median", "right on gold", "of", "upheld"], rows))
    return found


def _groups(told: Found) -> list[tuple[str, Found]]:
    """Each task, and beside it the same verdicts counted in another way."""
    found: list[tuple[str, Found]] = []
    for task, each in told["tasks"].items():
        found.append((task, each))
        if "collapsed" in each:
            found.append((f"{task}: accept or not", each["collapsed"]))
        if "every_letter" in each:
            found.append((f"{task}: every letter", each["every_letter"]))
            found += [(f"{task}: {letter}", one) for letter, one in each["letters"].items()]
    return found


def _cells(each: Found) -> list[Any]:
    return [each["items"], *(spanned(each[name]) for name in ("raw", "kappa", "ac1", "alpha")), _most(each["prevalence"])]  # fmt: skip


# ---- as a page -----------------------------------------------------------------------------------------------------


def page(told: Found) -> str:
    """One HTML page, which holds no text of a row: reviewers by their aliases, and numbers."""
    parts = [
        section("tasks", "各任务", "By task", _tasks(told)),
        section("weeks", "按周", "By week", _weeks(told)),
        section("reviewers", "评审人", "Reviewers", _reviewers(told)),
        section("drift", "漂移", "Drift", _drift(told)),
        section("adjudication", "仲裁", "Adjudication", _adjudication(told)),
        section("labels", "各结论", "By label", _labels(told)),
        section("pairs", "两两之间", "By pair", _pairs(told)),
        section("method", "算法", "How it was computed", [sentence(*each) for each in METHOD]),
    ]
    title = "评审一致性 Agreement of reviewers"
    return plain(f"{' '.join(told['corpora'])} · {title}", [_head(told, title), parts, _foot()], STYLE)


def _head(told: Found, title: str) -> Markup:
    first, *others = sentences(told)
    alarms = _alarms_said(told) if told["drift"]["alarms"] else []
    lines = [el("code", one) for one in told["corpora"]]
    return el(
        "header",
        el("p", f"medgo · {title}", class_="eyebrow"),
        el("h1", "评审一致性 ", en_("Agreement")),
        el("p", "数据集 ", en_("Corpus"), " ", [join(each, " ") for each in lines], class_="version"),
        sentence(*first, "lead"),
        [el("div", el("b", zh, lang="zh"), en_(en), class_="verdict care", role="note") for zh, en in others if (zh, en) in alarms],
        [sentence(*each) for each in others if each not in alarms],
    )  # fmt: skip


BESIDE: list[Inside] = [both("条目", "Items"), both("一致", "Raw"), both("卡帕", "Kappa"), both("AC1", "Gwet"), both("α", "Alpha"), both("最多的结论", "Most often")]  # fmt: skip


def _beside(each: Found) -> list[Inside]:
    cells: list[Inside] = [count(each["items"])]
    for name in ("raw", "kappa", "ac1", "alpha"):
        one = each[name]
        said = why(one) if one["value"] is None else None
        cells.append(
            [el("b", number(one), title=" ".join(said) if said else None), el("span", within(one), class_="in")]
        )
    return [*cells, el("span", _most(each["prevalence"]), class_="most")]


def _name(task: str) -> Inside:
    start, _, rest = task.partition(": ")
    zh = {"accept or not": "接受与否", "every letter": "全部选项"}.get(rest, rest)
    return [TASKS.get(start, start) + (f"：{zh}" if rest else ""), el("span", task, class_="by", lang="en")]


def _tasks(told: Found) -> Markup:
    rows = [[_name(name), *_beside(each)] for name, each in _groups(told)]
    if len(told["tasks"]) > 1:
        rows.append([both("合计", "All"), *_beside(told["overall"])])
    return join(
        table("95% 区间在下 With intervals of 95 % below", [both("任务", "Task"), *BESIDE], rows, numeric=range(1, 6)),
        _unmeasured(told),
        [_ordinal(each["ordinal"]) for each in told["tasks"].values() if each.get("ordinal", {}).get("value") is not None],
    )  # fmt: skip


def _ordinal(told: Found) -> Markup:
    return sentence(
        f"接受、修改、拒绝按次序看：Krippendorff α（次序尺度）{spanned(told)}。",
        f"With accept, edit and reject as steps: Krippendorff's alpha, ordinal, {spanned(told)}.",
        "note",
    )


def _unmeasured(told: Found) -> list[Markup]:
    """Why a number is missing, each reason once."""
    reasons = {said for _, each in _groups(told) for name in ("raw", "kappa", "ac1", "alpha") if each[name]["value"] is None and (said := why(each[name]))}  # fmt: skip
    return [sentence(f"“–”：{zh}", f"“–”: {en}", "note") for zh, en in sorted(reasons)]


# ---- plots ---------------------------------------------------------------------------------------------------------


def _weeks(told: Found) -> Markup:
    key = [
        el("span", el("i", class_="r"), "一致 raw"),
        el("span", el("i", class_="g"), "卡帕 kappa"),
        el("span", el("i", class_="k"), "AC1"),
    ]
    drawn = [
        el("figure", el("figcaption", _name(task)), _plot(task, each["weeks"]))
        for task, each in told["tasks"].items()
        if len(each["weeks"]) > 1
    ]
    rows = [
        [[name, el("span", TASKS[task], class_="by", lang="zh")], *_beside(each)]
        for task, one in told["tasks"].items()
        for name, each in one["weeks"].items()
    ]
    if not rows:
        return sentence(*WHY["no_items"])
    counted = table(
        "条目归入其最后一条结论所在的周 An item belongs to the week of its last verdict",
        [both("周", "Week"), *BESIDE],
        rows,
        numeric=range(1, 6),
    )
    return join(el("div", key, class_="key", aria_hidden="true") if drawn else None, drawn, details("数字", "Numbers", counted, opened=not drawn))  # fmt: skip


def _plot(task: str, weeks: Mapping[str, Found]) -> Markup:
    names = list(weeks)
    values = [
        one[end]
        for each in weeks.values()
        for name in SHOWN
        if (one := each[name])["value"] is not None
        for end in ("value", "low")
        if one[end] is not None
    ]
    least = min([0.0, *values])
    floor = -(-int(-least * 4 + 0.999) // 1) / -4 if least < 0 else 0.0
    step = (WIDE - LEFT - RIGHT) / max(len(names) - 1, 1)

    def x(k: int) -> float:
        return LEFT + k * step

    def y(value: float) -> float:
        return TOP + (1 - value) / (1 - floor) * (HIGH - TOP - FOOT)

    marks = [0.0, 0.5, 1.0] if floor == 0 else [floor, 0.0, 0.5, 1.0]
    grid = [
        join(
            el("line", x1=LEFT, x2=WIDE - RIGHT, y1=f"{y(m):.1f}", y2=f"{y(m):.1f}", class_="axis"),
            el("text", f"{m:g}", x=LEFT - 6, y=f"{y(m) + 4:.1f}", text_anchor="end", class_="tick"),
        )
        for m in marks
    ]
    every = -(-len(names) // 8)
    ticks = [
        el(
            "text",
            name[2:],
            x=f"{x(k):.1f}",
            y=HIGH - 6,
            text_anchor="start" if not k else "end" if k == len(names) - 1 else "middle",
            class_="tick",
        )
        for k, name in enumerate(names)
        if k % every == 0
    ]
    lines = [
        _line(
            name, [(x(k) + 3 * (n - 1), weeks[week][name]) for k, week in enumerate(names)], y, "; ".join(f"{week}: {spanned(weeks[week][name])}" for week in names)
        )
        for n, name in enumerate(SHOWN)
    ]  # fmt: skip
    title = el("title", f"{task}: raw agreement, kappa and AC1 by week")
    return el("svg", title, grid, ticks, lines, viewBox=f"0 0 {WIDE} {HIGH}", role="img", class_="weeks")


def _line(name: str, points: Sequence[tuple[float, Found]], y: Any, said: str) -> Markup:
    """A line through the weeks that have the number, with a whisker for each interval."""
    known = [(x, one) for x, one in points if one["value"] is not None]
    path = " ".join(f"{'L' if k else 'M'}{x:.1f} {y(one['value']):.1f}" for k, (x, one) in enumerate(known))
    whiskers = [
        el("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=f"{y(max(one['low'], -1)):.1f}", y2=f"{y(one['high']):.1f}", class_=f"whisker {name}")
        for x, one in known
        if one["low"] is not None
    ]  # fmt: skip
    dots = [el("circle", cx=f"{x:.1f}", cy=f"{y(one['value']):.1f}", r=3, class_=name) for x, one in known]
    return el("g", el("desc", f"{name}: {said}"), el("path", d=path or None, class_=name), whiskers, dots)


def _span(told: Found, low: float = 0.0) -> Markup:
    """A share and its interval, on a track from ``low`` to 1."""
    if told["value"] is None:
        return join("–")

    def at(value: float) -> float:
        return 100 * (value - low) / (1 - low)

    shapes = [
        el("rect", x=0, y=6, width=100, height=2, class_="track"),
        el("rect", x=f"{at(told['low']):.2f}", y=4, width=f"{at(told['high']) - at(told['low']):.2f}", height=6, class_="reach"),
        el("rect", x=f"{min(at(told['value']), 99):.2f}", y=1, width=1, height=12, class_="here"),
    ]  # fmt: skip
    return el("svg", el("title", _percent(told)), shapes, viewBox="0 0 100 14", preserveAspectRatio="none", class_="span", role="img")  # fmt: skip


# ---- reviewers -----------------------------------------------------------------------------------------------------


def _reviewers(told: Found) -> Markup:
    upheld = told["adjudication"]["upheld"]
    asked = [each["gold"] for each in told["by_reviewer"].values() if each["gold"]["value"] is not None]
    low = min([0.5, *(int(one["low"] * 10) / 10 for one in asked)])
    rows: list[list[Inside]] = [
        [
            name,
            count(each["read"]),
            "–" if each["seconds"] is None else f"{each['seconds']:.0f} s",
            count(each["gold"]["items"]),
            _percent(each["gold"]),
            _span(each["gold"], low),
            _percent(upheld[name]) if name in upheld else "–",
        ]
        for name, each in told["by_reviewer"].items()
    ]
    heads = [both("评审人", "Reviewer"), both("已评", "Read"), both("用时中位", "Median time"), both("质控题", "Gold items"), both("正确", "Right"), both(f"{low:.0%}–100%", "Wilson, 95 %"), both("仲裁支持", "Upheld")]  # fmt: skip
    shown = table("质控题的正确率与 95% 区间 Accuracy on gold items", heads, rows, numeric=(1, 2, 3, 4, 6), meters=(5,))
    return join(shown, [_confused(name, each) for name, each in told["by_reviewer"].items() if each["confusion"]])


def _confused(name: str, each: Found) -> Markup:
    seen = each["confusion"]
    said = sorted({label for row in seen.values() for label in row} | set(seen))
    rows: list[list[Inside]] = [[right, *(count(row.get(label, 0)) for label in said)] for right, row in seen.items()]
    heads = [both("正确结论", "Right"), *said]
    return details(f"{name}：质控题混淆表", f"{name}: confusion on gold items", table(f"{name}：行为正确结论，列为其结论 rows: what is right, columns: what was said", heads, rows, numeric=range(1, len(heads))))  # fmt: skip


def _drift(told: Found) -> Markup:
    drift = told["drift"]
    alarmed = {(a["reviewer"], a["task"], a["what"], a["week"]) for a in drift["alarms"]}
    rows: list[list[Inside]] = [
        [
            each["reviewer"],
            [WHAT[each["what"]][0], el("span", f"{each['task']} {WHAT[each['what']][1]}".strip(), class_="by", lang="en")],
            name,
            f"{one['yes']}/{one['items']}",
            _percent(one),
            el("span", "请查看 look", class_="alarm") if (each["reviewer"], each["task"], each["what"], name) in alarmed else "",
        ]
        for each in drift["weeks"]
        for name, one in each["weeks"].items()
    ]  # fmt: skip
    said = [sentence(*each, "note") for each in _alarms_said(told)] or [sentence("各周数量不足，尚不能检验。", "No week has enough to be held against another yet.", "note")]  # fmt: skip
    heads = [both("评审人", "Reviewer"), both("指标", "What"), both("周", "Week"), both("数量", "Count"), both("比例", "Share"), both("警报", "Alarm")]  # fmt: skip
    return join(said, details("各周数字", "Numbers by week", table("每位评审人每周 Each reviewer, week by week", heads, rows, numeric=(3, 4))) if rows else None)  # fmt: skip


def _adjudication(told: Found) -> Markup:
    last = told["adjudication"]
    heads = [both("两人以上评过", "Judged by two"), both("意见不一", "Differ"), both("均不确定", "All unsure"), both("已仲裁", "Adjudicated"), both("待仲裁", "Waiting"), both("仲裁率", "Rate")]  # fmt: skip
    row: list[Inside] = [count(last["compared"]), f"{count(last['disagreed'])} ({_percent(last['disagreement'])})", count(last["all_unsure"]), count(last["adjudicated"]), count(last["waiting"]), _percent(last["rate"])]  # fmt: skip
    return table("条目 Items", heads, [row], numeric=range(6))


def _labels(told: Found) -> Markup:
    heads = [both("结论", "Label"), both("次数", "Given"), both("占比", "Share"), both("另一人也如此", "Again by another"), both("卡帕", "Kappa"), both("AC1", "Gwet")]  # fmt: skip
    found = []
    for task, one in told["tasks"].items():
        rows: list[list[Inside]] = [
            [
                [LABELS.get(name, name), el("span", name, class_="by", lang="en") if name in LABELS else None],
                count(each["given"]),
                f"{each['share']:.1%}",
                *([el("b", number(each[key])), el("span", within(each[key]), class_="in")] for key in ("specific", "kappa", "ac1")),
            ]
            for name, each in one["by_label"].items()
            if each["given"]
        ]  # fmt: skip
        if rows:
            found.append(table(f"{TASKS[task]} {task}", heads, rows, numeric=range(1, 6)))
    return join(found) if found else sentence(*WHY["no_items"])


def _pairs(told: Found) -> Markup:
    rows, confusions = [], []
    for task, one in told["tasks"].items():
        labels = list(one["by_label"])
        for each in one["pairs"]:
            pair = " · ".join(each["pair"])
            rows.append([[pair, el("span", TASKS[task], class_="by", lang="zh")], *_beside(each)])
            confusions.append((task, pair, labels, each["confusion"]))
    if not rows:
        return sentence(*WHY["no_items"])
    shown = table("两位评审人都评过的条目 Items that both have judged", [both("评审人", "Reviewers"), *BESIDE], rows, numeric=range(1, 6))  # fmt: skip
    return join(shown, [_confusion(*each) for each in confusions])


def _confusion(task: str, pair: str, labels: Sequence[str], seen: Sequence[Sequence[int]]) -> Markup:
    used = [k for k in range(len(labels)) if sum(seen[k]) + sum(row[k] for row in seen)]
    rows: list[list[Inside]] = [[labels[k], *(count(seen[k][j]) for j in used)] for k in used]
    one, other = pair.split(" · ")
    caption = f"{TASKS[task]}：行为 {one}，列为 {other} rows: {one}, columns: {other}"
    inside = table(caption, ["", *(labels[j] for j in used)], rows, numeric=range(1, len(used) + 1))
    return details(f"{pair}：{TASKS[task]}混淆表", f"Confusion, {task}", inside)


def _foot() -> Markup:
    zh = "本页只有评审人代号与数字，不含任何一行的文本。"
    return el("footer", sentence(zh, "This page has aliases and numbers; no text of any row is on it."))
