"""What the rules of numbers, accounts, dates and ages find, and what they leave alone."""

from __future__ import annotations

import re
import time
from functools import cache

import pytest
import regex

from medgo_data.pii import checks, dates, numbers
from medgo_data.pii.fold import fold
from medgo_data.pii.span import POLICIES, TYPES, Rule

RULES = (*numbers.RULES, *dates.RULES)
MARK = re.compile("⟦(.*?)⟧")

FOUND = {
    "PHONE": """
        患者手机：⟦138-1234-5678⟧；家属 ⟦139 8765 4321⟧（儿子）
        Tel:⟦13812345678⟧ / Fax: ⟦010-65123456-8012⟧
        联系电话 ⟦0755—83921834转2201⟧
        请拨⟦（0571）8765 4321转806⟧
        医务科 ⟦0571-88206666⟧/⟦88206667⟧
        急诊科值班电话：⟦88206666⟧，短号 ⟦66321⟧，内线⟦8021⟧，分机号：⟦3305⟧
        ⟦8021⟧（内线）
        家属电话：⟦138****5678⟧
        ⟦+852 9123 4567⟧ ／ ⟦00852-2345 6789⟧ / ⟦+853 6612 3456⟧ / ⟦+886-912-345-678⟧
        手機⟦0937-416-285⟧，市話 ⟦(02)2345-6789#123⟧，聯絡⟦6271 9043⟧
        ⟦+44 20 7946 0958⟧ / ⟦+81-3-1234-5678⟧ / ⟦+1 617-555-0146⟧
        客服 ⟦400 820 8820⟧，⟦4008208820⟧，⟦800-820-8820⟧
        女儿手机⟦幺三八零零幺三八零零零⟧
        患者电话⟦1380013800O⟧
        妻 ⟦18288 314 907⟧
        总值班葛晓东⟦64720⟧，办公室⟦6719⟧，☎⟦87073114⟧，手提⟦9123-4567⟧
        联系 ⟦0537·7235-096⟧ 查询 ⟦2729 3307⟧
    """,
    "ID_CARD": """
        身份证号：⟦11010519491231002X⟧
        身份证（⟦110105 19491231 002X⟧）
        身份证 ⟦110105194912310021⟧（录入有误）
        旧身份证⟦110105491231002⟧
        身份证:⟦3201**********1234⟧，⟦320102********123X⟧
        无任何提示 ⟦11010519491231002X⟧ 夹在行中
        證件號碼：⟦A123456789⟧，居留證 ⟦AC01234567⟧
        香港身份證 ⟦A123456(3)⟧、⟦Z683365（5）⟧
        澳门居民身份证 ⟦1234567(8)⟧
        外国人永久居留身份证 ⟦USA110080012345⟧
        残疾证号 ⟦11010519491231002X43⟧，士兵证 ⟦南字第0512345号⟧
    """,
    "PASSPORT": """
        护照号码：⟦E12345678⟧，Passport No.: ⟦PA1234567⟧
        持韩国护照（⟦M12345678⟧），越南护照⟦C1234567⟧
        护照⟦E 3921 5807⟧
        旅券⟦TS4081926⟧，passport (UZ) ⟦AB5520871⟧，PPT#⟦533718823⟧，护照⟦ET 40-2217⟧
        ⟦Z5170283<4IND9107275F3108113⟧
    """,
    "TRAVEL_PERMIT": """
        港澳居民来往内地通行证：⟦H12345678(01)⟧
        台胞證⟦07394182⟧，入台证⟦1123 0046 7815⟧，往来港澳通行证⟦C87430519⟧
        回乡证 ⟦M0914783526⟧
        Home Return Permit No. ⟦H0331187001⟧，大通证⟦T03311870⟧，台胞证 No.⟦0 4 4 1 8 2 7 7⟧
        通行证，号码⟦03311870⟧，HRP no. ⟦H04417209 01⟧
    """,
    "INSURANCE_NO": """
        医保卡号：⟦A12345678⟧；社保电脑号：⟦600123456⟧；参保人员编号⟦1000123456⟧
        新农合医疗证号 ⟦3412210503-2⟧，健保卡號⟦000071642983⟧
        保单号：⟦P0220 1907 3365 0418⟧，会员号 ⟦MSH-CN-0088213-02⟧
        职工医保（⟦C10773924⟧），离休证⟦鲁离字 第003817号⟧
        member ID ⟦U77194022601⟧
        保单⟦PDZA 2024 4109 0000 6612 73⟧；policy ⟦TKM/88-204417-A⟧；Cert/Member ⟦0088213-00-1⟧
        保單 ⟦ZA-1100-447-829-3⟧ / 学平险 ⟦XP25-520322-00713⟧
        医保: ⟦粤穗A0772-18394⟧，社保⟦社A08837716⟧
    """,
    "MEDICAL_RECORD_NO": """
        住院号：⟦0012345⟧  门诊号：⟦M2403060012⟧ 病案号为 ⟦00-12-34-56⟧
        住 院 号 ： ⟦００８３５７１⟧
        住院号 ⟦0037 2915⟧
        ⟦0012345⟧（住院号）
        MRN: ⟦00123456⟧，HN ⟦12345678⟧，Chart No. ⟦1234567⟧，Patient ID=⟦PX00123⟧
        病歷號：⟦03418827⟧；患者唯一标识：⟦88392013⟧；腕带号⟦NB2406-0718⟧
        男，48岁，⟦ZY-2309-00871⟧，胸痛2小时
        经调取病案（⟦2003112⟧）
        建档号：⟦JD-0331-17⟧；受试者编号⟦01-017⟧；随机号：⟦R117⟧；门诊号 ⟦M 7720-31⟧
        病案号 ⟦□0□3□8□1□9□7□2⟧，HN ⟦HN22041837(Z)⟧，A&E No ⟦AE2601772-3⟧
        ⟦6004471⟧(病历) 和 ⟦010000612947⟧ ←住院号
        住院号，您记一下，⟦00388127⟧
        分娩登记第⟦2021-0093⟧号，卷第⟦0417⟧号
        病历号⟦零零幺洞八⟧，档案编号 ⟦GP/88/2041⟧
    """,
    "BED_NO": """
        床号：⟦+12⟧  床位：⟦3-15A⟧  ⟦08⟧床 ⟦A12⟧床 抢⟦2⟧床
        ⟦十九⟧床，柯国民
        转入⟦SICU-6⟧床，our NICU bed ⟦N12⟧. Baby boy
        ⟦3⟧、⟦5⟧、⟦8⟧床换药
        抢救室⟦2⟧号，留观⟦3⟧，ICU-⟦05⟧，B区⟦17⟧；⟦12-3⟧床、⟦36A⟧床
        ⟦27⟧的家属找医生，给⟦12⟧换药，⟦28⟧刚出院
        床位 ⟦12⟧/⟦14⟧ 对调；从⟦11⟧转到⟦加5⟧
        暖箱⟦5⟧，坐⟦B07⟧机位，⟦廿三⟧床，⟦31-1⟧(床)
        bed ⟦7⟧, Bed No. ⟦12A⟧, bed ⟦forty-one B⟧, ward 7B/⟦12⟧
    """,
    "SPECIMEN_NO": """
        病理号：⟦2024-B-01234⟧；蜡块⟦24-11873-A2⟧；原号⟦B1903347⟧
        标本编号：⟦20240306BC0012⟧；标本条码⟦110082463517⟧；核酸样管⟦32088176⟧
        液基细胞学TCT 编号⟦L0442918⟧
        咽拭子⟦LH-3307⟧
        献血码 ⟦=A0113 24 517309⟧，血袋编号：⟦0331 2400 1123 7⟧，菌株号⟦KP-24-0331⟧
        送检号⟦阿-炭-26-02⟧，滤纸血 ⟦MAL-豫-2024-017⟧，Bar: *⟦KLM114B117C2⟧*
        检体编号：⟦A1150319-0042-U⟧，标本瓶 ⟦3071-①⟧，病理（原⟦23-11290⟧）
    """,
    "EXAM_NO": """
        检查号：⟦US20240306-012⟧；影像号 ⟦P1234567⟧；CT号⟦77031⟧；MR号：⟦MR24-05537⟧
        头颅CT急查号⟦CTJ0501088⟧，放射编号（DR）⟦20240306-012⟧
        Acc No.: ⟦24-CT-00123⟧，Acc/⟦8812046379⟧
        CTA ⟦Ｅ２４－００９１８－Ａ⟧ Stanford A
        影像号：⟦I0088213⟧，RIS号 ⟦RIS0088124⟧，心电图流水号：⟦EC20240311-0028⟧，肠镜检查序号 ⟦0417⟧
        片号好像是⟦24dr 3316⟧，胸片⟦MR/24/10882⟧，Exam: ⟦B24.0093⟧，预约号⟦MR幺洞洞四四三⟧
        检查UID ⟦1.2.840.113619.2.404.3.17.20240311.88⟧
    """,
    "BANK_CARD": """
        退款至建行卡⟦6227003814170172872⟧
        银行卡 ⟦6222 0212 3456 7890 128⟧（录入有误）
        对公账号：⟦110906123410802⟧
        刷卡⟦4392253879082751⟧
    """,
    "EMAIL": """
        请发到⟦zhangsan@163.com⟧、⟦li.si [at] pumch.cn⟧、⟦wang(at)qq.com⟧、⟦zhao＠126.com⟧
        email: ⟦zhou at hospital dot org dot cn⟧
    """,
    "URL": """
        更多见⟦https://fw.demo.cn/r/8f2k1⟧。点击查看
        网址：⟦www.demo.com/join⟧，登录 ⟦yun.demo-hos.com⟧ 查询
        视频在 ⟦xhs.example/u/yd88⟧
    """,
    "IP": """
        登录IP地址：⟦10.0.0.12⟧:8080，源IP ⟦fe80::1ff:fe23:4567:890a⟧
        工作站⟦192.168.40.17⟧推送失败
        终端地址是⟦幺九二点幺六八点三点二幺⟧。
    """,
    "SOCIAL_ID": """
        微信号：⟦zhang_san-88⟧，V信⟦abc12345⟧，wx: ⟦li123456⟧，加薇 ⟦hello_li⟧
        QQ:⟦12345678⟧ QQ群 ⟦987654321⟧ 扣扣⟦2233445566⟧ QQ ⟦190 556 2287⟧
        LINE ID ⟦mary.chen⟧  抖音号 ⟦dy8839201⟧ 小红书号：⟦5501234567⟧
        微博⟦@康复路上的小雨⟧，加他助理 ⟦dm_helper-007⟧ 就行
        user=⟦rad_hemq⟧ 客服⟦KH_lab_xiaohe⟧
        ⟦@老寨河边的二凤_77⟧：谢谢医生
    """,
    "PLATE": """
        ⟦京A12345⟧ ⟦沪AD12345⟧ ⟦粤Z1234港⟧ ⟦苏E·2K59P⟧ ⟦豫A 8K2F3⟧ ⟦湘J0912警⟧ ⟦鲁B1234挂⟧
        武警车⟦WJ京12345⟧，军车⟦军A12345⟧，⟦使014578⟧
        车牌号：⟦浙a12345⟧，大巴⟦KAB-2193⟧
        ⟦粤Z·M882港⟧/⟦VK 3821⟧
        电动车牌照⟦杭州D03311⟧
    """,
    "USCC": """
        统一社会信用代码⟦91110108551385082Q⟧
        发票抬头税号⟦9142 0602 MA4K 8T3X 71⟧
    """,
    "DATE": """
        入院日期：⟦2024-03-06⟧，⟦2024/1/15⟧，⟦2024.05.06⟧，⟦2024年3月6日⟧，⟦2024 年 5 月 23 日⟧
        ⟦3月6日⟧晚发热，⟦4月12号⟧做的支架，⟦2024年元月4日⟧手术
        ⟦二〇二四年三月六日⟧，⟦六月十一号⟧下午复查，生于⟦85.6.13⟧
        出生：⟦民國58年4月12日⟧，⟦113年2月25日⟧急診，手術日 ⟦113/3/6⟧
        ⟦农历腊月初八⟧生，⟦正月十六⟧来诊
        DOB ⟦14-Feb-1966⟧，⟦6 Mar 2024⟧，⟦March 6, 2024⟧，seen on ⟦15/08/1979⟧
        出生日期⟦19850613⟧，日期/⟦20240320⟧
        于⟦3/6⟧入院，⟦4/22⟧开始，发药⟦6-14⟧，⟦03-14⟧ 02:10 查房
        记录 ⟦24-03-07⟧
        ⟦2023年9月5日⟧至⟦9月13日⟧，⟦2019-01-22⟧、⟦02-17⟧、⟦03-17⟧化疗，⟦2024.3.6⟧-⟦3.9⟧
        ⟦2O23年ll月O9日⟧出院
        ⟦2024-05-07⟧T08:12:33 src
    """,
    "AGE_OVER_89": """
        患者女，⟦93岁⟧，其姐⟦101周岁⟧
        今年⟦九十四岁⟧，家父⟦九十八歲⟧，爷爷⟦一百零一岁⟧，⟦百岁⟧寿星
        because she is ⟦93岁⟧ and frail
        今年⟦九十有三⟧，老伴⟦95⟧了，虚龄⟦97⟧，aged ⟦92⟧
        郗某 ⟦97岁⟧、毕某 八十八岁；寿星（⟦百岁⟧）
        女 ⟦91⟧ | 跌倒
    """,
}
LEFT = """
    肌力3/6级，收缩期杂音3/6级，血压120/80mmHg，每次5-6片，10.2mmol/L，1.2.3，1/2片
    2024年3月入院，2024年，3月，2024-03，随访6-12月，3～6月龄
    收稿日期：2024-03-06 修回日期:2024-04-01 2024年3月6日发布
    批准日期2024年3月6日 生产日期20240306 有效期至2026-03-05 批号240306 有效期2019.01.02-2029.01.02
    《中国2型糖尿病防治指南（2020年版）》 中华医学杂志,2024,104(3):6-12.
    doi:10.3760/cma.j.cn112137-20240306-00456 见https://doi.org/10.1000/182
    国药准字H20240306 国械注准20153460123 电子监管码：83906930457980689845 商品条码 6948199082310
    每年4月7日为世界卫生日
    90岁以上老人，85-92岁，>90岁，年龄最大92岁，年龄65岁
    120急救，拨打12345，110报警，医保热线12393
    NCT01234567 ChiCTR2000029308 PMID: 12345678 ISBN 978-7-117-12345-6
    第3.1.2.1节 软件V1.2.3.4 EC 3.4.21.62
    HLA-B*15:02 rs1045642 NM_000546.5 c.2573T>G T4N1M0 ICD-10:C34.900 38.9301
    CRP 123456ng/L 病毒载量1.2E+06copies/ml WBC 12.5×10^9/L P<0.05 95%CI 1.02-3.45
    纳入患者13800例，样本量12345，总费用97582286662元，标本：左乳腺 12×8×5cm
    地西泮10mg，0.9%NaCl 250ml 静滴，TG 1.56mmol/L，LINE-1甲基化
    编制500床，共42床，30张床位，床旁超声，卧床3天，3床旁
    维生素B12，京A1H受体，鄂B12，CT值45HU，64排CT，MR 1.5T
    阿莫西林胶囊0.5g，每日3次；黄芪30g，当归10g
    批号 2310071、2310082，封条号0031872，处方编号 20240331-0087，快递单号 SF1033118700，错误码 E40170
    治疗3床旁超声；抢救2次；隔离14天；观察24小时；走廊3米宽；加3片；VIP 2类；分娩0；待产2，已生1
    本院编制床位 3500 张，床位使用率98%，bed 0，三、五床位
    条形码6901234507188 GB/T 16886.5-2017 YY 0505-2012 HLH-2004方案 血清CA125 升高
    90岁以上、95~98岁，女 91%，九十多岁以上
    ../MSD/{54085FB-4B93-45FB-B01F-99F971C8B812}.html
"""


