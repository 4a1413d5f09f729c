"""Ten kinds of junk, invented with a seed: half of what it is made of is for writing rules, the other half for testing them.

Whatever a text is made of stands in ``RULES`` or in ``TEST``, never in both: menus, adverts, footers, code. Where junk is made of
real text (decoded wrongly, shuffled, read badly by a machine), the documents of the two halves are different ones.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Half:
    """What the junk of one half is made of."""

    menus: Sequence[str]
    lures: Sequence[str]  # sentences of adverts
    sold: Sequence[str]
    wanted: Sequence[str]  # what people search for
    suffixes: Sequence[str]  # and what is put behind it to be found
    footers: Sequence[str]
    phrases: Sequence[str]  # what is said over and over
    code: Sequence[str]
    logs: Sequence[str]


# fmt: off
RULES = Half(
    menus="""首页 登录 注册 免费注册 新闻资讯 疾病大全 药品大全 医院大全 专家在线 在线问诊 预约挂号 健康问答 养生保健 两性健康 母婴育儿 美容整形
男科 女科 儿科 皮肤科 肿瘤科 心血管科 内分泌科 骨科 眼科 口腔科 更多>> 上一页 下一页 末页 1 2 3 4 5 ... 共128页 网站地图 关于我们 联系我们 加入收藏 设为首页
热门推荐 最新文章 排行榜 相关阅读 猜你喜欢 返回顶部 搜索 手机版 客户端下载 微信公众号 视频 图片 专题 论坛 博客 问答 商城 会员中心 退出 我的收藏 上一篇：没有了
下一篇：秋季养生指南 当前位置：首页>疾病>内科 查看全部 展开 收起 分享到 打印 评论(0) 点赞 字号：大 中 小""".split(),  # noqa: SIM905
    lures=["{x}，祖传秘方，三个疗程彻底根治，永不复发！", "限时特价，原价{p}元，现在只要{q}元，包邮到家，货到付款。", "加微信{w}，领取{x}免费体验装。", "咨询热线：{t}，24小时在线专家一对一服务。",
           "点击立即购买，前一百名下单再送一盒！", "无效全额退款，已有十万患者亲身见证{x}的神奇效果。", "本院引进德国{x}技术，微创无痛，当天治疗当天回家，现在预约挂号立减{q}元。",
           "扫描下方二维码关注公众号，回复“{x}”即可领取优惠券。", "想了解更多{x}信息，请拨打免费电话{t}或点击在线咨询。", "厂家直销，招商加盟，{x}诚招各地代理，日入{p}元不是梦。"],
    sold="降糖茶 前列腺贴 祛斑霜 增高胶囊 减肥咖啡 鼻炎喷剂 风湿骨痛膏 白癜风308激光 无痛人流 近视矫正仪 生发液 壮阳丸".split(),  # noqa: SIM905
    wanted="高血压 糖尿病 牛皮癣 痔疮 白癜风 不孕不育 前列腺炎 鼻炎 颈椎病 失眠".split(),  # noqa: SIM905
    suffixes="怎么治 最好的医院 偏方 多少钱 吃什么药 哪家医院好 治疗方法 能治好吗 专科医院 症状图片 医院排名 费用 在线咨询".split(),  # noqa: SIM905
    footers=["版权所有 © 2008-2023 某健康网 未经授权请勿转载或建立镜像", "京ICP备0800{n}号-1 京公网安备1101080200{n}号 互联网药品信息服务资格证书", "免责声明：本站内容仅供参考，不能作为诊断及医疗的依据，请谨慎参阅。",
             "本网站使用Cookie以改善您的浏览体验。继续使用本站即表示您同意我们的隐私政策和Cookie政策。", "凡本网注明“来源：XXX”的作品，均转载自其他媒体，转载目的在于传递更多信息，并不代表本网赞同其观点。",
             "如有侵权，请联系我们删除。举报电话：010-8888{n} 邮箱：service@example.com", "关于我们 | 网站声明 | 广告服务 | 联系我们 | 友情链接 | 诚聘英才", "Copyright © 2023 All Rights Reserved. 技术支持：某科技有限公司",
             "建议使用IE8.0以上浏览器，1024*768分辨率浏览本站。", "用户协议：在使用本服务之前，请您务必审慎阅读、充分理解各条款内容，您点击“同意”即视为已阅读并同意本协议。"],
    phrases=["请稍候，正在加载……", "啊", "哈哈", "患者需要注意休息。", "好的", "的", "疼痛", "the ", "加载中", "下面是答案：", "谢谢医生！", "0"],
    code=["function init(){{var a{n}=document.getElementById('nav{n}');if(a{n}){{a{n}.style.display='none';}}}}", '<div class="item-{n}"><a href="/jb/{n}.html" target="_blank"><img src="/img/{n}.jpg" alt=""/></a></div>',
          ".nav-{n}{{float:left;width:{n}px;margin:0 auto;background:url(/static/{n}.png) no-repeat;}}", "SELECT id,name FROM t_{n} WHERE status={n} ORDER BY id DESC LIMIT 10;",
          '{{"id":{n},"name":"","url":"https://example.com/{n}","ok":true,"list":[{n},{n}]}}', '&nbsp;&nbsp;<td width="{n}" bgcolor="#FFFFFF">&nbsp;</td>'],
    logs=["2023-05-{d} 10:22:{d} INFO  [main-{n}] com.example.his.Service - request id={n} cost={n}ms", 'ERROR {n} Traceback (most recent call last): File "/app/run.py", line {n}, in main',
          '192.168.{d}.{d} - - [12/May/2023:10:22:{d} +0800] "GET /static/js/{n}.js HTTP/1.1" 200 {n}'],
)
TEST = Half(
    menus="""网站首页 医院概况 科室导航 专家介绍 就医指南 新闻中心 党建工作 科研教学 护理园地 人才招聘 院务公开 健康科普 联系方式 来院路线 住院须知 医保政策 体检中心 预约流程
