"""Subtitles become what was said. All content is invented."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from medgo_data.corpus import Piece
from medgo_data.sources.formats.transcript import read
from medgo_data.sources.works import Works


def srt(*said: str, gap: float = 0.0, length: float = 2.0) -> str:
    """Numbered cues of some seconds each."""
    cues = []
    for number, text in enumerate(said):
        start = number * (length + gap)
        cues.append(f"{number + 1}\n{clock(start)} --> {clock(start + length)}\n{text}\n")
    return "\n".join(cues)


def clock(seconds: float, mark: str = ",") -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{round((seconds - whole) * 1000):03}"


PLAIN = "同学们好，今天我们\n讲高血压。"
TEXTS = {
    "lines of a sentence": (
        srt(PLAIN, "它的诊断标准是，", "收缩压大于", "140 mmHg。"),
        "同学们好，今天我们讲高血压。它的诊断标准是，收缩压大于140 mmHg。",
    ),
    "lines without any mark": (srt("今天我们讲高血压", "高血压是常见病"), "今天我们讲高血压 高血压是常见病"),
    "English words": (srt("The blood", "pressure。", "升高 in", "adults。"), "The blood pressure。升高 in adults。"),
    "a pause": (srt("第一节讲完。", "第二节开始。", gap=4), "第一节讲完。\n\n第二节开始。"),
    "a breath": (srt("第一句，", "第二句。", gap=3.9), "第一句，第二句。"),
    "windows, byte order mark": (
        "\ufeff" + srt(PLAIN, "完。").replace("\n", "\r\n"),
        "同学们好，今天我们讲高血压。完。",
    ),
    "no empty lines": (srt("血压。", "120", "脉搏。").replace("\n\n", "\n"), "血压。120脉搏。"),
    "no numbers": (
        "00:01,000 --> 00:02,000\n甲。\n\n00:02,000 --> 00:03,000\n120\n\n00:03,000 --> 00:04,000\n乙。",
        "甲。120乙。",
    ),
    "wrong numbers": (
        srt("甲。", "乙。", "丙。").replace("\n3\n", "\n1\n").replace("1\n00:00:00", "7\n00:00:00"),
        "甲。乙。丙。",
    ),
    "points, short arrows and many hours": (
        "1\n120:59:59.5 -> 121:00:00.0\n甲。\n\n2\n121:00:00,000-->121:00:01,000  X1:100 X2:200\n乙。\n\n3\n121:00:05.001 --> 121:00:06\n丙。",
        "甲。乙。\n\n丙。",
    ),
    "sounds": (
        srt("[音乐]", "（热烈的掌声）谢谢。", "[Music]心音♪", "【笑声】", "（收缩期）增强。"),
        "谢谢。心音（收缩期）增强。",
    ),
    "marks of style": (
        srt('<i>左</i>心<font color="#fff">室</font>，', "{\\an8}血压<b>&gt;</b>140，p<0.05。"),
        "左心室，血压>140，p<0.05。",
    ),
    "speakers": (
        srt("王老师：请回答。", "张同学：是心衰。", "张同学：左心衰。", "王老师：很好。", "例如：肺水肿。"),
        "王老师：请回答。\n\n张同学：是心衰。左心衰。\n\n王老师：很好。例如：肺水肿。",
    ),
    "speakers without a name": (
        srt("- 疼吗？\n- 不疼。", ">> 好的，", "休息吧。"),
        "疼吗？\n\n不疼。\n\n好的，休息吧。",
    ),
    "a word said twice": (
        srt("好的。", "好的。", "今天讲，", "心衰，", "心衰的分级，", "有四级，", "一级，"),
        "好的。好的。今天讲，心衰，心衰的分级，有四级，一级，",
    ),
    "captions that roll up": (
        srt("今天讲高血压", "今天讲高血压\n它很常见", "它很常见", "它很常见\n要测血压", "要测血压\n每天一次"),
        "今天讲高血压 它很常见 要测血压 每天一次",
    ),
    "captions that grow": (srt("今天", "今天讲", "今天讲高血压", "它很", "它很常见"), "今天 讲 高血压 它很 常见"),
    "an empty cue": (srt("甲。", "", "乙。"), "甲。乙。"),
    "no times": ("这是普通文字。\n第二行。", "这是普通文字。\n第二行。"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_subtitles_read_as_speech(case: str) -> None:
    content, expected = TEXTS[case]
    assert read(content).text == expected


WEBVTT = """WEBVTT - 第一讲 心力衰竭
Kind: captions
Language: zh

NOTE
不是正文

STYLE
::cue(.red) { color: red }

intro
00:01.000 --> 00:03.500 align:start position:0%
<v.loud 王老师>各位<00:00:02.000><c.red>同学</c>，

00:03.500 --> 00:05.000
<v 王老师>今天讲<ruby>心衰<rt>xīn shuāi</rt></ruby>。

NOTE 又一个注释
有两行

2-a
00:05.000 --> 00:07.000
<v 李同学>好的 &amp; 谢谢。</v>
请讲。
"""


def test_webvtt_reads_as_speech() -> None:
    work = read(WEBVTT)
    assert work.text == "王老师：各位同学，今天讲心衰。\n\n李同学：好的 & 谢谢。请讲。"
    assert work.title == "第一讲 心力衰竭"
    assert read("WEBVTT\n\nNOTE 空\n").text == ""


def test_a_long_lecture_has_paragraphs() -> None:
    said = [f"这是没有停顿的第{number}句话。" for number in range(100, 600)]
    paragraphs = read(srt(*said)).text.split("\n\n")
    assert all(600 <= len(paragraph) < 615 for paragraph in paragraphs[:-1]) and len(paragraphs) == 12
    assert "".join(paragraphs) == "".join(said)


@pytest.mark.parametrize("noise", ["[", "（", "<v ", "<i ", "{\\", "1\n", "\n", "A ", "  ", "<rt>"])
def test_a_hostile_text_ends_soon_and_keeps_its_word(noise: str) -> None:
    start = time.process_time()
    assert read(srt("前", noise * 20_000 + "\n甲", "后")).text.endswith("甲 后")
    assert time.process_time() - start < 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_subtitle_file_is_a_work(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "第一讲.srt"
    path.write_bytes(srt(PLAIN, "完。").replace("\n", "\r\n").encode(encoding))
    of = Works(name="lectures", files=str(path), license="public")
    (docs,) = of.read(Piece(of.raw[0]))
    assert docs.select("title", "text").rows() == [("第一讲", "同学们好，今天我们讲高血压。完。")]
