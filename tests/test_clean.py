"""Clean: what stays, what goes and why, in which language a text is, and how it is measured."""

from __future__ import annotations

import math
import os
import random
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Clean
from medgo_data.clean.measure import LONGEST_ENTRY, SCRIPTS, STRANGERS, han, measured, repeated, scripts
from medgo_data.clean.phrases import HINTS
from medgo_data.clean.profiles import CHINESE, LANGUAGES, LOOSER, limits
from medgo_data.clean.rules import RULES, glance, language
from medgo_data.native import flat
from medgo_data.sources import Terminology
from medgo_data.sources.works import Works

CASE = (
    "患者三天前受凉后出现发热和咳嗽，体温最高三十八度五，服用退热药后缓解。查体可见咽部充血，双肺呼吸音清，"
    "未闻及啰音。建议多饮水，注意休息，三天后复查。"
)
LEAFLET = (
    "【药品名称】清荷散【成份】荷叶、薄荷、甘草。【适应症】用于缓解暑热引起的口干和头昏。【用法用量】口服，一次1袋，一日3次，"
    "温开水送服。【不良反应】偶见轻微腹泻，停药后消失。【禁忌】对本品过敏者禁用。【贮藏】密封，置阴凉干燥处。"
)
CLASSIC = (
    "夫病有久新，治有缓急。新病者，其势方张，宜急治之；久病者，正气已衰，宜缓图之。凡用药之道，寒者热之，热者寒之，"
    "虚者补之，实者泻之，此不易之法也。"
)
GUIDELINE = (
    "推荐意见1：久坐人群每坐1小时应起身活动5～10 min（证据等级B）。\n推荐意见2：显示器上缘宜与视线平齐，距离50～70 cm。\n"
    "推荐意见3：颈肩不适持续超过4周，或伴有上肢麻木者，应到医院就诊。\n"
    "| 项目 | 频率 | 时长 |\n| --- | --- | --- |\n| 颈部伸展 | 每日2次 | 5 min |\n| 肩部环绕 | 每日3次 | 3 min |"
)
ENGLISH = (
    "The patient presented with a three-day history of fever and cough. On examination the throat was red, and the lungs "
    "were clear on both sides. She was told to rest, to drink plenty of water and to come back if she did not get better."
)
EXAM = "下列哪项不属于生命体征\nA.体温\nB.脉搏\nC.呼吸\nD.身高\nE.血压"
TERMS = "\n".join(
    f"S{code}.{kind} {bone}{name}骨折"
    for code, bone in enumerate("锁骨 肱骨 桡骨 尺骨 股骨 胫骨 腓骨 跟骨".split(), start=42)  # noqa: SIM905
    for kind, name in enumerate(("", "开放性", "闭合性", "粉碎性", "陈旧性", "病理性"))
)
JUNK = {
    "too_short": "饭后服用。",
    "garbled": "�߿���Ѫѹ����Ӧע����ʳ�嵭，���岻��������ҩ�ơ���ҽ������Ѫѹ",
    "many_digits": "血压 120 80 118 76 131 84 125 79 122 81 119 77 128 83 117 75 121 80",
    "many_symbols": "血压★●■◆▲※〒→←↑↓★●■◆▲※〒→←↑↓高",
    "repetitive": "请稍候，网页正在努力加载。" * 3 + "请您稍候，网页正在努力加载。" + "请稍候，网页正在努力加载。" * 3,
    "keyword_spam": "、".join(
        f"失眠{word}" for word in ("怎么治", "偏方", "多少钱", "专科医院", "怎么治", "吃什么药", "偏方", "多少钱", "怎么治", "专科医院") * 2
    ),
    "shuffled": "".join(random.Random(1).sample(CASE + CLASSIC, len(CASE + CLASSIC))),
    "advert": "限时特价，原价三百元，现在只要九十九元，包邮到家，加微信领取优惠券，货到付款。",
    "boilerplate": "我们使用Cookie和类似技术来分析流量。您点击全部接受，即表示您已充分阅读、理解并接受本隐私政策的全部内容，也可在浏览器里管理。",
    "navigation": "新闻中心 首页 登录 注册 更多 疾病大全 药品大全 专家在线 就医指南 友情链接 帮助中心 排行榜 网站地图",
    "little_english": "SELECT name FROM visits WHERE state=4 ORDER BY day; UPDATE visits SET state=5 LIMIT ten; SELECT day FROM wards",
}  # fmt: skip


