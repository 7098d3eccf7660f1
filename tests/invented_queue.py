"""A queue of invented cases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from treehole.watch.cases import Comment, Mention, Place
from treehole.watch.findings import Alarm, Finding, digest_of
from treehole.watch.queue import open_queue

TEXTS = (
    "今晚想去江边走走，不想再回来了。<script>document.title = 'run'</script>",
    "我已经决定了，这个月底就结束，谢谢大家听我说话。",
    "太累了，真的不想活了，可又放心不下猫。",
    "每天都在想怎么离开，想了很久还没想好。",
)
PLACES = (
    Place("Wuhan", "武汉", "Wuhan", "江边", "Hubei", "湖北省", "Hubei"),
    Place("Chengdu", "成都", "Chengdu", "成都", "Sichuan", "四川省", "Sichuan"),
    Place("Rooftop", "楼顶", "rooftop", "楼顶"),
)


def pseudonym(number: int) -> str:
    return f"u-{number:016d}".translate(str.maketrans("0123456789", "abcdefghij"))


def mention(text: str, surface: str, ontology: str, zh: str, en: str) -> Mention:
    start = text.index(surface)
    return Mention(en.title(), ontology, zh, en, surface, start, start + len(surface))


def evidence(text: str) -> tuple[Mention, ...]:
    known = (
        ("今晚", "time", "今晚", "tonight"), ("月底", "time", "月底", "end of the month"),
        ("不想再回来", "suicide", "离世", "dying"), ("结束", "suicide", "结束生命", "ending it"),
        ("不想活", "wish", "不想活", "not wanting to live"), ("想", "wish", "想", "wanting"),
        ("江边", "space", "江边", "riverside"),
    )  # fmt: skip
    return tuple(mention(text, *one) for one in known if one[0] in text)


def finding(
    number: int, level: int, at: datetime, text: str, places: Sequence[Place] = ()
) -> Finding:
    alarm = Alarm(
        0.5 + level / 25, ("rules", "model") if number % 2 else ("rules",),
        at + timedelta(hours=3) if level >= 8 else None,
        at + timedelta(hours=12) if level >= 8 else None,
        Comment(text, f"c{number}", at, "R1", evidence(text)), tuple(places),
    )  # fmt: skip
    return Finding(digest_of(number, level, at), pseudonym(number), at, level, alarm)


def make_queue(folder: Path, cases: int = 6) -> Path:
    """Case 1 is the most urgent, its text tries to run a script; the others get less so."""
    now = datetime.now(UTC).replace(microsecond=0)
    with open_queue(folder, create=True) as queue:
        for number in range(1, cases + 1):
            level = max(6, 11 - number) if number <= 5 else 6 + number % 4
            at = now - timedelta(minutes=20 * number)
            user = pseudonym(number)
            earlier = [
                Finding(digest_of("earlier", number, day), user, at - timedelta(days=day), rise)
                for day, rise in ((9, 1), (6, 3), (3, 2), (2, 4), (1, 5)) if number % 3
            ]  # fmt: skip
            places = [PLACES[number % 3]] if number != 1 else PLACES[::2]
            text = TEXTS[(number - 1) % len(TEXTS)]
            queue.put([*earlier, finding(number, level, at, text, places)], {})
    return folder
