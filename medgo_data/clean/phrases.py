"""What junk says: adverts, the edges of web pages, the small print at their foot; and the words no English is without."""

LURES = (
    r"加(?:我)?(?:微信|V信|[vV薇])|微信号|微信公众|公众号|扫码|二维码|抢购|秒杀|包邮|货到付款|特价|优惠|折扣|[一二三四五六七八九0-9.]+折|"
    r"原价|现价|只要[0-9]+元|仅需|立减|满[0-9]+减|买[一二三0-9]+送|赠品|免费(?:领取|体验|试用|咨询|电话|热线)|热线|400-?[0-9]{3}-?[0-9]{4}|"
    r"预约(?:挂号|电话|热线)|点击(?:购买|咨询|预约|下单|链接)|在线咨询|下单|旗舰店|厂家直销|正品|招商|加盟|代理商?|根治|不复发|不反弹|断根|祖传|秘方|"
    r"无效退款|全额退款|假一赔|无理由退|一盒见效|疗程见效|当天(?:治疗|回家)|无痛微创|微创无痛|名额有限|名额仅|日入|月入|月赚|致电|非诚勿扰|红包|优惠券|销量|好评"
)
MENUS = (
    r"首页|登录|登陆|注册|更多|上一[页篇条]|下一[页篇条]|前一[页篇条]|后一[页篇条]|末页|尾页|当前位置|所在(?:的)?位置|网站地图|站内搜索|关于我们|联系我们|"
    r"加入收藏|收藏本站|设为首页|返回顶部|友情链接|在线客服|意见反馈|人才招聘|个人中心|会员中心|购物车|我的订单|忘记密码|手机版|客户端|APP下载|热搜|"
    r"相关阅读|相关文章|热门(?:推荐|文章|标签)|猜你喜欢|排行榜|最新文章|字[体号][：:]|打印本页|关闭窗口|浏览次数|点击数|分享到|评论\(|点赞|查看(?:全部|更多|详情)|"
    r"跳转到|共[0-9]+页|第[0-9]+/[0-9]+页|专家在线|预约挂号|新闻中心|通知公告|科室导航|医院概况|专家介绍|就医指南|下载专区|帮助中心|全部分类"
)
NOTICES = (
    r"版权所有|ICP备|公网安备|网站备案|备案号|(?i:all rights reserved|copyright ?(?:©|\(c\)|[0-9])|cookies? (?:policy|to|and)|privacy policy|terms of use)|"
    r"Cookies?|隐私(?:政策|条款|权)|用户协议|服务条款|法律声明|网站声明|特别声明|免责声明|未经(?:书面)?(?:授权|许可|允许)|转载|侵权|本(?:网)?站|本网|举报(?:电话|中心)|"
    r"不代表本|仅供参考|谨慎参阅|不能(?:作为|替代)(?:诊断|执业医师)|法律责任|友情链接|商务合作|投稿须知|广告服务|技术支持[：:]|主办单位|承办单位|网站标识码|"
    r"最佳浏览|分辨率|浏览器|审查证明|资格证书|违法和不良信息|即(?:视为|表示)|阅读并|审慎阅读|接受本"
)
# One of these is in nearly every text that says such things, and in few others: to look for them alone takes a quarter of the time.
HINTS = (
    "微信|公众号|热线|优惠|特价|包邮|抢购|下单|预约|加盟|代理|根治|祖传|免费|正品|二维码|原价|断根|退款|无效|致电|好评|首页|登录|注册|更多|上一|下一|"
    "末页|尾页|网站|客户端|导航|版权|备案|ICP|ookie|隐私|协议|声明|转载|侵权|举报|本站|浏览|reserved|opyright|COPYRIGHT"
)
STOP_WORDS = (  # with the space behind them, and none before: a pattern of plain words takes a tenth of the time
    "the |of |and |to |in |a |an |is |was |are |were |with |for |from |that |this |by |or |on |at |as |not |be |it |which |"
    "has |have |had |he |she |his |her |you |your |my |what |will |following "
)

SAID = {"lures": LURES, "menus": MENUS, "notices": NOTICES}