def judged(text: str | None, category: str | None = None, **fields: Any) -> str | None:
    docs = pl.DataFrame({"text": [text], "category": [category]}, schema=dict.fromkeys(("text", "category"), pl.String))
    return Clean(**fields)(docs)["drop"][0]  # type: ignore[no-any-return]


# ---- what stays and what goes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "text"),
    [
        (None, CASE),
        ("textbook", CASE),
        ("drug leaflet", LEAFLET),
        ("guideline", GUIDELINE),
        ("monograph", CLASSIC),
        (None, CLASSIC),
        ("exam bank", EXAM),
        ("terminology", "A00 霍乱"),
        ("chief complaint", "头痛3天。"),
        ("dialogue", "医生您好，孩子咳嗽怎么办？"),
        ("case report", ENGLISH),
        ("paper", f"摘要 {CASE}\nAbstract {ENGLISH}"),
    ],
)
def test_good_text_of_every_kind_stays(category: str | None, text: str) -> None:
    assert judged(text, category) is None


@pytest.mark.parametrize(("why", "text"), JUNK.items(), ids=JUNK)
def test_junk_goes_with_the_reason_that_names_it(why: str, text: str) -> None:
    assert judged(text) == why


def test_every_rule_has_junk_of_its_own_here() -> None:
    assert set(RULES) == set(JUNK)


@pytest.mark.parametrize(
    ("text", "category", "dropped_elsewhere"),
    [
        ("A00 霍乱", "terminology", "too_short"),
        (TERMS, "terminology", "keyword_spam"),
        ("头痛3天。", "chief complaint", "too_short"),
        (
            "正常成人每昼夜的尿量范围应当是下列哪一项所说的多少毫升\n1500～2500mL\n1500～3000mL\n1000～2000mL\n2000～3000mL",
            "exam bank",
            "many_digits",
        ),
        (
            "当归\n川芎\n白芍\n熟地\n黄芪\n党参\n白术\n茯苓\n甘草\n陈皮\n半夏\n枳壳\n桔梗",
            "encyclopedia",
            "navigation",
        ),
    ],
)
def test_a_category_has_limits_of_its_own(text: str, category: str, dropped_elsewhere: str) -> None:
    assert judged(text, category) is None
    assert judged(text, "guideline") == dropped_elsewhere
    assert judged(text) == dropped_elsewhere


def test_no_category_is_held_to_more_than_texts_without_one() -> None:
    names = [*LOOSER, "nothing known"]
    for spoken, profile in LANGUAGES.items():
        found = limits(pl.Series(names), pl.Series([spoken] * len(names))).to_dicts()
        for name, own in zip(names, found, strict=True):
            for limit, value in own.items():
                general = getattr(profile, limit)
                assert value <= general if limit.startswith("min") else value >= general, (name, spoken, limit)


def test_a_category_is_known_by_a_word_in_its_name() -> None:
    names = ["drug leaflet", "Leaflets of 2020", None, "weather"]
    found = limits(pl.Series(names, dtype=pl.String), pl.Series(["zh"] * 4))["max_symbols"].to_list()
    wanted = LOOSER["leaflet"]["max_symbols"]
    assert found == [wanted, wanted, CHINESE.max_symbols, CHINESE.max_symbols]


def test_given_limits_hold_for_every_row() -> None:
    assert judged(CASE, min_chars=len(CASE)) is None
    assert judged(CASE, min_chars=len(CASE) + 1) == "too_short"
    assert judged("A00 霍乱", "terminology", min_chars=20) == "too_short"
    assert judged(ENGLISH, min_han=0.3) == "little_chinese"


