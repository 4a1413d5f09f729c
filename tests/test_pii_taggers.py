"""The two taggers of names: the network that comes with jieba, and our own, fitted on invented texts."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from medgo_data.pii import fit, lac, net, tagger
from medgo_data.pii.invent import CONTEXTS, LABELLED, SLOT, Inventor, contexts, word_lists

WARD = "患者张建国,男,56岁,2019年3月入住北京协和医院心内科,主治医师李晓明。"
PLAIN = (
    "帕金森病和阿尔茨海默病是神经退行性疾病",
    "黄芪 当归 白术 何首乌 石膏",
    "术后无发热,余无特殊。",
    "双氯芬酸钠缓释片0.1g bid",
)


def said(text: str, spans: list[tagger.Span]) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.type) for span in spans]


# ---- the tagger that comes with jieba --------------------------------------------------------------------------------


def test_lac_finds_people_and_institutions() -> None:
    (found,) = lac.tag([WARD])
    assert {("张建国", "PERSON"), ("李晓明", "PERSON"), ("北京协和医院", "HOSPITAL")} <= set(said(WARD, found))


def test_lac_leaves_eponyms_and_times_alone() -> None:
    found = lac.tag(["帕金森病和阿尔茨海默病是神经退行性疾病", "2019年3月5日下午3时入院"])
    assert [span.type for spans in found for span in spans] == []


def test_lac_says_the_same_of_a_text_whatever_stands_beside_it() -> None:
    texts = [WARD, "", "王芳说", "白求恩是加拿大医生。", "\n\n", "一" * 700, WARD * 3, "😀\ud800\U0002ceff"]
    assert lac.tag(texts) == [lac.tag([text])[0] for text in texts]


def test_lac_finds_a_name_that_stands_where_a_long_line_is_cut() -> None:
    line = "患者一般情况可" * 40
    for place in range(lac.LONGEST - lac.SHARED - 4, lac.LONGEST + 4):
        text = line[:place] + ",张建国说," + line[place:]
        spans = lac.tag([text])[0]
        assert ("张建国", "PERSON") in said(text, spans)
        assert all(a.end <= b.start for a, b in pairwise(spans))


def test_the_kernel_equals_the_network_written_out() -> None:
    """One sentence alone, a step at a time, with sigmoids and masks as the paper has them."""
    model = lac.model()
    ids = model.known[np.array([ord(char) for char in WARD])]
    x = model.embedding[ids].astype(np.float64)
    for first in (0, 2):
        ways = []
        for way in (0, 1):
            w, b, gates, candidate = (part.astype(np.float64) for part in model.layers[first + way])
            share, h, out = x @ w + b, np.zeros(lac.WIDE), np.zeros((len(x), lac.WIDE))
            for t in reversed(range(len(x))) if way else range(len(x)):
                both = 1 / (1 + np.exp(-2 * (share[t, : 2 * lac.WIDE] + h @ gates)))
                update, reset = both[: lac.WIDE], both[lac.WIDE :]
                h = h + update * (np.tanh(share[t, 2 * lac.WIDE :] + (reset * h) @ candidate) - h)
                out[t] = h
            ways.append(out)
        x = np.concatenate(ways, axis=1)
    wanted = x @ model.tags[0] + model.tags[1]
    scores, _ = model.scores([WARD], np.array([len(WARD)]))
    assert np.abs(scores - wanted).max() < 1e-4


# ---- our own tagger --------------------------------------------------------------------------------------------------


def test_names_are_told_from_their_context() -> None:
    text = "患者张建国,男,56岁,因胸痛2小时由其妻李秀兰送来。"
    (found,) = tagger.tag([text])
    assert said(text, found) == [("张建国", "PERSON"), ("李秀兰", "PERSON")]
    assert all(0.5 <= span.score <= 1 and span.by == "tagger" for span in found)


def test_a_name_of_no_known_surname_is_told_too() -> None:
    text = "患者蘅竑,女,34岁,因腹痛入院。"
    assert said(text, tagger.tag([text])[0]) == [("蘅竑", "PERSON")]


@pytest.mark.parametrize("text", PLAIN)
def test_medicine_holds_no_names(text: str) -> None:
    assert tagger.tag([text]) == [[]]


def test_the_tagger_says_the_same_of_a_text_whatever_stands_beside_it() -> None:
    texts = [WARD, "", "王芳说", "\n\n", "一" * 3000, WARD * 60, "😀\ud800\U0002ceff", "x" * 5000]
    together, alone = tagger.tag(texts), [tagger.tag([text])[0] for text in texts]
    for some, one in zip(together, alone, strict=True):
        assert [span[:4] for span in some] == [span[:4] for span in one]
        assert [span.score for span in some] == pytest.approx([span.score for span in one], abs=2e-3)


def test_a_name_is_found_wherever_the_windows_of_a_long_text_meet() -> None:
    line = "患者一般情况可,饮食睡眠正常。\n" * (tagger.LONGEST // 16 + 20)
    for place in range(tagger.LONGEST - tagger.OVERLAP - 32, tagger.LONGEST + 40, 64):
        start = place // 16 * 16
        text = line[:start] + "患者张建国今日出院。\n" + line[start:]
        assert [span[:3] for span in tagger.tag([text])[0]] == [(start + 2, start + 5, "PERSON")]


def test_what_is_less_likely_is_told_only_to_who_asks_for_it() -> None:
    vent = Inventor(6)
    texts = ["".join(piece.text for piece in vent.text()) for _ in range(60)]
    some, more = tagger.tag(texts, at_least=0.9), tagger.tag(texts, at_least=0.2)
    assert all(span.score >= 0.9 for spans in some for span in spans)
    assert sum(map(len, some)) <= sum(map(len, more))


def test_the_path_never_takes_an_impossible_step() -> None:
    scores = np.random.default_rng(0).normal(size=(4000, tagger.TAGS)).astype(np.float32)
    net.likely(scores)
    ends = np.array([1, 2, 1500, 4000])
    path = net.divided(scores, ends, np.float32(0), len(tagger.TYPES)).tolist()
    start = 0
    for end in ends.tolist():
        inside = 0  # the type that is open
        for tag in path[start:end]:
            kind, step = ((tag - 1) // 4 + 1, (tag - 1) % 4) if tag else (0, -1)
            assert inside == (kind if step in {1, 2} else 0)
            inside = kind if step in {0, 1} else 0
        assert not inside
        start = end


# ---- what it is fitted on --------------------------------------------------------------------------------------------


def test_the_same_seed_invents_the_same_texts() -> None:
    one, again, other = Inventor(3), Inventor(3), Inventor(4)
    texts = [[vent.text() for _ in range(50)] for vent in (one, again, other)]
    assert texts[0] == texts[1] != texts[2]


def test_every_slot_of_every_context_can_be_filled() -> None:
    vent = Inventor(1)
    known = {*LABELLED, *vent.makers, *word_lists("words.txt")}
    for name in CONTEXTS:
        for text in contexts(name):
            assert {match[1] for match in SLOT.finditer(text)} <= known, text
            assert "{" not in SLOT.sub("", text), text


def test_a_person_is_named_alike_throughout_a_text() -> None:
    pieces = Inventor(1).filled("患者{姓名1}诉头晕。{姓名1}之子{姓名2}:{名1}", swap=0)
    names = [piece.text for piece in pieces if piece.type == "PERSON"]
    assert names[0] == names[1] != names[2]
    assert names[3] in names[0]


def test_each_character_has_its_tag() -> None:
    vent = Inventor(5)
    for _ in range(200):
        text, tags = fit.labelled(vent)
        assert len(text) == len(tags)
        assert set(tags) <= set(range(tagger.TAGS))


def test_a_fit_can_be_repeated(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    one, again = (fit.fit(tmp_path / f"{name}.npz", seed=2, steps=2) for name in "ab")
    assert one.read_bytes() == again.read_bytes()
    assert tagger.read(one).layers[0][0].shape[0] == 3
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.npz", "b.npz"]


def test_missing_weights_name_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="medgo-data fit-names"):
        tagger.read(tmp_path / "none.npz")
