"""Who is named in a text: by fields, cues and layout, by two taggers that agree, and wherever the name stands again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

regex = pytest.importorskip("regex")
pytest.importorskip("jieba")

from medgo_data.pii import names, tables  # noqa: E402
from medgo_data.pii.again import again  # noqa: E402
from medgo_data.pii.span import POLICIES, Rule, Span  # noqa: E402
from medgo_data.pii.words import likely, named, stated, word  # noqa: E402

COMPILED = {rule.name: regex.compile(rule.pattern, regex.MULTILINE) for rule in names.RULES}


def by(rule: Rule, text: str) -> list[Span]:
    found = []
    for met in COMPILED[rule.name].finditer(text):
        start, end = met.span("v" if "v" in met.re.groupindex else 0)
        if start < end and (rule.check is None or rule.check(text[start:end])):
            found.append(Span(start, end, rule.type, rule.name, rule.score))
    return found


def resolved(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span.score, span.start - span.end, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)


def found(text: str, policy: str = "high_recall") -> list[str]:
    spans = [span for rule in names.RULES if policy in rule.policies for span in by(rule, text)]
    return [text[span.start : span.end] for span in resolved(spans)]


def laid_out(text: str) -> list[tuple[str, str]]:
    return [(span.type, text[span.start : span.end]) for span in resolved(tables.structured(text))]


SURE = [  # both policies find all of these, and nothing else
    ("姓名:方若溪 性别:女", ["方若溪"]),
    ("姓 名 : 秦 晓 岚 性 别 : 女", ["秦 晓 岚"]),
    ("患者姓名 司徒明远 病区 三", ["司徒明远"]),
    ("患者蒋文博因腹痛入院。", ["蒋文博"]),
    ("患者岳强因腹痛入院。", ["岳强"]),
    ("患者殷素琴,女,61岁", ["殷素琴"]),
    ("其妻葛晓梅代诉病史", ["葛晓梅"]),
    ("家属(女儿罗玉婷)已签字", ["罗玉婷"]),
    ("联系人:妻 白 雪 13900001111", ["白 雪"]),
    ("记录者:汪洋 审核者:高峰", ["汪洋", "高峰"]),
    ("手术者 陆建平 一助 穆青 麻醉医师:米热古丽", ["陆建平", "穆青", "米热古丽"]),
    ("今日樊志远主任医师查房", ["樊志远"]),
    ("我叫尉迟芳,今年五十二", ["尉迟芳"]),
    ("12床宋玉兰 术后第一天", ["宋玉兰"]),
    ("肿瘤科窦建国会诊", ["窦建国"]),
    ("病人阿依努尔·买买提,女,33岁", ["阿依努尔·买买提"]),
    ("产妇扎西央金 28岁", ["扎西央金"]),
    ("新生儿系祝文娟之子", ["祝文娟"]),
    ("女 顾家声敬上", ["顾家声"]),
    ("Name: Olivia Hartwell 女 30岁", ["Olivia Hartwell"]),
    ("感谢Dr. Marcus Feldman", ["Marcus Feldman"]),
    ("patient=邢小露 barcode=8810", ["邢小露"]),
    ("她的小名豆豆,4岁", ["豆豆"]),
    ("他崽龙大海在外打工", ["龙大海"]),
    ("转来的病人叫安若兰 明天禁食", ["安若兰"]),
    ("号码布姓名“江山”,心跳停", ["江山"]),
    ("他大名简墨白,门诊卡", ["简墨白"]),
    ("本报记者薛原报道", ["薛原"]),
    ("患者娄底平手机19900001111", ["娄底平"]),
    ("两份为同一人(滕小飞)", ["滕小飞"]),
    ("阮氏碧桃,越南籍", ["阮氏碧桃"]),
    ("产妇NGUYEN THI HONG,越南籍", ["NGUYEN THI HONG"]),
    ("Insured: MOK Chi Keung  Cert No 12", ["MOK Chi Keung"]),
    ("ID:2736 NAME:Xing, Zhiyuan  M 63Y", ["Xing, Zhiyuan"]),
    ("PN PatientName [OU^YANG JIANHUA]", ["OU^YANG JIANHUA"]),
    ("PID|1||SITU^WENBIN^^||1979", ["SITU^WENBIN"]),
    ("P<INDSUBRAMANIAM<<LAKSHMI<PRIYA<<<<<<", ["SUBRAMANIAM<<LAKSHMI<PRIYA"]),
    ("15:40 Lau Kin Fai H00918845", ["Lau Kin Fai"]),
    ("Sworn translator Helga Brandt-Kuo", ["Helga Brandt-Kuo"]),
    ("2 C/O U Kyaw Zin MF402187", ["U Kyaw Zin"]),
    ("转诊记录:БАТБАЯР Ганзориг", ["БАТБАЯР Ганзориг"]),
]
BOLD = [  # in records only
    ("患者陶丽丽上厕所时摔倒", ["陶丽丽"]),
    ("Zhang Qiuyan, 某院", ["Zhang Qiuyan"]),
    ("核:尚丽", ["尚丽"]),
    ("驾驶 某 护曲晓萌", ["曲晓萌"]),
    ("海霞家小子七岁", ["海霞"]),
    ("隔壁的宝根住院了", ["宝根"]),
    ("外教Bradley今天发烧", ["Bradley"]),
    ("son Temur has a fever", ["Temur"]),
    ("领队Amy蔡 手机", ["Amy蔡"]),
    ("翻译裘Lily 在场", ["裘Lily"]),
    ("本人写(김민수)", ["김민수"]),
    ("护照 (สมชาย ใจดี)", ["สมชาย ใจดี"]),
]
SILENT = [  # in which nobody is named
    "患者高热3天,余未见异常,何时停药待定。",
    "患者方可下床活动,应注意补液,常规护理。",
    "张主任查房后指示继续抗感染;请李医生会诊。",
    "王某,男,45岁;陈某某,女,30岁。",
    "张仲景《伤寒论》载桂枝汤,李时珍亦有记述。",
    "黄芪30g 当归10g 白芍15g 熟地黄20g,水煎服。",
    "石膏、知母、连翘、黄连、白术、党参、马齿苋",
    "帕金森病、霍奇金淋巴瘤、柯萨奇病毒、墨菲征阳性。",
    "阿莫西林、艾司唑仑、康柏西普、莫西沙星、舒芬太尼",
    "医生:你好,有没有发热?\n患者:没有,就是咳嗽",
    "如有不适,应在医生指导下服用,请及时与医生沟通。",
    "子宫大小正常,双侧附件未见异常。",
    "[批准文号]国药准字H20000000 [别名]锌布",
    "Kaplan-Meier曲线,Cox回归,Roux-en-Y吻合",
    "姓名:不详 签名:同上 联系人:本人",
    "老年女性,冯老太诉头晕;邻居小李陪同。",
    "Dr Chen 谈病理,已约明早;Attending Dr Yau",
    "有问题找信息科孙工;月底交赵组长,签收",
    "保姆车牌 KX 2719,接种点周末休息",
    "更没有“交钱领药”这回事",
    "男朋友都扬手走了,大多数病人都坚持服药,高血压患者严令戒酒",
    "First Visit Registration 初诊登记,DISCHARGE SUMMARY",
    "Child-Pugh B级,Philips Ingenia 3.0T",
    "历任欣旺达公司董事,秘书处经理",
    "注意室温不要太干燥,到皮肤科来进行确诊",
    "维生素B1和维生素B6都同服",
    "谢谢你医生祝你快乐,罗医生好的",
    "儿童羊癫疯能治好吗",
]


@pytest.mark.parametrize(("text", "expected"), SURE)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_name_is_found_by_its_field_or_cue(text: str, expected: list[str], policy: str) -> None:
    assert found(text, policy) == expected


@pytest.mark.parametrize("text", SILENT)
@pytest.mark.parametrize("policy", POLICIES)
def test_where_nobody_is_named_nobody_is_found(text: str, policy: str) -> None:
    assert found(text, policy) == []
    assert laid_out(text) == []


@pytest.mark.parametrize(("text", "expected"), BOLD)
def test_only_records_are_read_boldly(text: str, expected: list[str]) -> None:
    assert found(text, "high_recall") == expected
    assert found(text, "balanced") == []


def test_a_word_can_be_a_name_beside_a_role_but_not_alone() -> None:
    assert [(named(each), likely(each)) for each in ("高峰", "芦苇", "程思远")] == [
        (True, False),
        (True, False),
        (True, True),
    ]
    assert not any(named(each) for each in ("高热", "黄染", "余未见", "应注意", "白细胞", "马上"))
    assert not any(stated(each) for each in ("本人", "不详", "王某", "张主任", "同上"))
    assert word("连翘") and not word("程思远")


def test_a_rule_reads_one_line_only() -> None:
    assert found("姓名:\n方若溪", "balanced") == []
    assert found("患者\n突发胸痛", "high_recall") == []


def test_the_heads_of_columns_say_what_stands_below() -> None:
    text = "床号 姓名 性别 年龄 诊断\n1 李思远 男 37 胆囊结石\n5 陈 静 女 29 阑尾炎\n8 石破天 男 92 肠梗阻\n"
    assert laid_out(text) == [
        ("BED_NO", "1"), ("PERSON", "李思远"), ("BED_NO", "5"), ("PERSON", "陈 静"),
        ("BED_NO", "8"), ("PERSON", "石破天"), ("AGE_OVER_89", "92"),
    ]  # fmt: skip


@pytest.mark.parametrize("mark", ["\t", "|", ","])
def test_columns_may_be_separated_in_any_way(mark: str) -> None:
    rows = [
        ["住院号", "姓名", "电话", "住址"],
        ["0012345", "揭阳", "13900001111", "城关镇二街"],
        ["0012346", "", "", "外地"],
    ]
    text = "\n".join(mark.join(row) for row in rows)
    expected = [
        ("MEDICAL_RECORD_NO", "0012345"),
        ("PERSON", "揭阳"),
        ("PHONE", "13900001111"),
        ("ADDRESS", "城关镇二街"),
    ]
    assert laid_out(text)[:4] == expected
    assert ("MEDICAL_RECORD_NO", "0012346") in laid_out(text)


def test_a_roster_needs_no_head() -> None:
    text = "1台 葛晓东 男 疝\n2台 竹青 女 胆石\n3台 冯玉珍 女 甲状腺结节"
    assert [value for _, value in laid_out(text)] == ["葛晓东", "竹青", "冯玉珍"]


def test_in_a_list_of_names_an_ordinary_word_is_a_name() -> None:
    assert [value for _, value in laid_out("专家组:安静、白露、蔡国祥、陈思明、范冰洁、杜鹃")] == [
        "安静",
        "白露",
        "蔡国祥",
        "陈思明",
        "范冰洁",
        "杜鹃",
    ]
    assert laid_out("方药:黄芪、白术、党参、石斛、杜仲、安息香") == []


def test_the_authors_of_a_reference_stay() -> None:
    assert laid_out("[3] 程文博,李思远,王若溪.某病的诊治[J].某杂志,2015,54(3):201.") == []
    assert [value for _, value in laid_out("程文博 李思远 王若溪\n某医科大学")] == ["程文博", "李思远", "王若溪"]


def test_a_name_once_established_is_found_wherever_it_stands_again() -> None:
    text = "患者李小梅,标本号AB123456。晓梅不是她;小梅今日好转,李 小 梅签字,王小梅陪护。AB123456已送,XAB1234567未送。"
    known = [Span(2, 5, "PERSON", "name_after_role", 0.9), Span(9, 17, "SPECIMEN_NO", "number", 0.9)]
    assert [(span.type, text[span.start : span.end]) for span in again(text, known)] == [
        ("PERSON", "小梅"), ("PERSON", "李 小 梅"), ("SPECIMEN_NO", "AB123456"),
    ]  # fmt: skip


def test_names_go_on_after_a_name() -> None:
    text = "参加者程文博、李思远和王若溪。"
    assert [text[span.start : span.end] for span in again(text, [Span(3, 6, "PERSON", "rule", 0.9)])] == [
        "李思远",
        "王若溪",
    ]


def test_a_name_that_is_a_word_is_not_looked_for_elsewhere() -> None:
    text = "护士安静。患者安静入睡。"
    assert again(text, [Span(2, 4, "PERSON", "rule", 0.9)]) == []


@pytest.mark.parametrize(
    ("text", "value", "witnesses", "counts"),
    [
        ("复诊,程思远今日未到,已约,患者", "程思远", {"ours": 0.95, "lac": 0.7}, (True, False)),  # nothing near says so
        ("其兄程思远认为手术可行", "程思远", {"ours": 0.95, "lac": 0.7}, (True, True)),  # kin, and he has an opinion
        ("其兄程思远认为手术可行,电话13900001111,6月3日", "程思远", {"ours": 0.95, "lac": 0.7}, (True, True)),
        ("程思远肿痛,电话13900001111,6月3日", "程思远", {"ours": 0.95, "lac": 0.7}, (True, True)),  # a record
        ("程思远肿痛,电话13900001111,6月3日", "程思远", {"ours": 0.7}, (False, False)),  # one tagger alone, not sure
        ("程思远肿痛,三日", "程思远", {"ours": 0.7}, (False, False)),
        ("桑螵蛸\n程思远\n海风藤", "程思远", {"ours": 0.95}, (False, False)),  # in a list of terms
        ("口服程思远片每日三次", "程思远", {"ours": 0.95}, (False, False)),  # a drug
        ("程思远征阳性", "程思远", {"ours": 0.99, "lac": 0.7}, (False, False)),  # a sign
        ("同意李时珍的看法", "李时珍", {"ours": 0.99, "lac": 0.7}, (False, False)),
        ("伴高热寒战", "高热", {"ours": 0.99, "lac": 0.7}, (False, False)),
        ("今晨小王来院", "小王", {"ours": 0.99, "lac": 0.7}, (False, False)),
        ("患者来自石家庄市", "石家庄市", {"ours": 0.9}, (False, False)),
    ],
)
def test_taggers_count_as_far_as_they_agree(
    text: str, value: str, witnesses: dict[str, float], counts: tuple[bool, bool]
) -> None:
    start = text.index(value)
    ours, lac = (
        [Span(start, start + len(value), "PERSON", by, witnesses[key])] if key in witnesses else []
        for key, by in (("ours", "tagger"), ("lac", "lac"))
    )
    known = [
        Span(*met.span(), kind, "")
        for kind, it in (("PHONE", r"1\d{10}"), ("DATE", "6月3日"))
        for met in regex.finditer(it, text)
    ]
    assert tuple(bool(names.decided(text, known, lac, ours, policy)) for policy in POLICIES) == counts


def test_in_a_record_one_sure_tagger_is_enough() -> None:
    text = "贺云清,卡号不详,电话13900001111,6月3日"
    known = [Span(11, 22, "PHONE", "phone"), Span(23, 27, "DATE", "date")]
    sure = [Span(0, 3, "PERSON", "tagger", 0.99)]
    assert [span[:2] for span in names.decided(text, known, [], sure, "high_recall")] == [(0, 3)]
    assert names.decided(text, known, [], [], "high_recall") == []


def test_a_name_in_other_letters_is_told_too() -> None:
    for text, known, other in [
        ("Somchai Prasert(颂猜)同批", (0, 15), "颂猜"),
        ("阮碧桃(Nguyen Bich Dao),越南", (0, 3), "Nguyen Bich Dao"),
        ("(中川浩/Hiroshi Nakagawa)", (1, 4), "Hiroshi Nakagawa"),
    ]:
        also = names.decided(text, [Span(*known, "PERSON", "name_field", 1.0)], [], [], "balanced")
        assert [text[span.start : span.end] for span in also] == [other]
    for text in ("陶丽丽(女)", "陶丽丽(CT Report)", "John Smith(已签字)"):
        assert names.decided(text, [Span(0, text.index("("), "PERSON", "name_field", 1.0)], [], [], "high_recall") == []


def test_in_talk_a_tagger_alone_is_not_believed() -> None:
    asked, noted = "医生:建议您吃点晓溪,可以吗?患者:谢谢您,请问还要吃吗", "探视:晓溪 09:10 三病区 家属已到"
    for text, counts in ((asked, False), (noted, True)):
        start = text.index("晓溪")
        seen = [Span(start, start + 2, "PERSON", "tagger", 0.97)]
        known = [Span(0, 2, "BED_NO", "bed")] if counts else []
        assert bool(names.decided(text, known, [], seen, "high_recall")) == counts


def test_what_a_rule_or_another_type_covers_is_not_told_again() -> None:
    text = "医师程思远,江州医院"
    seen = [Span(2, 5, "PERSON", "tagger", 0.99), Span(6, 8, "PERSON", "tagger", 0.99)]
    rules = [Span(2, 5, "PERSON", "name_after_role", 0.9), Span(6, 10, "HOSPITAL", "hospital", 0.9)]
    assert names.decided(text, rules, [], seen, "high_recall") == []


def test_where_a_tagger_sees_more_of_a_name_the_longer_stays() -> None:
    text = "患者程思远程会诊"
    rule, seen = Span(2, 4, "PERSON", "name_after_role_bold", 0.6), Span(2, 5, "PERSON", "tagger", 0.9)
    counted = names.decided(text, [rule], [], [seen], "high_recall")
    assert [(span.start, span.end) for span in counted] == [(2, 5)] and counted[0].score > rule.score


@pytest.mark.parametrize(
    "text",
    ["张" * 12_000, "1" * 12_000, "患者" * 6_000, "张 " * 6_000, "阿·" * 6_000, "患者李明华说" * 2_000, "张三、李四、" * 2_000, "Zhang Wei " * 1_200],
    ids=["han", "digits", "roles", "spaced", "dots", "cues", "list", "latin"],
)  # fmt: skip
def test_a_long_line_takes_linear_time(text: str) -> None:
    def seconds(some: str) -> float:
        begin = time.process_time()
        for rule in names.RULES:
            by(rule, some)
        tables.structured(some)
        return time.process_time() - begin

    seconds(text[:1000])
    whole, part = seconds(text), seconds(text[: len(text) // 4])
    assert whole < 16 * max(part, 0.05)  # four times the text: quadratic would be sixteen times as long


@pytest.mark.real
def test_real_term_lists_hold_no_names() -> None:
    if not (folder := os.environ.get("MEDGO_REAL_DATA")):
        pytest.skip("MEDGO_REAL_DATA does not say where real data lies")
    text = (
        (Path(folder) / "data/encyclopedia/ICD-10-CN.csv").read_text("utf-8-sig").replace("，", ",").replace("（", "(")
    )
    assert found(text, "balanced") == []
    assert laid_out(text) == []
