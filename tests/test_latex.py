"""LaTeX becomes Markdown: what a reader reads stays, in its order; what only a printer needs is gone. All content is invented."""

from __future__ import annotations

import gzip
import os
import re
import time
from pathlib import Path

import pytest

from medgo_data.sources.formats import Work
from medgo_data.sources.formats.latex import read

REAL = os.environ.get("MEDGO_REAL_DATA", "")

TEXTS = {
    "headings": (
        "\\part{总论}\n\\chapter[短]{绪论\\label{a}}\n\\section*{第一节 概念}\n正文。\n\\subsection{分类}\n\\paragraph{按病因}正文",
        "# 总论\n\n## 绪论\n\n### 第一节 概念\n\n正文。\n\n#### 分类\n\n###### 按病因\n\n正文",
    ),
    "the outermost heading has one sign": ("\\section{甲}\\subsection{乙}文", "# 甲\n\n## 乙\n\n文"),
    "a heading of several lines": ("\\section{慢性\\protect\\\\ 支气管炎\\footnote{注}}", "# 慢性 支气管炎（注）"),
    "lines of a paragraph": (
        "慢性阻塞性\n肺疾病（chronic\nobstructive）\n  是\n\n常见病。\n　\n\n",
        "慢性阻塞性肺疾病（chronic obstructive）是\n\n常见病。",
    ),
    "a printed blank": ("　　左归丸\n\n甲　乙", "左归丸\n\n甲　乙"),
    "comments": ("占70\\% % 一句\n的患者\\\\% 两句\n% 三句\n其余\n\n% 四句\n\n结尾", "占70% 的患者\n其余\n\n结尾"),
    "a comment before an empty line": ("甲 % 注\n\n乙", "甲\n\n乙"),
    "what only points": (
        "见表\\ref{t1}与图~\\ref{f}，\\cite{a,b}\\parencite[见][3]{c}据\\index{肺}报道\\label{x}\\pageref{y}。",
        "见表与图，据报道。",
    ),
    "figures": (
        (
            "前\n\\begin{figure}[htbp]\n\\centering\\includegraphics[width=.6\\textwidth]{./images/a.jpg}\n"
            "\\captionsetup{justification=centering}\n\\caption[短]{正常胸部\\label{f}}\n\\end{figure}\n后"
        ),
        "前\n\n正常胸部\n\n后",
    ),
    "figures within a figure": (
        "\\subfloat[鞍上池层面]{\\begin{minipage}[b]{0.7\\textwidth}\\includegraphics{a}\\end{minipage}}\\\\",
        "鞍上池层面",
    ),
    "footnotes": ("血压\\footnote{收缩压}升高，use\\footnote{see text} it", "血压（收缩压）升高，use (see text) it"),
    "a bulleted list": (
        "包括：\n\\begin{itemize}[noitemsep]\n  \\item 发热\n\n  \\item 咳嗽，\n  咳痰\n\\end{itemize}\n以上。",
        "包括：\n\n- 发热\n\n- 咳嗽，咳痰\n\n以上。",
    ),
    "lists in lists": (
        "\\begin{enumerate}\\item 甲\\begin{itemize}\\item 子\\item 丑\\end{itemize}\\item 乙\\end{enumerate}",
        "1. 甲\n  - 子\n  - 丑\n2. 乙",
    ),
    "a list of terms": (
        "\\begin{description}\\item[发热] 体温升高\\item[寒战] 发抖\\end{description}",
        "- 发热 体温升高\n- 寒战 发抖",
    ),
    "a table": (
        (
            "\\begin{table}[h]\\caption{剂量}\\begin{tabular}{l|c}\\hline 药名 & 剂量\\\\\\hline\n阿莫西林 & 0.5 g\\\\[2pt]\n"
            "头孢 \\& 其他 & \\textbf{1 g}\\\\\\bottomrule\\end{tabular}\\end{table}"
        ),
        "剂量\n\n| 药名 | 剂量 |\n| --- | --- |\n| 阿莫西林 | 0.5 g |\n| 头孢 & 其他 | 1 g |",
    ),
    "a long table repeats its heading in print only": (
        (
            "\\begin{longtable}[]{@{}ll@{}}\\caption{正常值}\\label{t}\\tabularnewline\\toprule 项目 & 值\\tabularnewline\\endfirsthead"
            "\\caption[]{正常值}\\\\ 项目 & 值\\tabularnewline\\endhead\\multicolumn{2}{c}{续下页}\\\\\\endfoot\\bottomrule\\endlastfoot\n"
            "钾 & 3.5～\n5.5\\tabularnewline\n\\end{longtable}"
        ),
        "正常值\n\n| 项目 | 值 |\n| --- | --- |\n| 钾 | 3.5～5.5 |",
    ),
    "cells that span": (
        "\\begin{tabularx}{\\textwidth}{lll}\\multicolumn{2}{c}{分期}&\\multirow{2}{*}{处理}\\\\ I&II&\\\\\\cline{1-2} a&b&c\\end{tabularx}",
        "| 分期 | | 处理 |\n| --- | --- | --- |\n| I | II | |\n| a | b | c |",
    ),
    "line breaks and bars in a cell": (
        "\\begin{tabular}{ll}a\\textbar b&\\makecell[l]{上\\\\下}\\\\$|x|$&\\begin{tabular}{l}内\\\\外\\end{tabular}\\\\\\end{tabular}",
        "| a｜b | 上 下 |\n| --- | --- |\n| ｜x｜ | 内 外 |",
    ),
    "one column is no table": ("\\begin{tabular}{l}甲\\\\乙\\end{tabular}", "甲\n乙"),
    "powers and units": (
        "血小板 $10^9$/L、$\\geq 5\\,\\mu$g、$37^\\circ$C、$^{99m}$Tc、Ca\\textsuperscript{2＋}、H\\textsubscript{2}O、$\\mathrm{PaO_2}$",
        "血小板 10⁹/L、≥5 μg、37°C、$^{99m}$Tc、Ca²⁺、H₂O、$\\mathrm{PaO_2}$",
    ),
    "a formula that plain text would lose": (
        "$\\frac{a}{b}$，$x_{ij}$，\\(\\sqrt{2}\\)，\\[ E = \\sum_i x_i \\label{e}\\]完",
        "$\\frac{a}{b}$，$x_{ij}$，$\\sqrt{2}$，\n\n$$E = \\sum_i x_i$$\n\n完",
    ),
    "formulas of several rows": (
        "\\begin{align}\na &= b \\\\\nc &= d \\nonumber\n\\end{align}",
        "$$a &= b \\\\ c &= d$$",
    ),
    "dollars that are money": ("费用 5\\$ 与 6$。\n\n另一段 7$", "费用 5$ 与 6$。\n\n另一段 7$"),
    "quantities": (
        "\\SI{5}{\\milli\\gram\\per\\litre}，\\SI{1.2e9}{\\per\\litre}，\\qty{37}{\\celsius}，\\num{3}",
        "5 mg/L，1.2×10⁹ /L，37 ℃，3",
    ),
    "signs": ("``甲''---乙--丙\\ldots{}5\\,cm~\\textgreater3 \\_\\#\\{\\}", "“甲”—乙–丙…5 cm >3 _#{}"),
    "accents": (
        'Sj\\"ogren、Beh\\c{c}et、M\\\'{e}ni\\`ere、na\\"{\\i}ve、\\ding{173}\\textcircled{3}',
        "Sjögren、Behçet、Ménière、naïve、②③",
    ),
    "commands that are not known": (
        "\\kaishu{甲}\\blue[乙]\\mark[x=1]{丙}{丁}\\textbf{\\emph{戊}}\\foo 己",
        "甲[乙]丙丁戊己",
    ),
    "for the printer": (
        (
            "\\noindent\\vspace{2cm}\\parindent=2em\\vskip 3pt plus 1pt\\fontsize{9pt}{12pt}\\selectfont{\\heiti 甲}"
            "\\textcolor{red}{乙}\\hypertarget{x.html}{}{}\\CJKfamily{hei}丙\\begin{CJK*}{UTF8}{gbsn}丁\\end{CJK*}\\href{http://a}{戊}"
        ),
        "甲乙丙\n\n丁\n\n戊",
    ),
    "commands of the author": (
        (
            "\\newcommand{\\drug}{阿司匹林}\\newcommand\\dose[1]{每次#1~mg}\\newcommand{\\kg}[2][1]{每#1千克#2}\\def\\both{\\drug\\dose{5}}"
            "服\\drug{}，\\dose{100}，\\kg{a}，\\kg[2]{b}，\\both。\\drugs"
        ),
        "服阿司匹林，每次100 mg，每1千克a，每2千克b，阿司匹林每次5 mg。",
    ),
    "letter by letter": (
        "\\begin{verbatim}\n50% {x} \\y\n  z\n\\end{verbatim}\n\\verb|a_b%|。\\iffalse 不要 \\fi\\begin{comment}不要\\end{comment}",
        "```\n50% {x} \\y\n  z\n```\n\na_b%。",
    ),
    "a whole document": (
        "\\documentclass{ctexbook}\\usepackage{x}\\title{内科\\\\学}\\author{甲}\n前言之前\\begin{document}\\maketitle\n正文\\end{document}\n之后",
        "正文",
    ),
    "broken off": (
        "甲\\textbf{乙\n\n丙}}{\\begin{tabular}{l|l}丁&戊\\\\\\item 己\\begin",
        "甲乙\n\n丙\n\n| 丁 | 戊 |\n| --- | --- |\n| - 己 | |",
    ),
    "nothing": ("% 只有注释\n", ""),
}


