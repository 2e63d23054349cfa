"""Learning-rate schedules at steps worked by hand."""

import numpy as np
import pytest

from bertsum_tf.training.learning_rates import NoamDecay, WarmupLinearDecay


def rate(schedule: object, step: int) -> float:
    return float(np.asarray(schedule(step)))  # type: ignore[operator]


def test_warmup_is_linear_and_the_first_step_already_learns() -> None:
    schedule = WarmupLinearDecay(1.0, warmup_steps=4, total_steps=10)
    assert [rate(schedule, step) for step in range(4)] == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_linear_decay_ends_just_above_zero_at_the_last_step() -> None:
    schedule = WarmupLinearDecay(1.0, warmup_steps=4, total_steps=10)
    assert [rate(schedule, step) for step in (3, 4, 9)] == pytest.approx([1.0, 6 / 7, 1 / 7])
    assert rate(schedule, 10) == 0.0
    assert rate(schedule, 1000) == 0.0


def test_noam_of_the_paper_peaks_at_the_end_of_warmup() -> None:
    schedule = NoamDecay(2e-3, warmup_steps=10_000)
    assert rate(schedule, 0) == pytest.approx(2e-3 * 10_000**-1.5)
    assert rate(schedule, 9_999) == pytest.approx(2e-3 * 0.01)
    assert rate(schedule, 39_999) == pytest.approx(2e-3 * 0.005)


@pytest.mark.parametrize("schedule", [WarmupLinearDecay(1e-3, 5, 50), NoamDecay(1e-3, 5)])
def test_a_schedule_comes_back_from_its_config(schedule: object) -> None:
    copy = type(schedule).from_config(schedule.get_config())  # type: ignore[attr-defined]
    assert rate(copy, 7) == rate(schedule, 7)
