"""Every kind of repair, before and after, on invented text; and what no repair may touch."""

from __future__ import annotations

import gzip
import json
import os
from itertools import islice
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo_data.clean.debris import ADVERTISING
from medgo_data.clean.markup import markup
from medgo_data.clean.repair import BIT, REPAIRS, repaired, signs

# ---- what no repair may touch --------------------------------------------------------------------------------------

UNTOUCHED = """
国药准字H20123456|国药准字Z20050220|注册证号H20160331|S20040009|执行标准：YBH00232021|I10.x00x002|E11.900x001|C34.1|M54.5|K29.500
0.9%氯化钠注射液|5%葡萄糖250 ml|5～10 mg/kg·d⁻¹|10～20 ml/kg|0.25 g×24片|50 μg/kg·min⁻¹|2.5mg/kg·d|每次1～2片，一日3次|1:1000肾上腺素0.3 ml|1 512例
CO₂|H₂O|SpO₂ 98%|PaO₂/FiO₂≤300 mmHg|Ca²⁺|Na⁺|HCO₃⁻|CD4⁺T细胞|10×10⁹/L|3.5×10¹²/L|m²|kg/m²|1.73 m²|cm³|½片|¼片|x²检验|10⁻³
α-干扰素|β₂受体激动剂|γ-GT|μmol/L|Δ值|χ²=6.804|±0.5|≥18岁|≤5 cm|≈37|≠0|×100|÷2|−80 ℃|36.5℃|98.6℉|90°|30′|5‰|↑|↓|→
p<0.05|P＜0.01|<1:20|<5|> 10|a<b且c>d|<user>|<bot>|<|endoftext|>|<篇名>|<目录>|x<y|若HBsAg<0.05 IU/ml
T₄N₁M₀|cT2aN1M0|ⅢB期|Ⅰ型|Ⅱ～Ⅲ级|Ⅻ|①②③|⑴|⒈|㈠|Ⅳ级|№3|Child-Pugh A级|（－）|病理征（－）|HBsAg（+）|（＋／－）
【适应症】|【用法用量】|[10 mg]|[规格] 10 mg|WBC 12.5[4～10]×10⁹/L|血钾[3.5-5.5]mmol/L|95%CI[1,2]|参考值[3-5]|[0,1]|区间[1,5]|血糖[4-6]mmol/L
120/80 mmHg|2/3|1/2|2020-03-26|13:45|8∶2|3-5天|第3页的图|12/34例|T1WI|q8h|b.i.d.|i.v. gtt|5-FU|IL-6|HbA1c 7.2%
阿司匹林......100 mg|维生素B₁₂······0.5 mg|AAAAAAAA|TTAGGGTTAGGG|000000|1111111|11010819900307|肝 肺 脾 肾|心 肝 脾 肺 肾|苦 寒
¥35.00|$5 and $10|100%|&|A&B|AT&T|R&D|C:\\药典\\2020|a_b|f(x)=x|$\\frac{a}{b}$|$\\sum_{i=1}^n x_i$|#1|1.|- 项目
磺胺甲噁唑|癥瘕积聚|黑矇|身瞤动|宫商角徵羽|乾坤|於术|於潜|获益甚夥|芸薹|瞭望|慰藉|白术|白芍|党参|茯苓|，。：；？！（）|“引号”|《伤寒论》|——|……|哈哈|好好好
| 药 | 剂量 |
| :--- | ---: |
| 0 | 0 |
"""
WHOLE = {line for line in UNTOUCHED.strip().split("\n") if line.startswith("| ")}
CASES = [
    piece
    for line in UNTOUCHED.strip().replace("<|endoftext|>", "<endoftext>").split("\n")
    for piece in ([line] if line in WHOLE else line.replace("\\\\", "\\").split("|"))
]


def mended(text: str, *, simplify: bool = True) -> tuple[str, list[str]]:
    texts, kinds = repaired(pl.Series([text]), simplify=simplify)
    return texts[0], kinds[0].to_list()


def test_enough_is_held_to_be_untouchable() -> None:
    assert len(CASES) > 80


@pytest.mark.parametrize("text", CASES)
def test_doses_units_signs_codes_and_numbers_stay(text: str) -> None:
    for around in (text, f"予{text}，", f"患者{text} 治疗后好转。\n复查{text}。"):
        assert mended(around) == (around, [])


# ---- each kind -----------------------------------------------------------------------------------------------------

