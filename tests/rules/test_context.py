"""Whole comments, all of them invented, and the levels that their meaning asks for."""

from collections.abc import Callable
from typing import Any

import judging
import pytest

Run = Callable[..., Any]

NONE = {0}
LOW = set(range(6))
PAIN = {1, 2, 3}
PAIN_AT_MOST = {0, 1, 2, 3}
WISH = {4, 5}
HIGH = set(range(6, 11))

COMMENTS = {
    "negation": [
        ("我不想死", NONE),
        ("我没有想过自杀，就是想找个人聊聊", NONE),
        ("我不会去跳楼的，你们放心", NONE),
        ("从来没想过去死", NONE),
        ("我不想死，我想好好活着", NONE),
        ("我不打算自杀，只是太累了", PAIN_AT_MOST),
        ("不是想死，就是有点难过", PAIN_AT_MOST),
        ("我不想死，可是今晚还是想跳楼", HIGH),
    ],
    "double negation": [
        ("我不得不去死", WISH | HIGH),
        ("我不是不想自杀，只是还在等", WISH | {3}),
    ],
    "had it not been for": [
        ("要不是我妈，我早就跳楼了", PAIN | WISH),
        ("要不是还有一只狗，我早就不在了", PAIN),
        ("要不是怕疼，我早就去死了", PAIN | WISH),
        ("舍不得外婆，不然我早就自杀了", PAIN | WISH),
    ],
    "the past": [
        ("初三那年曾经想过自杀，现在都好了", PAIN_AT_MOST),
        ("以前想过跳楼，后来遇到了好老师", LOW),
        ("曾经想过去死，还好挺过来了", PAIN_AT_MOST),
        ("昨晚割腕了，没敢告诉家里", {9}),
        ("昨天差点就跳下去了", {9}),
    ],
    "others": [
        ("同学去年跳楼了，我很想她", LOW),
        ("有个朋友自杀了，我很难过", PAIN),
        ("室友想跳楼，我好害怕", LOW),
        ("隔壁班有个女生自杀了", NONE),
        ("听说他昨晚跳楼了", NONE),
        ("朋友跟我说她想死，我该怎么劝她", LOW),
        ("朋友都劝我，可我还是想跳楼", HIGH),
    ],
    "advice": [
        ("千万别跳楼，求你了", NONE),
        ("你们别去割腕，会留疤的", NONE),
        ("求你别自杀，明天会好的", NONE),
        ("不要去死，先来跟我说说话", NONE),
        ("大家都别想不开，别自杀", NONE),
        ("别劝我了，我就是要跳楼", HIGH),
    ],
    "stories": [
        ("电影最后女主跳楼了，太突然了", NONE),
        ("这本小说里男二自杀了", NONE),
        ("新闻里有人跳河，被救上来了", LOW),
        ("歌词里唱我想死，其实是情歌", LOW),
        ("游戏里又跳楼了，笑死", NONE),
        ("看完那部电影，我也想跳楼", HIGH),
    ],
    "rhetorical": [
        ("何必自杀呢", NONE),
        ("何苦去死，日子还长", NONE),
        ("为什么我还没死", PAIN | WISH),
    ],
    "hypothetical": [
        ("如果我死了，会有人难过吗", PAIN | WISH),
        ("万一我想不开自杀了，猫怎么办", LOW),
        ("就算我死了，也没有人在乎", PAIN | WISH),
        ("如果明天下雨，我就不去爬山", NONE),
        ("要是明天醒不过来就好了", WISH | {3}),
    ],
    "held back": [
        ("想死，可是放不下妈妈", PAIN),
        ("我没勇气跳楼", PAIN),
        ("割腕我不敢", PAIN),
        ("想自杀，但我还不能死，孩子还小", PAIN),
        ("我好想死，可是舍不得妈妈", WISH),
        ("不敢回家，只想跳楼", {7}),
    ],
    "a method refused": [
        ("我不会割腕的，太疼了", PAIN_AT_MOST),
        ("跳楼太丑了，割腕又怕疼", {6}),
        ("我不想跳楼，想烧炭", {7}),
    ],
    "methods": [
        ("跳楼还是烧炭，想不好", {6}),
        ("上吊还是割腕，哪个好一点", {6}),
        ("跳楼不敢，上吊也不敢", {6}),
        ("想好了，就烧炭", {7}),
        ("我想跳楼", {7}),
        ("怕疼，所以选烧炭", {7}),
        ("安眠药攒够了", {7}),
        ("怎么死最不疼", {6}),
    ],
    "dates": [
        ("等我过完生日就去跳楼", {8}),
        ("高考完就自杀", {8}),
        ("我撑不过这个冬天了", {8}),
        ("明天去跳楼", {9}),
        ("后天我就去找你", {9}),
        ("今晚跳楼", {10}),
        ("我现在就去跳楼", {10}),
        ("药已经吞下去了", {10}),
        ("再见了世界", {10}),
    ],
    "distance": [
        ("今晚跳楼，谁也别找我", {10}),
        ("明天就去跳楼，不想再等了", {9}),
        ("想跳楼。今天食堂的菜很咸。同桌借了我一支笔。老师又拖堂了。明天要考数学", {7}),
        ("想死。楼下的猫生了三只小猫。妈妈寄来一箱橘子。今晚有雨", WISH),
        ("我想自杀。昨天收拾了阳台。桌上有一盆花。高考完去旅行的同学发了照片", {3, 4, 5}),
    ],
    "figures of speech": [
        ("笑死我了", NONE),
        ("想死你了宝贝", NONE),
        ("今天热死了，累死了", NONE),
        ("手机又死机了", NONE),
        ("这题难死了", NONE),
        ("困死了，明天还要早起", NONE),
        ("跳舞跳到腿软", NONE),
        ("周末去爬山，再见", NONE),
    ],
    "pain and wishes": [
        ("最近有点难过", {1}),
        ("我真的要崩溃了", {2}),
        ("看不到希望", {2}),
        ("我撑不下去了", {3}),
        ("我想死", {4}),
        ("不想活了", {4}),
        ("我好想死", {5}),
        ("太想离开这个世界了", {5}),
    ],
}  # fmt: skip

CASES = [(kind, *case) for kind, cases in COMMENTS.items() for case in cases]


@pytest.mark.parametrize(
    ("comment", "expected"), [pytest.param(text, levels, id=text) for _, text, levels in CASES]
)
def test_context(shipped: Run, comment: str, expected: set[int]) -> None:
    [found] = shipped(judging.verdicts, [comment])
    assert found.level in expected, found