@cache
def compiled(policy: str) -> list[tuple[Rule, regex.Pattern[str]]]:
    return [(rule, regex.compile(rule.pattern)) for rule in RULES if policy in rule.policies]


def found(text: str, policy: str = "high_recall") -> list[tuple[str, int, int]]:
    """Type and place of what the rules find in a text, in its own characters."""
    folded, spans = fold(text), []
    for rule, pattern in compiled(policy):
        for hit in pattern.finditer(folded.text):
            group = "v" if "v" in pattern.groupindex else 0
            if rule.check is None or rule.check(hit[group]):
                spans.append((rule.type, *folded.back(*hit.span(group)), rule.score))
    return [(kind, start, end) for kind, start, end, _ in spans]


def marked(line: str) -> tuple[str, list[tuple[int, int]]]:
    """A line without its marks, and where they stood."""
    places, done = [], 0
    for hit in MARK.finditer(line):
        places.append((hit.start() - done, hit.end() - done - 2))
        done += 2
    return MARK.sub(r"\1", line), places


def lines(table: str) -> list[str]:
    return [line.strip() for line in table.strip().split("\n")]


CASES = [(kind, line) for kind, table in FOUND.items() for line in lines(table)]


@pytest.mark.parametrize(("kind", "line"), CASES)
def test_a_number_is_found_where_it_stands(kind: str, line: str) -> None:
    text, places = marked(line)
    spans = found(text)
    for place in places:
        assert (kind, *place) in spans, text[slice(*place)]


