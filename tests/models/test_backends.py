"""The same model on every backend, and without TensorFlow. Each runs in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from packed_documents import packed, random_sentences

from bertsum_tf.decoding import Beam, Limits
from bertsum_tf.models import BertSumAbstractive, BertSumExtractive

# As if they were not installed: nobody finds them.
WITHOUT_TENSORFLOW = """
import sys

class Blind:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, *arguments):
        if name.partition(".")[0] not in ("tensorflow", "tensorflow_text", "grain", "tf_keras"):
            return self.finder.find_spec(name, *arguments)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Blind(finder) for finder in sys.meta_path]
"""

SCORE = """
import sys
import numpy as np
from bertsum_tf.models import BertSumExtractive

token_ids, *folders = sys.argv[1:]
for folder in folders:
    model = BertSumExtractive.from_preset(folder)
    np.save(f"{folder}/scores.npy", model.predict_on_batch(np.load(token_ids)))
"""

WRITE = """
import sys
import numpy as np
from bertsum_tf.decoding import Beam, Limits
from bertsum_tf.models import BertSumAbstractive

folder = sys.argv[1]
inputs = dict(np.load(f"{folder}/inputs.npz"))
model = BertSumAbstractive.from_preset(folder)
np.save(f"{folder}/logits.npy", model.predict_on_batch(inputs))
# JAX pads three documents to four; the caches grow once.
written = model.generate_ids(inputs["token_ids"][:3], Beam(4), Limits(5, 36))
np.savez(f"{folder}/written.npz", *[hypothesis.token_ids for hypothesis in written])
"""

TRAIN = """
import sys
import keras
import numpy as np
from bertsum_tf.models import BertSumExtractive, MaskedBinaryCrossentropy

folder, output = sys.argv[1:]
documents = ["The prices rose. Why? It rained on Tuesday."] * 4
references = ["It rained."] * 4

model = BertSumExtractive.from_preset(folder, head="classifier", backbone_dropout=0.0)
model.compile(keras.optimizers.AdamW(1e-2), MaskedBinaryCrossentropy())
history = model.fit(documents, references, batch_size=4, epochs=5, verbose=0).history["loss"]
assert history[-1] < history[0]

model.save_to_preset(output)
loaded = BertSumExtractive.from_preset(output)
before, after = (m.predict(documents[:1], verbose=0) for m in (model, loaded))
np.testing.assert_allclose(after, before, atol=1e-5)
assert not [name for name in sys.modules if name.partition(".")[0] == "tensorflow"]
print("trained")
"""


def run(program: str, *arguments: object, backend: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished.stdout


def needs(*modules: str) -> None:
    for module in modules:
        if not importlib.util.find_spec(module):
            pytest.skip(f"{module} is not installed")


def skip_where_keras_hub_imports_tensorflow() -> None:
    if sys.version_info < (3, 11):
        pytest.skip("KerasHub 0.25, the last for Python 3.10, imports TensorFlow")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_the_same_weights_give_the_same_scores_on_every_backend(
    tiny_model: Callable[..., BertSumExtractive], tmp_path: Path, backend: str
):
    needs(backend)
    if backend == keras.backend.backend():
        pytest.skip(f"{backend} is what the others are compared with")
    rows = np.stack([packed(random_sentences(seed, 3 + seed), 64) for seed in range(4)])
    np.save(tmp_path / "rows.npy", rows)
    models = [tiny_model(head=head) for head in ("transformer", "lstm")]
    for model in models:
        model.save_to_preset(tmp_path / model.head)
    folders = [tmp_path / model.head for model in models]
    if backend != "tensorflow":
        skip_where_keras_hub_imports_tensorflow()
    program = SCORE if backend == "tensorflow" else WITHOUT_TENSORFLOW + SCORE
    run(program, tmp_path / "rows.npy", *folders, backend=backend)
    for model, folder in zip(models, folders, strict=True):
        actual, expected = np.load(folder / "scores.npy"), convert_to_numpy(model(rows))
        for row, count in enumerate([3, 4, 5, 6]):
            np.testing.assert_allclose(actual[row, :count], expected[row, :count], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_the_same_weights_write_the_same_summaries_on_every_backend(
    tiny_writer: Callable[..., BertSumAbstractive], tmp_path: Path, backend: str
):
    needs(backend)
    if backend == keras.backend.backend():
        pytest.skip(f"{backend} is what the others are compared with")
    if backend != "tensorflow":
        skip_where_keras_hub_imports_tensorflow()
    model = tiny_writer()
    model.save_to_preset(tmp_path)
    rows = np.stack([packed(random_sentences(seed, 3 + seed), 64) for seed in range(4)])
    targets = np.random.default_rng(0).integers(4, 100, (4, 12)).astype(np.int32)
    inputs = {"token_ids": rows, "decoder_token_ids": targets}
    np.savez(tmp_path / "inputs.npz", **inputs)
    program = WRITE if backend == "tensorflow" else WITHOUT_TENSORFLOW + WRITE
    run(program, tmp_path, backend=backend)
    actual = np.load(tmp_path / "logits.npy")
    np.testing.assert_allclose(actual, convert_to_numpy(model(inputs)), atol=1e-4)
    written = np.load(tmp_path / "written.npz")
    expected = model.generate_ids(rows[:3], Beam(4), Limits(5, 36))
    assert [ids.tolist() for ids in written.values()] == [h.token_ids.tolist() for h in expected]


@pytest.mark.slow
def test_it_trains_and_saves_where_tensorflow_is_not_installed(
    hugging_face_folder: Path, tmp_path: Path
):
    needs("jax")
    skip_where_keras_hub_imports_tensorflow()
    output = run(WITHOUT_TENSORFLOW + TRAIN, hugging_face_folder, tmp_path, backend="jax")
    assert output.endswith("trained\n")
