"""Training: it learns, it keeps the best, and it may be killed at any moment.

Each run is a process of its own, on a tiny random BERT and the shipped corpus.
"""

import csv
import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.errors import UsageError
from bertsum_tf.text.targets import TARGET_MARKS
from bertsum_tf.text.train_vocabulary import train_vocabulary
from bertsum_tf.text.wordpiece import WordPiece
from bertsum_tf.training.recipes import (
    ABSTRACTIVE_RECIPES,
    EXTRACTIVE_RECIPES,
    Recipe,
    in_fewer_steps,
)

# What a run needs to be told; the rest is the same in every test.
RUN = """
import json, os, sys
from pathlib import Path
options = json.loads(sys.argv[1])
if options["without_tensorflow"]:
    class NoTensorFlow:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in ("tensorflow", "tensorflow_text"):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.meta_path.insert(0, NoTensorFlow())
import keras, keras_hub
import numpy as np
from dataclasses import replace
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError
from bertsum_tf.models import (
    BertSumAbstractive, BertSumAbstractivePreprocessor,
    BertSumExtractive, BertSumExtractivePreprocessor,
)
from bertsum_tf.training.recipes import ABSTRACTIVE_RECIPES, EXTRACTIVE_RECIPES
from bertsum_tf.training.train import Settings, train

keras.utils.set_random_seed(1)
data = Path(options["data"])
vocabulary = (data / "vocab.txt").read_text().split()
backbone = keras_hub.models.BertBackbone(
    vocabulary_size=len(vocabulary), num_layers=1, num_heads=2, hidden_dim=32,
    intermediate_dim=64, max_sequence_length=256, dropout=options["dropout"],
    dtype=options["precision"],
)
tokenizer = keras_hub.models.BertTokenizer(vocabulary)
if options["task"] == "abstractive":
    preprocessor = BertSumAbstractivePreprocessor(tokenizer, 256, target_length=80)
    model = BertSumAbstractive(
        backbone, preprocessor, decoder_num_layers=1, decoder_num_heads=2,
        decoder_intermediate_dim=64, dropout=options["dropout"], **preprocessor.special_ids(),
    )
    recipe = replace(ABSTRACTIVE_RECIPES["default"], target_length=80)
else:
    model = BertSumExtractive(
        backbone, BertSumExtractivePreprocessor(tokenizer, 256),
        head_intermediate_dim=32, head_num_heads=2, dropout=options["dropout"],
    )
    recipe = EXTRACTIVE_RECIPES["default"]
if options["numpy_weights"]:  # the same on every backend
    random = np.random.default_rng(0)
    for variable in model.weights:
        if variable.path.endswith(("kernel", "embeddings")):
            variable.assign(random.normal(0.0, 0.02, variable.shape))
recipe = replace(recipe, **{"warmup_steps": 3, "tokens_per_batch": 2048, **options["recipe"]})
settings = Settings(
    recipe, validate_every=options["validate_every"], validation_windows=16,
    static_length=options["static_length"],
)
try:
    train(
        model, PreparedData(data / "train", later_windows=0.0),
        PreparedData(data / "validation", later_windows=0.0),
        options["output"], settings,
        on_progress=lambda p: print(p.step, p.loss, p.validation_loss, flush=True),
    )
except BertsumError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    train = open_corpus("sample", split="train")
    pieces = train_vocabulary([document.text for document in train], 600).vocabulary
    vocabulary = WordPiece([*pieces, *TARGET_MARKS])
    (folder / "vocab.txt").write_text("\n".join(vocabulary.vocabulary))
    prepare(train, vocabulary, folder / "train", max_tokens=256, workers=1)
    validation = open_corpus("sample", split="validation")
    prepare(validation, vocabulary, folder / "validation", max_tokens=256, workers=1)
    return folder


def command(data: Path, output: Path, **changes: object) -> list[str]:
    options = {
        "data": str(data),
        "output": str(output),
        "task": "extractive",
        "static_length": None,
        "dropout": 0.1,
        "precision": "float32",
        "validate_every": 4,
        "without_tensorflow": False,
        "numpy_weights": False,
        "recipe": {"steps": 12},
    } | changes
    return [sys.executable, "-c", RUN, json.dumps(options)]


def environment(backend: str) -> dict[str, str]:
    return os.environ | {
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def run(data: Path, output: Path, backend: str = "tensorflow", **changes: object) -> None:
    result = subprocess.run(
        command(data, output, **changes),
        env=environment(backend),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]


def losses(output: Path) -> list[dict[str, float]]:
    with (output / "losses.csv").open() as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("run") / "finished"
    run(data, output, recipe={"steps": 40, "backbone_learning_rate": 1e-3}, validate_every=5)
    return output


@pytest.mark.slow
def test_the_loss_falls_and_is_written_down(finished: Path) -> None:
    rows = losses(finished)
    assert [row["step"] for row in rows] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert rows[-1]["loss"] < 0.9 * rows[0]["loss"]
    assert rows[-1]["val_loss"] < rows[0]["val_loss"]
    assert rows[-1]["learning_rate"] < rows[0]["learning_rate"]
    assert list((finished / "tensorboard").glob("events.out.tfevents.*"))


@pytest.mark.slow
def test_the_best_three_checkpoints_are_kept_and_the_best_is_the_model(finished: Path) -> None:
    rows = sorted(losses(finished), key=lambda row: (row["val_loss"], row["step"]))
    kept = sorted(path.name for path in (finished / "checkpoints").iterdir())
    assert kept == sorted(f"step-{int(row['step']):06d}" for row in rows[:3])
    best = finished / "checkpoints" / f"step-{int(rows[0]['step']):06d}"
    for name in ("model.weights.h5", "task.weights.h5", "task.json"):
        assert (finished / "model" / name).read_bytes() == (best / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "recipe"),
    [
        ("extractive", {}),
        ("extractive", {"accumulate": 2}),
        # Two warm-ups, as in the paper.
        ("abstractive", {"accumulate": 2, "decay": "noam", "head_warmup_steps": 5}),
    ],
)
def test_a_run_killed_at_any_moment_ends_with_the_weights_of_an_uninterrupted_one(
    data: Path, tmp_path: Path, task: str, recipe: dict
) -> None:
    changes = {"task": task, "recipe": {"steps": 12, **recipe}}
    run(data, tmp_path / "whole", **changes)
    # Once in the middle of an interval; once right after the last step before a validation, while
    # the run validates and saves.
    for last_line in ("6 ", "8 "):
        with subprocess.Popen(
            command(data, tmp_path / "killed", **changes),
            env=environment("tensorflow"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith(last_line):
                    break
            process.send_signal(signal.SIGKILL)
        reached = losses(tmp_path / "killed")[-1]["step"] if last_line == "8 " else 0
        assert reached < 12, "it was killed before its end"
    run(data, tmp_path / "killed", **changes)
    whole = load_file(tmp_path / "whole" / "state.safetensors")
    killed = load_file(tmp_path / "killed" / "state.safetensors")
    assert set(whole) == set(killed)
    for name, values in whole.items():
        np.testing.assert_allclose(killed[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
    assert losses(tmp_path / "whole") == losses(tmp_path / "killed")


@pytest.mark.slow
def test_a_model_learns_to_write(data: Path, tmp_path: Path) -> None:
    recipe = {"steps": 40, "backbone_learning_rate": 1e-2, "head_learning_rate": 1e-2}
    run(data, tmp_path / "run", task="abstractive", recipe=recipe, validate_every=5)
    rows = losses(tmp_path / "run")
    assert [row["step"] for row in rows] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert rows[-1]["loss"] < 0.93 * rows[0]["loss"]
    assert rows[-1]["val_loss"] < rows[0]["val_loss"]
    # To somebody who knows nothing, each of the 603 pieces is as likely as any other.
    assert rows[-1]["val_loss"] < 0.92 * math.log(603)
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["objective"] == "SummaryGeneration"
    refused = subprocess.run(
        command(data, tmp_path / "run", task="extractive", validate_every=5),
        env=environment("tensorflow"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "holds a run with other settings" in refused.stderr


@pytest.mark.slow
def test_a_model_learns_to_write_on_jax_as_on_tensorflow(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="jax is not installed")
    # The last batch of an epoch has rows without a document.
    changes = {
        "task": "abstractive",
        "dropout": 0.0,
        "numpy_weights": True,
        "static_length": 256,
        "validate_every": 5,
        "recipe": {"steps": 10},
    }
    for backend in ("jax", "tensorflow"):
        run(data, tmp_path / backend, backend=backend, **changes)
    for ours, theirs in zip(losses(tmp_path / "jax"), losses(tmp_path / "tensorflow"), strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], abs=5e-3)
        assert ours["val_loss"] == pytest.approx(theirs["val_loss"], abs=5e-3)


@pytest.mark.slow
def test_it_trains_on_jax_where_tensorflow_is_not_installed(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="jax is not installed")
    if sys.version_info < (3, 11):
        pytest.skip("KerasHub 0.25, the last for Python 3.10, imports TensorFlow")
    changes = {"dropout": 0.0, "numpy_weights": True}
    run(data, tmp_path / "jax", backend="jax", without_tensorflow=True, **changes)
    run(data, tmp_path / "tf", backend="tensorflow", **changes)
    for ours, theirs in zip(losses(tmp_path / "jax"), losses(tmp_path / "tf"), strict=True):
        assert ours["step"] == theirs["step"]
        assert ours["loss"] == pytest.approx(theirs["loss"], abs=5e-3)
        assert ours["learning_rate"] == pytest.approx(theirs["learning_rate"], rel=1e-4)


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_the_run_with_a_clear_sentence(
    data: Path, tmp_path: Path
) -> None:
    huge = {"steps": 12, "backbone_learning_rate": 1e30, "head_learning_rate": 1e30}
    result = subprocess.run(
        command(data, tmp_path / "nan", recipe={**huge, "warmup_steps": 1, "clip_norm": None}),
        env=environment("tensorflow"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "start again in a new folder with lower learning rates" in result.stderr
    if (tmp_path / "nan" / "losses.csv").exists():
        assert all(math.isfinite(row["loss"]) for row in losses(tmp_path / "nan"))


@pytest.mark.slow
def test_a_folder_with_a_run_of_other_settings_is_refused(data: Path, finished: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file()}
    result = subprocess.run(
        command(data, finished, recipe={"steps": 41}, validate_every=5),
        env=environment("tensorflow"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "holds a run with other settings" in result.stderr
    assert before == {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_a_validation_loss_that_is_no_number_is_not_saved(data: Path, tmp_path: Path) -> None:
    # The only batch has a finite loss; the update that follows it ruins the weights.
    huge = {"steps": 1, "backbone_learning_rate": 1e30, "head_learning_rate": 1e30}
    result = subprocess.run(
        command(data, tmp_path / "nan", recipe={**huge, "warmup_steps": 1, "clip_norm": None}),
        env=environment("tensorflow"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "start again in a new folder with lower learning rates" in result.stderr
    assert not (tmp_path / "nan" / "state.safetensors").exists()
    assert not (tmp_path / "nan" / "model").exists()
    # Nothing came of it, so the same folder takes a run with other settings.
    run(data, tmp_path / "nan", recipe={"steps": 1}, validate_every=1)
    assert (tmp_path / "nan" / "model" / "task.json").exists()


@pytest.mark.slow
def test_windows_of_another_length_than_the_preprocessors_are_refused(
    data: Path, tmp_path: Path
) -> None:
    from bertsum_tf.data.prepare import prepare as prepare_again
    from bertsum_tf.text.wordpiece import WordPiece

    vocabulary = WordPiece.from_file(data / "vocab.txt")
    (tmp_path / "vocab.txt").write_text((data / "vocab.txt").read_text())
    for split in ("train", "validation"):
        corpus = open_corpus("sample", split=split)
        prepare_again(corpus, vocabulary, tmp_path / split, max_tokens=128, workers=1)
    result = subprocess.run(
        command(tmp_path, tmp_path / "run"),
        env=environment("tensorflow"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "has windows of 128 tokens, the model's preprocessor makes them 256" in result.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"clip_norm": -1.0}, "Clip norm has to be at least 0, not -1.0."),
        ({"backbone_learning_rate": 0.0}, "Backbone learning rate has to be above 0, not 0.0."),
        ({"epochs": -3}, "Epochs has to be above 0, not -3."),
        ({"head_dropout": 1.5}, "Head dropout has to be at least 0 and below 1, not 1.5."),
        ({"decay": "cosine"}, "Decay has to be one of linear, noam, not cosine."),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(change: dict, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        replace(EXTRACTIVE_RECIPES["default"], **change)
    assert str(error.value) == sentence


def test_recipes_hold_the_papers_numbers() -> None:
    paper = asdict(EXTRACTIVE_RECIPES["paper"])
    assert paper["backbone_learning_rate"] == paper["head_learning_rate"] == 2e-3
    assert (paper["warmup_steps"], paper["steps"], paper["accumulate"]) == (10_000, 50_000, 2)
    assert (paper["decay"], paper["labels"], paper["pooling"]) == ("noam", "hard", "cls")
    assert paper["backbone_dropout"] == paper["head_dropout"] == 0.1


def test_the_recipe_of_the_writer_holds_the_papers_numbers() -> None:
    paper = asdict(ABSTRACTIVE_RECIPES["paper"])
    assert (paper["backbone_learning_rate"], paper["warmup_steps"]) == (2e-3, 20_000)
    assert (paper["head_learning_rate"], paper["head_warmup_steps"]) == (0.2, 10_000)
    assert (paper["decay"], paper["steps"], paper["accumulate"]) == ("noam", 200_000, 5)
    assert paper["backbone_dropout"] == paper["decoder_dropout"] == paper["label_smoothing"] == 0.1
    assert (paper["decoder_num_layers"], paper["decoder_intermediate_dim"]) == (6, 2048)
    assert paper["later_windows"] == 0


@pytest.mark.parametrize("recipe", [EXTRACTIVE_RECIPES["paper"], ABSTRACTIVE_RECIPES["paper"]])
def test_fewer_steps_go_through_the_same_learning_rates(recipe: Recipe) -> None:
    fewer = in_fewer_steps(recipe, recipe.steps // 100)
    assert fewer.steps == recipe.steps // 100

    def rates(recipe: Recipe, step: int) -> tuple[float, float]:
        def noam(scale: float, warmup: int) -> float:
            return scale * min(step**-0.5, step * warmup**-1.5)

        warmup = recipe.warmup_steps
        return (
            noam(recipe.backbone_learning_rate, warmup),
            noam(recipe.head_learning_rate, recipe.head_warmup_steps or warmup),
        )

    for step in (1, 50, 100, 200, 201, fewer.steps):
        assert rates(fewer, step) == pytest.approx(rates(recipe, 100 * step))


def test_a_linear_decay_in_fewer_steps_keeps_its_peak() -> None:
    recipe = replace(EXTRACTIVE_RECIPES["default"], steps=1000)
    fewer = in_fewer_steps(recipe, 10)
    assert (fewer.steps, fewer.warmup_steps, fewer.head_warmup_steps) == (10, 1, None)
    assert fewer.head_learning_rate == recipe.head_learning_rate
    with pytest.raises(UsageError, match="A recipe of epochs has no steps"):
        in_fewer_steps(EXTRACTIVE_RECIPES["default"], 10)