WRAPPED = """王某甲，男，五十三岁，因反复胸闷气促三年余，加重一周
入院。既往有高血压病史十余年，口服氨氯地平片控制血
压，血压控制尚可。否认糖尿病、冠心病病史，否认药物
过敏史。
二、诊疗经过
入院后完善心电图、心脏彩超及胸部影像学检查，提示左
心室增大，射血分数为百分之三十八，予利尿、扩血管及
强心治疗后好转。"""
JOINED = """王某甲，男，五十三岁，因反复胸闷气促三年余，加重一周入院。既往有高血压病史十余年，口服氨氯地平片控制血压，血压控制尚可。否认糖尿病、冠心病病史，否认药物过敏史。
二、诊疗经过
入院后完善心电图、心脏彩超及胸部影像学检查，提示左心室增大，射血分数为百分之三十八，予利尿、扩血管及强心治疗后好转。"""
ENGLISH = """Patients with heart failure were randomly assigned to one of the two treat-
ment groups in this trial, and were followed for a median of twelve months
after the last dose of the study drug was given to them by the nurses, or
until the patient had died or withdrawn the consent to be followed longer.
Events were counted."""
ENGLISH_JOINED = (
    "Patients with heart failure were randomly assigned to one of the two treatment groups in this trial, and were followed "
    "for a median of twelve months after the last dose of the study drug was given to them by the nurses, or until the patient had died or withdrawn the "
    "consent to be followed longer. Events were counted."
)
PAGED = "\f".join(
    f"某某医学杂志 2019年第3卷\n高血压是常见的慢性疾病，第{name}页的正文在这里结束。\n{number}"
    for number, name in enumerate("甲乙丙丁", start=12)
)
LINES = "\n".join("医学 内科 外科 妇科 儿科".split())  # noqa: SIM905

