"""What an audit found, in sentences and tables, on a terminal and as a page: first what can be promised, then on what it stands."""

from __future__ import annotations

from typing import Any

from medgo_data.review import standards
from medgo_data.review.audit import TYPES
from medgo_data.review.bound import needed
from medgo_data.review.markup import Inside, Markup, both, count, el, en_, join, section, sentence, share, some, table
from medgo_data.review.residual import ALARM, Report
from medgo_data.review.sheet import page as plain
from medgo_data.review.words import CATEGORIES

Said = tuple[str, str]  # in Chinese, and in English


def percent(part: float) -> str:
    """Rounded up, for no limit is promised that does not hold: 0.2991 % is "0.30%"."""
    digits = 2 if part < 0.1 else 1
    scaled = part * 100 * 10**digits
    up = int(scaled) + (scaled - int(scaled) > 1e-9)
    return f"{up / 10**digits:.{digits}f}%"


def sentences(told: Report) -> list[Said]:
    """The result, and on what it stands."""
    rows, leaks = told["rows"], told["leaks"]
    n, k, sure, limit = rows["read"], leaks["rows"], f"{told['confidence']:.0%}", percent(leaks["at_most"])
    left, unread, part = rows["drawn"] - n, rows["in_strata_not_read"], rows["read_in_part"]
    least, full = f"3/{rows['counted_as']:g}", count(needed(0.001))
    found: dict[Said, bool | int] = {
        (
            f"读了 {count(n)} 行，其中 {count(k)} 行有遗漏，共 {count(leaks['identifiers'])} 处。",
            f"{some(n, 'row')} read; something was left in {count(k)}, {some(leaks['identifiers'], 'identifier')} in all.",
        ): True,
        (
            f"{sure} 的把握：整个数据集（{count(rows['corpus'])} 行）中有遗漏的行不超过 {limit}。",
            f"With {sure} confidence no more than {limit} of the {count(rows['corpus'])} rows of the corpus still hold one.",
        ): True,
        (
            f"一处未见不等于没有：三分律，至多约 {least}。要把上限降到 0.1%，须读满 {full} 行而仍无遗漏。",
            f"None found is not none: at most about {least}, by the rule of three. For 0.1% {full} rows must be read without one.",
        ): not k,
        (
            f"抽出的行中尚有 {count(left)} 行未读；结论的前提是按页面的顺序阅读。",
            f"{some(left, 'drawn row')} not read yet; it is assumed that the others were read in the order of the page.",
        ): left,
        (
            f"有些层一行未读，其 {count(unread)} 行全按有遗漏计入上限。",
            f"Of some strata nothing was read: in the limit {some(unread, 'row')} of them count as leaking.",
        ): unread,
        (
            f"{count(part)} 行过长，只显示了开头；上限只对读到的部分成立。",
            f"{some(part, 'row')} too long to be shown whole: the limit holds for what was read of them.",
        ): part,
        (
            f"{count(told['verdicts_replaced'])} 条结论被同一评审人后来的结论取代。",
            f"{some(told['verdicts_replaced'], 'verdict')} replaced by a later one of the same reviewer.",
        ): told["verdicts_replaced"],
    }  # fmt: skip
    return [said for said, holds in found.items() if holds]


ASSUMED: list[Said] = [
    (
        "上限为 Clopper–Pearson 单侧上限。各层抽样比例不同，故按读得最稀的一层折算行数，而各层的遗漏全部计入：上限只会偏宽。",
        "The limit is Clopper and Pearson's, one-sided. Rows are counted as the most thinly read stratum allows, leaks as all strata have them, which makes it no narrower.",
    ),
    (
        "前提：行由抽签抽出，读者看出了行中的每一处遗漏。一个人总会看漏；两人同读一些行，才知道看漏多少。",
        "It is assumed that rows were drawn by lot, and that readers saw every leak in what they read. One reader overlooks some; two who read the same rows tell how many.",
    ),
    ("各类型的上限各自成立，并非同时成立。", "The limits by type hold each for itself, not all at once."),
]
ALARMED: Said = (
    "两者并不独立，难认的标识两者都会漏，所以估得的漏数只是下限：它是警报，不是保证。",
    "The two are not independent: what is hard to see both miss. So what they are estimated to have missed is a lower limit, an alarm and no promise.",
)