English 繁體 无障碍 站内搜索 热点新闻 通知公告 招标采购 下载专区 视频中心 院长信箱 友情链接 您所在的位置：网站首页>健康科普>正文 发布时间：2021-03-02 浏览次数：1024 来源：宣传科
[字体：大中小] [打印本页] [关闭窗口] 前一条：我院举行义诊活动 后一条：春季过敏怎么办 查看更多 more 首页 尾页 第1/36页 跳转到 神经内科 呼吸科 消化科 肾内科 风湿免疫科 急诊科 麻醉科
放射科 检验科 药剂科 营养科 康复科 全部分类 购物车 我的订单 个人中心 消息 帮助中心 意见反馈 APP下载 热搜榜 今日推荐 精选 订阅 收藏本站 用户登录 忘记密码 立即注册 标签 归档 随机文章 回复 引用 楼主 沙发""".split(),  # noqa: SIM905
    lures=["告别{x}烦恼，就用它！一盒见效，三盒断根，签约治疗不反弹。", "双十一狂欢价{q}元起，满{p}减{q}，手慢无，赶紧戳链接下单吧！", "需要{x}的朋友私信我或加V：{w}，非诚勿扰。", "我院特邀北京知名教授每周亲诊，{x}专家号有限，电话预约{t}优先就诊。",
           "亲，喜欢就赶快抢购吧，买二送一，顺丰包邮，七天无理由退换。", "{x}官方旗舰店，正品保证，假一赔十，全国联保。", "活动期间到院做{x}项目立享五折优惠，另送价值{p}元体检套餐一份，名额仅限前三十位。",
           "关注微信公众平台{w}，每天免费领取红包和{x}试用装。", "诚招{x}区域代理商，零风险创业，总部扶持，月赚{p}元轻轻松松。", "{x}怎么样？用过的都说好！老客户回购率百分之九十八，详情请致电{t}。"],
    sold="苗药通络膏 深海鱼油软胶囊 抗衰老NMN 隐形矫正牙套 腋臭微创术 热玛吉 灵芝孢子粉 助眠软糖 耳鸣贴 强肾酒 酵素梅 艾灸仪".split(),  # noqa: SIM905
    wanted="癫痫 尖锐湿疣 乙肝 甲状腺结节 强直性脊柱炎 脱发 哮喘 股骨头坏死 阳痿早泄 青春痘".split(),  # noqa: SIM905
    suffixes="怎么办 哪里治得好 治疗费用 的早期症状 专家 权威医院 中医治疗 能根治吗 最新疗法 会传染吗 土方法 口碑医院 注意什么".split(),  # noqa: SIM905
    footers=["Copyright 2015-2024 某某医院版权所有 All rights reserved 网站备案号：沪ICP备1500{n}号", "沪公网安备 3101040200{n}号 医疗广告审查证明文号：沪医广[2023]第{n}号", "特别声明：以上文章内容仅代表作者本人观点，不代表本网观点或立场。如有关于作品内容、版权或其它问题请于作品发表后的30日内与本网联系。",
             "我们使用 Cookie 和类似技术来提供服务、分析流量。点击“全部接受”即表示您同意我们使用 Cookie。管理偏好设置", "温馨提示：网上任何关于疾病的建议都不能替代执业医师的面对面诊断，请谨慎参阅，本站不承担由此引起的法律责任。",
             "违法和不良信息举报中心 网络110报警服务 中国互联网举报中心 可信网站 客服邮箱 kefu{n}@example.cn", "网站地图 | 隐私条款 | 法律声明 | 商务合作 | 投稿须知 | 人才招聘 | 意见反馈", "We use cookies to improve your experience. By continuing to browse the site you agree to our privacy policy and terms of use. All rights reserved.",
             "主办单位：某市卫生健康委员会 承办：某信息中心 网站标识码：310{n} 最佳浏览效果1366*768", "本协议由您与某公司共同缔结，具有合同效力。您在注册过程中勾选同意，即表示您已充分阅读、理解并接受本隐私政策的全部内容。"],
    phrases=["网络异常，请重试。", "嗯嗯", "呵呵呵", "建议您到医院就诊。", "收到", "了", "咳嗽", "and ", "暂无数据", "以下内容需要回复才能看到", "祝您早日康复！", "1"],
    code=["if (typeof window.q{n} === 'undefined') {{ window.q{n} = []; q{n}.push(['_trackPageview', {n}]); }}", "<li id=\"li{n}\" onclick=\"tab('{n}',this)\"><span style=\"color:#{n}\"></span></li>",
          "@media (max-width:{n}px){{#box{n}{{padding:{n}px;font-size:12px;line-height:{n}px}}}}", "INSERT INTO log_{n} VALUES ({n},'0','',NULL,{n});", '<item key="{n}"><value type="int">{n}</value><flag/></item>',
          "def f{n}(x, y={n}): return [x[i] * y for i in range({n}) if x[i] != {n}]"],
    logs=["[{d}/Jun/2022 08:{d}:11] WARN pool-{n}-thread-{d} HikariPool - Connection is not available, timed out after {n}ms", 'Exception in thread "http-{n}" java.lang.NullPointerException at com.foo.Bar.baz(Bar.java:{n})',
          "<{d}>Jun 12 08:{d}:33 srv{n} kernel: [{n}.{n}] eth0: link up, 1000Mbps, full-duplex"],
)
# fmt: on
Text = Callable[[random.Random, Half, Sequence[str]], str]


def navigation(dice: random.Random, half: Half, pages: Sequence[str]) -> str:
    """A stretch of a real page without its tags, or a menu."""
    if pages and dice.random() < 0.5:
        page = dice.choice(pages)
        start = dice.randrange(max(1, len(page) - 1500))
        return page[start : start + dice.randrange(300, 2500)].split("\n", 1)[-1]
    chosen = dice.choices(half.menus, k=dice.randrange(12, 80))
    return dice.choice(["\n", "\n", " | ", "\n- ", " > ", "  "]).join(chosen)


def advert(dice: random.Random, half: Half, _: Sequence[str]) -> str:
    filled = {
        "x": dice.choice(half.sold),
        "p": dice.randrange(300, 9000),
        "q": dice.randrange(9, 299),
        "w": f"yy{dice.randrange(10**6)}",
        "t": f"400-{dice.randrange(100, 999)}-{dice.randrange(1000, 9999)}",
    }
    return "".join(lure.format(**filled) for lure in dice.sample(half.lures, dice.randrange(2, 6)))


def keyword_spam(dice: random.Random, half: Half, _: Sequence[str]) -> str:
    word = dice.choice(half.wanted)
    keys = [word + dice.choice(half.suffixes) for _ in range(dice.randrange(15, 60))]
    return dice.choice([",", "，", " ", "_", "、", "\n", "|"]).join(keys)


def garbled(dice: random.Random, _: Half, real: Sequence[str]) -> str:
    """Real text, decoded as what it is not."""
    text = _stretch(dice, real, 150, 900)
    written, read = dice.choice(
        [
            ("gbk", "utf-8"),
            ("utf-8", "gbk"),
            ("utf-8", "latin-1"),
            ("utf-8", "cp1252"),
            ("gbk", "latin-1"),
            ("gbk", "big5"),
        ]
    )
    return text.encode(written, "ignore").decode(read, "replace")


def shuffled(dice: random.Random, _: Half, real: Sequence[str]) -> str:
    """The characters of a real text in any order, or its words."""
    text = _stretch(dice, real, 200, 1200)
    parts = list(text) if dice.random() < 0.5 else re.findall(r"[\u4e00-\u9fff]{1,2}|[^\u4e00-\u9fff]", text)
    dice.shuffle(parts)
    return "".join(parts)


def boilerplate(dice: random.Random, half: Half, _: Sequence[str]) -> str:
    said = dice.sample(half.footers, dice.randrange(1, 6))
    return dice.choice(["\n", " ", "\n\n"]).join(line.replace("{n}", str(dice.randrange(1000, 9999))) for line in said)


def repeated(dice: random.Random, half: Half, real: Sequence[str]) -> str:
    if dice.random() < 0.3:
        return _stretch(dice, real, 60, 300) * dice.randrange(3, 12)
    return dice.choice(["", "", "\n", " "]).join([dice.choice(half.phrases)] * dice.randrange(40, 200))


def table(dice: random.Random, _: Half, __: Sequence[str]) -> str:
    """Numbers, or rules and dots, in rows and columns."""
    cell: list[Callable[[], str]] = [
        lambda: f"{dice.random() * 100:.2f}",
        lambda: str(dice.randrange(10**6)),
        lambda: dice.choice(["+", "-", "±", "|", "—", "○", "●", "■", "□", "★", "...", "====", "/", "%", "*"]),
        lambda: f"{dice.randrange(1990, 2024)}-{dice.randrange(1, 13):02}",
    ]
    made = dice.choice(cell)
    between = dice.choice(["\t", " ", " | ", "，", ""])
    rows = [between.join(made() for _ in range(dice.randrange(4, 12))) for _ in range(dice.randrange(8, 40))]
    return "\n".join(rows)


def misread(dice: random.Random, _: Half, real: Sequence[str]) -> str:
    """Real text as a bad machine reads a bad page: strokes for characters, signs of no meaning, torn apart."""
    wrong = dice.uniform(0.3, 0.6)
    strokes = "丨丿乀丶亅冂匚凵厶彡彳攵疒癶爫龴囗尢屮巛丬氵忄讠辶阝卩亠冖宀廴廾弋彐罒衤饣纟糹飠黽鼡龠齱鸝灬鬥鬯爨魘"
    signs = "|/\\_^~`'\"·.,:;[]{}()<>*#§¶¤¦¬°±"
    letters = "lIijtrnmTLFEocxvOQ01"
    read = []
    for char in _stretch(dice, real, 150, 900):
        if dice.random() < wrong:
            read.append(dice.choice(dice.choice([strokes, signs, letters, " "])))
        else:
            read.append(char)
        if dice.random() < wrong / 4:
            read.append(dice.choice([" ", "\n", "|", "."]))
    return "".join(read)


def remnants(dice: random.Random, half: Half, _: Sequence[str]) -> str:
    """Code, markup, logs, or something in base64."""
    if dice.random() < 0.1:
        return "".join(
            dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=dice.randrange(200, 900))
        )
    line = dice.choice([*half.code, *half.logs])
    lines = []
    for _ in range(dice.randrange(5, 30)):
        if dice.random() < 0.3:
            line = dice.choice([*half.code, *half.logs])
        lines.append(line.format(n=dice.randrange(10, 9999), d=dice.randrange(10, 60)))
    return "\n".join(lines)


def _stretch(dice: random.Random, real: Sequence[str], shortest: int, longest: int) -> str:
    text = dice.choice(real)
    length = dice.randrange(shortest, longest)
    start = dice.randrange(max(1, len(text) - length))
    return text[start : start + length]


KINDS: dict[str, Text] = {
    kind.__name__: kind
    for kind in (navigation, advert, keyword_spam, garbled, shuffled, boilerplate, repeated, table, misread, remnants)
}


def junk(half: Half, real: Sequence[str], pages: Sequence[str], each: int, seed: int) -> list[tuple[str, str]]:
    """``each`` texts of every kind, with its name."""
    made = []
    for name, kind in KINDS.items():
        dice = random.Random(f"{seed} {name}")
        made += [(name, kind(dice, half, pages if name == "navigation" else real)) for _ in range(each)]
    return made
