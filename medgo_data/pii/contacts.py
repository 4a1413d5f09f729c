"""How somebody is reached: telephones, addresses of the net, accounts."""

from __future__ import annotations

from medgo_data.pii import checks
from medgo_data.pii.cues import BOLD, FREE, JOIN, LATIN, UNITS, WHOLE, spaced
from medgo_data.pii.span import Rule

# ---- telephones ------------------------------------------------------------------------------------------------------

TALK = spaced(
    "电话 手机 手机号 座机 固话 热线 传真 号码 联系方式 联系 致电 电联 拨打 拨通 来电 去电 回电 咨询 联络 联络号码 短信 通知家属 护士站 值班室 办公室 "
    "总机 预约 家属 客服 微信同号 咨询台 急救 手提 呼叫 宅电 家电 办公电话 小灵通 行动 市话"
)
CALLED = r"(?i:tel(?:ephone)?|fax|phone|mobile|mob|cell|contact|whatsapp|hotline|call|HP|ph)"
EXTENSION = r"(?:(?:[-#*]| ?[-,(]? ?(?:转|分机|(?i:ext|x)\.?):?) ?[0-9]{1,6}(?![0-9月年]))?"
PHONES = (
    Rule(
        type="PHONE",
        name="mobile",
        pattern=r"1[3-9][0-9](?<![0-9A-Za-z]...|[0-9]\....|(?<![0-9])[0-9]{4}[ -][0-9]{4}[ -]...)(?:"
        r"(?:[- .]{0,2}[0-9]{4}){2}|[0-9][- ][0-9]{4}[- ][0-9]{3}"
        r"|[- ][0-9]{3}[- ][0-9]{5})(?![0-9]|[-.][0-9]|[A-Za-z](?![A-Za-z]))",
    ),
    Rule(
        type="PHONE",
        name="mobile_in_groups",
        pattern=rf"{FREE}1[3-9][0-9]{{1,4}}[- ][0-9]{{2,6}}(?:[- ][0-9]{{2,6}})?(?![0-9A-Za-z]|[-./ ][0-9]|[年岁])",
        score=0.5,
        check=checks.mobile,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="mobile_abroad",
        pattern=r"\(?(?:\+|(?<![0-9])00|(?<![0-9A-Za-z+.-]))86[ )-]{0,3}(?:1[3-9][0-9](?:[- ]{0,2}[0-9]){8}"
        r"|\(?0?[1-9][0-9]{1,2}\)?[- ]{0,2}[2-8][0-9]{2,3}[- ]?[0-9]{4})(?![0-9])",
    ),
    Rule(
        type="PHONE",
        name="mobile_masked",
        pattern=rf"{FREE}1[3-9][0-9][- ]?[*xX×]{{4}}[- ]?[0-9]{{4}}{WHOLE}",
    ),
    Rule(
        type="PHONE",
        name="number_masked",
        pattern=rf"{FREE}[0-9]{{2,7}}-?[*×]{{3,8}}-?[0-9]{{2,6}}{WHOLE}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="mobile_misread",
        pattern=r"(?<![0-9A-Za-z])[1lI][3-9][0-9OoIl](?:[- ]?[0-9OoIl]{4}){2}(?![0-9A-Za-z])",
        score=0.7,
        check=checks.mobile,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="landline",
        pattern=rf"(?<![0-9A-Za-z./_-])(?P<v>(?:\(0(?:10|2[0-9]|[3-9][0-9]{{2}})\)|0(?:10|2[0-9]"
        rf"|[3-9][0-9]{{2}})[-— ]{{1,2}})[- ]?[2-8][0-9]{{2,3}}[- ]?[0-9]{{3,4}}{EXTENSION})(?![0-9]|[-.][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="landline_misread",  # O2l-5O8O39l4
        pattern=r"(?<![0-9A-Za-z.])(?P<v>\(?[0OoQ][0-9OoIl]{2,3}(?:\) ?|-)[2-8OoIl][0-9OoIl]{6,7})(?![0-9A-Za-z]|[-.][0-9])",
        score=0.7,
        check=checks.telephone,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="landline_second",
        pattern=r"(?<![0-9])0[0-9]{2,3}\)?[- ]?[2-8][0-9]{2,3}[- ]?[0-9]{4}[/、,;或 ]{1,2}"
        r"(?P<v>[2-8][0-9]{2,3}[- ]?[0-9]{4})(?![0-9A-Za-z]|[-./][0-9]|[年月日])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="landline_together",
        pattern=rf"{FREE}0(?:10|2[0-9]|[3-9][0-9]{{2}})[2-8][0-9]{{6,7}}(?![0-9A-Za-z]|[-./][0-9]){UNITS}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="service",
        pattern=r"(?<![0-9A-Za-z.-])[48]00(?:-[0-9]{3}-[0-9]{4}|-[0-9]{4}-[0-9]{3}| [0-9]{3} [0-9]{4}| [0-9]{4} "
        r"[0-9]{3}|-?[0-9]{7})(?:转 ?[0-9]{1,5})?(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
    ),
    Rule(
        type="PHONE",
        name="taiwan",
        pattern=r"(?<![0-9A-Za-z./-])(?:(?:\+886[- ]?|0)9[0-9]{2}(?:-[0-9]{3}-?[0-9]{3}| [0-9]{3} ?[0-9]{3})"
        r"|(?:\(0[2-8][0-9]?\)[- ]?|0[2-8][0-9]?-|\+886[- ]?[2-8][0-9]?-)[2-8][0-9]{2,3}[- ]?[0-9]{3,4}(?: ?"
        r"(?:#|转|分机|[Ee]xt\.?) ?[0-9]{1,6})?)(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="taiwan_together",
        pattern=rf"{FREE}09[0-9]{{8}}(?![0-9A-Za-z]|[-./][0-9]){UNITS}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="abroad",
        pattern=r"(?:\+|(?<![0-9A-Za-z.-])00|\((?=(?:85[23]|886|86)\)))(?<![0-9+]..)(?:85[23]|886|1|7|2[07]|3[0-469]"
        r"|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2})\)?[- ]{0,2}\(?[0-9](?:[-() ]{0,2}[0-9]){5,11}"
        r"(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="phone_cue",
        pattern=rf"(?<!发票)(?<!票据)(?<!单据)(?<!订单)(?:{TALK}|[☎☏📞📱✆])(?: ?[(]?(?:[一-龥]{{1,4}}|[/和、])[)]?)?{JOIN}(?P<v>\+?\(?[0-9OoIl]"
        rf"(?:[-() .]{{0,3}}[0-9OoIl]){{6,13}}{EXTENSION})(?![0-9A-Za-z]|[-./][0-9]|[年岁]){UNITS}",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="american",
        pattern=r"(?<![0-9A-Za-z.-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}-)[2-9][0-9]{2}-[0-9]{4}(?: ?(?:ext|x)\.? "
        r"?[0-9]{1,5})?(?![0-9A-Za-z]|[-.][0-9])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="hongkong_mobile",
        pattern=r"(?<![0-9A-Za-z.-])(?<![0-9] )(?:[5679][0-9]{3}[ -]|(?:2[1-9]|3[0-9])[0-9]{2} )[0-9]{4}(?![0-9A-Za-z]|[-./ ][0-9])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="phone_english",
        pattern=rf"{LATIN}{CALLED}(?![A-Za-z])[.:#() 电话号码是]{{0,5}}(?P<v>\+?\(?[0-9]"
        rf"(?:[-() .]{{0,2}}[0-9]){{6,14}}{EXTENSION})(?![0-9A-Za-z]|[-./][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="extension",
        pattern=rf"(?:{spaced('内线 短号 分机 小号 虚拟网 集群网 院内网 科内 总机转 内部电话 V网 呼叫器 呼机')}|(?i:{LATIN}(?:ext|extension)(?![a-z])))"
        rf"(?:号码?)?[.: =(#]{{0,3}}(?:转|为|是)?(?P<v>[0-9]{{3,8}}|[〇零一幺二两三四五六七八九]{{3,6}}){WHOLE}{UNITS}",
        score=0.9,
        check=checks.extension,
    ),
    Rule(
        type="PHONE",
        name="extension_after",
        pattern=rf"{FREE}(?P<v>[0-9]{{3,6}}) ?\( ?(?:内线|短号|分机|(?i:ext)\.?) ?\)",
        score=0.9,
        check=checks.extension,
    ),
    Rule(
        type="PHONE",
        name="phone_of_duty",  # 总值班李明64720
        pattern=r"(?:总值班|值班|[一二三]线|备班|听班|电话|内线|护士长|主任|院总)[一-龥]{2,4}[ :]?(?P<v>[2-8][0-9]{3,7})(?![0-9A-Za-z]|[-./:][0-9])"
        rf"{UNITS}",
        score=0.5,
        check=checks.extension,
    ),
    Rule(
        type="PHONE",
        name="landline_with_dots",
        pattern=rf"{FREE}0[0-9]{{2,3}}[·.][2-8][0-9]{{2,3}}[-·. ]?[0-9]{{3,4}}(?![0-9A-Za-z]|[-.][0-9])",
        score=0.7,
    ),
    Rule(
        type="PHONE",
        name="phone_short",
        pattern=rf"(?:电 ?话|座 ?机|传 ?真|短 ?号|护士站|值班室?|听班|备班|[一二三]线|住院总|院总|办公室|治疗室|护理站|导诊台?|分诊台?|药房|检验科|总机|(?i:{LATIN}(?:tel|phone|fax))(?![A-Za-z]))"
        rf"(?:号码?)? ?[.: (]{{0,3}}(?:请?拨打?|打|是|为)?(?P<v>[2-8][0-9]{{3,7}}|[0-9]{{5,6}})(?![0-9A-Za-z]|[-./:][0-9]|[-年]){UNITS}",
        score=0.7,
        check=checks.extension,
        policies=BOLD,
    ),
)