@pytest.mark.parametrize(("kind", "line"), CASES)
def test_nothing_around_it_is_taken(kind: str, line: str) -> None:
    text, places = marked(line)
    meant = {at for place in places for at in range(*place)}
    wide = [text[start:end] for _, start, end in found(text) if not meant.issuperset(range(start, end))]
    assert wide == []


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("line", lines(LEFT))
def test_what_is_nobodys_stays(line: str, policy: str) -> None:
    assert [line[start:end] for _, start, end in found(line, policy)] == []


def test_the_careful_policy_finds_no_more_than_the_bold_one() -> None:
    for _, line in CASES:
        text, _ = marked(line)
        bold = {at for _, start, end in found(text) for at in range(start, end)}
        assert bold.issuperset(at for _, start, end in found(text, "balanced") for at in range(start, end)), text


def test_every_type_of_rule_is_known_and_every_name_its_own() -> None:
    assert {rule.type for rule in RULES} == FOUND.keys() <= TYPES.keys()
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_match_without_a_digit_holds_a_hint() -> None:
    numerals, hints = re.compile("[0-9〇零一二三四五六七八九幺两@]"), (*numbers.HINTS, *dates.HINTS)
    words = """
        加薇 hello_li
        LINE ID mary.chen
        微信xiang_liao
        请发到li.si [at] pumch.cn或wang(at)qq.com
        email: zhou at hospital dot org dot cn
        登录 yun.demo-hos.com 查询 www.demo.com/join https://fw.demo.cn/r 还有 xhs.example/u
        十月十日 百岁寿星 癸卯年腊月初十 十床 临床
    """
    for line in lines(words):
        for rule, pattern in compiled("high_recall"):
            for hit in pattern.finditer(line):
                if rule.check is None or rule.check(hit["v" if "v" in pattern.groupindex else 0]):
                    assert numerals.search(hit[0]) or any(hint in hit[0] for hint in hints), rule.name


