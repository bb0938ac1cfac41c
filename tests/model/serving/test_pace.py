"""Estimates and the choice of threads."""

import time

import pytest

from model.serving.pace import Load, Pace
from model.serving.threads import ThreadChoice, thread_options

IDLE = Load(0, 0, 0)


def _pace() -> Pace:
    pace = Pace(64)
    pace.fit({1: 0.001, 64: 0.008}, 0.0001)
    return pace


def test_the_model_meets_its_measurements() -> None:
    pace = _pace()
    assert abs(pace.step_seconds(1) - 0.001) < 1e-9
    assert abs(pace.tokens_per_s - 8000) < 1e-6


def test_a_measurement_that_makes_no_sense_still_gives_times() -> None:
    pace = Pace(64)
    pace.fit({1: 0.01, 64: 0.008}, 0.0001)
    assert pace.step_seconds(1) > 0
    pace.fit({1: 0.01}, 0.0001)
    assert pace.tokens_per_s > 0


def test_more_work_takes_longer() -> None:
    pace = _pace()
    one = pace.estimate(1, 10, 50, IDLE)
    many = pace.estimate(64, 640, 50, IDLE)
    behind = pace.estimate(64, 640, 50, Load(512, 64, 0))
    assert one < 0.1 < many < behind


def test_a_batch_that_leaves_room_still_makes_the_steps_of_a_call_longer() -> None:
    pace = Pace(64)
    pace.fit({1: 0.001, 64: 0.01}, 0.0001)
    alone, beside, crowded = (pace.estimate(32, 0, 50, Load(0, 0, 0, batch=batch)) for batch in (0, 32, 64))
    assert alone < beside == crowded


def test_lengths_are_learned() -> None:
    pace = _pace()
    before = pace.estimate(64, 640, 200, IDLE)
    for _ in range(300):
        pace.observe_length(30, 200)
    assert pace.expected_length(200) < 31
    assert pace.expected_length(100) < 16, "a caller who asks for less gets shorter texts"
    assert pace.estimate(64, 640, 200, IDLE) < before / 3


def test_a_text_cut_by_the_deadline_was_at_least_so_long() -> None:
    pace = Pace(8)
    pace.observe_length(2, 200, whole=False)
    assert pace.expected_length(200) == 120, "nothing is learned from a text that was hardly begun"
    for _ in range(400):
        pace.observe_length(50, 100)
    pace.observe_length(10, 100, whole=False)
    assert pace.expected_length(100) == pytest.approx(50, rel=0.01)
    for _ in range(400):
        pace.observe_length(90, 100, whole=False)
    assert pace.expected_length(100) > 80


def test_slow_steps_are_believed() -> None:
    pace = _pace()
    for _ in range(300):
        pace.observe_step(64, 0.08)
    assert pace.tokens_per_s < 900


def _serve(choice: ThreadChoice, cost: dict[int, float], start: float, steps: int = 2000) -> float:
    now = start
    for _ in range(steps):
        now += 0.005 * cost[choice.count]
        choice.observe(cost[choice.count], now)
    return now


def test_fewer_threads_on_busy_cores_and_back() -> None:
    choice = ThreadChoice(2, start=2)
    now = _serve(choice, {2: 1.0, 1: 1.8}, 100.0)
    assert choice.count == 2
    now = _serve(choice, {2: 10.0, 1: 2.5}, now, steps=200)
    assert choice.count == 1
    _serve(choice, {2: 1.0, 1: 1.8}, now)
    assert choice.count == 2


def test_a_few_last_texts_are_no_reason_to_drop_a_thread() -> None:
    choice = ThreadChoice(2, start=2)
    _serve(choice, {2: 1.0, 1: 0.7}, 100.0)
    assert choice.count == 2


def test_trials_are_rare() -> None:
    choice, now, trials = ThreadChoice(2, start=2), 100.0, 0
    for _ in range(4000):
        now += 0.005
        trials += choice.observe(1.0 if choice.count == 2 else 1.8, now) == 1
    assert trials < 40


def test_one_core_has_no_choice() -> None:
    assert thread_options(1) == [1]
    assert thread_options(8) == [8, 4, 1]
    assert ThreadChoice(1, start=1).observe(5.0, 100.0) == 1


def test_the_speed_for_planning_is_raised_and_never_lowered() -> None:
    pace = Pace(8)
    pace.fit({1: 0.01, 8: 0.04}, 0.001)
    started = pace.planned_tokens_per_s
    for _ in range(100):
        pace.observe_step(8, 0.4)
    assert pace.tokens_per_s < started == pace.planned_tokens_per_s
    for _ in range(1000):
        pace.observe_step(8, 0.01)
    assert pace.planned_tokens_per_s > 2 * started


def test_a_measurement_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(8)
    pace.fit({1: 0.01, 8: 0.04}, 0.001)
    pace.observe_step(8, 0.4)
    assert not pace.stale
    moment = time.monotonic() + 5
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    assert pace.stale
