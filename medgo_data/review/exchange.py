"""For those who review elsewhere: items go out to Argilla, Label Studio, Excel or plain lines, and what was said comes back as verdicts.

What comes back is held against the items that went out: of one that nobody gave, that was changed on the way, or that a person
answered twice in two ways, nothing is taken, and it is counted where that stood. A file that is no such file at all is an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import orjson

from medgo_data.review.room.items import Item
from medgo_data.review.workbook import LONGEST, sheet_rows, write_sheet
from medgo_data.verdict import ALIAS, TASKS, UNSURE, Verdict, VerdictError, wrong

WORDS: Mapping[str, Sequence[str]] = {  # what may be chosen; what may be said to the other tasks is written
    "check": ("accept", "edit", "reject", UNSURE),
    "feedback": ("accept", "reject", UNSURE),
    "pair": ("1>2", "2>1", "1=2", UNSURE),
    "residual": ("accept", "reject", UNSURE),
}
HEADINGS = {
    "verdict": "结论 Verdict",
    "reasons": "问题 Reasons",
    "edited": "修改后的答案 Edited answer",
    "marks": "遗漏的标识（每行：位置 起-止 类型） Marks",
    "comment": "意见 Comment",
}
REASON_CELLS = 3  # a cell of a sheet takes one reason
KEY = "key"


@dataclass(frozen=True)
class Taken:
    """What came back: the verdicts, and by reason where there stood what could not be taken."""

    verdicts: list[Verdict]
    refused: dict[str, list[str]] = field(default_factory=dict)

    @property
    def counted(self) -> dict[str, int]:
        return {reason: len(places) for reason, places in sorted(self.refused.items())}


class Answer(NamedTuple):
    """What somebody said elsewhere, as it stands there."""

    place: str
    key: str
    who: Any
    shown: Mapping[str, Any]
    verdict: str | None
    reasons: list[str]
    edited: str | None
    marks: list[str]
    comment: str | None
    seconds: float | None = None
    at: str | None = None


# ---- going out -----------------------------------------------------------------------------------------------------


def give(items: Iterable[Item], path: Path, form: str, reasons: Mapping[str, str] | None = None) -> list[Path]:
    """Write the items, of one task, for ``argilla``, ``label-studio``, ``jsonl`` or ``xlsx``; the files that were written.

    ``reasons`` are the names that may be given as reasons, each with words for the reviewer. Beside the tasks for Label Studio
    lies the labelling configuration of their project. In Argilla make a dataset with a text field for each part of an item and
    the questions ``verdict`` (label), ``reasons`` (multi-label), ``edited``, ``marks`` and ``comment`` (text), none but the
    first required; its ``records.from_json`` reads the file.
    """
    told = list(items)
    tasks = {item.task for item in told}
    if form not in FORMS:
        raise ValueError(f"there is no form {form!r} to give items in. Take one of {', '.join(FORMS)}.")
    if len(tasks) != 1 or not tasks <= TASKS.keys():
        raise ValueError(
            f"{path}: a file holds items of one task, and these are of {', '.join(sorted(tasks)) or 'none'}."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    return FORMS[form](told, path, reasons or {})


def _parts(items: Iterable[Item]) -> list[str]:
    """The parts of all items, in the order in which they are met."""
    return list(dict.fromkeys(part for item in items for part in item.parts))


def _about(item: Item) -> dict[str, Any]:
    return {KEY: item.name, "task": item.task, "rows": list(item.rows), "item": item.item}


def _give_argilla(items: Sequence[Item], path: Path, reasons: Mapping[str, str]) -> list[Path]:  # noqa: ARG001  its questions hold them
    records = [
        {
            "id": item.name,
            "fields": {part: item.parts.get(part, "") for part in _parts(items)},
            "metadata": {"task": item.task},
            "suggestions": {},
            "responses": {},
            "vectors": {},
        }
        for item in items
    ]
    return [_written(path, json.dumps(records, ensure_ascii=False, indent=1))]


def _give_label_studio(items: Sequence[Item], path: Path, reasons: Mapping[str, str]) -> list[Path]:
    parts = _parts(items)
    tasks = [{"data": _about(item) | {part: item.parts.get(part, "") for part in parts}} for item in items]
    return [
        _written(path, json.dumps(tasks, ensure_ascii=False, indent=1)),
        _written(path.with_suffix(".xml"), label_config(items[0].task, parts, reasons)),
    ]


def label_config(task: str, parts: Sequence[str], reasons: Mapping[str, str]) -> str:
    """The labelling configuration of a Label Studio project: the parts above one another, then what is asked."""
    shown = [
        f"  <Header value={quoteattr(part)}/>\n  <Text name={quoteattr(part)} value={quoteattr(f'${part}')}/>"
        for part in parts
    ]
    to = quoteattr(parts[0])
    asked = [
        _choices("verdict", to, {word: word for word in WORDS[task]})
        if task in WORDS
        else _lines("verdict", to, required=True)
    ]
    asked += [_choices("reasons", to, reasons, several=True)] if reasons else []
    asked += [_lines(name, to) for name in _written_parts(task)]
    return "<View>\n" + "\n".join([*shown, *asked]) + "\n</View>\n"


def _choices(name: str, to: str, words: Mapping[str, str], *, several: bool = False) -> str:
    kind = 'choice="multiple"' if several else 'choice="single" required="true"'
    inside = [f"    <Choice value={quoteattr(words[word])} alias={quoteattr(word)}/>" for word in words]
    head = f"  <Header value={quoteattr(HEADINGS[name])}/>\n"
    return head + f'  <Choices name="{name}" toName={to} {kind}>\n' + "\n".join(inside) + "\n  </Choices>"


def _lines(name: str, to: str, *, required: bool = False) -> str:
    head = f"  <Header value={quoteattr(HEADINGS[name])}/>\n"
    more = ' required="true"' if required else ""
    return head + f'  <TextArea name="{name}" toName={to} rows="4" maxSubmissions="1"{more}/>'


def _written_parts(task: str) -> list[str]:
    """What a reviewer may write besides."""
    return [*["edited"] * (task == "check"), *["marks"] * (task == "residual"), "comment"]


def _give_lines(items: Sequence[Item], path: Path, reasons: Mapping[str, str]) -> list[Path]:  # noqa: ARG001  whoever writes the lines knows them
    empty: dict[str, Any] = {
        "reviewer": None,
        "verdict": None,
        "reasons": [],
        "edited": None,
        "marks": [],
        "comment": None,
    }
    told = [_about(item) | {"shown": dict(item.parts)} | empty | {"seconds": None, "at": None} for item in items]
    return [_written(path, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told))]


def _give_sheet(items: Sequence[Item], path: Path, reasons: Mapping[str, str]) -> list[Path]:
    parts, task = _parts(items), items[0].task
    for number, item in enumerate(items, 1):
        if any(len(text) > LONGEST for text in item.parts.values()):
            raise ValueError(
                f"{path}: item {number} has a text of more than {LONGEST:,} characters, which no cell of a sheet holds. "
                f"Give these items in another form."
            )
    asked = ["verdict", *(f"reasons {n}" for n in range(1, REASON_CELLS + 1) if reasons), *_written_parts(task)]
    heads = [KEY, *parts, *asked]
    lists = {"verdict": list(WORDS.get(task, ()))}
    lists |= {name: [f"{one} {said}" for one, said in reasons.items()] for name in asked if name.startswith("reasons")}
    rows = [[item.name, *(item.parts.get(part, "") for part in parts), *[""] * len(asked)] for item in items]
    titles = {name: HEADINGS[name.split(" ")[0]] + name.partition(" ")[2] for name in asked}
    write_sheet(path, heads, rows, lists, titles)
    return [path]


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


FORMS: Mapping[str, Callable[[Sequence[Item], Path, Mapping[str, str]], list[Path]]] = {
    "argilla": _give_argilla,
    "label-studio": _give_label_studio,
    "jsonl": _give_lines,
    "xlsx": _give_sheet,
}


# ---- coming back ---------------------------------------------------------------------------------------------------


def take(  # noqa: PLR0913  what a file elsewhere does not say of itself
    path: Path,
    items: Iterable[Item],
    *,
    reviewers: Mapping[str, str] | None = None,
    reviewer: str | None = None,
    role: str = "reviewer",
    guide: str = "",
    reasons: Iterable[str] | None = None,
) -> Taken:
    """The verdicts of a file that came back. ``items`` are those that went out.

    ``reviewers`` are the aliases of those who said it, by the name that the tool has for each: the number of a user of Label
    Studio, the id of one of Argilla; ``reviewer`` is the alias of who filled in a sheet, or lines that name nobody. Where a file
    does not say when something was said, it counts as said when the file was last written. ``reasons`` are the names that may
    be given as reasons; left out, any may.
    """
    known = {item.name: item for item in items}
    form, answers = _answers(path)
    allowed = None if reasons is None else frozenset(reasons)
    told = _Teller(path, reviewers or {}, reviewer, role, guide, form, allowed)
    refused: dict[str, list[str]] = {}
    found: dict[tuple[str, str], list[tuple[str, Verdict]]] = {}
    for answer in answers:
        verdict = told.verdict(answer, known.get(answer.key))
        if isinstance(verdict, str):
            refused.setdefault(verdict, []).append(answer.place)
        else:
            found.setdefault((answer.key, verdict.reviewer), []).append((answer.place, verdict))
    verdicts = []
    for those in found.values():
        if len({(v.verdict, v.edited, v.marks, v.reasons) for _, v in those}) > 1:
            refused.setdefault("answered_twice", []).extend(place for place, _ in those)
        else:
            verdicts.append(those[0][1])
    return Taken(verdicts, refused)


@dataclass(frozen=True)
class _Teller:
    """Makes verdicts of the answers of one file."""

    path: Path
    reviewers: Mapping[str, str]
    reviewer: str | None
    role: str
    guide: str
    form: str
    reasons: frozenset[str] | None

    def verdict(self, answer: Answer, item: Item | None) -> Verdict | str:
        """The verdict; or why there is none."""
        if item is None:
            return "unknown_item"
        if any(not _same(answer.shown.get(part, text), text) for part, text in item.parts.items()):
            return "changed_item"
        if not answer.verdict:
            return "no_answer"
        if self.reasons is not None and not self.reasons.issuperset(answer.reasons):
            return "unknown_reason"
        edited = answer.edited if answer.verdict == "edit" else None
        found = Verdict(
            corpus=item.corpus,
            version=item.version,
            task=item.task,
            rows=item.rows,
            item=item.item,
            reviewer=self._alias(answer),
            role=self.role,
            verdict=answer.verdict,
            reasons=tuple(answer.reasons),
            edited=edited,
            marks=tuple(answer.marks),
            comment=answer.comment,
            seconds=answer.seconds,
            at=answer.at or self._written,
            page=self.form,
            guide=self.guide,
        ).named()
        return "unlike_verdict" if wrong(found) else found

    def _alias(self, answer: Answer) -> str:
        told = "" if answer.who is None else str(answer.who)
        alias = (
            self.reviewers.get(told)
            or (told.replace("-", "") if self.form == "argilla" else told)
            or self.reviewer
            or ""
        )
        if not ALIAS.fullmatch(alias):
            how = "reviewer='R07'" if not told else "reviewers={'the name it has there': 'R07'}"
            raise VerdictError(f"{answer.place} names no reviewer by an alias. Say who it was: {how}.", "no_reviewer")
        return alias

    @property
    def _written(self) -> str:
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _same(told: Any, text: str) -> bool:
    """Whether it is the text that was given: a tool may change line breaks, and what nobody sees."""
    return isinstance(told, str) and _visible(told) == _visible(text)


def _visible(text: str) -> str:
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def _answers(path: Path) -> tuple[str, Iterator[Answer]]:
    """What was said in a file, whatever tool it comes from."""
    if path.suffix == ".xlsx":
        return "xlsx", _of_sheet(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VerdictError(f"{path} is not UTF-8. Export it anew.", "undecodable") from None
    if path.suffix == ".jsonl":
        return "jsonl", _of_lines(path, text)
    told = _json(text, str(path))
    if isinstance(told, list) and all(isinstance(one, dict) for one in told):
        if all({"id", "fields", "responses"} <= one.keys() for one in told):
            return "argilla", _of_argilla(path, told)
        if all({"data", "annotations"} <= one.keys() for one in told):
            return "label-studio", _of_label_studio(path, told)
    raise VerdictError(
        f"{path} is no export of Argilla (id, fields, responses) nor of Label Studio (data, annotations). "
        f"Export as JSON there, not as JSON-MIN or CSV."
    )


def _json(text: str, where: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        raise VerdictError(
            f"{where} is no whole JSON: it was cut off or altered. Export it anew.", "not_json"
        ) from None


def _of_argilla(path: Path, records: list[dict[str, Any]]) -> Iterator[Answer]:
    """A record has the responses to each question, those of all users in a list."""
    for number, record in enumerate(records, 1):
        place = f"{path} record {number}"
        said: dict[str, dict[str, Any]] = {}
        for question, responses in _dict(record["responses"], place).items():
            for one in _list(responses, place):
                if not isinstance(one, dict) or "value" not in one or "user_id" not in one:
                    raise VerdictError(f"{place} has a response without value and user_id. Export it anew.")
                if one.get("status", "submitted") == "submitted":
                    said.setdefault(str(one["user_id"]), {})[question] = one["value"]
        for who, told in said.items():
            yield _answer(place, str(record["id"]), who, _dict(record["fields"], place), told)


def _of_label_studio(path: Path, tasks: list[dict[str, Any]]) -> Iterator[Answer]:
    """A task has its annotations, each by somebody, with what was chosen and written as results."""
    for number, task in enumerate(tasks, 1):
        data = _dict(task["data"], f"{path} task {number}")
        for one in _list(task["annotations"], f"{path} task {number}"):
            place = f"{path} task {number} annotation {one.get('id', '?') if isinstance(one, dict) else '?'}"
            if not isinstance(one, dict) or "result" not in one or "completed_by" not in one:
                raise VerdictError(f"{place} lacks its result, or who completed it. Export it anew, as JSON.")
            if one.get("was_cancelled"):  # skipped
                continue
            told: dict[str, Any] = {}
            for result in _list(one["result"], place):
                value = _dict(_dict(result, place).get("value"), place)
                told[str(result.get("from_name"))] = value.get("choices", value.get("text"))
            who = one["completed_by"]
            who = who.get("id") if isinstance(who, dict) else who
            more = {"seconds": one.get("lead_time"), "at": one.get("created_at")}
            yield _answer(place, str(data.get(KEY)), who, data, told | more)


def _of_lines(path: Path, text: str) -> Iterator[Answer]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            place = f"{path} line {number}"
            told = _dict(_json(line, place), place)
            if KEY not in told or "verdict" not in told:
                raise VerdictError(f"{place} lacks its key or its verdict. Fill in the lines that were given.")
            yield _answer(place, str(told[KEY]), told.get("reviewer"), _dict(told.get("shown", {}), place), told)


def _of_sheet(path: Path) -> Iterator[Answer]:
    heads, rows = sheet_rows(path)
    if KEY not in heads or "verdict" not in heads:
        raise VerdictError(f"{path} has no columns {KEY!r} and 'verdict'. Fill in the sheet that was given.")
    for number, row in rows:
        told: dict[str, Any] = dict(zip(heads, row, strict=False))
        picked = [told[name] for name in heads if name.startswith("reasons") and told[name]]
        said = {name: told.get(name) for name in ("verdict", "edited", "marks", "comment")}
        said["reasons"] = [one.split(" ")[0] for one in picked]
        yield _answer(f"{path} row {number}", str(told[KEY]), None, told, said)


def _answer(place: str, key: str, who: Any, shown: Mapping[str, Any], said: Mapping[str, Any]) -> Answer:
    seconds: Any = said.get("seconds")
    return Answer(
        place=place,
        key=key,
        who=who,
        shown=shown,
        verdict=_text(said.get("verdict")),
        reasons=_texts(said.get("reasons")),
        edited=_text(said.get("edited")),
        marks=[line for one in _texts(said.get("marks")) for line in one.splitlines() if line.strip()],
        comment=_text(said.get("comment")),
        seconds=float(seconds) if type(seconds) in (int, float) else None,
        at=_text(said.get("at")),
    )


def _text(told: Any) -> str | None:
    """One text, though it stands in a list of one; None where nothing was written."""
    texts = _texts(told)
    return texts[0].strip() if len(texts) == 1 else None


def _texts(told: Any) -> list[str]:
    found = told if isinstance(told, list) else [told]
    return [one for one in found if isinstance(one, str) and one.strip()]


def _dict(told: Any, place: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise VerdictError(f"{place} is not as such a file has it. Export it anew.")
    return told


def _list(told: Any, place: str) -> list[Any]:
    if not isinstance(told, list):
        raise VerdictError(f"{place} is not as such a file has it. Export it anew.")
    return told
