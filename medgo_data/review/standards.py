"""Which law asks for what to be removed, which of our types do it, which texts were read, and what none of it reaches."""

from __future__ import annotations

HIPAA = {  # 45 CFR 164.514(b)(2)(i), in few words
    "A": ("姓名", "names", ("PERSON",)),
    "B": ("省（州）以下地理区划", "places below a state", ("ADDRESS",)),
    "C": ("日期（年份除外）、89 岁以上年龄", "dates but for the year; ages above 89", ("DATE", "AGE_OVER_89")),
    "D": ("电话", "telephone numbers", ("PHONE",)),
    "E": ("传真", "fax numbers", ("PHONE",)),
    "F": ("电子邮箱", "e-mail addresses", ("EMAIL",)),
    "G": ("社会保障号（对应居民身份证号）", "social security numbers, here resident IDs", ("ID_CARD",)),
    "H": ("病案号", "medical record numbers", ("MEDICAL_RECORD_NO", "BED_NO", "SPECIMEN_NO", "EXAM_NO")),
    "I": ("医保号", "health plan numbers", ("INSURANCE_NO",)),
    "J": ("账号", "account numbers", ("BANK_CARD",)),
    "K": ("证照号", "certificates and licences", ("ID_CARD", "PASSPORT", "TRAVEL_PERMIT")),
    "L": ("车辆标识", "vehicles and their plates", ("PLATE",)),
    "M": ("设备标识与序列号", "devices and serial numbers", ()),
    "N": ("网址", "URLs", ("URL",)),
    "O": ("IP 地址", "IP addresses", ("IP",)),
    "P": ("生物特征", "biometric identifiers", ()),
    "Q": ("正面照片等影像", "photographs of the face and the like", ()),
    "R": (
        "其他唯一标识",
        "any other unique number, characteristic or code",
        ("SOCIAL_ID", "BED_NO", "SPECIMEN_NO", "EXAM_NO", "HOSPITAL", "ORG", "USCC"),
    ),
}
NOT_OURS = {  # letters without a type, and why
    "M": ("无专门类型，只在与其他编号同形时替换", "no type of its own: masked only where it looks like another number"),
    "P": ("不在文本脱敏范围内", "out of scope: it is no text"),
    "Q": ("不在文本脱敏范围内", "out of scope: it is no text"),
}

DIRECT, QUASI, SENSITIVE = "直接标识符 direct", "准标识符 quasi", "直接标识符、敏感个人信息 direct, sensitive"
CHINA = {  # how the types are taken under GB/T 37964, GB/T 42460 and the law
    "PERSON": DIRECT,
    "PHONE": DIRECT,
    "ID_CARD": SENSITIVE,
    "PASSPORT": SENSITIVE,
    "TRAVEL_PERMIT": SENSITIVE,
    "INSURANCE_NO": DIRECT,
    "MEDICAL_RECORD_NO": "直接标识符、健康数据 direct, health",
    "BED_NO": "直接标识符、健康数据 direct, health",
    "SPECIMEN_NO": "直接标识符、健康数据 direct, health",
    "EXAM_NO": "直接标识符、健康数据 direct, health",
    "BANK_CARD": "敏感个人信息（个保法第 28 条）sensitive",
    "EMAIL": "直接或间接标识符 direct or indirect",
    "URL": "直接或间接标识符 direct or indirect",
    "IP": "直接或间接标识符 direct or indirect",
    "SOCIAL_ID": "直接或间接标识符 direct or indirect",
    "PLATE": DIRECT,
    "ADDRESS": QUASI,
    "DATE": QUASI,
    "AGE_OVER_89": QUASI,
    "HOSPITAL": QUASI,
    "ORG": QUASI,
    "USCC": QUASI,
}

READ = {  # what of each text whoever made this table had before them
    "HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)": (
        "十八项的标题见于二手转引；条例原文及 (b)(2)(ii) 未读。",
        "The headings of its eighteen items, as others quote them; the regulation itself and (b)(2)(ii) were not read.",
    ),
    "个人信息保护法 PIPL": (
        "第 4、28、51、73 条凭记忆，未对照原文。",
        "Articles 4, 28, 51 and 73 from memory; not compared with the text.",
    ),
    "GB/T 35273-2020": ("只知其名，条文未读。", "Known by name; no clause was read."),
    "GB/T 37964-2019": ("只知其名，条文未读。", "Known by name; no clause was read."),
    "GB/T 39725-2020": (
        "目录已核对（6.3、6.5、10.2、附录 G）；条文未读。",
        "Its table of contents was checked (6.3, 6.5, 10.2, annex G); no clause was read.",
    ),
    "GB/T 42460-2023": (
        "目录已核对（附录 A、B、D）；条文与其阈值未读。",
        "Its table of contents was checked (annexes A, B and D); neither clauses nor thresholds were read.",
    ),
}

OUT_OF_SCOPE = (
    ("生物特征、照片、影像与声音：只处理文本。", "Biometrics, photographs, images and voices: only text is scrubbed."),
    (
        "叙述的唯一性：罕见病、罕见经历或其组合可能使人被认出，即使其中没有任何一类标识。k-匿名未计算。",
        "That a narrative is unique: a rare disease or story may tell who it is without any identifier. No k-anonymity was computed.",
    ),
    (
        "另有数据可供比对者：本报告只说文中还有什么，不说别处有什么。",
        "Who holds other data to compare with: this says what is left in the text, not what lies elsewhere.",
    ),
)


def letters(kind: str) -> list[str]:
    """Under which letters of Safe Harbor a type falls."""
    return [letter for letter, (_, _, types) in HIPAA.items() if kind in types]
