"""Invented people and places; what is marked ⟦A ADDRESS, ⟦H HOSPITAL and ⟦O ORG is found, from its first to its last character."""

from __future__ import annotations

import os
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest

from medgo_data.pii import gazetteer
from medgo_data.pii.fold import fold
from medgo_data.pii.needs import shape
from medgo_data.pii.places import HINTS, places

MARK = re.compile(r"⟦([AHO])\|(.*?)⟧")
TYPES = {"A": "ADDRESS", "H": "HOSPITAL", "O": "ORG"}

ADDRESSES = """
现住⟦A|重庆市万州区高笋塘街道太白路77号2单元9-3⟧,务农。
籍贯:⟦A|四川遂宁⟧ 民族:汉
户籍地址 ⟦A|云南省红河哈尼族彝族自治州元阳县新街镇土锅寨村委会箐口村12号⟧
家住⟦A|杨家坪西郊支路12号附3号5-2⟧。
出生于⟦A|湖南省衡阳市⟧,久居⟦A|长沙⟧
个人史:生于⟦A|云州⟧,久居本地
患者系⟦A|河南驻马店⟧人,在⟦A|苏州⟧打工。
来自⟦A|甘肃定西通渭县⟧的李某
⟦A|鄂托克前旗昂素镇巴彦乌素嘎查⟧牧民
住⟦A|新北市板桥区文化路一段188巷5弄12号7楼之3⟧
地址:⟦A|香港新界沙田沙田正街3号沙田中心B座15楼C室⟧
户籍地⟦A|高雄市前镇区草衙里12邻翠亨南路56号⟧
⟦A|吉林省松原市前郭尔罗斯蒙古族自治县长山镇库里屯⟧
住⟦A|北京市朝阳区望京西园三区312号楼1808⟧
收件地址:⟦A|上海市浦东新区张杨路1458弄6号302室⟧ 电话
家住⟦A|城东翠湖花园18栋B座2304⟧
住址:⟦A|哈尔滨市南岗区学府三道街52-4号⟧
邮寄至⟦A|武汉市洪山区珞喻路1037号喻园小区东七栋306,430074⟧
家在⟦A|内江⟧,平时在⟦A|成都⟧带孙子
⟦A|新疆生产建设兵团第八师石河子总场六连⟧职工
昨天从⟦A|大理⟧赶来
⟦A|三门峡市湖滨区黄河路中段文化局家属院2号楼⟧
Hotel: ⟦A|义乌市香溪北路699号锦安酒店1908房⟧ Tel
快递至 ⟦A|昆明市盘龙区青云路 金色年华园 C 座 902⟧
附三院内分泌科,⟦A|贵州 遵义 563003⟧
3 贺小梅 女 7 ⟦A|城关镇⟧ 手足口
随访 ⟦A|弄坡屯⟧ 150/88
家住⟦A|桃花坪镇杨柳村三组⟧
⟦A|石板滩村6组23号⟧
⟦A|永乐新村 34 幢 606 室⟧
⟦A|军工路 516 弄 22 号 401 室⟧
⟦A|碧水湾B区18栋⟧
⟦A|玫瑰园二期9栋2单元1802⟧ 上门抽血
快递已寄⟦A|汴西新区雅景苑三期5#-1-902⟧,收件
⟦A|纺织厂家属院5号楼3单元9号⟧
⟦A|机械厂宿舍3栋⟧
⟦A|三河镇政府宿舍⟧
⟦A|莘田县北沟乡⟧
⟦A|槐林乡贺家坑⟧,听力差
⟦A|大王庄⟧的,种地
⟦A|后陈庄⟧这边陈存柱血压高
⟦A|西寨三队⟧
⟦A|南山坳⟧李大爷
8 靳长山 ⟦A|前洼⟧ 150/90
⟦A|双桥镇⟧赶集路上
⟦A|东风路与建设街交叉口⟧车祸
在⟦A|石桥镇汴昌路与粮站路口⟧被剐倒
(⟦A|大康营乡政府后院⟧)
现住⟦A|沙河镇老砖窑往西第二家⟧。
住⟦A|红旗街老粮库后身平房⟧
住⟦A|金湖镇岳家巷村上庄社27号⟧
⟦A|小榄⟧打工 反复咳嗽
⟦A|日喀则⟧过来的,高原
从⟦A|柳河镇⟧拉来的
人上⟦A|保定⟧看孩子去了
家是⟦A|白水坡⟧的
⟦A|三重區⟧ 獨居
⟦A|埔里鎮籃城里⟧
住⟦A|花蓮縣卓溪鄉太平村中平林 15 鄰⟧
⟦A|觀塘翠屏南邨翠楣樓⟧
⟦A|黃大仙下邨龍福樓23樓14室⟧
澳門住址:⟦A|黑沙環新街 利達新邨第二座 18 樓 AJ⟧
⟦A|慕拉士大馬路激成工業大廈⟧
Add: ⟦A|Flat B, 17/F, Block 3, Laguna City, Kwun Tong⟧
a woman from ⟦A|Foshan⟧ was referred
⟦A|3-2-501⟧ 戚长山 社区
"""
HOSPITALS = """
遂就诊于⟦H|四川省人民医院⟧,予对症处理
2周前在⟦H|眉山市彭山区中医医院⟧住院
转⟦H|川北医学院附属医院⟧ICU
在⟦H|蒲江县鹤山街道社区卫生服务中心⟧建档
外院(⟦H|成都京东方医院⟧)CT
由⟦H|大慈寺社区卫生服务站⟧转来
在⟦H|康乐诊所⟧输液3天
至⟦H|李氏骨科诊所⟧贴膏药
转诊至⟦H|上海市第六人民医院东院⟧
术后转⟦H|金夕颐养院⟧康复
⟦H|华中科技大学同济医学院附属协和医院⟧心内科
于⟦H|市一医院⟧行冠脉造影
就诊于⟦H|省人民医院⟧
⟦H|高雄荣民总医院⟧
于⟦H|林口长庚医院⟧接受化疗
在⟦H|玛丽医院⟧复诊
送⟦H|屯门医院⟧急症室
⟦H|赵庄村卫生室⟧
入住⟦H|夕阳红养老院⟧
在⟦H|郑大一附院⟧化疗
到⟦H|浙一⟧复查
在⟦H|解放军第三〇二医院⟧
曾到⟦H|北京301医院⟧会诊
⟦H|江 州 市 第 二 人 民 医 院⟧ 检 验
⟦H|洁雅齿科(昆明北辰店)⟧ 医生
2019年5月⟦H|南京鼓楼医院⟧就诊
from ⟦H|Fairview Pacific Hospital⟧ to our clinic
昨天在⟦H|市一⟧拍的CT,今天又跑了一趟⟦H|省人民⟧
外院(⟦H|协和⟧)病理会诊
家属要求转⟦H|华西⟧,床位没联系上
在⟦H|二附院⟧放的支架,⟦H|附一⟧又复查过造影
⟦H|妇幼⟧产检一直正常
⟦H|人医⟧那边说没床
原⟦H|瑞金⟧随访患者
孩子从⟦H|省儿⟧转来
⟦H|省肿瘤⟧放疗25次
⟦H|县二院⟧彩超:胆囊结石
送⟦H|莘二院⟧ 04:29
拟送 ⟦H|复旦肿瘤⟧ 会诊
附收據 ⟦H|廈門長庚⟧ 3 張
[⟦H|华山⟧]费先生您好
Kindly follow up at ⟦H|QEH⟧.
先在⟦H|顺康诊所⟧挂水三天不见好
⟦H|康宝诊所(老车站旁)⟧
送⟦H|莲东县人民医院⟧洗胃
当即送⟦H|段固镇中心卫生院⟧,后转⟦H|邢南骨伤医院⟧。
转⟦H|滏南安康医院⟧。
⟦H|四〇四医院⟧
拍片⟦H|城南骨伤⟧做的
⟦H|老孙家骨科⟧正骨后肿得更厉害
⟦H|王大夫诊所⟧
⟦H|小葵花儿科(万达店)⟧
⟦H|福满园养老院⟧摔倒
⟦H|春晖老年公寓⟧院内感染筛查
接种点 ⟦H|薛店集卫生院犬伤门诊⟧
机构:⟦H|松柏居老人长期照顾中心⟧
⟦H|LINGNAN IMAGING CENTER⟧
"""
EMPLOYERS = """
职业:教师 工作单位:⟦O|绵阳中学实验学校⟧
在⟦O|富士康⟧上班
在⟦O|比亚迪汽车有限公司⟧工作
就读于⟦O|西南交通大学⟧
⟦O|攀钢集团矿业有限公司⟧职工
开户行 ⟦O|中国工商银行成都春熙路支行⟧
在⟦O|老百姓大药房⟧购药
⟦O|太平洋人寿保险股份有限公司绵阳中心支公司⟧
申办方⟦O|泽安生物医药(苏州)有限公司⟧
单位:⟦O|老赵砂锅店⟧(注册号
在⟦O|阳光幼儿园⟧上大班
⟦O|衡水清晏学校⟧食物中毒
在⟦O|恒大御景半岛工地⟧干活
供餐⟦O|河北绿禾餐饮管理公司⟧,许可证
任教于⟦O|北川中学⟧
受雇于⟦O|鸿海精密工业股份有限公司⟧
⟦O|台北市立建国高级中学⟧学生
⟦O|向阳路小学⟧三年级2班
⟦O|永固水泥厂⟧退休工人
⟦O|二棉⟧退休,纺织女工30年
⟦O|聚福楼⟧厨师
⟦O|万家乐超市⟧收银员
⟦O|中建三局二公司⟧项目部钢筋工
⟦O|韵达石桥网点⟧快递员
⟦O|双河煤矿⟧井下采煤22年
工友(⟦O|中岭二矿⟧)
工作单位:⟦O|县供电局⟧
就职于⟦O|云帆网络⟧,久坐
任职⟦O|星海律所⟧
单位名称:⟦O|恒泰钢构⟧
工作单位写的⟦O|锐势互娱⟧,心跳停
签收:⟦O|泛曜基因⟧ 物流
我妈在⟦O|好又多超市⟧理货
⟦O|沂河国际劳务合作有限公司⟧赴外人员体检
⟦O|邢南县宏泰新型建材厂⟧(代码
⟦O|晋泰煤业(集团)普明矿⟧
随⟦O|中豫路桥七队⟧在刚果
⟦O|永和大药房二店⟧小票
由⟦O|鲁惠人寿汶阳服务部⟧赔付
用途:⟦O|太平洋寿险泗水营服部⟧理赔
开户行:⟦O|农商行白沙支行⟧
①⟦O|海晟船务⟧ 914404006781
⟦O|北坪村委会⟧盖章
⟦O|光華國中⟧八年級
⟦O|九龍巴士⟧車長
employer: ⟦O|Golden Dragon Restaurant⟧
Grp: ⟦O|Sun Hing Knitters Ltd⟧
"""
NOTHING = """
在当地医院治疗无效,转上级医院
我院门诊随访,必要时去三甲医院
到县医院就诊,再去市里的大医院
去正规医院检查,不要去小诊所
哪家癫痫病医院好,北京癫痫病医院哪家好
外院诊断为肺炎,住三楼
在药店买了药,单位组织体检
来自农村,家庭条件差
患者户籍为山东省
建议社区卫生服务中心随访
国家卫健委和中华医学会的指南
《中华内科杂志》2019年第3期
经尿道前列腺电切术,肠道准备,消化道出血
足三里、合谷、曲池、阳谷穴、承山
生于石上,长于幽谷
痔生于肛门之外者
莲花清瘟胶囊,阿莫西林,氨苄西林丙磺舒口腔崩解片
一次5片,一日3次,每12小时1次
幼儿园小朋友多发,学校应停课
农行卡号已登记,高血压3级
GB/T 42460-2023, T2N0M0, ICD-10 I10
查体合作,全身皮肤及巩膜无黄染
淮安路过,新生儿科会诊,小儿骨科随诊
中枢神经系统肿瘤,骨继发恶性肿瘤
镇静药:地西泮(安定),氯硝安定
我想换家医院检查下,曾在多所医院住院治疗
线粒体是细胞中的“动力工厂”
病灶呈三角形低密度区,指向第三脑室
螺旋CT.上海:上海医科大学出版社,1998
升高密切相关,与身高明显正相关
朱砂镇心安神,平肝镇静,除寒镇痛
补心和营,高营养饮食,肿胀处扶住手腕
从错误中学习,高中分化鳞状细胞癌
以市中心为界,本市人民政府
"""


