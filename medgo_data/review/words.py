"""The house's own names in Chinese, for the physicians who read a card. A name that is not here is shown as it is."""

STAGES = {
    "read": "读入",
    "Clean": "清洗",
    "Quality": "质量",
    "Decontaminate": "去除考题",
    "Dedup": "去重",
    "NearDedup": "近似去重",
    "Sample": "抽样",
    "Scrub": "脱敏",
}

REASONS = {
    "damaged": "文件损坏",
    "duplicate": "重复",
    "empty_file": "空文件",
    "exam_question": "与考题重合",
    "little_chinese": "中文过少",
    "low_quality": "质量过低",
    "near_duplicate": "近似重复",
    "no_messages": "没有对话内容",
    "no_such_column": "缺少所需的列",
    "not_json": "不是 JSON",
    "not_object": "记录不是对象",
    "not_text": "不是文本",
    "over_quota": "超出配额",
    "record_too_large": "单条记录过大",
    "too_few_pairs": "问答过少",
    "too_long": "过长",
    "too_short": "过短",
    "truncated": "文件不完整",
    "undecodable": "无法解码",
    "unknown_role": "未知的对话角色",
    "wrong_columns": "列数不符",
    "wrong_type": "类型不符",
}

MARKS = {"scrubbed": "已脱敏"}

CATEGORIES = {
    "textbook": "教科书",
    "exam bank": "题库",
    "expert consensus": "专家共识",
    "case report": "病例报告",
    "guideline": "指南",
    "clinical pathway": "诊疗规范与临床路径",
    "encyclopedia": "百科与知识库",
    "lecture": "讲座",
    "monograph": "专著",
    "review": "综述",
    "paper": "论文",
    "drug leaflet": "药品说明书",
    "dialogue": "医患对话",
    "terminology": "术语",
    "popular science": "科普",
}

VALUES = {  # of columns that are counted
    "zh": "中文",
    "en": "英文",
    "mixed": "中英混合",
}
