"""A run means the same on one device and on many. Each is a process of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.errors import UsageError
from bertsum_tf.text.targets import TARGET_MARKS
from bertsum_tf.text.train_vocabulary import train_vocabulary
from bertsum_tf.text.wordpiece import WordPiece
from bertsum_tf.training.devices import DeviceRequest, Devices, start_devices

# Trains the same model again and again, on other devices each time.
RUN = """
import json, sys
from dataclasses import replace
from pathlib import Path
options = json.loads(sys.argv[1])
from bertsum_tf.errors import BertsumError
from bertsum_tf.keras_backend import use_backend
use_backend(options["backend"], find_devices=False)
import keras, keras_hub
import numpy as np
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.models import (
    BertSumAbstractive, BertSumAbstractivePreprocessor, BertSumExtractive, DualEncoder,
)
from bertsum_tf.training.devices import DeviceRequest, start_devices
from bertsum_tf.training.recipes import (
    ABSTRACTIVE_RECIPES, EXTRACTIVE_RECIPES, PRETRAIN_RECIPES,
)
from bertsum_tf.training.train import Settings, train

data = Path(options["data"])
vocabulary = (data / "vocab.txt").read_text().split()

def make(task):
    keras.utils.set_random_seed(1)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary), num_layers=1, num_heads=2, hidden_dim=16,
        intermediate_dim=32, max_sequence_length=128, dropout=0.0,
    )
    if task == "abstractive":
        tokenizer = keras_hub.models.BertTokenizer(vocabulary)
        preprocessor = BertSumAbstractivePreprocessor(tokenizer, 128, target_length=80)
        model = BertSumAbstractive(
            backbone, preprocessor, decoder_num_layers=1, decoder_num_heads=2,
            decoder_intermediate_dim=32, dropout=0.0, **preprocessor.special_ids(),
        )
        return model, replace(ABSTRACTIVE_RECIPES["default"], target_length=80)
    if task == "pretrain":
        return DualEncoder(backbone), PRETRAIN_RECIPES["default"]
    model = BertSumExtractive(
        backbone, head_num_layers=1, head_intermediate_dim=32, head_num_heads=2, dropout=0.0,
    )
    return model, EXTRACTIVE_RECIPES["default"]

training, validation = (
    PreparedData(data / split, later_windows=0.0) for split in ("train", "validation")
)
hosts = options.get("hosts", [])
keras.utils.set_random_seed(1)
for number, run in enumerate(options["runs"]):
    if number:
        keras.utils.clear_session()  # variables are named as in a process of its own
    request = DeviceRequest("cpu", run["devices"], tuple(hosts), options.get("host_index", 0))
    try:
        devices = start_devices(request)
        with devices.scope():
            model, recipe = make(run["task"])
        recipe = replace(recipe, warmup_steps=3, tokens_per_batch=1200, **run["recipe"])
        settings = Settings(
            recipe, validate_every=run.get("validate_every", 10), validation_windows=30,
            static_length=run.get("static_length"), jit_compile=run.get("jit_compile", "auto"),
        )
        if "output" in run:
            output = run["output"]
            train(
                model, training, validation, output, settings, devices=devices,
                on_progress=lambda p: print(p.step, p.validation_loss, flush=True),
            )
        print(devices.describe(recipe.tokens_per_batch, 128), flush=True)
    except BertsumError as error:
        print(f"refused: {error}", flush=True)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    train = open_corpus("sample", split="train")
    pieces = train_vocabulary([document.text for document in train], 600).vocabulary
    vocabulary = WordPiece([*pieces, *TARGET_MARKS])
    (folder / "vocab.txt").write_text("\n".join(vocabulary.vocabulary))
    prepare(train, vocabulary, folder / "train", max_tokens=128, workers=1)
    validation = open_corpus("sample", split="validation")
    prepare(validation, vocabulary, folder / "validation", max_tokens=128, workers=1)
    return folder


