"""Intervals and calibration against numbers worked out by hand or printed in the papers."""

import pytest

from backend.analytics.statistics import Bin, Share, calibration, difference, wilson


@pytest.mark.parametrize(
    ("success", "total", "low", "high"),
    [
        # z² = 3.8415: (8 + 1.9207) / 13.8415 ± 1.96 · √(8·2/10 + 0.9604) / 13.8415 = 0.71674 ± 0.22658
        (8, 10, 0.4902, 0.9433),
        # Newcombe 1998, table 1, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # the mirror image of none of 20
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson(success, total, low, high):
    share = wilson(success, total)
    assert share.rate == success / total
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


def test_nothing_counted_has_no_share():
    assert wilson(0, 0) == Share(None, None, None)


def test_the_interval_holds_the_rate_at_any_count():
    for total in (1, 2, 3, 7, 100, 12_345):
        for success in (0, 1, total // 2, total):
            share = wilson(success, total)
            assert 0 <= share.low <= share.rate <= share.high <= 1


def test_difference():
    # Newcombe 1998, table II, method 10, case (a): 56/70 less 48/80
    change = difference(wilson(48, 80), wilson(56, 70))
    assert change.difference == pytest.approx(0.2)
    assert (change.low, change.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_there_is_no_difference_to_nothing():
    assert difference(wilson(0, 0), wilson(5, 9)) is None
    assert difference(wilson(5, 9), wilson(0, 0)) is None


def test_calibration():
    # confidences .2 .2 .9 .9 .9 with outcomes 0 1 1 1 0
    bins = [Bin(0.2, 0.3, 2, 0.2, wilson(1, 2)), Bin(0.9, 1.0, 3, 0.9, wilson(2, 3))]
    squares = 0.04 + 0.64 + 0.01 + 0.01 + 0.81
    found = calibration(bins, squares)
    # 2/5 · |.2 - .5| + 3/5 · |.9 - .6667| = .12 + .14
    assert found.ece == pytest.approx(0.26)
    assert found.brier == pytest.approx(1.51 / 5)
    assert found.brier_base == pytest.approx(0.6 * 0.4)


def test_no_labels_no_calibration():
    assert calibration([], 0) is None
