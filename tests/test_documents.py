"""Pages, books, Word files and what MinerU writes become Markdown. All content is invented, all files are made here."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from medgo_data.sources.formats import Work, archive, docx, epub, html, markdown, mineru
from medgo_data.sources.formats.numbering import spelled
from medgo_data.sources.formats.writing import Cell, pipes
from medgo_data.sources.raw import BrokenError

# ---- tables --------------------------------------------------------------------------------------------------------


def table(*rows: str) -> str:
    return "\n".join([rows[0], "|" + " --- |" * (rows[0].count(" | ") + 1), *rows[1:]])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[Cell("药品"), Cell("剂量")], [Cell("苹安宁"), Cell("5 mg")]], table("| 药品 | 剂量 |", "| 苹安宁 | 5 mg |")),
        ([[Cell("型别", rows=2), Cell("甲")], [Cell("乙")]], table("| 型别 | 甲 |", "| 型别 | 乙 |")),
        (
            [[Cell("项目"), Cell("数值", columns=2)], [Cell("a"), Cell("b"), Cell("c")]],
            table("| 项目 | 数值 | 数值 |", "| a | b | c |"),
        ),
        ([[Cell("甲"), Cell("乙")], [Cell("小计", columns=2)]], table("| 甲 | 乙 |", "| 小计 |  |")),
        ([[Cell("长" * 80, rows=2), Cell("甲")], [Cell("乙")]], table(f"| {'长' * 80} | 甲 |", "|  | 乙 |")),
        ([[Cell("a|b"), Cell("两\n行")]], table(r"| a\|b | 两 行 |")),
        ([[Cell("甲", rows=2, columns=2), Cell("乙")], [Cell("丙")]], table("| 甲 | 甲 | 乙 |", "| 甲 | 甲 | 丙 |")),
        ([[Cell("")], [Cell("")]], ""),
    ],
)
def test_a_cell_is_said_in_every_place_that_it_spans(rows: list[list[Cell]], told: str) -> None:
    assert pipes(rows) == told


def test_spans_that_would_fill_the_memory_are_not_believed() -> None:
    rows = [[Cell("甲", rows=60_000, columns=1000), Cell("乙")]] * 100
    assert pipes(rows).count("\n") == 100
    assert len(pipes(rows)) < 2000


# ---- HTML ----------------------------------------------------------------------------------------------------------

ARTICLE = [
    "慢性轻咳病是一种虚构的疾病，常见于秋冬季节，多数患者症状轻微，休息后可以缓解。",
    "患者常以干咳为首发症状，夜间明显，部分患者伴有咽部不适，体格检查多无异常发现。",
    "治疗以休息和饮水为主，必要时可以服用润嗓糖浆，每次十毫升，每日三次，疗程七天。",
]
PARAGRAPHS = "".join(f"<p>{said}</p>" for said in ARTICLE)
LINKS = "".join(f'<li><a href="/{k}.html">健康频道第{k}条</a></li>' for k in range(30))
AROUND = {
    "menu": f"<nav><ul>{LINKS}</ul></nav>",
    "links": f"<div class='box'><h3>热门文章</h3><ul>{LINKS}</ul></div>",
    "crumbs": '<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/d">疾病</a> &gt; 正文</div>',
    "script": "<script>var 广告 = '弹窗内容';</script><style>.广告 { color: red }</style><noscript>请启用脚本</noscript>",
    "comments": '<div id="comments"><p>网友甲：写得真好，收藏了，谢谢医生的分享。</p></div>',
    "share": '<div class="bdsharebuttonbox">分享到：微信 微博</div>',
    "labels": "<p>来源：某健康网 发布时间：2020-01-01</p><p>上一篇：没有了</p><p>责任编辑：王某</p>",
    "footer": "<footer><p>版权所有 某健康网，未经许可，不得转载，违者必究，请联系我们。</p></footer>",
    "bottom": "<div>Copyright © 2020 某健康网 京ICP备00000000号</div>",
    "hidden": '<div style="display:none">此处为隐藏的统计代码说明，请勿删除，谢谢合作。</div><!-- 注释：模板 -->',
}


def page(*parts: str, title: str = "慢性轻咳病的治疗_某健康网") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{''.join(parts)}</body></html>"


LAYOUTS = {
    "a division": lambda body: f'<div class="main"><div class="content">{body}</div></div>',
    "an article": lambda body: f"<main><article><h1>慢性轻咳病的治疗</h1>{body}</article></main>",
    "a cell of a table": lambda body: f'<table><tr><td width="150">{AROUND["links"]}</td><td>{body}</td></tr></table>',
    "a form": lambda body: f'<form id="form1"><div>{body}</div><input value="提交按钮"></form>',
    "divisions in a row": lambda body: "".join(f"<div>{part}</div>" for part in re.findall(r"<p>.*?</p>", body)),
    "a class that sounds like a menu": lambda body: f'<div class="main-nav-content">{body}</div>',
    "chapters of which one is shown": lambda body: (
        "<div>"
        + "".join(f"<div style='display:none'>{part * 4}</div>" for part in re.findall(r"<p>.*?</p>", body))
        + "</div>"
    ),
    "hidden until a click": lambda body: f'<div style="display: none" id="more">{body}</div>',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_article_stays_whole_and_what_is_around_it_goes(layout: str) -> None:
    above, below = list(AROUND.values())[:4], list(AROUND.values())[4:]
    work = html.read(page(*above, LAYOUTS[layout](PARAGRAPHS), *below))
    assert work.title == "慢性轻咳病的治疗"
    text = work.text.removeprefix("# 慢性轻咳病的治疗\n\n")
    assert list(dict.fromkeys(text.split("\n\n"))) == ARTICLE


@pytest.mark.parametrize("part", AROUND)
def test_each_part_around_an_article_goes(part: str) -> None:
    for content in (page(AROUND[part], AROUND["menu"], PARAGRAPHS), page(AROUND["menu"], PARAGRAPHS, AROUND[part])):
        assert html.read(content).text.split("\n\n") == ARTICLE


def test_a_page_that_only_leads_elsewhere_is_empty() -> None:
    teaser = '<dl><dt><a href="/a">咳嗽怎么办</a></dt><dd>秋季天凉，夜间咳嗽的人增多，专家提醒…<a href="/a">[详细]</a></dd></dl>'
    doctors = "<ul>" + "<li><p>甲医生 参与了回答</p><p>3个回答</p></li>" * 10 + "</ul>"
    portal = page(*[AROUND[part] for part in ("menu", "links", "bottom")], teaser * 40, doctors, title="某健康网")
    assert html.read(portal) == Work("", "某健康网")


def test_a_page_of_short_lines_without_links_is_kept() -> None:
    lines = ["【药品名称】苹安宁", "【性状】白色片", "【禁忌】尚不明确"]
    assert html.read(page(*(f"<p>{line}</p>" for line in lines))).text.split("\n\n") == lines


PIECES = {
    "<h1>轻咳病</h1><h3>病因</h3><p>尚不明确</p>": "# 轻咳病\n\n### 病因\n\n尚不明确",
    "<ul><li>休息</li><li>饮水<ul><li>温水</li></ul></li></ul>": "- 休息\n- 饮水\n  - 温水",
    '<ol start="3"><li>休息<li>饮水</ol>': "3. 休息\n4. 饮水",
    "<ol><li>（1）休息</li><li>② 饮水</li></ol>": "（1）休息\n② 饮水",
    "白细胞 10<sup>9</sup>/L，H<sub>2</sub>O，10<sup>-3</sup>": "白细胞 10⁹/L，H₂O，10⁻³",
    "引文<sup>[1]</sup>，甲<sup>甲</sup>": "引文[1]，甲甲",
    "P&lt;0.05 &amp; 37&nbsp;℃ &#945;&mu;g": "P<0.05 & 37 ℃ αμg",
    "甲<br>乙<br><br>丙": "甲\n乙\n\n丙",
    "<p>甲  \n 乙</p><pre>一  二\n三</pre>": "甲 乙\n\n一  二\n三",
    "<dl><dt>轻咳</dt><dd>偶有咳嗽</dd></dl>": "轻咳\n\n偶有咳嗽",
    "<b>粗<i>斜</b>体</i>，<p>段<div>落</p></div>完": "粗斜体，\n\n段\n\n落\n\n完",
    "<table><caption>表1</caption><tr><th>药<th>量<tr><td>甲<td>1<br>mg</table>": "表1\n\n" + table("| 药 | 量 |", "| 甲 | 1 mg |"),
    "<table><tr><td rowspan=2>甲</td><td>1</td></tr><tr><td>2</td></tr></table>": table("| 甲 | 1 |", "| 甲 | 2 |"),
    "<table><tr><td>外</td><td>左<table><tr><td>a</td><td>b</td></tr></table></td></tr></table>": "外\n\n左\n\n" + table("| a | b |"),
    "<table><tr><td><p>只有</p></td></tr><tr><td><p>一列</p></td></tr></table>": "只有\n\n一列",
    '<math><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></math>为面积': "$x^2$为面积",
    "<p>甲</p><script>不见</script><svg><text>不见</text></svg><p>乙</p>": "甲\n\n乙",
    "": "",
    "</div></p></table>甲": "甲",
}  # fmt: skip


@pytest.mark.parametrize("content", PIECES)
def test_all_that_is_seen_of_a_page_is_written_down(content: str) -> None:
    assert html.written(content).replace("\n\n\n", "\n\n") == PIECES[content]


def test_bytes_that_are_no_text_stay_what_they_were() -> None:
    content = page("<p>甲\udcff乙，\udc80丙</p>", title="\udcff")
    work = html.read(content)
    assert work == Work("甲\udcff乙，\udc80丙", "\udcff")


@pytest.mark.parametrize(
    "tags", ["<div>", "<b>", "<ul><li>", "<div><p><span>", "<table><tr><td>", "<font color=red><div>"]
)
def test_a_page_may_be_as_deep_as_it_likes(tags: str) -> None:
    began = time.process_time()
    assert html.read(page(tags * 100_000, *ARTICLE)).text.split()[-1].endswith("".join(ARTICLE))
    assert time.process_time() - began < 20  # a parser alone takes minutes


def test_a_long_page_is_not_deep() -> None:
    """The guard against depth leaves the structure of a long page alone."""
    rows = "".join(f"<tr><td><div><b>{k}<td>值{k}" for k in range(20_000))
    text = html.read(page(f"<table>{rows}</table><h2>小结</h2>{PARAGRAPHS}")).text
    assert "| 7 | 值7 |" in text and "## 小结\n\n慢性" in text


def test_a_page_that_is_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "LARGEST", 10_000)
    with pytest.raises(BrokenError, match="file_too_large"):
        html.read("<p>" * 10_000)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ("<title>轻咳病_某健康网</title>", "轻咳病"),
        ("<title>轻咳病 - 某医院</title>", "轻咳病"),
        ("<title>轻咳病-39健康网</title>", "轻咳病"),
        ("<title>COVID-19诊疗方案</title>", "COVID-19诊疗方案"),
        ("<title>网站名</title><h1>轻咳病</h1>", "轻咳病"),
        ("<title>轻咳病</title><h1>一</h1><h1>二</h1>", "轻咳病"),
        ("<p>无题</p>", None),
    ],
)
def test_a_page_is_called_by_its_heading_or_without_the_name_of_the_site(said: str, called: str | None) -> None:
    assert html.read(said).title == called


# ---- Markdown ------------------------------------------------------------------------------------------------------

TIDIED = {
    "甲<br/>乙": "甲\n乙",
    "P<0.01，a<b且c>d，<user>你好</user><bot>": "P<0.01，a<b且c>d，<user>你好</user><bot>",
    "若 a<b and c>d 则": "若 a<b and c>d 则",
    "<div align=center>\n\n**甲**</div>": "**甲**",
    "![](images/x.jpg)图1": "图1",
    "![图 1](x.png)后 ![x.png](x.png)": "后 ",
    "![胸部X线片示右下肺炎](a.png)": "胸部X线片示右下肺炎",
    '<img src="a.png" alt="胸片示肺炎"/>与<img src="b.png">': "胸片示肺炎与",
    '见[指南](https://example.org/a_(b) "题")第[3-5]页(共9页)': "见指南第[3-5]页(共9页)",
    "[3.5-6](TBIL:总胆红素)及[1](全身用药)": "[3.5-6](TBIL:总胆红素)及[1](全身用药)",
    "[![图](a.png)](https://example.org)甲": "甲",
    "见[下章](第二章.md)、[注](#fn1)": "见下章、注",
    "甲\n\n[1]: https://example.org\n\n乙": "甲\n\n乙",
    "<https://example.org/x>": "https://example.org/x",
    "10<sup>9</sup>/L，CO<sub>2</sub>": "10⁹/L，CO₂",
    "&lt;b&gt; &amp;amp; R&D; &nbsp;5&times;3": "<b> &amp; R&D; \xa05×3",
    "甲<!-- 注 -->乙 <!-- 未完": "甲乙 <!-- 未完",
    "<h2>病因</h2>甲<ul><li>乙</li></ul>": "## 病因\n\n甲\n\n- 乙",
    "| 药     | 量 |\n|:-------|----:|\n| 甲  乙 | 1 |": "| 药 | 量 |\n|:---|---:|\n| 甲 乙 | 1 |",
    "$P<0.05$ 与 $$\\frac{a}{b}$$": "$P<0.05$ 与 $$\\frac{a}{b}$$",
    "前\n<html><body><table><tr><td>GM值<5</td><td>1<GM</td></tr></table></body></html>\n后": "前\n\n" + table("| GM值<5 | 1<GM |") + "\n\n后",
    "<table><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr></table></td></tr></table>后": "a\n\n" + table("| b | c |") + "\n\n后",
    "<table><tr><td>a</td><td>断": table("| a | 断 |"),
    "没有标记，(括号)[方括号]": "没有标记，(括号)[方括号]",
}  # fmt: skip


@pytest.mark.parametrize("text", TIDIED)
def test_markdown_is_rid_of_what_is_not_text(text: str) -> None:
    assert markdown.tidied(text) == TIDIED[text]


@pytest.mark.parametrize(
    ("content", "work"),
    [
        ("# 轻咳病\n\n正文", Work("# 轻咳病\n\n正文", "轻咳病")),
        ("# 综述\n\n# 轻咳病研究进展\n\n正文", Work("# 综述\n\n# 轻咳病研究进展\n\n正文", "轻咳病研究进展")),
        ("# 编者\n\n正文", Work("# 编者\n\n正文", "编者")),
        ("正文\n\n# 一", Work("正文\n\n# 一")),
        ("## 第一节\n正文", Work("## 第一节\n正文")),
        ("---\ntitle: '轻咳病'\ntags: [咳]\n---\n正文", Work("正文", "轻咳病")),
        ("---\n正文没有冒号\n---\n正文", Work("---\n正文没有冒号\n---\n正文")),
        ("", Work("")),
    ],
)
def test_the_title_is_the_first_heading_or_in_the_front_matter(content: str, work: Work) -> None:
    assert markdown.read(content) == work


@pytest.mark.parametrize("bomb", ["[", "![](", "[\\", "<!--", "<a ", '<a href="', "<table>", "|", "---\n", "a: b\n", "<sup>", "# 甲\n", "\n "])  # fmt: skip
def test_no_markdown_takes_long(bomb: str) -> None:
    began = time.process_time()
    markdown.read("---\n" + bomb * 20_000)
    assert time.process_time() - began < 2


# ---- MinerU --------------------------------------------------------------------------------------------------------


def test_what_mineru_read_is_put_together() -> None:
    blocks = [
        {"type": "text", "text": "虚构医学杂志", "page_idx": 0},
        {"type": "text", "text": "综述", "text_level": 1, "page_idx": 0},
        {"type": "text", "text": "轻咳病研究进展", "text_level": 1, "page_idx": 0},
        {"type": "page_number", "text": "17", "page_idx": 0},
        {"type": "text", "text": "P<0.05，浓度10<sup>9</sup>/L", "page_idx": 0},
        {"type": "equation", "text": "$$\nx=1\n$$", "text_format": "latex", "page_idx": 1},
        {"type": "equation", "text": "y=2", "page_idx": 1},
        {"type": "text", "text": "", "page_idx": 1},
        {"type": "text", "text": "方法", "text_level": 2, "page_idx": 3},
        {"type": "table", "table_caption": ["表1 剂量"], "table_body": "<table><tr><td>甲</td><td>1</td></tr></table>", "table_footnote": ["注：虚构"], "page_idx": 3},
        {"type": "image", "img_path": "a.jpg", "img_caption": ["图1 流程"], "page_idx": 3},
        {"type": "list", "list_items": ["一", "二"], "page_idx": 3},
    ]  # fmt: skip
    pages = [
        "虚构医学杂志\n\n# 综述\n\n# 轻咳病研究进展\n\nP<0.05，浓度10⁹/L",
        "$$\nx=1\n$$\n\n$y=2$",
        "",
        "## 方法\n\n表1 剂量\n\n" + table("| 甲 | 1 |") + "\n\n注：虚构\n\n图1 流程\n\n一\n二",
    ]
    assert mineru.read(json.dumps(blocks)) == Work("\f".join(pages), "轻咳病研究进展")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[{", "not_json"),
        ('{"type": "text"}', "unknown_format"),
        ("[" * 100_000, "not_json"),
        ('[{"type": "text", "text": "甲"}, 5, {"text": "乙"}]', Work("甲", None, ("unreadable_block",) * 2)),
        ('[{"type": "text", "text": 7, "page_idx": "?"}, {"type": "table", "table_body": null}]', Work("")),
        ("[]", Work("")),
    ],
)
def test_a_list_that_is_none_of_mineru_is_refused(content: str, told: str | Work) -> None:
    if isinstance(told, Work):
        assert mineru.read(content) == told
    else:
        with pytest.raises(BrokenError, match=told):
            mineru.read(content)


# ---- archives ------------------------------------------------------------------------------------------------------


def packed(members: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return file.getvalue()


def locked(content: bytes) -> bytes:
    """The same archive, its members marked as under a password."""
    changed = bytearray(content)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), content):
            (flags,) = struct.unpack_from("<H", changed, found.start() + at)
            struct.pack_into("<H", changed, found.start() + at, flags | 1)
    return bytes(changed)


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'  # fmt: skip


def word(body: str, **parts: str) -> bytes:
    """A Word file of this body; ``parts`` are its other parts by name."""
    others = {f"word/{name}.xml": f"<w:{name} {WORD}>{said}</w:{name}>" for name, said in parts.items()}
    return packed({"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>", **others})


def line(text: str, style: str = "", more: str = "") -> str:
    said = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{said}{more}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def run(text: str, more: str = "") -> str:
    return f"<w:r><w:rPr>{more}</w:rPr><w:t>{text}</w:t></w:r>"


BROKEN = {
    "not a ZIP": (b"PK\x03\x04" + b"x" * 100, "damaged"),
    "cut off": (word(line("甲"))[:200], "damaged"),
    "a wrong checksum": (word(line("甲" * 50)).replace(b"\x03\x04", b"\x03\x04", 1)[:60] + b"\0\0\0\0" + word(line("甲" * 50))[64:], "damaged"),
    "no document": (packed({"word/other.xml": "<a/>"}), "damaged"),
    "broken XML": (packed({"word/document.xml": "<w:document><w:body>"}), "damaged"),
    "a password": (locked(word(line("甲"))), "encrypted"),
    "a bomb": (packed({"word/document.xml": b" " * (64 << 20)}), "file_too_large"),
    "entities": (packed({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'}), "entities_in_xml"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_or_hostile_archive_is_refused_with_its_reason(kind: str) -> None:
    content, reason = BROKEN[kind]
    with pytest.raises(BrokenError, match=reason):
        docx.read(content)


def test_all_that_is_read_of_an_archive_has_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1000)
    opened = archive.Archive(packed({"a": b"x" * 600, "b": b"y" * 600}))
    assert len(opened.read("a") or b"") == 600
    with pytest.raises(BrokenError, match="file_too_large"):
        opened.read("b")


# ---- Word ----------------------------------------------------------------------------------------------------------

STYLES = (
    '<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="2"><w:name w:val="标题 2"/></w:style>'
    '<w:style w:styleId="own"><w:name w:val="章节"/><w:basedOn w:val="2"/></w:style>'
    '<w:style w:styleId="deep"><w:name w:val="条"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
    '<w:style w:styleId="T"><w:name w:val="Title"/></w:style>'
    '<w:style w:styleId="toc"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:styleId="loop"><w:name w:val="环"/><w:basedOn w:val="loop"/></w:style>'
)
BODIES = {
    "headings": (
        line("轻咳病共识", "T") + line("病因", "1") + line("病理", "own") + line("细则", "deep") + line("附", "", '<w:outlineLvl w:val="0"/>') + line("正文", "loop"),
        "# 轻咳病共识\n\n# 病因\n\n## 病理\n\n### 细则\n\n# 附\n\n正文",
    ),
    "contents": (line("病因......3", "toc") + line("病因", "1"), "# 病因"),
    "raised": ("<w:p>" + run("10") + run("9", '<w:vertAlign w:val="superscript"/>') + run("/L") + "</w:p>", "10⁹/L"),
    "symbols": ('<w:p><w:r><w:t>5 </w:t><w:sym w:font="Symbol" w:char="F06D"/><w:t>g</w:t><w:tab/><w:t>甲</w:t><w:br/><w:t>乙</w:t></w:r></w:p>', "5 μg 甲\n乙"),
    "changes": ("<w:p><w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins>" + run("新") + "</w:ins><w:moveFrom>" + run("移") + "</w:moveFrom></w:p>", "新"),
    "hidden": ("<w:p>" + run("隐", "<w:vanish/>") + run("显", '<w:vanish w:val="0"/>') + "</w:p>", "显"),
    "fields": ('<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink></w:p>', "链接"),
    "a text box": (
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" + line("框内") + "</w:txbxContent></mc:Choice><mc:Fallback><w:pict><w:txbxContent>" + line("框内") + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent><w:t>框外</w:t></w:r></w:p>",
        "框内\n\n框外",
    ),
    "an old text box": ("<w:p><w:r><w:pict><v:textbox><w:txbxContent>" + line("框内") + "</w:txbxContent></v:textbox></w:pict></w:r></w:p>", "框内"),
    "an equation": ("<w:p><m:oMath><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>c</m:t></m:r></m:den></m:f><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></w:p>", "(a+b)/cx²"),
    "a control": ("<w:sdt><w:sdtPr/><w:sdtContent>" + line("甲") + "</w:sdtContent></w:sdt>", "甲"),
    "an empty one": ("<w:p/>", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_a_word_file_says_what_word_shows(kind: str) -> None:
    body, text = BODIES[kind]
    assert docx.read(word(body, styles=STYLES)).text == text


def test_a_word_file_is_called_by_its_title() -> None:
    assert docx.read(word(line("编号") + line("轻咳病共识", "T"), styles=STYLES)).title == "轻咳病共识"
    assert docx.read(word(line("轻咳病诊疗共识", "1") + line("甲"), styles=STYLES)).title == "轻咳病诊疗共识"
    assert docx.read(word(line("甲"))).title is None


def test_paragraphs_have_the_numbers_that_word_counts() -> None:
    def level(depth: int, form: str, text: str, more: str = "") -> str:
        return f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'

    numbering = (
        '<w:abstractNum w:abstractNumId="0">' + level(0, "chineseCounting", "第%1章", '<w:pStyle w:val="1"/>') + level(1, "decimal", "%1.%2", "<w:isLgl/>") + level(2, "lowerLetter", "%1-%3)") + "</w:abstractNum>"
        '<w:abstractNum w:abstractNumId="1">' + level(0, "bullet", "") + level(1, "decimalEnclosedCircle", "%2") + "</w:abstractNum>"
        '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="7"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride></w:num>'
    )  # fmt: skip
    styles = '<w:style w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr></w:style>'

    def item(text: str, number: int, depth: int) -> str:
        return line(text, "", f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')

    body = [line("总则", "1"), item("甲", 5, 1), item("乙", 5, 1), line("细则", "1"), item("丙", 5, 1), item("丁", 5, 2), item("点", 6, 0), item("圈", 6, 1)]  # fmt: skip
    body += [item("无", 0, 0), item("另起", 7, 0)]
    told = ["# 第一章 总则", "1.1 甲\n1.2 乙", "# 第二章 细则", "2.1 丙\n二-a) 丁\n- 点\n① 圈", "无", "第九章 另起"]
    assert docx.read(word("".join(body), styles=styles, numbering=numbering)).text.split("\n\n") == told


@pytest.mark.parametrize(
    ("number", "form", "told"),
    [
        (10, "chineseCounting", "十"), (12, "chineseCounting", "十二"), (20, "chineseCounting", "二十"), (35, "japaneseCounting", "三十五"),
        (4, "lowerRoman", "iv"), (29, "upperRoman", "XXIX"), (27, "upperLetter", "AA"), (3, "lowerLetter", "c"),
        (20, "decimalEnclosedCircle", "⑳"), (7, "decimalZero", "07"), (7, "none", ""), (7, "unheardOf", "7"),
    ],
)  # fmt: skip
def test_a_number_is_spelled_in_its_format(number: int, form: str, told: str) -> None:
    assert spelled(number, form) == told


def cell(text: str, more: str = "") -> str:
    return f"<w:tc><w:tcPr>{more}</w:tcPr>{line(text)}</w:tc>"


def test_a_table_in_word_keeps_its_merged_cells() -> None:
    down, below = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        [cell("型别", down), cell("剂量", '<w:gridSpan w:val="2"/>')],
        [cell("", below), cell("成人"), cell("儿童")],
        [cell("甲"), cell("1"), cell("2")],
    ]
    body = "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"
    assert docx.read(word(body)).text == table("| 型别 | 剂量 | 剂量 |", "| 型别 | 成人 | 儿童 |", "| 甲 | 1 | 2 |")


def test_a_table_in_a_table_is_a_table_and_the_outer_one_its_frame() -> None:
    inner = f"<w:tbl><w:tr>{cell('a')}{cell('b')}</w:tr></w:tbl>"
    body = f"<w:tbl><w:tr>{cell('外')}<w:tc>{line('左')}{inner}</w:tc></w:tr></w:tbl>{line('后')}"
    assert docx.read(word(body)).text == "外\n\n左\n\n" + table("| a | b |") + "\n\n后"
    frame = f"<w:tbl><w:tr>{cell('只有')}</w:tr><w:tr>{cell('一列')}</w:tr></w:tbl>"
    assert docx.read(word(frame)).text == "只有\n\n一列"


def test_footnotes_stand_at_the_end_in_the_order_of_the_text() -> None:
    notes = '<w:footnote w:type="separator" w:id="-1">' + line("线") + "</w:footnote>"
    notes += "".join(
        f'<w:footnote w:id="{k}">{line(said)}</w:footnote>' for k, said in ((2, "先"), (3, "后"), (4, "无人提及"))
    )
    ends = f'<w:endnote w:id="2">{line("尾")}</w:endnote>'
    refer = '<w:r><w:{}Reference w:id="{}"/></w:r>'
    refers = [refer.format(kind, k) for kind, k in (("footnote", 3), ("endnote", 2), ("footnote", 2))]
    body = "<w:p>" + run("甲") + refers[0] + run("乙") + refers[1] + refers[2] + "</w:p>"
    told = "甲[^1]乙[^2][^3]\n\n[^1]: 后\n[^2]: 尾\n[^3]: 先"
    assert docx.read(word(body, footnotes=notes, endnotes=ends)).text == told


def test_headers_and_comments_of_a_word_file_are_not_its_text() -> None:
    assert (
        docx.read(word(line("正文"), header1=line("页眉"), footer1=line("页脚"), comments=line("批注"))).text == "正文"
    )


def test_word_files_may_be_as_deep_as_they_like() -> None:
    deep = "<w:sdt><w:sdtContent>" * 50_000 + line("甲") + "</w:sdtContent></w:sdt>" * 50_000
    tables = "<w:tbl><w:tr><w:tc>" * 2_000 + line("乙") + "</w:tc></w:tr></w:tbl>" * 2_000
    assert docx.read(word(deep + tables)).text == "甲\n\n乙"


# ---- books ---------------------------------------------------------------------------------------------------------

CONTAINER = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'


def book(
    chapters: dict[str, str | bytes], *, order: list[str] | None = None, more: dict[str, str | bytes] | None = None
) -> bytes:
    items = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml" properties="{name}"/>'
        for name in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in order or chapters)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>轻咳病 手册</dc:title>'
        f'</metadata><manifest>{items}<item id="css" href="a.css" media-type="text/css"/></manifest><spine>{spine}</spine></package>'
    )  # fmt: skip
    files = {f"OEBPS/{name}.xhtml": said for name, said in chapters.items() if said}
    return packed({"META-INF/container.xml": CONTAINER, "OEBPS/content.opf": package, **files, **(more or {})})


def chapter(body: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head><body>{body}</body></html>'


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    made = book(
        {
            "nav": chapter("<nav><a href='b.xhtml'>目录</a></nav>"),
            "a": chapter('<h1 id="x"/><h1>第二章</h1><p>乙<a id="y"/>丙</p>'),
            "b": chapter("<h1>第一章</h1><p>甲</p>").encode("utf-16"),
        },
        order=["nav", "b", "a", "a", "unknown"],
    )
    assert epub.read(made) == Work("# 第一章\n\n甲\n\n# 第二章\n\n乙丙", "轻咳病 手册")


def test_a_chapter_that_cannot_be_read_is_lost_and_the_others_are_not() -> None:
    made = book({"a": chapter("<p>甲</p>"), "b": "", "c": chapter("<p>丙的内容</p>" * 20)})
    at = made.index(b"OEBPS/c.xhtml") + 13
    assert epub.read(made[: at + 4] + b"\xff\xff" + made[at + 6 :]) == Work(
        "甲", "轻咳病 手册", ("missing_chapter", "damaged")
    )


def test_a_book_under_digital_rights_management_is_encrypted_but_one_with_garbled_fonts_is_not() -> None:
    def rights(method: str, file: str) -> dict[str, str | bytes]:
        said = f'<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:EncryptionMethod Algorithm="{method}"/><e:CipherData><e:CipherReference URI="{file}"/></e:CipherData></e:EncryptedData></encryption>'  # fmt: skip
        return {"META-INF/encryption.xml": said}

    fonts = rights("http://www.idpf.org/2008/embedding", "OEBPS/a.otf")
    assert epub.read(book({"a": chapter("<p>甲</p>")}, more=fonts)).text == "甲"
    with pytest.raises(BrokenError, match="encrypted"):
        epub.read(
            book(
                {"a": chapter("<p>甲</p>")}, more=rights("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml")
            )
        )


@pytest.mark.parametrize(
    "members", [{"META-INF/container.xml": CONTAINER}, {"META-INF/container.xml": "<a/>"}, {"mimetype": "x"}]
)
def test_a_book_without_a_package_is_damaged(members: dict[str, str | bytes]) -> None:
    with pytest.raises(BrokenError, match="damaged"):
        epub.read(packed(members))


# ---- real material -------------------------------------------------------------------------------------------------

REAL = os.environ.get("MEDGO_REAL_DATA")
real = pytest.mark.skipif(REAL is None, reason="MEDGO_REAL_DATA names no folder of real material")


def files(pattern: str) -> list[Path]:
    found = sorted((Path(REAL or "") / "data").glob(pattern))
    assert found, f"no {pattern}"
    return found


def han(text: str) -> Counter[str]:
    return Counter(re.findall(r"[\u4e00-\u9fff]", text))


@pytest.mark.real
@real
def test_a_real_consensus_stays_whole() -> None:
    for file in files("consensus/*.html"):
        content = file.read_text("utf-8")
        body = content[content.index("<body") :]
        seen, kept = (
            han(re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", "", body, flags=re.DOTALL)),
            han(html.read(content).text),
        )
        share = (seen & kept).total() / seen.total()
        assert share >= 0.98


@pytest.mark.real
@real
def test_real_portals_are_empty() -> None:
    left = [len(html.read(file.read_text("utf-8")).text) for file in files("noise/html/*.html")]
    assert left == [0, 0]


@pytest.mark.real
@real
def test_real_papers_keep_their_characters_and_have_no_tags_left() -> None:
    for file in files("paper/md/*.md"):
        content = file.read_text("utf-8")
        text = markdown.read(content).text
        missing = (han(re.sub(r"\]\([^)]*\)", "", content)) - han(text)).total()
        tags = len(re.findall(r"</?(td|tr|table|html|body)\b|!\[", text))
        assert (missing, tags) == (0, 0)


@pytest.mark.real
@real
def test_real_lists_of_mineru_have_a_title_and_their_pages() -> None:
    for file in files("paper/mineru_json/*.json"):
        work = mineru.read(file.read_text("utf-8"))
        pages = {
            block["page_idx"]
            for block in json.loads(file.read_text("utf-8"))
            if block.get("text") or block.get("table_body")
        }
        titled, breaks = bool(work.title), work.text.count("\f")
        assert titled and breaks == max(pages)