EACH = [
    # other forms of a character
    ("compatibility", "⼼⼒衰竭⻅于⽼年⼈", "心力衰竭见于老年人"),
    ("compatibility", "每次３．５ｍｇ，ＨＩＶ（－），浓度５０％", "每次3.5mg，HIV（－），浓度50%"),
    ("compatibility", "eﬃcacy and ﬁbrosis", "efficacy and fibrosis"),
    ("compatibility", "肿物3㎝，面积2㎡，体重60㎏，10µg", "肿物3cm，面积2m²，体重60kg，10μg"),
    ("compatibility", "P﹤0.05，甲︰乙", "P<0.05，甲：乙"),
    ("compatibility", "𝑃<0.05，naı̈ve cafe\u0301", "P<0.05，naı̈ve café"),
    ("compatibility", "凉血止血", "凉血止血"),
    # private use
    ("private_use", "\uf06c 卧床休息\n\uf0b7 低盐饮食", "• 卧床休息\n• 低盐饮食"),
    ("private_use", "ICD-\uf357\uf356 编码，\uf061受体，\uf062阻滞剂", "ICD-10 编码，α受体，β阻滞剂"),
    ("private_use", "口眼\ue81f斜", "口眼㖞斜"),
    ("private_use", "查看全部\ue313\ue316诊断", "查看全部诊断"),
    # a wrong encoding
    ("mojibake", "糖尿病患者血糖控制良好。".encode().decode("latin-1"), "糖尿病患者血糖控制良好。"),
    ("mojibake", "高血压患者：低盐饮食".encode().decode("gb18030"), "高血压患者：低盐饮食"),
    ("mojibake", "患者发热38.5℃，咳嗽".encode("gbk").decode("latin-1"), "患者发热38.5℃，咳嗽"),
    ("mojibake", "Itâ€™s a naÃ¯ve patient", "It’s a naïve patient"),
    # hard wraps
    ("hard_wraps", WRAPPED, JOINED),
    ("hard_wraps", ENGLISH, ENGLISH_JOINED),
    # citations
    ("citations", "发病率逐年上升[1]，死亡率也高[2-4,7]。", "发病率逐年上升，死亡率也高。"),
    ("citations", "文献报道少见 [ 10 ] ，多见于儿童［11］。", "文献报道少见，多见于儿童。"),
    ("citations", "预后较差。¹⁻³多数患者复发。", "预后较差。多数患者复发。"),
    ("citations", "死亡率增高t3’41。大血管受保护¨引。", "死亡率增高。大血管受保护。"),
    ("citations", "已有报道【1】，疗效确切【2】。", "已有报道，疗效确切。"),
    ("citations", "It is rare [3]. Others [4,5] have shown it.", "It is rare. Others have shown it."),
    # spacing
    ("spacing", "患 者 出 现 发 热，体温 38 ℃", "患者出现发热，体温 38 ℃"),
    ("spacing", "【成 份】本品含维生素C。\n前 言\n【贮 藏】密封", "【成份】本品含维生素C。\n前言\n【贮藏】密封"),
    ("spacing", "发热 ，咳嗽 。 予 5 mg 口服 （ 饭后 ）", "发热，咳嗽。予 5 mg 口服 （饭后）"),
    (
        "spacing",
        "姓名\u3000性别\n\u3000\u3000患者王某乙\r\n入院\ufeff时\u200b发热\u00a0三天",
        "姓名 性别\n患者王某乙\n入院时发热 三天",
    ),
    ("spacing", "体温   36.5℃  \n\n\n\n\n脉搏 80 次", "体温 36.5℃\n\n脉搏 80 次"),
    # markup
    ("markup", "<p>头痛<br/>发热</p>", "头痛\n发热"),
    ("markup", "<style>p{color:red}</style>腹痛<script>x()</script>，<b>恶心</b>", "腹痛，恶心"),
    ("markup", "年龄&gt;18岁，P&lt;0.05，0.4g&times;40粒", "年龄>18岁，P<0.05，0.4g×40粒"),
    ("markup", "SpO<sub>2</sub>，10<sup>9</sup>/L，既往报道<sup>[1-3]</sup>", "SpO₂，10⁹/L，既往报道"),
    (
        "markup",
        "<table><tr><td rowspan=2>甲药</td><td>剂量</td></tr><tr><td>5 mg</td></tr></table>",
        "| 甲药 | 剂量 |\n| --- | --- |\n| 甲药 | 5 mg |",
    ),
    ("markup", "\\textbf{【CT表现】}平扫，50\\%，10\\,mg", "【CT表现】平扫，50%，10 mg"),
    ("markup", "给予 $5 \\sim 1 0 \\mathrm { m g }$，WBC $1 0 ^ { 9 } / \\mathrm { L }$", "给予 5~10mg，WBC 10⁹/L"),
    ("markup", "$P { < } 0 . 0 5$，$\\geq 1 8$ 岁，$3 7 ^ { \\circ } \\mathrm { C }$", "P<0.05，≥18 岁，37℃"),
    (
        "markup",
        "复发率 $7 \\% ^ { [ 2 ] }$，$\\mathrm { C D 4 ^ { + } }$，$\\frac{a}{b}$",
        "复发率 7%，CD4⁺，$\\frac{a}{b}$",
    ),
    ("markup", "![](images/a1.jpg)图1 心电图，见[大肠癌](/topics/258)", "图1 心电图，见大肠癌"),
    ("markup", "病人：头痛\\n医生：多久了", "病人：头痛\n医生：多久了"),
    ("spacing", "组成： \\x人参（ ，三钱）；答案为（ ）", "组成：\\x人参（，三钱）；答案为（ ）"),
    # boilerplate
    ("boilerplate", "高血压应低盐饮食。\n在线咨询 | 预约挂号\n上一篇：糖尿病的饮食", "高血压应低盐饮食。"),
    ("boilerplate", "注意休息。如有疑问，可点击在线咨询。多饮水。", "注意休息。多饮水。"),
    ("boilerplate", "注意休息。\n版权所有 © 2013 某健康网\n粤ICP备00000000号\n责任编辑：某某", "注意休息。"),
    ("boilerplate", "忌辛辣。欢迎扫码关注某某微信公众号！", "忌辛辣。"),
    # repeats
    ("repeats", "疼死了！！！！！！！哈哈哈哈哈哈哈", "疼死了！！！哈哈哈"),
    ("repeats", "诊断\n----------\n处方________", "诊断\n---\n处方___"),
    ("repeats", "注意休息，多饮水。\n注意休息，多饮水。\n复查", "注意休息，多饮水。\n复查"),
    # Traditional characters
    ("simplified", "患者頭髮乾燥，後來發熱，服用乾薑", "患者头发干燥，后来发热，服用干姜"),
    ("simplified", "乾隆年間", "乾隆年间"),
    ("simplified", "【注意事项】飯後服藥，皮膚乾燥者慎用", "【注意事项】饭后服药，皮肤干燥者慎用"),
    ("simplified", "注意事项：飯後服藥，易於吸收", "注意事项：饭后服药，易于吸收"),
    ("simplified", "饭後服药，易於吸收", "饭后服药，易于吸收"),
    ("simplified", "乾坤之理，於术之用，見於此书", "乾坤之理，於术之用，见于此书"),
    ("simplified", "複方磺胺甲噁唑，癥瘕積聚", "复方磺胺甲噁唑，癥瘕积聚"),
]