# ---- the net ---------------------------------------------------------------------------------------------------------

TOP = (
    r"(?:com|cn|net|org|edu|gov|info|io|cc|tv|top|xyz|site|online|vip|club|shop|me|tw|hk|mo|jp|kr|uk|us|de|fr|ru"
    r"|sg|my|vn|au|ca|local|app|dev|live|health|med|pro|link|ltd|wang|tech|store|mobi|biz|asia|intl|int|example"
    r"|test)"
)
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61})"
REFERENCE = (  # where papers, trials and standards lie
    r"(?:[a-z0-9-]{1,20}\.){0,3}(?:doi\.org|clinicaltrials\.gov|chictr\.org\.cn|pubmed|ncbi\.|nih\.gov"
    r"|who\.int|cochrane|cnki\.|wanfangdata|"
    r"crossref|orcid\.org|creativecommons|fda\.gov|ema\.europa|nccn\.org|uptodate|prisma-statement|w3\.org"
    r"|cdc\.gov|nejm\.|thelancet|[a-z]{2,12}\.gov\.cn)"
)
SIGNS = r"(?:[A-Za-z0-9_~/?#@$&'*+=%.-]|:(?=[0-9]{2,5}/))"  # a wide colon or comma ends it
NET = (
    Rule(
        type="EMAIL",
        name="email",
        pattern=rf"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}} ?(?:@| ?[\[(<{{](?:at|AT|At|@)[\])>}}] ?| (?:at|AT) "
        rf"(?=[A-Za-z0-9-]{{1,63}}(?: ?[\[(](?i:dot)| (?i:dot) )))"
        rf" ?(?:{LABEL}(?: ?\. ?| ?[\[(] ?(?i:dot) ?[\])] ?| (?i:dot) |。)){{1,4}}[A-Za-z]{{2,10}}(?![A-Za-z0-9])",
    ),
    Rule(
        type="EMAIL",
        name="email_of_qq",
        pattern=r"(?:邮 ?[箱件]|(?i:e-?mail))(?:地址)?[: 是为]{0,4}(?P<v>[A-Za-z0-9][A-Za-z0-9._-]{4,40}(?:#|艾特|圈a"
        r"|\(a\))[A-Za-z0-9-]{2,30}\.(?:com|cn|net))",
        score=0.9,
    ),
    Rule(
        type="URL",
        name="url",
        pattern=rf"(?:[Hh]ttps?|HTTPS?|ftp|FTP|hxxps?) ?: ?// ?(?!{REFERENCE})(?:{SIGNS}| \. (?=[A-Za-z0-9])){{2,300}}"
        rf"(?<=[A-Za-z0-9/_=~#&])",
    ),
    Rule(
        type="URL",
        name="url_www",
        pattern=rf"(?<![A-Za-z0-9@./-])(?:www|WWW|Www) ?\. ?(?!{REFERENCE})(?:{LABEL} ?\. ?){{1,4}}[A-Za-z]{{2,10}}"
        rf"(?::[0-9]{{2,5}})?(?:/{SIGNS}{{0,200}}(?<=[A-Za-z0-9/_=~#&]))?(?![A-Za-z])",
    ),
    Rule(
        type="URL",
        name="url_bare",
        pattern=rf"(?<![A-Za-z0-9@./_-])(?!{REFERENCE})(?:{LABEL}\.){{1,4}}{TOP}(?::[0-9]{{2,5}})?/{SIGNS}{{1,200}}"
        rf"(?<=[A-Za-z0-9/_=~#&])",
        score=0.9,
    ),
    Rule(
        type="URL",
        name="url_cue",
        pattern=rf"(?:网址|官网|网站|网页|登录|登陆|链接|访问|主页|平台|域名|{LATIN}URL)[: 是为(]{{0,4}}(?P<v>(?!{REFERENCE})"
        rf"(?:{LABEL}\.){{1,4}}{TOP})(?![A-Za-z0-9@.-])",
        score=0.9,
    ),
    Rule(
        type="IP",
        name="ip",
        pattern=r"(?<![0-9A-Za-z.[])(?<!EC )[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z]|\.[0-9])",
        score=0.9,
        check=checks.host,
    ),
    Rule(
        type="IP",
        name="ip_cue",
        pattern=rf"(?:{LATIN}(?i:ip|src|dst|host|from|addr)|地址)(?:v[46])?(?:地址)?[: =是为]{{0,3}}(?P<v>[0-9]{{1,3}}"
        rf"(?:\.[0-9]{{1,3}}){{3}})(?![0-9A-Za-z]|\.[0-9])",
        check=checks.address,
    ),
    Rule(
        type="IP",
        name="ip_spoken",
        pattern=r"(?<![零〇一幺两二三四五六七八九十百点0-9.])[零〇一幺两二三四五六七八九0-9]{1,3}(?:点[零〇一幺两二三四五六七八九0-9]{1,3}){3}"
        r"(?![零〇一二三四五六七八九十点0-9])",
        score=0.9,
    ),
    Rule(
        type="IP",
        name="ip_six",
        pattern=r"(?<![0-9A-Za-z:.])(?=[0-9a-fA-F:]{0,30}[0-9])[0-9a-fA-F]{1,4}:"
        r"(?:[0-9a-fA-F]{0,4}:){1,6}[0-9a-fA-F]{1,4}(?![0-9A-Za-z:.])",
        check=checks.address,
        score=0.9,
    ),
)