def tables(told: Report) -> list[tuple[str, list[str], list[list[Any]]]]:
    """What a terminal shows: a heading, the columns, the rows."""
    found: list[tuple[str, list[str], list[list[Any]]]] = [
        (
            "by stratum",
            ["category", "masked", "rows", "read", "leaking", "at most"],
            [
                [s["category"] or "-", "yes" if s["masked"] else "no", s["rows"], s["read"], s["leaking"], percent(s["at_most"])]
                for s in told["strata"]
            ],
        ),
        (
            "by type",
            ["type", "leaks", "rows", "rows at most", "replaced", "of these too much", "HIPAA"],
            [
                [kind, t["leaks"], t["rows"], percent(t["at_most"]), t["replaced"], t["over"], " ".join(t["hipaa"]) or "-"]
                for kind, t in _shown(told).items()
            ],
        ),
    ]  # fmt: skip
    if told["reviewers_compared"]:
        heads = ["reviewers", "rows of both", "agree", "kappa", "leaks", "both saw", "overlooked at least"]
        rows = [
            [" ".join(c["reviewers"]), c["rows"], c["agree"], _number(c["kappa"]), "/".join(map(str, c["leaks"])), c["both"], _missed(c)]
            for c in told["reviewers_compared"]
        ]  # fmt: skip
        found.append(("two reviewers", heads, rows))
    if told["detectors"]:
        heads = ["type", "patterns", "taggers", "both", "overlooked at least", ""]
        rows = [
            [kind, d["patterns"], d["taggers"], d["both"], _missed(d), "ALARM" if d["alarm"] else ""]
            for kind, d in told["detectors"].items()
        ]
        found.append(("patterns and taggers over the whole corpus (a lower limit, for an alarm)", heads, rows))
    return found


def _shown(told: Report) -> dict[str, Report]:
    """Types of which there is something to say."""
    return {kind: each for kind, each in told["types"].items() if each["leaks"] or each["replaced"] or each["over"]}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _missed(told: Report) -> str:
    if told["overlooked_at_least"] is None:
        return "? (nothing found by both)"
    return f"{told['overlooked_at_least']:.1f}"


# ---- as a page -----------------------------------------------------------------------------------------------------


def page(told: Report) -> str:
    """One HTML page, which holds no text of a row."""
    name = f"{told['corpus']}@{told['version']}"
    parts = [
        section("strata", "各层", "By stratum", _strata_table(told)),
        section("types", "各类型", "By type", _types_table(told)),
        section("reviewers", "两位评审人", "Two reviewers", _compared_table(told)),
        section("detectors", "规则与标注器", "Patterns and taggers", _detectors_table(told)),
        section("method", "算法与前提", "How it was computed, and what is assumed", [sentence(*each) for each in ASSUMED]),
        section("standards", "法规与标准", "Laws and standards", _standards()),
        section("scope", "不在范围内", "Out of scope", el("ul", [el("li", sentence(*each)) for each in standards.OUT_OF_SCOPE])),
    ]  # fmt: skip
    return plain(f"{name} · 脱敏审核报告 Audit report", [_head(told), parts, _foot(told)])


def _head(told: Report) -> Markup:
    first, limit, *others = sentences(told)
    kind = "good" if not told["leaks"]["rows"] else "care"
    return el(
        "header",
        el("p", "medgo · 脱敏审核报告 Audit report", class_="eyebrow"),
        el("h1", told["corpus"]),
        el("p", "版本 ", en_("Version"), " ", el("code", told["version"]), class_="version"),
        sentence(*first, "lead"),
        el("div", el("b", limit[0], lang="zh"), en_(limit[1]), class_=f"verdict {kind}", role="note"),
        [sentence(*each, "note") for each in others],
    )


def _strata_table(told: Report) -> Markup:
    heads = [both("类别", "Category"), both("有替换", "Masked"), both("行", "Rows"), both("已读", "Read"), both("一行代表", "One stands for"), both("有遗漏", "Leaking"), both("上限", "At most")]  # fmt: skip
    rows: list[list[Inside]] = [
        [
            CATEGORIES.get(s["category"] or "", s["category"] or "未注明 not named"),
            "有 yes" if s["masked"] else "无 no",
            count(s["rows"]),
            count(s["read"]),
            f"{s['rows'] / s['read']:,.1f}" if s["read"] else "–",
            count(s["leaking"]),
            percent(s["at_most"]),
        ]
        for s in told["strata"]
    ]
    return table("各层有遗漏的行 Rows with something left, by stratum", heads, rows, numeric=range(2, 7))


