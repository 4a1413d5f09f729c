"""How many rows to check before the others are believed, and what the check then says of them: accepted, rejected, or not yet.

The number is settled before the first row is read, and rows are drawn by lot. Who reads on until it suffices, or stops as
soon as it does, promises more than holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from medgo_data.corpus import origin
from medgo_data.review import bound
from medgo_data.review.audit import allot
from medgo_data.review.bound import CONFIDENCE, Method
from medgo_data.review.markup import count, some
from medgo_data.review.report import percent
from medgo_data.verdict import Settled, Verdict, VerdictError, settled

By = Literal["source", "file", "shard"]
TASKS = ("check", "feedback", "residual")  # to which one says accept, or not
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)  # of the bound, at which the power is told
PASSES = 0.95  # how often rows shall pass that are as good as they have to be
ENDLESS = 1_000_000  # so many rows, of which some are read, are as good as without end
LADDER = 6  # numbers of errors for which the rows are told
Record = dict[str, Any]
Limit = Callable[[int, int], float]  # of so many errors among so many rows


class AcceptanceError(VerdictError):
    """A plan that cannot be kept, or verdicts of which no judgement can be made."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """No more than ``at_most`` of the rows are wrong, for all that the sample tells.

    Errors that are expected are allowed for beforehand: with none allowed the fewest rows are read, and one error rejects.
    """

    at_most: float = 0.02
    confidence: float = CONFIDENCE
    errors: int = 0
    method: Method = "clopper_pearson"

    def __post_init__(self) -> None:
        if not 0 < self.at_most < 1:
            raise AcceptanceError(
                f"at_most={self.at_most:g}: a share of errors lies above 0 and below 1, such as 0.02."
            )
        if not 0.5 < self.confidence < 1:
            raise AcceptanceError(f"confidence={self.confidence:g}: it lies above 0.5 and below 1, such as 0.95.")
        if self.errors < 0:
            raise AcceptanceError(f"errors={self.errors}: so many errors cannot be allowed. Take 0 or more.")
        if self.method not in METHODS:
            raise AcceptanceError(f"method={self.method!r}: take one of {', '.join(METHODS)}.")

    def limit(self, found: int, read: int, rows: int | None = None) -> float:
        """The upper limit of the share of errors, in just so many rows or in a whole without end."""
        if not read:
            return 1.0
        if rows is None or rows > ENDLESS > read:
            return bound.limit(found, read, self.confidence, self.method)
        if read >= rows:
            return found / rows
        if self.method == "clopper_pearson":
            return bound.at_most_of(found, read, rows, self.confidence) / rows
        counted_as = read * (rows - 1) / (rows - read)
        return bound.limit(found / read * counted_as, counted_as, self.confidence, self.method)

    def together(self, found: int, read: Sequence[int], rows: Sequence[int]) -> float:
        """The same for several strata at once."""
        if len(rows) == 1:
            return self.limit(found, read[0], rows[0])
        if list(rows) == list(read):
            return found / sum(rows)
        return bound.stratified(rows, read, found, self.confidence, self.method)

    def allowed(self, rows: int) -> int:
        """Of few rows not even one may be wrong."""
        return min(self.errors, int(self.at_most * rows))


def stratum(row: str, by: By = "source") -> str:
    """Where a row belongs, by its name alone: also one that was born of another."""
    source, file, rest = origin(row)
    if not source:
        raise AcceptanceError(
            "a row is not called source/file#slice-record, so it cannot be told where it belongs. Give verdicts on rows of a corpus."
        )
    return _called({"source": source, "file": file, "slice": rest.partition("-")[0]}, by)


def sizes(manifest: Mapping[str, Any], by: By = "source") -> dict[str, int]:
    """How many rows each stratum of a version has. A shard is called after the slice of the raw file that it comes of."""
    found: dict[str, int] = {}
    for shard in manifest["shards"]:
        name = _called(shard["of"], by)
        found[name] = found.get(name, 0) + shard["rows"]
    return {name: rows for name, rows in found.items() if rows}


def _called(of: Mapping[str, Any], by: By) -> str:
    if by == "source":
        return str(of["source"])
    file = f"{of['source']}/{of['file']}"
    return file if by == "file" else f"{file}#{of['slice']}"


# ---- before --------------------------------------------------------------------------------------------------------


def plan(rows: Mapping[str, int], rule: Rule | None = None, *, each: bool = False) -> Record:
    """How many rows of each stratum to check. The promise is about all of them together; with ``each``, about every one."""
    rule = rule or Rule()
    strata = {name: size for name, size in rows.items() if size}
    if not strata:
        raise AcceptanceError("there are no rows to check. Name a corpus that has some.")
    whole = sum(strata.values())
    if each:
        read = {name: _needed(rule, size) for name, size in strata.items()}
        power = {name: _power(rule, read[name], size) for name, size in strata.items()}
    else:
        read = dict(zip(strata, _allotted(rule, list(strata.values())), strict=True))
        power = {"": _power(rule, sum(read.values()), whole)}
    return {
        **asdict(rule),
        "each": each,
        "rows": whole,
        "read": sum(read.values()),
        "strata": [
            {"stratum": name, "rows": size, "read": read[name], "errors": rule.allowed(size if each else whole)}
            for name, size in strata.items()
        ],
        "power": power,
        "ladder": [
            {"errors": k, **{way: bound.needed(rule.at_most, rule.confidence, k, way) for way in WAYS}} for k in range(LADDER)
        ],
    }  # fmt: skip


def _needed(rule: Rule, rows: int) -> int:
    errors = rule.allowed(rows)
    low, high = errors, rows
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if rule.limit(errors, middle, rows) > rule.at_most else (low, middle)
    return high


def _allotted(rule: Rule, rows: Sequence[int]) -> list[int]:
    """The fewest of all strata together that suffice, each stratum by its size."""
    if len(rows) == 1:
        return [_needed(rule, rows[0])]
    errors = rule.allowed(sum(rows))
    low, high = 0, sum(rows)
    while high - low > 1:
        middle = (low + high) // 2
        over = rule.together(errors, allot(rows, middle), rows) > rule.at_most
        low, high = (middle, high) if over else (low, middle)
    return allot(rows, high)


def _power(rule: Rule, read: int, rows: int) -> Record:
    """How likely rows pass that have this share of errors: the operating characteristic; and how good they have to be."""
    errors = rule.allowed(rows)
    wrong = sorted({min(rows, round(rule.at_most * part * rows)) for part in SHARES})
    low, high = 0, rows + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bound.chance_of(errors, read, middle, rows) >= PASSES else (low, middle)
    return {
        "curve": [{"share": k / rows, "accepted": bound.chance_of(errors, read, k, rows)} for k in wrong],
        "passes": {"share": low / rows, "accepted": bound.chance_of(errors, read, low, rows)},
    }


# ---- after ---------------------------------------------------------------------------------------------------------


def judge(  # noqa: PLR0913  what may be left out is named
    verdicts: Iterable[Verdict],
    rule: Rule | None = None,
    *,
    rows: Mapping[str, int] | None = None,
    by: By = "source",
    task: str = "check",
    of: str | None = None,
) -> Record:
    """What the check of a sample says: of each stratum a record, and one of them all.

    Every row that is not accepted as it is is an error: an edit too. Rows on which reviewers are of several minds count as
    errors in the limit, and nothing is rejected for them. ``rows`` says how many each stratum has; without it each
    counts as without end, which makes the limit no narrower, and nothing is said of all of them together. ``of`` is the
    corpus, or the corpus@version, whose verdicts are meant, where a file has those of several.
    """
    rule = rule or Rule()
    version, items = checked(verdicts, task, of)
    strata: dict[str, list[Settled]] = {name: [] for name in rows or ()}
    for row, found in items.items():
        name = stratum(row, by)
        if rows is not None and name not in rows:
            raise AcceptanceError(
                f"rows of {name} were checked, and among the strata there is none of that name. "
                f"Give the numbers of rows of {version}, by={by!r}."
            )
        strata.setdefault(name, []).append(found)
    at = version.rpartition("@")
    where = {"corpus": at[0], "version": at[2], "task": task, "by": by}
    records = []
    for name, mine in sorted(strata.items()):
        size = None if rows is None else rows[name]
        told = where | {"stratum": name, "rows": size} | _counted(mine)
        records.append(told | _said(rule, told, _of_one(rule, size), size))
    whole = None if rows is None else _whole(rule, records, list(strata.values()))
    return {"rule": asdict(rule), "whole": whole, "strata": records}


def checked(verdicts: Iterable[Verdict], task: str, of: str | None = None) -> tuple[str, dict[str, Settled]]:
    """The version whose rows were checked, and of each of these rows what holds."""
    if task not in TASKS:
        raise AcceptanceError(f"task={task!r}: rows are accepted, or not, in {', '.join(TASKS)}.")
    mine = [one for one in verdicts if one.task == task and of in (None, one.corpus, f"{one.corpus}@{one.version}")]
    versions = sorted({f"{one.corpus}@{one.version}" for one in mine})
    if not versions:
        what = f" of {of}" if of else ""
        raise AcceptanceError(f"there is no verdict{what} in the task {task}. Give the file with those of the sample.")
    if len(versions) > 1:
        raise AcceptanceError(
            f"the verdicts are about {versions[0]} and {versions[1]}. A sample is of one version: say which, of={versions[1]!r}."
        )
    found: dict[str, Settled] = {}
    for (_, rows, _), one in settled(mine).items():
        if rows[0] in found:
            raise AcceptanceError(
                f"the verdicts on {versions[0]} are about two texts of the same row. Leave out those on the one that is not in it."
            )
        found[rows[0]] = one
    return versions[0], found


def _counted(items: Sequence[Settled]) -> Record:
    """How many were checked and found wrong, how many are not settled, and by which decisions."""
    held = [item.verdict for item in items if item.verdict]
    return {
        "checked": len(held),
        "errors": sum(one.verdict != "accept" for one in held),
        "unsettled": len(items) - len(held),
        "decisions": sorted(one.decision for item in items for one in item.by),
    }


def _said(rule: Rule, told: Record, limit: Limit, rows: int | None) -> Record:
    """Accepted, rejected, or not yet; and how many more are to be read, if none of them is wrong."""
    wrong, open_ = told["errors"], told["unsettled"]
    read = told["checked"] + open_
    over, accepted = limit(wrong + open_, read), None
    if over <= rule.at_most:
        accepted = True
    elif wrong > rule.errors and limit(wrong, read) > rule.at_most:
        accepted = False
    more = _more(rule, wrong, read, limit, rows) if accepted is None else 0
    return {
        "bound": over,
        **asdict(rule) | {"allowed": rule.errors, "errors": wrong},
        "accepted": accepted,
        "more": more,
    }


def _more(rule: Rule, wrong: int, read: int, limit: Limit, rows: int | None) -> int:
    low, high = read, max(read, 1)
    while limit(wrong, high) > rule.at_most and high != rows:
        low, high = high, 2 * high if rows is None else min(2 * high, rows)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if limit(wrong, middle) > rule.at_most else (low, middle)
    return high - read if limit(wrong, read) > rule.at_most else 0


def _of_one(rule: Rule, rows: int | None) -> Limit:
    return lambda found, read: rule.limit(found, read, rows)


def _whole(rule: Rule, records: Sequence[Record], items: Sequence[Sequence[Settled]]) -> Record:
    rows = [record["rows"] for record in records]
    seen = [record["checked"] + record["unsettled"] for record in records]

    def limit(found: int, read: int) -> float:
        """Whoever reads on reads each stratum by its size."""
        drawn = seen if read == sum(seen) else [max(two) for two in zip(seen, allot(rows, read), strict=True)]
        return rule.together(found, drawn, rows)

    counted = _counted([item for each in items for item in each])
    told = {name: records[0][name] for name in ("corpus", "version", "task")}
    told |= {"by": None, "stratum": None, "rows": sum(rows)} | counted
    return told | _said(rule, told, limit, sum(rows))


# ---- in words ------------------------------------------------------------------------------------------------------

METHODS: Mapping[Method, str] = {"clopper_pearson": "Clopper–Pearson", "wilson": "Wilson"}
WAYS = tuple(METHODS)


def plan_sentences(told: Record) -> list[tuple[str, str]]:
    """What to read, and what it then promises."""
    n, sure, most = count(told["read"]), f"{told['confidence']:.0%}", f"{told['at_most']:.2%}"
    each_zh, each_en = ("每一层", "each stratum") if told["each"] else ("整个数据集", "the whole")
    errors = max(each["errors"] for each in told["strata"])
    power = min((each["passes"] for each in told["power"].values()), key=lambda each: float(each["share"]))
    return [
        (
            f"共 {count(told['rows'])} 行，抽查 {n} 行；错误不超过 {errors} 行时，有 {sure} 的把握：{each_zh}的错误率不超过 {most}。",
            f"Check {n} of {some(told['rows'], 'row')}; with no more than {some(errors, 'error')} among them, {sure} sure that no more than {most} of {each_en} are wrong.",
        ),
        (
            f"要有 {power['accepted']:.0%} 的机会通过，实际错误率须不超过 {power['share']:.3%}。若预计错误更多，请事先放宽允许的错误数，并多抽一些。",
            f"To pass with a chance of {power['accepted']:.0%} no more than {power['share']:.3%} may be wrong in truth. If more are expected, allow for errors beforehand, and read more.",
        ),
        (
            "抽查数量须在阅读之前定下，行须由抽签抽出；达到要求就停、未达到再读，都会使结论偏松。",
            "The number is settled before the first row is read, and rows are drawn by lot; to stop as soon as it suffices promises more than holds.",
        ),
    ]  # fmt: skip


def plan_tables(told: Record) -> list[tuple[str, list[str], list[list[Any]]]]:
    """What a terminal shows: a heading, the columns, the rows."""
    return [
        ("rows to check", ["stratum", "rows", "check"], [[s["stratum"], s["rows"], s["read"]] for s in told["strata"]]),
        *(
            (f"how likely {name or 'it'} passes", ["wrong in truth", "passes"], [[f"{one['share']:.3%}", f"{one['accepted']:.1%}"] for one in power["curve"]])
            for name, power in list(told["power"].items())[:1]
        ),
        (
            f"rows to check by errors allowed, for {told['at_most']:.2%} of a corpus without end",
            ["errors", *METHODS.values()],
            [[one["errors"], one["clopper_pearson"], one["wilson"]] for one in told["ladder"]],
        ),
    ]  # fmt: skip


SAYS = {True: ("接受", "accepted"), False: ("拒绝", "rejected"), None: ("尚未定", "not yet")}


def judged_sentences(told: Record) -> list[tuple[str, str]]:
    """The judgement on all of it, or how many strata passed."""
    rule, strata = told["rule"], told["strata"]
    most, sure = f"{rule['at_most']:.2%}", f"{rule['confidence']:.0%}"
    found: list[tuple[str, str]] = []
    if whole := told["whole"]:
        zh, en = SAYS[whole["accepted"]]
        found.append(
            (
                f"整体{zh}：查了 {count(whole['checked'])} 行，错误 {whole['errors']} 行；{sure} 的把握，错误率不超过 {percent(whole['bound'])}（要求 {most}）。",
                f"The whole is {en}: {some(whole['checked'], 'row')} checked, {some(whole['errors'], 'error')}; {sure} sure that no more than {percent(whole['bound'])} are wrong ({most} wanted).",
            )
        )  # fmt: skip
    passed, failed = (sum(one["accepted"] is way for one in strata) for way in (True, False))
    found.append(
        (
            f"{len(strata)} 层中：接受 {passed}，拒绝 {failed}，尚未定 {len(strata) - passed - failed}。",
            f"Of {some(len(strata), 'stratum').replace('stratums', 'strata')} {passed} accepted, {failed} rejected, {len(strata) - passed - failed} not yet.",
        )
    )  # fmt: skip
    if unsettled := sum(one["unsettled"] for one in strata):
        found.append(
            (
                f"{unsettled} 行意见不一，仲裁之前在上限中按错误计。",
                f"{some(unsettled, 'row')} not settled: in the limit they count as errors until they are.",
            )
        )
    return found


def judged_tables(told: Record) -> list[tuple[str, list[str], list[list[Any]]]]:
    heads = ["stratum", "rows", "checked", "errors", "unsettled", "wrong at most", "", "more to read"]
    rows = [
        [s["stratum"], s["rows"] or "-", s["checked"], s["errors"], s["unsettled"], percent(s["bound"]), SAYS[s["accepted"]][1], s["more"] or "-"]
        for s in told["strata"]
    ]  # fmt: skip
    return [(f"by stratum ({METHODS[told['rule']['method']]})", heads, rows)]