@pytest.mark.parametrize(("kind", "before", "after"), EACH)
def test_a_kind_repairs_what_it_is_named_after(kind: str, before: str, after: str) -> None:
    made, kinds = mended(before)
    assert made == after
    assert (kind in kinds) == (before != after)


def test_pages_become_text_without_their_heads_and_numbers() -> None:
    made, kinds = mended(PAGED)
    assert made == "\n".join(f"高血压是常见的慢性疾病，第{name}页的正文在这里结束。" for name in "甲乙丙丁")
    assert kinds == ["page_breaks", "page_heads", "page_numbers"]


def test_a_sentence_goes_on_over_the_page() -> None:
    made, kinds = mended("患者入院后予以抗感染治疗，体温逐渐恢复\f正常，一周后出院。")
    assert made == "患者入院后予以抗感染治疗，体温逐渐恢复正常，一周后出院。"
    assert kinds == ["hard_wraps"]


@pytest.mark.parametrize("number", ["— 12 —", "- 3 -", "第 3 页 共 10 页", "第3页/共10页", "Page 3 of 10"])
def test_a_line_that_can_only_be_a_page_number_goes(number: str) -> None:
    text = f"血压应定期监测，并记录于册。\n{number}\n饮食宜清淡，忌食辛辣之物。"
    assert mended(text) == (text.replace(f"\n{number}", ""), ["page_numbers"])


def test_numbers_that_count_on_from_page_to_page_go_and_others_stay() -> None:
    pages = "\n".join(
        "\n".join(
            f"这是第{n}页第{k}行，讲述一种疾病的诊断与治疗方法并举例说明之所以然" for k in "一二三四五六七八九十甲乙"
        )
        + f"\n{n + 40}"
        for n in range(4)
    )
    assert "\n41\n" not in mended(pages)[0]
    assert mended("体温\n38\n脉搏\n80\n呼吸\n20")[0] == "体温\n38\n脉搏\n80\n呼吸\n20"


STAY = [
    LINES,
    "下列哪项不是高血压的并发症\n脑出血\n心力衰竭\n肾功能不全\n视网膜病变",
    "四君子汤中和义\n参术茯苓甘草比\n益以夏陈名六君\n祛痰补气阳虚饵",
    "# 诊断\n\n- 高血压病 2级\n- 2型糖尿病\n\n1. 低盐饮食\n2. 规律服药",
    "医生：您好，在线咨询不能代替面诊，请到医院就诊。",
    "您可以在医院的公众号上预约，早晨空腹抽血。",
    "本次抽样来源：门诊患者。资料来源：病历系统。",
    "参考文献\n[1] 某甲. 高血压指南[J]. 2019.\n[2] 某乙. 糖尿病[M]. 2020.",
    "これは日本語の薬學の文章です。",
    "第一步[1]测血压",
    "病人：\n头痛\n病人：\n发热",
]


@pytest.mark.parametrize("text", STAY)
def test_what_only_looks_damaged_stays(text: str) -> None:
    assert mended(text) == (text, [])


def test_simplifying_can_be_switched_off() -> None:
    assert mended("發熱，咳嗽", simplify=False) == ("發熱，咳嗽", [])
    assert mended("發熱 ，咳嗽", simplify=False) == ("發熱，咳嗽", ["spacing"])


def test_rows_keep_their_places_and_the_column_that_came_in_is_not_changed() -> None:
    texts = pl.Series("text", ["正常。", None, "", "發熱。", "头痛 。"])
    made, kinds = repaired(texts)
    assert texts.to_list() == ["正常。", None, "", "發熱。", "头痛 。"]
    assert made.to_list() == ["正常。", None, "", "发热。", "头痛。"]
    assert kinds.to_list() == [[], [], [], ["simplified"], ["spacing"]]
    assert kinds.dtype == pl.List(pl.String)
    assert repaired(texts[:0])[1].dtype == pl.List(pl.String)