def _types_table(told: Report) -> Markup:
    heads = [both("类型", "Type"), both("遗漏", "Leaks"), both("有此遗漏的行", "Rows with it"), both("行的上限", "Rows at most"), both("替换", "Replaced"), both("误删", "Too much")]  # fmt: skip
    rows: list[list[Inside]] = [
        [
            [TYPES[kind], el("span", kind, class_="by")],
            count(t["leaks"]),
            count(t["rows"]),
            percent(t["at_most"]),
            count(t["replaced"]),
            f"{count(t['over'])} ({share(t['over'], t['replaced'])})" if t["over"] else "0",
        ]
        for kind, t in _shown(told).items()
    ]
    others = len(told["types"]) - len(rows)
    none = percent(min(t["at_most"] for t in told["types"].values()))
    said = sentence(
        f"其余 {others} 类既无替换也无遗漏，上限均为 {none}。",
        f"Of {some(others, 'other type')} nothing was replaced and nothing left; the limit of each is {none}.",
        "note",
    )
    return join(
        table("已读的行中 In the rows that were read", heads, rows, numeric=range(1, 6)), said if others else None
    )


def _compared_table(told: Report) -> Markup:
    if not told["reviewers_compared"]:
        return sentence(
            "只有一位评审人，或没有两人同读的行，故不知看漏了多少。请另一位医生读同一页的一部分。",
            "There is one reviewer only, or no row that two have read, so nobody knows how much was overlooked. Let another "
            "physician read a part of the same page.",
        )
    heads = [both("评审人", "Reviewers"), both("同读的行", "Rows of both"), both("一致", "Agree"), both("卡帕", "Kappa"), both("各见遗漏", "Leaks each saw"), both("同见", "Both saw"), both("两人都漏（至少）", "Overlooked at least")]  # fmt: skip
    rows: list[list[Inside]] = [
        [
            " · ".join(c["reviewers"]),
            count(c["rows"]),
            f"{count(c['agree'])} ({share(c['agree'], c['rows'])})",
            _number(c["kappa"]),
            " / ".join(map(count, c["leaks"])),
            count(c["both"]),
            _missed(c),
        ]
        for c in told["reviewers_compared"]
    ]
    return join(
        table("两人同读的行 Rows that two have read", heads, rows, numeric=range(1, 7)), sentence(*ALARMED, "note")
    )


def _detectors_table(told: Report) -> Markup:
    if not told["detectors"]:
        return sentence(
            "没有一类标识兼由规则与标注器识别，无从比较。",
            "There is no type that both patterns and taggers look for, so there is nothing to compare.",
        )
    heads = [both("类型", "Type"), both("规则", "Patterns"), both("标注器", "Taggers"), both("两者", "Both"), both("两者都漏（至少）", "Overlooked at least"), both("警报", "Alarm")]  # fmt: skip
    rows: list[list[Inside]] = [
        [
            [TYPES[kind], el("span", kind, class_="by")],
            count(d["patterns"]),
            count(d["taggers"]),
            count(d["both"]),
            _missed(d),
            el("b", "警报 alarm") if d["alarm"] else "–",
        ]
        for kind, d in told["detectors"].items()
    ]
    caption = f"整个数据集中的替换 Replacements in the whole corpus; alarm above {ALARM:.0%}"
    return join(table(caption, heads, rows, numeric=range(1, 5)), sentence(*ALARMED, "note"))


def _standards() -> list[Inside]:
    hipaa: list[list[Inside]] = [
        [letter, both(zh, en), ", ".join(types) or both(*standards.NOT_OURS[letter])]
        for letter, (zh, en, types) in standards.HIPAA.items()
    ]
    china: list[list[Inside]] = [
        [[TYPES[kind], el("span", kind, class_="by")], said, " ".join(standards.letters(kind))]
        for kind, said in standards.CHINA.items()
    ]
    read = [el("li", el("b", name), sentence(*how)) for name, how in standards.READ.items()]
    return [
        sentence(
            "下表是对照，不是合规意见。哪些条文读过、哪些没有，逐一写明。",
            "The tables compare; they are no legal opinion. Which clauses were read, and which not, is said for each.",
        ),
        el("ul", read),
        table("HIPAA Safe Harbor", [both("项", "Letter"), both("内容", "What"), both("类型", "Types")], hipaa),
        table(
            "中国标准（GB/T 37964、GB/T 42460、个保法）Chinese standards",
            [both("类型", "Type"), both("归类", "Taken as"), "HIPAA"],
            china,
        ),
    ]


def _foot(told: Report) -> Markup:
    zh = f"样本 {told['sample']}，种子 {told['seed']}，数据集内容 {told['content'][:12]}。本页不含行文本。"
    en = f"Sample {told['sample']}, seed {told['seed']}, content {told['content'][:12]}. No text of a row is on this page."
    return el("footer", sentence(zh, en))