def test_without_repair_only_length_and_script_are_judged() -> None:
    docs = pl.DataFrame({"text": ["ＡＢ" + JUNK["advert"], JUNK["shuffled"], "饭后", "﹏" * 30]})
    cleaned = Clean(repair=False)(docs)
    assert cleaned["text"].equals(docs["text"])
    assert cleaned["drop"].to_list() == [None, None, "too_short", "little_chinese"]


def test_a_missing_text_is_too_short() -> None:
    assert judged(None) == "too_short"
    assert judged(None, repair=False) == "too_short"


# ---- language ------------------------------------------------------------------------------------------------------

SPOKEN = [
    (CASE, "zh"),
    ("患者INR为2.3，继续服用warfarin 3 mg qd，一周后复查PT和APTT，其余药物不变。", "zh"),
    (ENGLISH, "en"),
    (f"{CASE} {ENGLISH}", "mixed"),
    ("Aspirin 100 mg qd（阿司匹林）", "mixed"),
    ("Пациенту рекомендуется принимать препарат после еды.", "other"),
    ("くすりはしょくごにのんでください。", "other"),
    ("환자는 식후에 약을 복용하십시오.", "other"),
    ("120/80，76", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "wanted"), SPOKEN)
def test_a_text_has_the_language_of_its_letters(text: str, wanted: str | None) -> None:
    assert language(measured(flat(pl.Series([text])))).to_list() == [wanted]
    for repair in (True, False):
        docs = pl.DataFrame({"text": [text], "language": [None]}, schema_overrides={"language": pl.String})
        assert Clean(repair=repair)(docs)["language"].to_list() == [wanted]


def test_a_language_that_was_not_asked_for_goes() -> None:
    assert judged(ENGLISH) is None
    assert judged(ENGLISH, languages=("zh", "mixed")) == "other_language"
    assert judged(CASE, languages=("en",)) == "other_language"
    assert judged("くすりはしょくごにのんでください。みずをたくさんのみましょう。") == "other_language"


def test_a_language_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"knows zh, mixed, en, and not fr"):
        Clean(languages=("zh", "fr"))


def test_language_and_repairs_are_said_only_where_the_rows_have_such_columns() -> None:
    bare = Clean()(pl.DataFrame({"text": [CASE]}))
    assert bare.columns == ["text", "drop"]
    kinds = {"text": pl.String, "language": pl.String, "repairs": pl.List(pl.String)}
    told = Clean()(pl.DataFrame({"text": [CASE, "醫生建議" + CASE], "language": None, "repairs": None}, schema=kinds))
    assert told["language"].to_list() == ["zh", "zh"]
    assert told["repairs"].list.len().to_list()[0] == 0
    assert "simplified" in told["repairs"].to_list()[1]
    assert told["text"][1].startswith("医生建议")


def test_another_column_is_repaired_and_judged() -> None:
    docs = pl.DataFrame({"question": ["醫生，飯前服用可以嗎？" + CASE, "短"], "text": ["短", CASE]})
    cleaned = Clean(column="question")(docs)
    assert cleaned["question"][0].startswith("医生，饭前服用可以吗")
    assert cleaned["text"].to_list() == docs["text"].to_list()
    assert cleaned["drop"].to_list() == [None, "too_short"]


# ---- how a text is measured ----------------------------------------------------------------------------------------


def test_the_table_of_strangers_is_of_common_characters() -> None:
    lines = [line.split("\t") for line in STRANGERS.read_text("utf-8").splitlines()]
    assert len(dict(lines)) == len(lines)
    for first, rest in lines:
        assert len(first) == 1
        assert list(rest) == sorted(set(rest))
        assert all("\u4e00" <= char <= "\u9fff" or char in "，。、；：？！（）《》“”" for char in first + rest)


