"""Exam banks: questions with their options, answers and explanations, as texts to learn from or as questions to put."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Raw
from medgo_data.sources.composed import Composed, Row
from medgo_data.sources.fields import Refused, refusal
from medgo_data.sources.questions import Choice, Options, answered, is_lettered, options_in, split_text
from medgo_data.sources.values import Get, UnfitError, follow, joined, listed, spelled
from medgo_data.sources.works import Works

Field = str | tuple[str, ...] | Options
PARTS = ("stem", "questions", "question", "options", "answer", "explanation")
USUAL = {  # what columns are usually called, the likeliest first; letter case, spaces and underscores aside
    "stem": "共用题干 案例 病例 材料 case background passage context sharedstem",
    "questions": "questions subquestions qapairs children 小题",
    "question": "question 题干 题目 问题 试题 questionstem stem query",
    "options": "options option choices 选项 备选答案 questionoptions",
    "answer": "answeridx answer answers correctanswer 答案 正确答案 标准答案 参考答案 answerkey correct cop label solution",
    "explanation": "explanation 解析 答案解析 试题解析 exp explain analysis rationale",
}
KINDS = {"options": str | tuple | Options, "answer": str, "questions": str}
IN_COLUMNS = ("{}", "op{}", "option{}", "选项{}", "choice{}")


@dataclass(frozen=True, kw_only=True)
class ExamBanks(Works):
    """For example ``ExamBanks(files="raw/exams/*.csv", license="by agreement", fields={"question": "题干", "answer": "答案"})``.

    A text is what an exam is in pre-training, so that is what it gives; with ``gives="choice"``, questions to put to a
    model. ``fields`` says where a record has its ``question``, ``options``, ``answer`` and ``explanation``; ``stem`` is a
    case that several questions share, and ``questions`` a list of them within one record, which have all else in
    common with it. ``Options`` says more of options. Without ``fields``, the usual names are looked for.
    """

    name: str = "exams"
    category: str | None = "exam bank"
    fields: Mapping[str, Field] | None = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        super().__post_init__()
        if schema.load(self.gives).name not in {"document", "choice"}:
            raise ValueError(f"source {self.name!r}: exams are read as 'document' or 'choice', not as {self.gives!r}")
        if self.markup is not None:
            raise ValueError(
                f"source {self.name!r}: exams take no markup, which would take the lines out of a question"
            )
        strange = [part for part in self.fields or {} if part not in PARTS]
        if strange:
            raise ValueError(f"source {self.name!r}: a question has no {strange[0]!r}. It has {', '.join(PARTS)}.")
        if self.fields is not None and "question" not in self.fields:
            raise ValueError(f"source {self.name!r}: fields lacks 'question'")
        wrong = [
            part for part, told in (self.fields or {}).items() if not isinstance(told, KINDS.get(part, str | tuple))
        ]
        if wrong:
            raise ValueError(f"source {self.name!r}: the field of {wrong[0]!r} is a path, such as '{wrong[0]}'")

    def mapping(self) -> Any:
        return {}

    def is_whole(self, docs: pl.DataFrame) -> pl.Series:
        return super().is_whole(docs) if "text" in docs.columns else pl.Series([True] * docs.height, dtype=pl.Boolean)

    def _of_work(self, raw: Raw, form: str) -> pl.DataFrame:
        if self._puts:
            return refusal("not_records", 0, ["question"], schema.load(self.gives))
        return super()._of_work(raw, form)

    def _as(self, form: str) -> Any:
        wanted = [
            path
            for field in (self.fields or {}).values()
            for path in (field.paths if isinstance(field, Options) else listed(field))
        ]
        nested = "questions" in (self.fields or {})  # then a path may lead into the record or into one of its questions
        columns = ("question", "options", "answer", "explanation") if self._puts else ("text",)
        reader = Works._as(replace(self, fields=None), form)  # noqa: SLF001  this source, but for the declaration
        return Composed(reader, () if nested else tuple(wanted), columns, self._rows)

    @property
    def _puts(self) -> bool:
        return schema.load(self.gives).name == "choice"

    def _rows(self, record: Any) -> Iterator[Row | Refused]:
        if not isinstance(record, dict):
            yield Refused("not_object")
            return
        told = _usual(record) if self.fields is None else self.fields
        inner = follow(str(told["questions"]))(record) if "questions" in told else None
        if not inner:
            yield self._row(record, told)
            return
        stem = _said(told, "stem" if "stem" in told else "question")(record) or ""
        for one in inner if isinstance(inner, list) else [inner]:
            if not isinstance(one, dict):
                yield Refused("not_object")
                continue
            own = told if self.fields is not None else {**told, **_usual(one)}
            rest = {key: value for key, value in record.items() if value is not inner}
            try:
                yield self._row({**rest, **one}, {k: v for k, v in own.items() if k != "stem"}, stem)
            except UnfitError as unfit:
                yield Refused(unfit.reason)

    def _row(self, record: Row, told: Mapping[str, Field], stem: str = "") -> Row:
        question = _said(told, "question")(record)
        if not question or not question.strip():
            raise UnfitError("no_question")
        own = _options(told.get("options"))
        options = own(record)
        if not options:
            before, within = split_text(question)
            if [label for label, _ in within[:2]] == ["A", "B"]:
                question, options = before, within
        question = "\n".join(filter(None, (stem or _said(told, "stem")(record), question.strip())))
        answer = follow(str(told["answer"]))(record) if "answer" in told else None
        explanation = _said(told, "explanation")(record)
        first = field.first if isinstance(field := told.get("options"), Options) else None
        if options:
            right = answered(answer, options, first)
        elif self._puts or is_lettered(spelled(answer)):
            raise UnfitError("no_options")
        else:
            right = None
        if self._puts:
            named = [{"label": label, "text": text} for label, text in options]
            return {"question": question, "options": named, "answer": right, "explanation": explanation}
        written = "".join(right) if right else None if options else spelled(answer)
        if not written:
            raise UnfitError("no_answer")
        return {"text": rendered(question, options, written, explanation)}


def rendered(question: str, options: list[Choice], answer: str, explanation: str | None) -> str:
    """A question as it stands in a book of questions."""
    lines = [question, *(f"{label}. {text}" for label, text in options), f"答案：{answer}"]
    if explanation and explanation.strip():
        lines.append(f"解析：{explanation.strip()}")
    return "\n".join(lines)


def _said(told: Mapping[str, Field], part: str) -> Callable[[Any], str | None]:
    field = told.get(part)
    return joined(field) if isinstance(field, str | tuple) else lambda _: None


def _options(field: Field | None) -> Callable[[Any], list[Choice]]:
    if field is None:
        return lambda _: []
    if isinstance(field, tuple):
        field = Options(columns=field)
    elif isinstance(field, str):
        field = Options(at=field)
    if field.at is not None:
        at = follow(field.at)
        return lambda record: options_in(at(record))
    gets: list[Get] = [follow(path) for path in field.columns]
    return lambda record: options_in([spelled(get(record)) or "" for get in gets])


def _usual(record: Row) -> dict[str, Field]:
    """Where a record has its parts, by what they are usually called."""
    there = {re.sub(r"[\s_-]", "", key).casefold(): key for key in reversed(record)}
    found: dict[str, Field] = {}
    for part, names in USUAL.items():
        name = next((there[name] for name in names.split() if name in there), None)
        if name is not None and name not in found.values():
            found[part] = name
    if "questions" in found and not isinstance(record[str(found["questions"])], list):
        del found["questions"]
    if "options" not in found:
        rows = [[there[key] for letter in "abcdefghij" if (key := form.format(letter)) in there] for form in IN_COLUMNS]
        columns = next((row for row in rows if len(row) >= 2), None)
        if columns:
            found["options"] = Options(columns=tuple(columns))
    return found
