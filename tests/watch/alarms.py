"""Findings, invented, for queues that are filled by hand."""

from datetime import UTC, datetime, timedelta

from treehole.watch.cases import Comment, Mention, Place
from treehole.watch.findings import Alarm, Escalation, Finding

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHENGDU = Place("Chengdu", "成都市", "Chengdu", "成都", "Sichuan", "四川省", "Sichuan")
ROOFTOP = Place("Rooftop", "天台", "rooftop", "天台")


def finding(  # noqa: PLR0913, PLR0917  each is short
    digest: int,
    user: str | None,
    level: int,
    minute: float = 0,
    places: tuple[Place, ...] = (),
    act_in: float | None = None,
) -> Finding:
    """Of a comment written so many minutes after START; an alarm from level 6 on."""
    at = START + timedelta(minutes=minute)
    if level < 6:
        return Finding(digest, user, at, level)
    act = None if act_in is None else at + timedelta(hours=act_in)
    mention = Mention("Tonight", "time", "今晚", "tonight", "今晚", 0, 2)
    comment = Comment(f"今晚，第{digest}条", f"c{digest}", at, "a_rule", (mention,))
    until = None if act is None else act + timedelta(hours=2)
    alarm = Alarm(0.75, ("rules",), act, until, comment, places)
    return Finding(digest, user, at, level, alarm)


def tell(raised: Escalation) -> str:
    return f'{{"case": {raised.number}, "level": {raised.level}}}'