def written_out(text: str) -> dict[str, int]:
    """The same measures in the plainest way, a character at a time."""
    strangers = dict(line.split("\t") for line in STRANGERS.read_text("utf-8").splitlines())
    common = {char for first, rest in strangers.items() for char in first + rest}
    text = text.translate(str.maketrans(",:;?!()", "，：；？！（）"))
    pairs = [(a, b) for a, b in pairwise(text) if a in common and b in common]
    lines = [re.sub(r"\s", "", line) for line in re.split(r"[\n\f\r]", text)]
    rows = [line for line in lines if len(line) > 1 and line[0] == line[-1] == "|"]
    entries = [x for x in lines if x not in rows and 0 < len(x) <= LONGEST_ENTRY and not set(x) & set("，。；？！")]
    runs = re.findall(r"[\u4e00-\u9fff𠀀]+", text)
    return {
        "han": sum(map(len, runs)),
        "neighbours": len(pairs),
        "strangers": sum(b in strangers.get(a, "") for a, b in pairs),
        "sentences": sum(char in "。；？！" for char in text),
        "entries": len(entries),
        "entry_chars": sum(map(len, entries)),
        "rows": len(rows),
        "lone": sum(len(run) == 1 for run in runs),
        "size": sum(not char.isspace() and char != "|" for char in text),
    }


def test_texts_are_measured_as_the_plainest_program_would() -> None:
    dice = random.Random(7)
    parts = [*CASE, *CLASSIC, *"abc XYZ 0123", *"，。,.;；？!()（）|\n\n\t 　é€𠀀😀�", "| 药名 |\n", "首页\n"]
    texts = ["", "\n", "|", "||", *("".join(dice.choices(parts, k=dice.randrange(1, 120))) for _ in range(300))]
    found = measured(flat(pl.Series(texts))).to_dicts()
    for text, seen in zip(texts, found, strict=True):
        wanted = written_out(text)
        assert {name: seen[name] for name in wanted} == wanted


def test_a_column_is_measured_alike_whole_and_in_slices() -> None:
    texts = pl.Series([CASE, None, "", GUIDELINE, ENGLISH, "药"])
    whole = measured(flat(texts))
    assert whole[2:5].equals(measured(flat(texts[2:5])))
    assert repeated(flat(texts), 3)[2:5].equals(repeated(flat(texts[2:5]), 3))
    assert han(texts).to_list()[3:] == han(texts[3:]).to_list()
    assert measured(flat(texts[:0])).height == 0


def test_no_hint_of_junk_goes_uncounted() -> None:
    dice = random.Random(13)
    words = HINTS.split("|")
    texts = pl.Series(
        ["".join(dice.choices([*words, "药", "，", "\n", "a"], k=dice.randrange(30))) for _ in range(300)]
    )
    seen = measured(flat(texts))["hints"]
    assert (seen >= texts.str.count_matches(HINTS)).all()
    assert measured(flat(pl.Series([CASE, CLASSIC, LEAFLET])))["hints"].to_list() == [0, 0, 0]


def test_scripts_are_counted_alike_with_the_kernel_and_without() -> None:
    planes = [*range(0xD800), *range(0xE000, 0x20000), 0x20000, 0x2F800, 0x3FFFD, 0x3FFFE, 0xE0100, 0xF0000, 0x10FFFF]
    dice = random.Random(11)
    mixes = ["".join(map(chr, dice.choices(planes, k=dice.randrange(40)))) for _ in range(500)]
    texts = pl.Series([*map(chr, planes), *mixes, "", CASE, ENGLISH, "ひらがな", "한글", "привет", "㎎ ﬁ 𝛼 ⼼"])
    assert scripts(texts).equals(measured(flat(texts)).select(SCRIPTS))
    assert scripts(texts[-9:-3]).equals(scripts(texts)[-9:-3])