# ---- done is done --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [before for _, before, _ in EACH] + [PAGED])
def test_what_is_repaired_needs_no_repair(text: str) -> None:
    made, _ = mended(text)
    assert mended(made) == (made, [])


# fmt: off
PIECES = st.sampled_from([
    *"患者發熱頭痛乾著", *"0123 \n\n\t\f[]()【】$\\{}^_<>&|-*#.·", "，", "。", "\u3000", "\ufeff", "\r\n", "[1]", "[2-4]", "<p>", "</p>",
    "<sub>2</sub>", "&lt;", "&nbsp;", "$P<0.05$", "\\textbf{", "}", "ﬁ", "ｍｇ", "\uf06c", "\ue313", "锛", "鐨勭梾", "Ã¤", "第 3 页",
    "— 12 —", "在线咨询", "！！！！！", "患 者 出 现 发 热 ", "王某甲因反复胸闷气促三年余加重一周入院既往有高血压", "¹⁻³", "t3’41", "……", "------",
])
# fmt: on


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=40).map("".join), min_size=1, max_size=8))
def test_whatever_comes_repairing_twice_is_repairing_once(texts: list[str]) -> None:
    once, _ = repaired(pl.Series(texts, dtype=pl.String))
    twice, kinds = repaired(once)
    assert twice.to_list() == once.to_list()
    assert kinds.list.len().sum() == 0


TAGS = st.sampled_from(
    [*'<>/&;$\\{}^_~%*,n r患a1\n"', "\\n", "\\text{", "\\pm", "\\x06", "br", "sub", "td", "!--", "-->", "&lt;", "]("]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TAGS, max_size=12).map("".join))
def test_no_markup_goes_unseen(text: str) -> None:
    made = markup(text)
    bits = sum(BIT[sign] for sign in ("tag", "entity", "tex", "link"))
    assert made == text or signs(pl.Series([text]))[0] & bits


def test_no_word_of_an_advertisement_goes_unseen() -> None:
    words = ADVERTISING.split("|")
    texts = pl.Series([*words, *(f"请您{word}，谢谢。" for word in words), "请您多休息。", "", None])
    assert [bool(bits & BIT["advertising"]) for bits in signs(texts)] == [True] * (2 * len(words)) + [False] * 3


def test_every_repair_waits_for_a_sign() -> None:
    assert all(repair.signs for repair in REPAIRS)


# ---- real texts ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Path:
    if "MEDGO_REAL_DATA" not in os.environ:
        pytest.skip("MEDGO_REAL_DATA names no folder of real material")
    return Path(os.environ["MEDGO_REAL_DATA"]) / "data"


@pytest.mark.real
def test_the_cases_of_opencc_hold(real: Path) -> None:
    cases = json.loads((real / "opencc/testcases.sample.json").read_text("utf-8"))["cases"]
    wanted = {case["input"]: case["expected"]["t2s"] for case in cases if "t2s" in case["expected"]}
    made, _ = repaired(pl.Series([*wanted]))
    assert dict(zip(wanted, made, strict=True)) == wanted


@pytest.mark.real
def test_real_texts_are_repaired_once_and_for_all(real: Path) -> None:
    files = [
        *sorted(real.glob("guideline/ruijin_diabetes/*.txt"))[:20],
        *sorted(real.glob("paper/md/*.md"))[:5],
        *real.glob("consensus/*"),
    ]
    texts = [path.read_text("utf-8", "replace") for path in files]
    with gzip.open(real / "paper/chinaxiv_medical.jsonl.gz", "rt", encoding="utf-8") as papers:
        texts += [json.loads(line)["text"] for line in islice(papers, 20)]
    once, kinds = repaired(pl.Series(texts))
    twice, none = repaired(once)
    assert (once == twice).all(), "a text changed when it was repaired again"
    assert none.list.len().sum() == 0
    assert {"hard_wraps", "citations", "markup", "spacing"} <= {kind for row in kinds.to_list() for kind in row}


@pytest.mark.real
def test_wrapped_guidelines_are_joined(real: Path) -> None:
    files = sorted(real.glob("guideline/ruijin_diabetes/*.txt"))
    texts = pl.Series([path.read_text("utf-8", "replace") for path in files])
    made, kinds = repaired(texts)
    joined = kinds.list.contains("hard_wraps")
    assert joined.sum() >= 30
    before, after = (column.filter(joined).str.count_matches("\n").sum() for column in (texts, made))
    assert after < before / 2