@pytest.mark.parametrize("case", TEXTS)
def test_latex_reads_as_markdown(case: str) -> None:
    content, expected = TEXTS[case]
    assert read(content).text == expected


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("\\title{内科\\\\学}\\begin{document}\\chapter{甲}\\end{document}", "内科 学"),
        ("\\chapter{绪论}\\section{甲}\\section{乙}", "绪论"),
        ("\\section{甲}\\section{乙}", None),
        ("正文", None),
    ],
)
def test_the_title_is_the_documents_or_its_only_chapter(content: str, title: str | None) -> None:
    assert read(content).title == title


def test_bytes_that_are_no_character_stay_to_be_refused() -> None:
    assert read("甲\udc81乙") == Work("甲\udc81乙")


@pytest.mark.parametrize(
    "content",
    [
        "{" * 50_000 + "甲",
        "\\textbf{" * 50_000 + "甲" + "}" * 50_000,
        "\\footnote{" * 5_000 + "甲" + "}" * 5_000,
        "\\begin{tabular}{l}" * 2_000 + "甲",
        "\\begin{itemize}\\item " * 2_000 + "甲",
        "\\newcommand{\\a}{\\b\\b\\b\\b\\b\\b}\\newcommand{\\b}{\\a\\a\\a\\a\\a\\a}甲\\a",
        "$" * 20_001 + "甲",
        "\\item[" * 20_000 + "甲",
        "%\n" * 50_000 + "甲",
    ],
    ids=["braces", "fonts", "footnotes", "tables", "lists", "commands", "dollars", "options", "comments"],
)
def test_a_hostile_text_ends_soon_and_keeps_its_word(content: str) -> None:
    start = time.process_time()
    assert "甲" in read(content).text
    assert time.process_time() - start < 5


HAN = re.compile("[\u3400-\u9fff]")
FOR_THE_PRINTER = re.compile(
    r"(?<!\\)%.*|\\(?:label|ref|includegraphics|hypertarget|captionsetup)(?:\[[^\]]*\])?\{[^}]*\}"
)


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
def test_real_textbooks_keep_their_words_in_order() -> None:
    files = sorted(Path(REAL, "data", "textbook").glob("*/*.tex*"))
    assert len(files) >= 17
    for file in files:
        content = (gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()).decode()
        text = read(content).text
        meant, got = "".join(HAN.findall(FOR_THE_PRINTER.sub("", content))), "".join(HAN.findall(text))
        rest = iter(meant)
        assert all(character in rest for character in got), f"{file}: words in another order"
        assert len(got) >= 0.995 * len(meant), f"{file}: words are lost"
        assert "\\" not in re.sub(r"\$[^$\n]*\$", "", text), f"{file}: a command is left"
