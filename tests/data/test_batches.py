"""Batches are decided by lengths, seed and epoch alone."""

import numpy as np
import pytest

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.errors import BertsumError

LENGTHS = np.array([64, 72, 128, 120, 512, 504, 496, 8, 16, 200, 208, 512, 512, 64, 64], np.int32)


def epoch(plan: BatchPlan, number: int) -> list:
    start = number * plan.batches_per_epoch
    return [plan[start + index] for index in range(plan.batches_per_epoch)]


def test_every_window_comes_once_an_epoch_in_a_row_that_holds_it() -> None:
    plan = BatchPlan(LENGTHS, 1024, seed=1)
    for number in range(3):
        batches = epoch(plan, number)
        assert sorted(np.concatenate([b.windows for b in batches])) == list(range(len(LENGTHS)))
        for batch in batches:
            assert (LENGTHS[batch.windows] <= batch.length).all()
            assert len(batch.windows) <= batch.rows
            assert batch.rows * batch.length <= 1024


def test_only_one_batch_has_padding_rows_and_each_length_has_one_shape() -> None:
    batches = epoch(BatchPlan(LENGTHS, 1024, seed=1), 0)
    assert sum(len(b.windows) < b.rows for b in batches) <= 1
    shapes = {(b.length, b.rows) for b in batches}
    assert len(shapes) == len({length for length, _ in shapes})
    assert all(length % 64 == 0 for length, _ in shapes)


def test_order_depends_on_seed_and_epoch_and_nothing_else() -> None:
    def order(seed: int, number: int) -> list[list[int]]:
        plan = BatchPlan(LENGTHS, 1024, seed=seed)
        return [b.windows.tolist() for b in epoch(plan, number)]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_a_batch_is_found_without_going_through_those_before_it() -> None:
    whole = BatchPlan(LENGTHS, 1024, seed=3)
    wanted = [whole[index].windows.tolist() for index in range(40)]
    assert BatchPlan(LENGTHS, 1024, seed=3)[39].windows.tolist() == wanted[39]


def test_targets_of_like_length_come_together() -> None:
    random = np.random.default_rng(0)
    lengths = random.choice([64, 512], 400)
    targets = random.integers(20, 140, 400)
    plan = BatchPlan(lengths, 4096, seed=5, target_lengths=targets)
    batches = epoch(plan, 0)
    assert sorted(np.concatenate([batch.windows for batch in batches])) == list(range(400))
    padded = sum(targets[batch.windows].max() * len(batch.windows) for batch in batches)
    assert padded < 1.2 * targets.sum()
    without = epoch(BatchPlan(lengths, 4096, seed=5), 0)
    assert sum(targets[b.windows].max() * len(b.windows) for b in without) > 1.6 * targets.sum()
    assert [b.windows.tolist() for b in epoch(plan, 1)] != [b.windows.tolist() for b in batches]
    # Not 4096 / 64 short documents: with targets of 139 tokens, their logits would be many more.
    assert {batch.rows for batch in batches} == {4096 // 512, 4096 // 139}


def test_static_length_gives_one_shape() -> None:
    plan = BatchPlan(LENGTHS, 2048, seed=0, static_length=512)
    assert {(b.length, b.rows) for b in epoch(plan, 0)} == {(512, 4)}


def test_no_batch_is_longer_than_the_model_takes() -> None:
    plan = BatchPlan(np.array([1000, 40, 990]), 2048, seed=0, max_length=1000)
    assert {b.length for b in epoch(plan, 0)} <= {64, 1000}


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BertsumError, match="--batch-tokens to 512"):
        BatchPlan(LENGTHS, 400, seed=0)
    with pytest.raises(BertsumError, match="--max-tokens"):
        BatchPlan(LENGTHS, 4000, seed=0, static_length=256)


def test_parts_add_padding_rows_and_leave_the_windows_as_they_are() -> None:
    lengths = np.random.default_rng(0).integers(8, 257, 500) // 8 * 8
    alone, shared = (BatchPlan(lengths, 2400, seed=1, parts=parts) for parts in (1, 8))
    assert alone.batches_per_epoch == shared.batches_per_epoch
    for index in range(2 * alone.batches_per_epoch):
        ours, theirs = alone[index], shared[index]
        np.testing.assert_array_equal(ours.windows, theirs.windows)
        assert ours.length == theirs.length
        assert theirs.rows % 8 == 0
        assert ours.rows <= theirs.rows < ours.rows + 8
