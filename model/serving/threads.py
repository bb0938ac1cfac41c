"""How many threads to decode with, found while serving.

llama.cpp's threads meet at a barrier after every operation. On cores of their own that is fast; when another program
takes one of the cores, all wait for the slowest at each barrier: two threads on two busy cores were five to eight
times slower than one. So the engine tries another number now and then for a few steps and keeps the better one.
"""

TRIAL_STEPS = 8
# A change must pay. The cost of a step is measured against a line drawn through steps with all threads; with few texts
# left one thread nearly keeps to it, so only a collapse (a neighbour on the core) is a reason to take fewer.
BETTER_WITH_FEWER, BETTER_WITH_MORE = 0.5, 0.9
SPIKE = 2.0
SHORT_S, LONG_S = 1.0, 16.0
SELDOM = 20  # a trial's length times this is the least pause after it
SMOOTHING = 0.1


def thread_options(most: int) -> list[int]:
    return sorted({most, max(1, most // 2), 1}, reverse=True)


class ThreadChoice:
    """Feed it the cost of each step (seconds over expected seconds); it answers with the threads for the next.

    Means are compared, not medians: most steps on a busy core are fine and a few are terrible. A trial ends as soon as
    it has cost as much as all its steps would have at home.
    """

    def __init__(self, most: int, start: int) -> None:
        self._options = thread_options(most)
        self._home = self.count = start
        self._cost: float | None = None
        self._calm = 0.0  # cost when the last trial failed
        self._trial: list[float] = []
        self._pause = SHORT_S
        self._trial_began = self._trial_ended = 0.0

    def observe(self, cost: float, now: float) -> int:
        if len(self._options) == 1:
            return self.count
        if self.count != self._home:
            self._judge(cost, now)
            return self.count
        self._cost = cost if self._cost is None else self._cost + SMOOTHING * (cost - self._cost)
        least = max(SHORT_S, SELDOM * (self._trial_ended - self._trial_began))
        spike = self._cost > SPIKE * self._calm
        if now - self._trial_ended > (least if spike else max(least, self._pause)):
            place = self._options.index(self._home)
            self.count = self._options[(place + 1) % len(self._options)]
            self._trial, self._trial_began = [], now
        return self.count

    def _judge(self, cost: float, now: float) -> None:
        home = self._cost or cost
        self._trial.append(cost)
        if len(self._trial) < TRIAL_STEPS and sum(self._trial) < TRIAL_STEPS * home:
            return
        mean = sum(self._trial) / len(self._trial)
        if mean < home * (BETTER_WITH_MORE if self.count > self._home else BETTER_WITH_FEWER):
            self._home, self._cost, self._pause = self.count, mean, SHORT_S
        else:
            self._pause = min(2 * self._pause, LONG_S)
        self.count, self._trial_ended, self._calm = self._home, now, self._cost or cost
