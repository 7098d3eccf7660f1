"""What the rescue team's pages say, in Chinese and in English."""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from treehole.corpus.pseudonyms import is_pseudonym
from treehole.knowledge.calendar import HOME_ZONE
from treehole.report.narration import WORDS, Language
from treehole.watch.cases import Case, Place, State

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@cache
def page_words() -> dict[str, dict[str, str]]:
    """What there is to say: by its key, and there by language."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


class Speaker:
    """Says things about cases in one language, as of one moment."""

    def __init__(self, language: Language, now: datetime) -> None:
        """Speak a language.

        Args:
            language: Which.
            now: By which times are near or over; with a zone.
        """
        self.language = language
        self.now = now

    def __call__(self, key: str, **values: object) -> str:
        """Words by their key, filled in."""
        return page_words()[key][self.language].format(**values)

    def event(self, kind: str) -> str:
        """What an event of the trail is called; its kind, where nothing else is known."""
        return self(f"kind_{kind}") if f"kind_{kind}" in page_words() else kind

    @property
    def other(self) -> Language:
        """The other language."""
        return Language.ENGLISH if self.language is Language.CHINESE else Language.CHINESE

    def meaning(self, level: int) -> str:
        """What a level means."""
        return WORDS[self.language][f"level_{level}"]

    def time(self, moment: datetime | None) -> str:
        """A time to the minute, with the year only where it is another one."""
        if moment is None:
            return "–"
        local, here = moment.astimezone(HOME_ZONE), self.now.astimezone(HOME_ZONE)
        return local.strftime("%m-%d %H:%M" if local.year == here.year else "%Y-%m-%d %H:%M")

    def full_time(self, moment: datetime) -> str:
        """A time to the minute, with its year."""
        return moment.astimezone(HOME_ZONE).strftime("%Y-%m-%d %H:%M")

    def span(self, length: timedelta) -> str:
        """How long, in the unit that says enough."""
        if length < _HOUR:
            return self("minutes", number=max(1, round(length / timedelta(minutes=1))))
        if length < 2 * _DAY:
            return self("hours", number=round(length / _HOUR))
        return self("days", number=round(length / _DAY))

    def near(self, moment: datetime) -> str:
        """How far from now a time is."""
        if moment > self.now:
            return self("in", span=self.span(moment - self.now))
        return self("ago", span=self.span(self.now - moment))

    def act(self, case: Case) -> str | None:
        """When the act may come, such as `05-01 22:00 – 05-02 06:00`; None if nothing says."""
        if case.act_from is None:
            return None
        begin, end = self.time(case.act_from), self.time(case.act_until)
        if case.act_until is None or begin == end:
            return begin
        return f"{begin} – {end.removeprefix(begin[:-5]) if begin[:-5] == end[:-5] else end}"

    def act_near(self, case: Case) -> str:
        """How near that is: now, in so many hours, or over."""
        if case.act_from is None:
            return ""
        if case.act_until is not None and case.act_until < self.now:
            return self("over")
        return self("now") if case.act_from <= self.now else self.near(case.act_from)

    def standing(self, case: Case) -> str:
        """The state of a case, and who has it."""
        state = self(str(case.state))
        return self("has", state=state, who=case.taken_by) if case.taken_by else state

    def state(self, state: State) -> str:
        """What a state is called."""
        return self(str(state))

    def user(self, case: Case) -> str:
        """The pseudonym of a case; a name that is none is not shown."""
        if case.user is None:
            return self("user_none")
        return case.user if is_pseudonym(case.user) else self("user_open")

    def named(self, zh: str | None, en: str | None) -> str:
        """The one of two names that is in the language; the other where it is missing."""
        first, second = (zh, en) if self.language is Language.CHINESE else (en, zh)
        return first or second or ""

    def province(self, place: Place) -> str:
        """What a place's province is called; nothing for a place that is nowhere in particular."""
        return self.named(place.province_zh, place.province_en)

    def provinces(self, case: Case) -> list[str]:
        """The provinces of a case, each once."""
        return list(dict.fromkeys(name for place in case.places if (name := self.province(place))))

    def place(self, place: Place) -> str:
        """A place as written, what it is called, and its province."""
        called = self.named(place.name_zh, place.name_en)
        more = dict.fromkeys(n for n in (called, self.province(place)) if n != place.surface)
        told = "、".join(name for name in more if name)
        return self("told", name=place.surface, more=told) if told else place.surface