def cases(text: str) -> list[str]:
    return text.strip().split("\n")


@pytest.mark.parametrize("line", cases(ADDRESSES + HOSPITALS.lstrip() + EMPLOYERS.lstrip()))
def test_a_name_is_found_from_its_first_to_its_last_character(line: str) -> None:
    text = fold(MARK.sub(r"\2", line)).text
    marked = [(TYPES[mark[1]], fold(mark[2]).text) for mark in MARK.finditer(line)]
    assert [(span.type, text[span.start : span.end]) for span in places(text)] == marked


@pytest.mark.parametrize("line", cases(NOTHING))
def test_what_names_nobody_stays(line: str) -> None:
    assert places(line) == []


def test_what_is_bold_is_left_out_for_the_web_and_papers() -> None:
    bold, sure = "我在合肥,昨天在省人民医院确诊", "在合肥市包河区徽州大道9号的滨湖医院确诊"
    assert [span.type for span in places(bold)] == ["ADDRESS", "HOSPITAL"]
    assert places(bold, bold=False) == []
    assert [span.type for span in places(sure, bold=False)] == ["ADDRESS", "HOSPITAL"]


def test_spans_do_not_overlap_and_stand_in_order() -> None:
    spans = places("家住芜湖市镜湖区东郊路88号,在芜湖市第二人民医院住院,单位:芜湖恒安纺织有限公司")
    assert [span.type for span in spans] == ["ADDRESS", "HOSPITAL", "ORG"]
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize("line", cases(ADDRESSES + HOSPITALS.lstrip() + EMPLOYERS.lstrip()))
def test_a_hint_stands_in_every_line_in_which_something_is_found(line: str) -> None:
    text = "".join(map(shape, fold(MARK.sub(r"\2", line)).text))
    assert any("".join(map(shape, hint)) in text for hint in HINTS)