def test_nothing_reaches_over_a_line() -> None:
    pieces = "住院号 病案号: 电话 身份证号 床号 12床 于 3/6 2024-03- 06 年 月 日 138 0013 8000 微信 abcd1234 农历 腊月 QQ 卡号 6222 检查号 护照 93 岁 IP 10.0. 0.12 京 A12345"
    text = "\n".join(pieces.split())
    for policy in POLICIES:
        for rule, pattern in compiled(policy):
            for hit in pattern.finditer(text):
                assert "\n" not in hit[0], rule.name


@pytest.mark.parametrize(
    "piece",
    [
        "1234567890",
        "1 ",
        "患者入院治疗检查标本号码电话身份证",
        "a1-B号:月日 /.",
        "2024-",
        "3月",
        "1.",
        "A",
        "a_",
        "住院号 ",
        "一二三四五六七八九十",
        "@a.",
    ],
)
def test_time_grows_with_the_length_of_a_line(piece: str) -> None:
    spent = []
    for length in (2_000, 40_000):
        text = (piece * length)[:length]
        start = time.process_time()
        for _, pattern in compiled("high_recall"):
            for _ in pattern.finditer(text):
                pass
        spent.append(time.process_time() - start)
    assert spent[1] < 20 * spent[0] * 4 + 0.1  # four times what is linear


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (checks.resident, "11010519491231002X", "110105194912310021"),
        (checks.resident, "110105 19491231 002x", "11010519491331002X"),
        (checks.born, "110105491231002", "110105491331002"),
        (checks.taiwan, "A123456789", "A123456788"),
        (checks.hongkong, "A123456(3)", "A123456(4)"),
        (checks.hongkong, "AB987654(3)", "AB987654(5)"),
        (checks.bank_card, "6227 0038 1417 0172 872", "6227 0038 1417 0172 873"),
        (checks.credit_code, "91110108551385082Q", "91110108551385082R"),
        (checks.address, "10.0.0.255", "10.0.0.256"),
        (checks.address, "fe80::1", "fe80:::1"),
        (checks.day, "20240229", "20230229"),
        (checks.day, "2024-3-6", "2024-13-6"),
        (checks.short_year, "113/03/06", "113/13/06"),
        (checks.month_day, "2-29", "2-30"),
        (checks.days, "2O24年l月l1日", "2024年13月1日"),
    ],
)
def test_a_check_takes_the_right_one_and_refuses_the_wrong_one(check: object, right: str, wrong: str) -> None:
    assert callable(check)
    assert check(right)
    assert not check(wrong)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("管号JJ23-0417A/JJ23-0417B", "JJ23-0417B", "SPECIMEN_NO"),
        ("借阅病案：0219983（死亡）、0220107（纠纷）", "0220107", "MEDICAL_RECORD_NO"),
        ("member ID U7719 40 226-01", "U7719 40 226-01", "INSURANCE_NO"),
        ("打O2l-5O8O39l4没人接", "O2l-5O8O39l4", "PHONE"),
        ("身份证E28ll2OOll", "E28ll2OOll", "ID_CARD"),
        ("小姐，P5l6223(l)，孕14周", "P5l6223(l)", "ID_CARD"),
        ("抽血，加2床备皮", "加2", "BED_NO"),
        ("检查号：CTJ05\n01088。", "CTJ0501088", "EXAM_NO"),
        ("传真(零二八)五八五零零一一零", "(028)58500110", "PHONE"),
    ],
)
def test_a_number_is_found_though_it_is_the_second_or_written_oddly(text: str, value: str, kind: str) -> None:
    read = fold(text).text
    met = {
        (rule.type, found["v"] if "v" in found.groupdict() else found[0])
        for rule, pattern in compiled("high_recall")
        for found in pattern.finditer(read)
        if rule.check is None or rule.check(found["v"] if "v" in found.groupdict() else found[0])
    }
    assert (kind, value) in met
