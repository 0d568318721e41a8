"""Chinese surnames: how much of a text that begins with a name is the surname, how much the given name.

Pure. The common ones only, 99 % of the people (the list is general knowledge, in order of frequency).
"""

import re

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔"
    "向常汤康易乔赖文樊葛倪施季管尚殷伍庄俞耿齐梅洪鲁岳章柳兰申焦颜毕辛欧路聂关翟左游祝娄卞包冉凌鲍费纪"
    "牛丘骆童宁舒柯阮盛詹裴翁华喻甄单霍柴宫苗谷卓蒲褚隋靳屈穆房谈池蓝窦宗缪解应冼荀车边项祁滕晏桂巫佘习"
    "仇邢饶瞿阎连艾容官傅涂甘景米尤古温芦柏涂臧"
)
COMPOUND = frozenset(
    "欧阳 上官 司马 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 令狐 轩辕 宇文 长孙 端木 太史 申屠".split()
)
NOT_NAMES = frozenset(
    "项目 高级 高龄 安全 房产 平安 和平 常务 金融 金牌 白班 夜班 时任 现任".split()
)
"""Words that begin like a name and stand before a title (项目经理)."""
LONGEST_GIVEN = 2
_AFTER = re.compile(
    r"$|[^\u4e00-\u9fff]|反映|来电|投诉|举报|报|称|说|表示|要求|希望|联系|电话|手机|身份|住|家|的|在|于|等|与|和"
    r"|先生|女士|小姐|老师|师傅|阿姨|同志|询问|咨询|求助|建议|认为|发现|向|对|被|因|为|是|从|到|将|已|未|有|无"
)


def surname_length(text: str) -> int:
    """Characters of the surname that the text begins with; 0 where it begins with none."""
    if text[:2] in COMPOUND:
        return 2
    return int(text[:1] in SURNAMES)


def given_name_length(text: str, *, certain: bool) -> int:
    """Characters of the given name that the text begins with: up to where another word begins.

    Where no known word begins it is the longest for a `certain` name, and none at all for another.
    """
    for length in (1, LONGEST_GIVEN):
        if _AFTER.match(text, length):
            return min(length, len(text))
    return min(LONGEST_GIVEN, len(text)) if certain else 0