@pytest.mark.parametrize(
    "line",
    [
        "1234567890" * 2000,
        "患" * 20_000,
        "路" * 20_000,
        "一" * 20_000,
        "江州" * 10_000,
        "(医院)" * 5_000,
        "北京市朝阳区人民路医院公司" * 1_600,
        "江 州 市 第 二 人 民 医 院 " * 1_200,
        "Aa Hospital " * 1_700,
        "住在" * 10_000,
        "东路口" * 1_500,
        "91440400抬头" * 2_500,
        "王庄镇" * 2_500,
        "食品员工" * 3_000,
        "Flat A, Main Road " * 1_200,
    ],
    ids=lambda line: line[:12],
)
def test_time_grows_with_the_length_of_a_line_and_not_faster(line: str) -> None:
    places(line[:400])  # reads the gazetteer
    once = time.process_time()
    places(line)
    twice = time.process_time()
    places(line + line)
    assert time.process_time() - twice < 4 * (twice - once) + 0.2


def test_the_gazetteer_knows_the_provinces_the_prefectures_and_the_counties() -> None:
    known = gazetteer.names()
    assert len(gazetteer.PROVINCES) == 34
    assert {"芜湖市", "芜湖", "红河州", "红河", "涡阳县", "涡阳", "锡林浩特", "板桥区", "观塘", "易县"} <= known
    assert not {"", "易", "平安", "合作", "公安"} & known
    assert [gazetteer.at(text, 0) for text in ("乐山市五通桥区", "揭阳普宁", "平安", "无")] == [3, 2, 0, 0]


@pytest.mark.real
def test_in_real_dialogue_few_hospitals_are_found_that_are_only_perhaps_named() -> None:
    """Of what is sure in real dialogue nearly all was right when read; what is doubtful has to stay rare."""
    root = os.environ.get("MEDGO_REAL_DATA")
    if not root:
        pytest.skip("MEDGO_REAL_DATA names no folder")
    text = (Path(root) / "data/dialogue/ReMeDi_dev_human.txt").read_text("utf-8")
    doubtful = [s for line in text.splitlines() for s in places(line) if s.type == "HOSPITAL" and s.score < 0.7]
    assert len(doubtful) / len(text) * 10_000 <= 0.3
