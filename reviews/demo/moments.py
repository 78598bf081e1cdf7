"""Working moments: when people of the story did what they did, in the office hours of Hà Nội."""

import datetime
import random
from bisect import bisect_left

from reviews.models.campaign import HANOI

_MORNING = (datetime.time(8, 0), 210)
_AFTERNOON = (datetime.time(13, 30), 210)


class Moments:
    """Every minute of work from the day the round opened until now."""

    def __init__(self, first: datetime.date, now: datetime.datetime):
        self.all: list[datetime.datetime] = []
        last = now.astimezone(HANOI)
        day = first
        while day <= last.date():
            if day.weekday() < 5:
                for start, minutes in (_MORNING, _AFTERNOON):
                    begun = datetime.datetime.combine(day, start, HANOI)
                    self.all += [begun + datetime.timedelta(minutes=minute) for minute in range(minutes)]
            day += datetime.timedelta(days=1)
        self.all = [moment for moment in self.all if moment <= last]
        if len(self.all) < 1000:
            raise ValueError("Đợt minh họa cần mở trước hiện tại ít nhất vài ngày làm việc.")

    def at(self, share: float) -> datetime.datetime:
        """The moment after ``share`` (0 to 1) of the work so far."""
        return self.all[min(int(share * len(self.all)), len(self.all) - 1)]

    def between(
        self, rng: random.Random, count: int, after: datetime.datetime | None, before: datetime.datetime | None
    ) -> list[datetime.datetime]:
        """``count`` different moments in order, strictly after ``after`` and before ``before``; with odd seconds."""
        low = bisect_left(self.all, after) + 1 if after else 0
        high = bisect_left(self.all, before) if before else len(self.all)
        places = sorted(rng.sample(range(low, high), count))
        return [self.all[place] + datetime.timedelta(seconds=rng.randrange(50)) for place in places]