# ---- accounts --------------------------------------------------------------------------------------------------------


def either(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


WECHAT_WORDS = "微信 企微 威信 薇信 徽信 微X 微芯 卫星号 加微 加薇 加V 加v 加威 V信 v信 薇❤ 微❤ 微心 溦信"
WECHAT_LATIN = "wechat WeChat Wechat WECHAT weixin Weixin WEIXIN WX wx Wx VX vx Vx V❤ v❤"
QQ_WORDS = "QQ qq Qq 扣扣 企鹅 秋秋 Q群 q群 Q号 q号 Q: q: 加Q 加q 加我Q 加我q 我Q 我q"
MEDIA_WORDS = "抖音 快手 小红书 微博 视频号 公众号 B站 哔哩哔哩 知乎 豆瓣 贴吧 头条号 今日头条 西瓜视频 陌陌 探探 钉钉 飞书 企业微信 好大夫 用户名 网名 昵称 登录名 账号 帐号"
MEDIA_LATIN = (
    "LINE ins INS Telegram telegram Facebook facebook FB Instagram instagram IG Twitter twitter Skype skype WhatsApp "
    "Whatsapp whatsapp"
    " Kakao kakao KakaoTalk Zalo zalo TikTok tiktok Tiktok Weibo weibo Douyin douyin Viber viber"
)
HANDLE = (
    r"(?!1[3-9][0-9]{9}(?![0-9])|[0-9]+(?:\.[0-9]|[mk]?[gl]|[mu]L|[cm]m|I?U))(?=[A-Za-z0-9_.-]{5})[A-Za-z0-9]"
    r"(?:[._-]{0,2}[A-Za-z0-9]){3,30}_?(?![A-Za-z0-9@]|\.[A-Za-z0-9])"
)
WECHAT = rf"(?:{either(WECHAT_WORDS)}|{LATIN}(?:{either(WECHAT_LATIN)})(?![A-Za-z_]))"
MEDIA = rf"(?:{either(MEDIA_WORDS)}|{LATIN}(?:{either(MEDIA_LATIN)})(?![A-Za-z_]))"
CALL = r" ?(?:号码?|账号|帐号|群号?|ID号?|id|Id|名|昵称|搜索?|联系|加|添加|好友|添加好友)?(?:\([^()\n]{1,6}\))?(?:一下|同号|同步|也是|就是|我的?|她的?|他的?)?"
ACCOUNTS = (
    Rule(
        type="SOCIAL_ID",
        name="wechat",
        pattern=rf"{WECHAT}{CALL}{JOIN}(?P<v>{HANDLE}){UNITS}",
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="wechat_apart",
        pattern=rf"(?:微 信|{LATIN}[VvWw] [Xx]){CALL}{JOIN}(?P<v>(?=[A-Za-z_-]{{0,16}}[0-9]){HANDLE}){UNITS}",
        score=0.9,
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="at",
        pattern=r"(?<![A-Za-z0-9._%+-])@(?:(?=[A-Za-z0-9-]{0,16}_|[A-Za-z]{2,16}[0-9]{2}|[A-Za-z]{2,8}-[A-Za-z0-9]{3})[A-Za-z][A-Za-z0-9_.-]{3,24}(?<![.-])"
        r"(?![A-Za-z0-9])|(?=[\u4e00-\u9fff]{2,14}[0-9_])[\u4e00-\u9fffA-Za-z0-9_]{4,24}(?=[: ,、\n)]|(?!.)))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="qq",
        pattern=rf"{LATIN}(?:{either(QQ_WORDS)}){CALL}(?:邮箱)?{JOIN}(?P<v>[1-9][0-9]{{2,4}}(?: [0-9]{{3,4}}){{1,2}}"
        rf"|[1-9][0-9]{{4,10}})(?![0-9A-Za-z@]|\.[0-9]){UNITS}",
    ),
    Rule(
        type="SOCIAL_ID",
        name="qq_far",
        pattern=rf"{LATIN}(?:QQ|qq|扣扣|企鹅)[^\n。0-9A-Za-z]{{0,16}}(?P<v>[1-9][0-9]{{6,10}})(?![0-9A-Za-z@]"
        rf"|[-.][0-9]){UNITS}",
        score=0.7,
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="qq_name",
        pattern=rf"{LATIN}(?:QQ|qq)(?:号|账号|:)[: ]{{0,2}}(?P<v>{HANDLE})",
        score=0.9,
    ),
    Rule(
        type="SOCIAL_ID",
        name="media",
        pattern=rf"{MEDIA}{CALL}{JOIN}(?P<v>@?{HANDLE}){UNITS}",
        score=0.9,
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="media_at",
        pattern=rf"{MEDIA}{CALL}{JOIN}(?P<v>@[\u3400-\u9fffA-Za-z0-9_·-]{{2,20}})",
        score=0.9,
    ),
    Rule(
        type="SOCIAL_ID",
        name="nickname",
        pattern=r"(?:昵称|网名|用户名?|账号名?|抖音号?|快手号?|小红书号?|公众号|视频号|微博)[: 为是]{1,3}[“\"「《]?"
        r"(?P<v>(?=[\u3400-\u9fffA-Za-z_-]{0,16}[0-9])[\u3400-\u9fffA-Za-z0-9_.-]{3,20})(?![0-9A-Za-z@])",
        score=0.7,
    ),
    Rule(
        type="SOCIAL_ID",
        name="channel",
        pattern=r"(?:公众号|抖音|快手|小红书|视频号|微博)(?:号|名称?|账号)?[:“\"「]{1,2}(?P<v>[\u3400-\u9fffA-Za-z0-9_]{2,16})"
        r"(?=[”\"」,。;) ]|(?!.))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="handle",
        pattern=r"(?:加|找|关注|搜|私信)[\u3400-\u9fff]{0,6}[: ]{0,2}(?P<v>@?(?=[A-Za-z_-]{0,16}[0-9])"
        r"(?=[A-Za-z0-9-]{1,20}_[A-Za-z0-9]|[A-Za-z]{3,16}-?[A-Za-z]{0,8}[0-9]{2})"
        rf"{HANDLE})",
        score=0.5,
        check=checks.long_handle,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="handle_of_letter",
        pattern=rf"{LATIN}(?:[Vv]:|[Ll]ine(?: ?(?:id|ID)|:)|(?:ig|tg|TG)(?: ?(?:id|ID))?[: ]) {{0,2}}(?P<v>"
        rf"(?=[A-Za-z][A-Za-z_.-]{{0,20}}[0-9]){HANDLE})",
        score=0.7,
        check=checks.long_handle,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="handle_of_user",
        pattern=rf"(?:客服|助理|小编|管理员|操作员|主页|(?<![A-Za-z])ID(?=[: ]{{0,2}}[A-Za-z]{{2,16}}_)|{LATIN}(?i:user(?:name)?|login|uid|operator|account))[=: \"']{{0,3}}(?P<v>[A-Za-z](?=[A-Za-z0-9.]{{0,20}}[_0-9])[A-Za-z0-9_.]{{3,24}})(?![A-Za-z0-9@=:\"'])",
        score=0.5,
    ),
    Rule(type="SOCIAL_ID", name="wxid", pattern=r"(?<![A-Za-z0-9])wxid_[A-Za-z0-9]{4,24}(?![A-Za-z0-9])"),
)

RULES: tuple[Rule, ...] = (*PHONES, *NET, *ACCOUNTS)

# What is found without a digit holds one of these, or an @.
HINTS: tuple[str, ...] = tuple(
    sorted(
        {
            *("艾特", "圈a", " at ", " AT ", "wxid_"),
            *(f"{left}{at}{right}" for left, right in ("[]", "()", "{}", "<>") for at in ("at", "AT", "At")),
            *("http", "Http", "HTTP", "ftp", "FTP", "hxxp", "www", "Www", "WWW"),
            *(f".{top}" for top in TOP.strip("(?:)").split("|")),
            *f"{WECHAT_WORDS} {WECHAT_LATIN} {QQ_WORDS} {MEDIA_WORDS} {MEDIA_LATIN}".split(),
        }
    )
)