def start(data: Path, backend: str, runs: list[dict[str, Any]], **options: Any) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            RUN,
            json.dumps({"data": str(data), "backend": backend, "runs": runs} | options),
        ],
        env=os.environ
        | {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "BERTSUM_DEBUG": "1",
            "CUDA_VISIBLE_DEVICES": "-1",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            # What one process compiled, the next need not: most of their time.
            "JAX_COMPILATION_CACHE_DIR": str(data / "compiled"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> list[str]:
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors[-3000:]
    return output.splitlines()


def weights(folder: Path) -> dict[str, np.ndarray]:
    """All variables but those whose gradient is nothing but rounding.

    A key's bias adds the same to all that a query looks at, and the softmax does not see it. Adam
    makes whole steps of whatever is left of its gradient.
    """
    state = load_file(folder / "state.safetensors")
    named = {name.split("/", 2)[2]: array for name, array in state.items()}
    return {
        name: array
        for name, array in named.items()
        if not ("key" in name and "bias" in name) and "seed" not in name
    }


def losses(folder: Path) -> np.ndarray:
    return np.loadtxt(folder / "losses.csv", delimiter=",", skiprows=1, ndmin=2)


def assert_same(folder: Path, other: Path) -> None:
    np.testing.assert_allclose(losses(folder), losses(other), rtol=1e-5, atol=1e-5)
    ours, theirs = weights(folder), weights(other)
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        np.testing.assert_allclose(theirs[name], values, rtol=1e-5, atol=1e-5, err_msg=name)


# What is trained on how many devices.
TASKS: dict[str, list[tuple[str, dict, list[int]]]] = {
    "tensorflow": [
        ("extractive", {"accumulate": 2, "clip_norm": 0.1}, [8, 2, 1]),
        ("abstractive", {"clip_norm": 0.1}, [2, 1]),
    ],
    "jax": [("extractive", {"clip_norm": 0.1}, [8, 2, 1]), ("pretrain", {}, [2, 1])],
}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_losses_and_weights_are_the_same_on_1_and_2_and_8_devices(
    data: Path, tmp_path: Path, backend: str
) -> None:
    pytest.importorskip(backend)
    # 9 windows a batch: of 8 devices, 7 get padding too, or nothing else.
    runs = [
        {
            "devices": devices,
            "task": task,
            "recipe": {"steps": 20, **recipe},
            "output": str(tmp_path / f"{task}-{devices}"),
            "validate_every": 20,
            "static_length": 128,
        }
        for task, recipe, numbers in TASKS[backend]
        for devices in numbers
    ]
    if backend == "tensorflow":
        pairs = {"devices": 2, "task": "pretrain", "recipe": {}, "output": str(tmp_path / "no")}
        xla = runs[1] | {"output": str(tmp_path / "no"), "jit_compile": True}
        runs += [pairs, xla]
    lines = finish(start(data, backend, runs))
    if backend == "tensorflow":
        refused = [line for line in lines if line.startswith("refused: ")]
        assert "from those of its own part of the batch alone: choose --backend jax" in refused[0]
        assert "leave --jit-compile out" in refused[1]
        assert not (tmp_path / "no").exists()
    said = [line for line in lines if line.startswith("Devices")][:3]
    how = {"tensorflow": "MirroredStrategy", "jax": "keras.distribution.DataParallel"}[backend]
    assert said == [
        f"Devices: 8 CPU devices ({how}), up to 2 windows of 128 tokens each.",
        f"Devices: 2 CPU devices ({how}), up to 5 windows of 128 tokens each.",
        "Devices: 1 CPU, up to 9 windows of 128 tokens.",
    ]
    for task, _, numbers in TASKS[backend]:
        for devices in numbers[:-1]:
            assert_same(tmp_path / f"{task}-1", tmp_path / f"{task}-{devices}")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_hosts_give_what_one_gives_though_one_of_them_was_killed(
    data: Path, tmp_path: Path, backend: str
) -> None:
    pytest.importorskip(backend)
    run = {
        "devices": 1,
        "task": "extractive",
        "recipe": {"steps": 20, "clip_norm": 0.1},
        "validate_every": 10,
        "static_length": 128,
    }
    finish(start(data, backend, [run | {"output": str(tmp_path / "alone")}]))

    def both() -> list[subprocess.Popen]:
        hosts = [f"127.0.0.1:{port}" for port in free_ports(2)]
        runs = [run | {"output": str(tmp_path / "both")}]
        return [start(data, backend, runs, hosts=hosts, host_index=index) for index in (0, 1)]

    chief, worker = both()
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.startswith("15 "):  # the second half is lost
            break
    worker.kill()
    worker.communicate()
    chief.kill()  # it would notice, but not all backends do so soon
    chief.communicate()
    assert losses(tmp_path / "both")[:, 0].tolist() == [10]

    for process in both():
        lines = finish(process)
        # JAX tells of its connections.
        reports = [line for line in lines if not line.startswith("[Gloo]")]
        assert reports[0] == "10 None"
        assert "on 2 hosts" in lines[-1]
    assert_same(tmp_path / "alone", tmp_path / "both")


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def test_devices_and_hosts_are_read_from_the_command_line() -> None:
    assert DeviceRequest.parse() == DeviceRequest("auto")
    assert DeviceRequest.parse("gpu:2") == DeviceRequest("gpu", 2)
    assert DeviceRequest.parse("cpu", "10.0.0.1:2222,node-b:2222", 1) == DeviceRequest(
        "cpu", None, ("10.0.0.1:2222", "node-b:2222"), 1
    )


@pytest.mark.parametrize(
    ("devices", "hosts", "index", "sentence"),
    [
        ("npu", None, None, "--devices can't be 'npu'"),
        ("gpu:0", None, None, "--devices can't be 'gpu:0'"),
        ("auto:2", None, None, "--devices auto takes all that there are"),
        ("auto", "a:1,b", 0, "and 'b' is none"),
        ("auto", "a:1,a:1", 0, "two or more machines, each of them once"),
        ("auto", "a:1,b:1", None, "Say which of the 2 hosts this is: --host-index 0 to 1"),
        ("auto", "a:1,b:1", 2, "Say which of the 2 hosts this is"),
        ("auto", None, 0, "--host-index goes with --hosts"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    devices: str, hosts: str | None, index: int | None, sentence: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        DeviceRequest.parse(devices, hosts, index)


def test_more_devices_than_windows_in_a_batch_are_refused() -> None:
    with pytest.raises(UsageError) as error:
        Devices("gpu", 32, "MirroredStrategy").describe(8192, 512)
    assert str(error.value) == (
        "A batch holds 16 windows of 512 tokens, and there are 32 devices: take at most 16 "
        "of them (--devices), or, where there is --batch-tokens, raise it to 16384 or more."
    )


@pytest.mark.parametrize("kind", ["gpu", "tpu"])
def test_devices_that_are_not_there_are_refused(kind: str) -> None:
    keras = pytest.importorskip("keras")
    if keras.backend.backend() == "torch" or any(
        device.startswith(kind) for device in keras.distribution.list_devices()
    ):
        pytest.skip(f"there is a {kind}")
    with pytest.raises(UsageError, match=f"finds no {kind.upper()} here: leave --devices out"):
        start_devices(DeviceRequest(kind))
