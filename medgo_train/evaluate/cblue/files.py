"""The files of CBLUE, read into samples: records by id or by text, dialogues, doctor's turns, and lists of documents."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from medgo_train.evaluate.cblue.task import Item
from medgo_train.evaluate.files import EvaluationError, content, values

Gold = Callable[[Mapping[str, Any]], Any]
Reader = Callable[[Path], list[Item]]
ONLY_IN = {  # a field that one task's records have and no other's
    "entities": "CMeEE-V2",
    "spo_list": "CMeIE-V2",
    "normalized_result": "CHIP-CDN",
    "event": "CHIP-CDEE",
    "text1": "CHIP-STS",
    "dialog_info": "CHIP-MDCFNPC",
    "query1": "KUAKE-QQR",
    "title": "KUAKE-QTR",
    "tree": "Text2DT",
    "relation_of_mention": "CMedCausal",
    "output": "MedDG",
}


def records(task: str, fields: Iterable[str], answer: str, gold: Gold) -> Reader:
    """Samples that are records. Where they have no id they are known by a digest of their text, never by the text."""
    needed = tuple(fields)

    def read(path: Path) -> list[Item]:
        told = _listed(values(content(path), path), path, task)
        items = []
        seen: Counter[str] = Counter()
        for number, one in enumerate(told, 1):
            if (
                not isinstance(one, dict)
                or any(field not in one for field in needed)
                or _foreign(task, one, needed, answer)
            ):
                raise EvaluationError(_stranger(path, f"record {number}", task, one, needed))
            key = str(one["id"]) if "id" in needed else digest(str(one["text"]))
            seen[key] += 1
            known = key if seen[key] == 1 or "id" in needed else f"{key}#{seen[key]}"
            items.append(Item(id=known, record=one, gold=_gold(path, f"record {number}", task, one, answer, gold)))
        return items

    return read


def digest(text: str) -> str:
    return hashlib.blake2b(text.strip().encode(), digest_size=6).hexdigest()


def _gold(path: Path, where: str, task: str, one: Mapping[str, Any], answer: str, gold: Gold) -> Any:  # noqa: PLR0913, PLR0917
    if answer not in one:
        return None
    try:
        return gold(one)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise EvaluationError(
            f"{path} has in {where} a field {answer!r} that is not in the form of {task} ({type(wrong).__name__}). "
            f"Compare it with the example of the download."
        ) from wrong


def _foreign(task: str, one: Mapping[str, Any], needed: Iterable[str], answer: str) -> bool:
    """Whether a record has no answer of this task, but a field that only others have."""
    others = (field for field in (*ONLY_IN, "label") if field not in needed and ONLY_IN.get(field) != task)
    return answer not in one and any(field in one for field in others)


def _stranger(path: Path, where: str, task: str, one: object, needed: Iterable[str]) -> str:
    lacks = [field for field in needed if not isinstance(one, dict) or field not in one] or ["answer"]
    likely = [name for field, name in ONLY_IN.items() if isinstance(one, dict) and field in one and name != task]
    hint = f"It looks like {likely[0]}." if likely else "Is it of another task?"
    return f"{path} has no {lacks[0]!r} in {where}, so it is no file of {task}. {hint}"


def _listed(told: Any, path: Path, task: str) -> list[Any]:
    if isinstance(told, dict):
        told = [told] if {"text", "id", "dialog_id"} & told.keys() else None
    if not isinstance(told, list) or not told:
        raise EvaluationError(f"{path} holds no list of records, so it is no file of {task}. Is it of another task?")
    return told


# ---- IMCS-V2: dialogues, and answers by sentence ---------------------------------------------------------------------


def sentences(task: str, gold: Gold, *, whole: bool = False) -> Reader:
    """A sample for each sentence, and for ``whole`` one for each dialogue too; of dialogues or of a submission."""

    def read(path: Path) -> list[Item]:
        items: list[Item] = []
        for dialogue, told in _dialogues(path, task):
            if isinstance(told.get("dialogue"), list):
                items += _from_dialogue(path, task, dialogue, told, gold, whole=whole)
            else:
                for key, said in told.items():
                    items.append(Item(id=f"{dialogue}:{key}", record={}, gold=said, group=dialogue))
        return items

    return read


def _from_dialogue(  # noqa: PLR0913
    path: Path, task: str, dialogue: str, told: Mapping[str, Any], gold: Gold, *, whole: bool
) -> Iterator[Item]:
    history: list[str] = []
    for one in told["dialogue"]:
        if not isinstance(one, dict) or "sentence" not in one or "sentence_id" not in one:
            raise EvaluationError(_stranger(path, f"dialogue {dialogue}", task, one, ("sentence_id", "sentence")))
        line = f"{one.get('speaker', '')}：{one['sentence']}"
        record = {"sentence": one["sentence"], "line": line, "history": tuple(history)}
        yield Item(id=f"{dialogue}:{one['sentence_id']}", record=record, gold=gold(one), group=dialogue)
        history.append(line)
    if whole:
        known = told.get("implicit_info", {})
        right = known.get("Symptom") if isinstance(known, dict) else None
        yield Item(id=f"{dialogue}:global", record={"history": tuple(history)}, gold=right, group=dialogue)


def reports(path: Path) -> list[Item]:
    """IMCS-V2-MRG: a sample for each dialogue, with its one or two reports; of dialogues or of a submission."""
    items = []
    for dialogue, told in _dialogues(path, "IMCS-V2-MRG"):
        turns = told.get("dialogue")
        if isinstance(turns, list):
            history = tuple(f"{one.get('speaker', '')}：{one.get('sentence', '')}" for one in turns)
            record = {"self_report": told.get("self_report", ""), "history": history}
            items.append(Item(id=dialogue, record=record, gold=told.get("report"), group=dialogue))
        else:
            items.append(Item(id=dialogue, record={}, gold=told, group=dialogue))
    return items


def _dialogues(path: Path, task: str) -> list[tuple[str, Mapping[str, Any]]]:
    told = values(content(path), path)
    if not isinstance(told, dict) or not told or not all(isinstance(one, dict) for one in told.values()):
        one = told[0] if isinstance(told, list) and told else None
        raise EvaluationError(_stranger(path, "its first dialogue", task, one, ("dialogue",)))
    return list(told.items())


# ---- CHIP-MDCFNPC ----------------------------------------------------------------------------------------------------


def findings(path: Path) -> list[Item]:
    """A sample for each sentence in which findings are marked; each is known by its place."""
    items: list[Item] = []
    for number, one in enumerate(_listed(values(content(path), path), path, "CHIP-MDCFNPC"), 1):
        if not isinstance(one, dict) or "dialog_id" not in one or not isinstance(one.get("dialog_info"), list):
            needed = ("dialog_id", "dialog_info")
            raise EvaluationError(_stranger(path, f"dialogue {number}", "CHIP-MDCFNPC", one, needed))
        items += _gold(path, f"dialogue {number}", "CHIP-MDCFNPC", one, "dialog_info", _marked)
    return items


def _marked(dialogue: Mapping[str, Any]) -> list[Item]:
    lines = [f"{one.get('sender', '')}：{one['text']}" for one in dialogue["dialog_info"]]
    items = []
    for place, one in enumerate(dialogue["dialog_info"]):
        marked = [(*one_ner["range"], one_ner["mention"], one_ner.get("attr") or "") for one_ner in one["ner"]]
        if marked:
            record = {
                "line": lines[place],
                "history": tuple(lines[:place]),
                "after": tuple(lines[place + 1 : place + 2]),
                "findings": tuple((start, end, mention) for start, end, mention, _ in marked),
                "dialogue": dialogue,
            }
            answers = [[start, end, attr] for start, end, _, attr in marked]
            key = f"{dialogue['dialog_id']}:{one['sentence_id']}"
            items.append(Item(id=key, record=record, gold=answers, group=str(dialogue["dialog_id"])))
    return items


# ---- MedDG -----------------------------------------------------------------------------------------------------------


def turns(path: Path) -> list[Item]:
    """What a doctor says next, once the patient has spoken; of dialogues, or of records with an id and an output."""
    told = _listed(values(content(path), path), path, "MedDG")
    items: list[Item] = []
    for number, one in enumerate(told, 1):
        if isinstance(one, list):
            items += _doctors(number, [turn for turn in one if isinstance(turn, dict)])
        elif isinstance(one, dict) and "id" in one and ("output" in one or "history" in one):
            history = one.get("history")
            lines = tuple(map(str, history)) if isinstance(history, list) else (str(history),)
            record = {"history": lines} if history else {}
            items.append(Item(id=str(one["id"]), record=record, gold=one.get("output")))
        else:
            raise EvaluationError(_stranger(path, f"record {number}", "MedDG", one, ("id", "output")))
    return items


def _doctors(number: int, dialogue: list[dict[str, Any]]) -> Iterator[Item]:
    history: list[str] = []
    asked = False
    for place, turn in enumerate(dialogue, 1):
        doctor, said = turn.get("id") == "Doctor", str(turn.get("Sentence", ""))
        if doctor and asked:
            yield Item(id=f"{number}:{place}", record={"history": tuple(history)}, gold=said, group=str(number))
        asked = asked or not doctor
        history.append(f"{'医生' if doctor else '患者'}：{said}")


# ---- KUAKE-IR --------------------------------------------------------------------------------------------------------


def queries(path: Path) -> list[Item]:
    """Queries, their right documents, and the candidates that a first search found.

    Of a folder: ``*query*.txt`` (number and query); ``*qrels*.tsv``, if the answers are known (number and document, or
    TREC's four columns); and, where a model is to rank, ``candidates.tsv`` (number and documents, best first) and
    ``corpus.tsv`` (number and text). Of a file: a submission.
    """
    if not path.is_dir():
        return [Item(id=key, record={}, gold=listed.split(",")) for key, listed in _table(path)]
    asked = dict(_table(_only(path, "*query*.txt")))
    right = _relevant(_only(path, "*qrels*.tsv")) if any(path.glob("*qrels*.tsv")) else {}
    tops = dict(_table(path / "candidates.tsv")) if (path / "candidates.tsv").is_file() else {}
    wanted = {one for listed in tops.values() for one in listed.split(",")}
    texts = {key: text for key, text in _table(path / "corpus.tsv") if key in wanted} if wanted else {}
    items = []
    for key, query in asked.items():
        candidates = tuple((one, texts.get(one, "")) for one in tops.get(key, "").split(",") if one)
        items.append(Item(id=key, record={"query": query, "candidates": candidates}, gold=right.get(key)))
    return items


def _relevant(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for query, *rest in _rows(path, 2):
        if len(rest) < 3 or rest[2].strip() != "0":
            found.setdefault(query, []).append((rest[1] if len(rest) > 1 else rest[0]).strip())
    return found


def _only(folder: Path, pattern: str) -> Path:
    met = sorted(folder.glob(pattern))
    if len(met) != 1:
        raise EvaluationError(
            f"{folder} has {len(met)} files {pattern}, and one is read. Put the files of one split into a folder."
        )
    return met[0]


def _table(path: Path) -> Iterator[tuple[str, str]]:
    return ((row[0], row[1]) for row in _rows(path, 2))


def _rows(path: Path, least: int) -> Iterator[list[str]]:
    for number, line in enumerate(content(path).splitlines(), 1):
        parts = line.rstrip("\n").split("\t")
        if line.strip() and len(parts) < least:
            raise EvaluationError(
                f"{path} has no tab in line {number}, so it is no file of KUAKE-IR. Is it of another task?"
            )
        if line.strip():
            yield parts


# ---- lists of words --------------------------------------------------------------------------------------------------


def lexicon(path: Path) -> dict[str, str]:
    """The words that a task is scored by: MedDG's entity_list.txt, a word a line; IMCS-V2-SR's mappings.json.

    A line may hold a word and, behind a tab, what it stands for.
    """
    text = content(path)
    if text.lstrip()[:1] in {"[", "{"}:
        told = values(text, path)
        names = [name for part in (told if isinstance(told, list) else [told]) for name in part]
        return {str(name): str(name) for name in names if not str(name).isdigit()}  # it names them both ways
    lines = (line.strip().partition("\t") for line in text.splitlines() if line.strip())
    return {word: entity.strip() or word for word, _, entity in lines}
