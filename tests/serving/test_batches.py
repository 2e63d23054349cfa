from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bertsum_tf.serving.batches import batches


def test_runs_are_as_long_as_the_limits_allow():
    assert [*batches([4, 4, 4, 10, 1, 1, 1], 3, 10)] == [
        slice(0, 2),
        slice(2, 3),
        slice(3, 4),
        slice(4, 7),
    ]


@given(st.lists(st.integers(1, 20)), st.integers(1, 5))
def test_runs_are_the_list_in_its_order_within_the_limits(sizes, max_batch):
    runs = [sizes[run] for run in batches(sizes, max_batch, 20)]
    assert [size for run in runs for size in run] == sizes
    assert all(0 < len(run) <= max_batch and sum(run) <= 20 for run in runs)
