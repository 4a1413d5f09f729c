"""A lecture's subtitles (SRT, WebVTT) become what was said, in paragraphs, without the times.

A pause of some seconds, or another speaker, begins a new paragraph. Captions that roll up, each showing the last line again
before it adds one, are said once. A speaker's name stands before the first words; signs for sounds, [音乐], are left out.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from medgo_data.sources.formats import Work

PAUSE = 4.0  # seconds of silence that end a paragraph
LONG = 600  # characters; a paragraph of so many ends with its sentence, however fast the lecturer speaks
LONGEST = 2_000  # and one of so many ends
ROLLING = 0.3  # of the cues of a file that begin with what was just shown: then it was not said twice
PUNCTUATED = 0.1  # of its lines that end with a mark: then a line that ends without one goes on in the next

TIME = r"(?:(\d+):)?(\d{1,3}):(\d{1,2})(?:[.,，:](\d{1,3}))?"
CUE = re.compile(rf"^[ \t]*{TIME}[ \t]*-{{1,3}}>[ \t]*{TIME}.*$", re.MULTILINE)
TITLE = re.compile(r"WEBVTT[ \t]+(?:[-–—][ \t]*)?(\S.*)")
ABOUT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s.*)?")  # of a block that is not shown
VOICE = re.compile(r"<v(?:\.[^\s>]{0,40})?[ \t]{1,8}([^>]{1,60})>")
UNSHOWN = re.compile(
    r"<rt>.{0,60}?</rt>|</?(?:[biucsv]|rt|ruby|lang|font|span|\d[\d:]{0,20})(?:[ \t.][^>]{0,200})?/?>|\{\\[^}]{0,200}\}",
    re.IGNORECASE,
)
SOUND = re.compile(
    r"[\[【(（]\s*(?:[^\[\]【】()（）]{0,6}(?:音乐|掌声|笑声|铃声|鼓掌|噪音|噪声|静音|无声|听不清|背景音|咳嗽声)[^\[\]【】()（）]{0,4}"
    r"|(?:music|applause|laughter|laughs|silence|inaudible|noise|cough|blank_audio)[^\[\]()]{0,12})\s*[\])】）]|[♪♫♬]+",
    re.IGNORECASE,
)
SPEAKER = re.compile(r"(?:>>[ \t]*)?([^\W\d_][\w·]{0,11}(?:[ \t][\w.·]{1,12}){0,2})[ \t]*[：:][ \t]*(?=\S)")
TURN = re.compile(r"(?:>>+|[-–—][ \t])[ \t]*")
WIDE = re.compile("[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uff60、。“”‘’…—]")
MARKS = "，。、；：？！…,.;:?!”’」』）)】—"


class Line(NamedTuple):
    """What is said, and by whom: None where that is not told, and empty where it is only told that it is another."""

    said: str
    speaker: str | None = None


class Cue(NamedTuple):
    """What is shown from one second to another."""

    start: float
    end: float
    lines: list[Line]


def read(content: str) -> Work:
    content = content.lstrip("\ufeff")
    if not content.startswith("WEBVTT") and not CUE.search(content):
        return Work(content)  # a text that is only called so
    title = TITLE.match(content)
    cues = [cue for cue in _cues(content) if cue.lines]
    return Work("\n\n".join(_paragraphs(_said_once(cues))), title[1].strip() if title else None)


# ---- cues ----------------------------------------------------------------------------------------------------------


def _cues(content: str) -> Iterator[Cue]:
    """What stands between two lines of times, less the number or name of the cue that follows."""
    found = list(CUE.finditer(content))
    ends = [cue.start() for cue in found[1:]] + [len(content)]
    names = _speakers(content)
    for cue, end in zip(found, ends, strict=False):
        lines = content[cue.end() + 1 : end].split("\n")
        if end < len(content):
            del lines[-1]  # empty: the times begin a line
            if lines and _is_name(lines):
                del lines[-1]
        yield Cue(_seconds(*cue.groups()[:4]), _seconds(*cue.groups()[4:]), _shown(lines, names))


def _is_name(lines: list[str]) -> bool:
    """Whether the last of these lines, right above the times of a cue, is its number or name."""
    last = lines[-1].strip()
    alone = len(lines) > 1 and not lines[-2].strip()
    return last.isdecimal() or (alone and bool(last) and not WIDE.search(last))


def _seconds(hours: str | None, minutes: str, seconds: str, parts: str | None) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{parts or 0}")


def _shown(lines: list[str], names: frozenset[str]) -> list[Line]:
    shown: list[Line] = []
    after_blank = False
    for line in lines:
        if after_blank and ABOUT.fullmatch(line.strip()):
            break
        after_blank = not line.strip()
        voice = VOICE.search(line)
        speaker = voice[1].strip() if voice else None
        said = SOUND.sub("", html.unescape(UNSHOWN.sub("", VOICE.sub("", line)))).replace("\\N", " ").strip()
        told = SPEAKER.match(said)
        if told and told[1] in names:
            speaker, said = told[1], said[told.end() :]
        elif turn := TURN.match(said):
            speaker, said = speaker or "", said[turn.end() :]
        if said:
            shown.append(Line(" ".join(said.split()), speaker))
    return shown


def _speakers(content: str) -> frozenset[str]:
    """The names that stand before a colon at the start of more than one line, such as 王医生."""
    found = Counter(told[1] for line in content.split("\n") if (told := SPEAKER.match(line.strip())))
    return frozenset(name for name, times in found.items() if times > 1)


# ---- what was said -------------------------------------------------------------------------------------------------


def _said_once(cues: list[Cue]) -> list[Cue]:
    """The same without what a cue shows again; unless so few do that it was said again."""
    pairs = list(zip([None, *cues], cues, strict=False))
    again = [_again(before, cue) if before else (0, 0) for before, cue in pairs]
    if sum(any(shown) for shown in again) < ROLLING * len(cues):
        return cues
    once = []
    for cue, (lines, characters) in zip(cues, again, strict=True):
        rest = cue.lines[lines:]
        if characters:
            rest[0] = rest[0]._replace(said=rest[0].said[characters:].strip())
        once.append(cue._replace(lines=[line for line in rest if line.said]))
    return once


def _again(before: Cue, cue: Cue) -> tuple[int, int]:
    """How many of its lines were shown before, or else how many characters of its first line, which grows."""
    if cue.start - before.end >= PAUSE:
        return 0, 0
    shown, lines = [line.said for line in before.lines], [line.said for line in cue.lines]
    for number in range(min(len(shown), len(lines)), 0, -1):
        if shown[-number:] == lines[:number]:
            return number, 0
    return 0, len(shown[-1]) if lines[0].startswith(shown[-1]) else 0


def _paragraphs(cues: list[Cue]) -> Iterator[str]:
    lines = [line.said for cue in cues for line in cue.lines]
    between = "" if sum(line[-1] in MARKS for line in lines) >= PUNCTUATED * len(lines) else " "
    held, speaker, silent_since = "", None, 0.0
    for cue in cues:
        for line in cue.lines:
            turned = line.speaker is not None and (line.speaker != speaker or not line.speaker)
            ended = len(held) >= LONGEST or (len(held) >= LONG and held[-1] in "。？！?!.")
            if held and (turned or ended or cue.start - silent_since >= PAUSE):
                yield held
                held = ""
            if turned:
                speaker = line.speaker
                held = f"{speaker}：{line.said}" if speaker else line.said
            else:
                held = _joined(held, line.said, between)
            silent_since = cue.end
        silent_since = max(silent_since, cue.end)
    if held:
        yield held


def _joined(held: str, said: str, between: str) -> str:
    """One after the other, with a space between words that are not Chinese."""
    if not held:
        return said
    return held + (between if WIDE.match(held[-1]) or WIDE.match(said) else " ") + said