def test_of_a_text_that_is_not_mostly_chinese_a_glance_tells_the_same_language() -> None:
    dice = random.Random(12)
    parts = [CASE, ENGLISH, "ひらがなの文", "한글 문장", "простой текст", "12:30 / 45%", " \n", "㐀㐁㐂𠀀", ""]
    texts = pl.Series(["".join(dice.choices(parts, k=dice.randrange(5))) for _ in range(300)])
    texts = texts.filter(han(texts) * 2 < texts.str.strip_chars().str.len_chars())
    assert len(texts) > 100
    assert glance(texts)["language"].equals(language(measured(flat(texts))))


@pytest.mark.parametrize("gram", [3, 12])
@pytest.mark.parametrize(
    "text", [CASE, CASE * 3, CASE + CLASSIC + CASE, ENGLISH * 2, "药" * 40, "短", "1 2 3 " * 30, ""]
)
def test_the_share_that_is_repeated_is_that_of_stretches_seen_before(text: str, gram: int) -> None:
    letters = [char for char in text if ord(char) > 0x40]
    stretches = ["".join(letters[k : k + gram]) for k in range(len(letters) - gram + 1)]
    again = sum(stretch in stretches[:k] for k, stretch in enumerate(stretches))
    wanted = again / len(stretches) if stretches else 0
    assert math.isclose(repeated(flat(pl.Series([text])), gram)[0], wanted)
    for least in (0.2, 0.5, 0.8):
        assert math.isclose(repeated(flat(pl.Series([text])), gram, least)[0], wanted) or wanted < least


def test_what_a_text_was_beside_does_not_change_how_it_is_measured() -> None:
    texts = [CASE * 5, CASE, CLASSIC, CASE * 2, EXAM]
    together = repeated(flat(pl.Series(texts)), 12).to_list()
    assert together == [repeated(flat(pl.Series([text])), 12)[0] for text in texts]


# ---- real material -------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize(
    ("category", "files", "text"),
    [
        ("textbook", "textbook/gmzyjc/**/*.md", None),
        ("guideline", "guideline/ruijin_diabetes/*.txt", None),
        ("paper", "paper/md/*.md", None),
        ("drug leaflet", "drug/CareGPT_drug.json.gz", "."),
        ("case report", "case/web_case*", "Diagnostic_results"),
        ("exam bank", "exam/CMMLU*.csv", ("Question", "A", "B", "C", "D")),
    ],
)
def test_of_real_good_material_almost_all_stays(category: str, files: str, text: str | tuple[str, ...] | None) -> None:
    source = Works(name="real", files=f"{real()}/{files}", license="", fields={"text": text} if text else None)
    assert_almost_all_stays(source, category)


@pytest.mark.real
@pytest.mark.parametrize(
    ("files", "columns", "text"),
    [
        ("encyclopedia/ICD-10-CN.csv", None, ("code", "disease")),
        ("cblue/CHIP-CDN/*.xlsx", ("code", "name"), ("code", "name")),
        ("encyclopedia/MSD_index.json", None, "[1]"),
    ],
)
def test_of_real_lists_of_terms_almost_all_stay(
    files: str, columns: tuple[str, ...] | None, text: str | tuple[str, ...]
) -> None:
    source = Terminology(files=f"{real()}/{files}", license="", columns=columns, fields={"text": text})
    assert_almost_all_stays(source, "terminology")


def real() -> Path:
    if "MEDGO_REAL_DATA" not in os.environ:
        pytest.skip("MEDGO_REAL_DATA names no folder with real material")
    return Path(os.environ["MEDGO_REAL_DATA"]) / "data"


def assert_almost_all_stays(source: Works, category: str) -> None:
    frames = [frame for raw in source.raw for piece in source.pieces(raw) for frame in source.read(piece)]
    docs = pl.concat([frame.filter(pl.col("drop").is_null()).select("text") for frame in frames])
    drop = Clean()(docs.with_columns(category=pl.lit(category)))["drop"]
    assert docs.height > 20
    assert drop.is_null().mean() >= 0.97, drop.drop_nulls().value_counts().rows()
