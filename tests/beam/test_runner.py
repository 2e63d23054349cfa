"""Runners are named, checked and told their options before anything runs."""

from __future__ import annotations

import pytest

pytest.importorskip("apache_beam", reason="the extra 'beam' is not installed")

from apache_beam.options.pipeline_options import DirectOptions, StandardOptions

from bertsum_tf.beam.runner import Runner
from bertsum_tf.cores import available_cores
from bertsum_tf.errors import UsageError


def direct(*options: str, workers: int | None = None) -> DirectOptions:
    return Runner("DirectRunner", options, workers).pipeline_options().view_as(DirectOptions)


def test_the_direct_runner_has_a_process_a_core_or_as_many_as_asked_for() -> None:
    assert direct().direct_num_workers == available_cores()
    assert direct(workers=3).direct_num_workers == 3
    assert direct(workers=3).direct_running_mode == "multi_processing"
    assert direct(workers=1).direct_running_mode == "in_memory"


def test_an_option_that_was_given_wins() -> None:
    assert direct("direct_running_mode=multi_threading").direct_running_mode == "multi_threading"
    assert direct("--direct_num_workers=5", workers=2).direct_num_workers == 5


def test_the_direct_runner_is_the_one_in_beam_and_downloads_none() -> None:
    options = Runner("DirectRunner").pipeline_options()
    assert options.view_as(StandardOptions).runner == "FnApiRunner"


def test_options_that_only_a_job_server_knows_are_passed_on() -> None:
    options = Runner("FlinkRunner", ("flink_master=host:8081", "state_backend=rocksdb"))
    every = options.pipeline_options().get_all_options(retain_unknown_options=True)
    assert every["runner"] == "FlinkRunner"
    assert every["flink_master"] == "host:8081"
    assert every["state_backend"] == "rocksdb"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Storm",), "There is no runner 'Storm': name one of DirectRunner, FlinkRunner"),
        (
            ("DirectRunner", ("direct_num_worker=2",)),
            "DirectRunner has no option direct_num_worker: see Beam's documentation",
        ),
        (
            ("DirectRunner", ("direct_num_workers=two",)),
            "argument --direct_num_workers: invalid int value: 'two'",
        ),
        (("DataflowRunner", ("projct=p",)), "DataflowRunner has no option projct"),
        (("FlinkRunner", (), 2), "--workers counts the processes of the DirectRunner"),
    ],
)
def test_a_wrong_runner_is_told_in_one_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        Runner(*arguments)
    assert sentence in str(error.value)
