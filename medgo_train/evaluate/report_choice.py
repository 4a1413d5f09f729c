"""What a report says of exams: whether models go by where options stand, and how good the questions are."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from medgo_train.evaluate import items
from medgo_train.evaluate.choice import Item
from medgo_train.evaluate.evaluated import Evaluation, Row
from medgo_train.evaluate.extract import LETTERS
from medgo_train.evaluate.items import Analysis, Quality
from medgo_train.evaluate.page import (
    BLANK,
    Inside,
    Markup,
    Section,
    both,
    chance,
    columns,
    count,
    dot,
    el,
    join,
    number,
    scatter,
    share,
    table,
    tiles,
)

FEW = 5  # examinees, below which no single question is pointed out
SHOWN = 30  # questions that are listed; all are to be found among the items
OPTION = re.compile(r"^([A-J])\. (.*)$", re.MULTILINE)  # as the prompts of exams name them
CALLED = {
    "consistency": ("换序后答案一致", "same answer in every order"),
    "always_right": ("各种选项顺序下全对", "right in every order"),
    "position_bias": ("位置偏差", "position bias (RStd)"),
}
FLAGS = {
    "wrong_key": ("答案可能有误", "key may be wrong"),
    "too_hard": ("过难", "too hard"),
    "too_easy": ("过易", "too easy"),
    "weak": ("区分度低", "tells little"),
    "dead_distractors": ("无效干扰项", "dead distractors"),
}


def positions(found: Sequence[Evaluation], names: Sequence[str]) -> Section | None:
    """Where the key stands, and what was chosen."""
    lines: list[list[Inside]] = []
    plots: list[Markup] = []
    for name, at, one in [(name, at, one) for name in names for at, one in enumerate(found) if name in one.tasks]:
        task = one.tasks[name]
        where = (task.get("more") or {}).get("positions") or {}
        shares = [share(task["numbers"].get(key)) for key in ("consistency", "always_right")]
        lines.append([name, join(dot(at), one.label), *shares, number(task["numbers"].get("position_bias"))])
        right, chosen = (sum(each[key] for each in where.values()) for key in ("right", "chosen"))
        if right and chosen:
            bars = [
                (letter, _bars(letter, each["right"] / right, each["chosen"] / chosen, at))
                for letter, each in where.items()
            ]
            plots.append(el("figure", el("figcaption", name, " · ", one.label), columns(bars)))
    if not lines:
        return None
    head = [both("任务", "task"), both("评测", "evaluation"), *(both(*told) for told in CALLED.values())]
    said = both(
        "位置偏差为各选项位置召回率的标准差，0 为无偏。灰柱为正确答案所在位置的比例，彩柱为模型所选的比例。只用一种顺序提问时没有一致性。",
        "Position bias is the standard deviation of the recall of each letter; 0 is none. Grey is where the key stands, colour "
        "what was chosen. Asked in one order only there is no consistency.",
    )
    inside = join(table(head, lines, numbers=2), el("div", plots, class_="many"), el("p", said, class_="note"))
    return "positions", "位置偏差与一致性", "Position bias and consistency", inside


def _bars(letter: str, right: float, chosen: float, at: int) -> list[tuple[float, str, str]]:
    return [(right, "track", f"{letter}: {right:.0%} key"), (chosen, f"m{at % 6}", f"{letter}: {chosen:.0%} chosen")]


# ---- the questions --------------------------------------------------------------------------------------------------


def quality(
    found: Sequence[Evaluation], names: Sequence[str], rows: Mapping[tuple[int, str], list[Row]]
) -> Section | None:
    """Of exams that two models or more have taken, what their answers say of the questions."""
    parts = []
    for name in names:
        answers = {
            one.label: {row["id"]: _letters(row) for row in rows[at, name]}
            for at, one in enumerate(found)
            if name in one.tasks
        }
        first = next((some for (_, known), some in rows.items() if known == name), [])
        questions = [_question(row, answers) for row in first if isinstance(row.get("gold"), str) and row["gold"]]
        if len(answers) > 1 and questions:
            parts.append(_exam(name, items.qualities(answers, questions), questions))
    if not parts:
        return None
    said = both(
        f"以各模型为考生的经典测量理论。考生少于 {items.ENOUGH} 个时只能看作线索，因此只列出区分度为负（答案可能有误）的题目；少于 {FEW} 个时不列题目。",
        f"Classical test theory with models as examinees. With fewer than {items.ENOUGH} of them it is a hint at best, so only "
        f"questions are listed whose discrimination is negative, for their key may be wrong; with fewer than {FEW}, none.",
    )
    return "quality", "试题质量", "Quality of the items", join(parts, el("p", said, class_="note"))


def _exam(name: str, told: Analysis, questions: Sequence[Item]) -> Markup:
    kinds = [flag for flag in FLAGS if told.enough or (flag == "wrong_key" and told.examinees >= FEW)]
    flagged = [each for each in told.items if any(flag in each.flags for flag in kinds)]
    keys, longest = items.key_positions(questions), items.longest_option(questions)
    known = any(question.options[0] for question in questions)
    trick = join(share(longest.share), el("span", f"p {chance(longest.p)}", class_="by")) if known else BLANK
    facts: list[tuple[Inside, Inside]] = [
        (both("考生", "examinees"), f"{told.examinees}{'' if told.enough else ' ⚠'}"),
        ("KR-20", number(told.kr20)),
        (both("平均难度（答对率）", "difficulty: mean share right"), number(math.fsum(each.difficulty for each in told.items) / len(told.items))),
        (both("答案位置均匀 p", "key positions even, p"), chance(keys.p)),
        (both("总选最长选项的得分", "always the longest option"), trick),
        *((both(*FLAGS[flag]), count(sum(flag in each.flags for each in told.items))) for flag in kinds),
    ]  # fmt: skip
    return join(el("h3", name), tiles(facts), el("div", _plots(told), class_="many"), _listed(name, flagged, kinds))


def _plots(told: Analysis) -> list[Markup]:
    bins = [0] * 10
    for each in told.items:
        bins[min(9, int(each.difficulty * 10 + 1e-9))] += 1
    bars = [
        (f"{n / 10:g}" if n % 2 == 0 else "", [(float(many), "m0", f"{n / 10:g}–{(n + 1) / 10:g}: {many}")])
        for n, many in enumerate(bins)
    ]
    points = [
        (each.difficulty, each.corrected, "flagged" if each.corrected < 0 else "m0", each.id)
        for each in told.items
        if math.isfinite(each.corrected)
    ]
    plots = [
        el(
            "figure",
            el("figcaption", both("难度（答对率）与题数", "questions by the share that is right")),
            columns(bars),
        )
    ]
    if points and told.examinees >= FEW:
        plots.append(
            el("figure", el("figcaption", both("难度与区分度", "difficulty and discrimination")), scatter(points))
        )
    return plots


def _listed(name: str, flagged: Sequence[Quality], kinds: Sequence[str]) -> Markup | None:
    if not flagged:
        return None
    worst = sorted(
        flagged, key=lambda each: (each.flags[0] != "wrong_key", not each.corrected < 0, each.corrected, each.id)
    )
    head = [
        both("题目", "item"),
        both("问题", "flags"),
        both("难度", "difficulty"),
        both("区分度", "discrimination"),
        both("无效干扰项", "dead"),
    ]
    lines: list[list[Inside]] = [
        [
            el("a", each.id, href="#drill", data_task=name, data_item=each.id),
            [both(*FLAGS[flag]) for flag in each.flags if flag in kinds],
            number(each.difficulty),
            number(each.corrected),
            each.dead if each.dead and "dead_distractors" in kinds else BLANK,
        ]
        for each in worst[:SHOWN]
    ]
    shown = len(lines)
    said = both(
        f"有疑问的题目 {len(flagged)} 道，列出 {shown} 道。",
        f"{len(flagged)} items are flagged, of which {shown} are listed.",
    )
    return table(head, lines, numbers=2, caption=said)


def _letters(row: Row) -> str:
    """What was answered in the order in which the options stand."""
    value: Any = row.get("value")
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ""


def _question(row: Row, answers: Mapping[str, Mapping[str, str]]) -> Item:
    """A question as its prompt shows it; where that names no options, those that somebody chose."""
    prompt = row.get("prompt") or []
    shown = dict(OPTION.findall(str(prompt[-1].get("content", "")))) if prompt else {}
    known = "".join(shown) or "".join([row["gold"], *(each.get(row["id"], "") for each in answers.values())])
    many = max([LETTERS.find(letter) + 1 for letter in known if letter in LETTERS] + [2])
    options = tuple(shown.get(letter, "") for letter in LETTERS[:many])
    return Item(id=row["id"], question="", options=options, answer=row["gold"])
