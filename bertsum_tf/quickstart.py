"""The whole way in minutes, without a network.

The shipped model goes on learning from the shipped corpus, is evaluated, exported as a SavedModel
and as a .tflite file, and each of them summarises an article. Seventy articles teach a model of
news nothing about news: it shows every step at work.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bertsum_tf import bundled
from bertsum_tf.data.corpora import SAMPLE, open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError
from bertsum_tf.run_folder import write_aside
from bertsum_tf.training.recipes import EXTRACTIVE_RECIPES

if TYPE_CHECKING:
    from bertsum_tf.evaluation.report import Report
    from bertsum_tf.summarizer import Summary

_MARK = "made-by-bertsum-quickstart"

# Of a model that is trained already: small steps, one pass.
RECIPE = replace(
    EXTRACTIVE_RECIPES["default"],
    backbone_learning_rate=1e-5,
    head_learning_rate=1e-4,
    warmup_steps=2,
    epochs=1,
    tokens_per_batch=4096,
)


@dataclass(frozen=True)
class Result:
    """What the quickstart did.

    Attributes:
        model: folder of the trained model, a preset.
        report: how it did on the corpus's test split.
        saved_model: folder of the versions of its SavedModel.
        tflite: its .tflite file.
        article: an article of the test split.
        summaries: of it, by the model and by its exports.
    """

    model: Path
    report: Report
    saved_model: Path
    tflite: Path
    article: str
    summaries: dict[str, Summary]


def quickstart(
    output: str | os.PathLike[str],
    *,
    backbone: str = bundled.NAME,
    on_step: Callable[[str], object] = lambda text: None,
    on_progress: Callable[[int, int, str], object] = lambda done, total, note: None,
) -> Result:
    """Trains a model on the shipped corpus, evaluates and exports it, and summarises an article.

    Args:
        output: a folder for all that is made; what an earlier quickstart left there is replaced.
        backbone: what to start from: a trained model, or a pretrained BERT.
        on_step: called with a sentence before each step.
        on_progress: called during training with (steps done, steps in all, the losses).

    Raises:
        BertsumError: if the folder holds something else, or can't be written.
    """
    folder = Path(output)
    _refuse_other_files(folder)
    import keras

    from bertsum_tf.evaluation.evaluate import evaluate
    from bertsum_tf.exporters.saved_model import export_saved_model
    from bertsum_tf.exporters.tflite import export_tflite
    from bertsum_tf.models import BertSumExtractive
    from bertsum_tf.summarizer import Summarizer
    from bertsum_tf.training.train import Progress, Settings, train

    keras.utils.set_random_seed(0)
    on_step(f"Loading {backbone}.")
    model = BertSumExtractive.from_preset(backbone)
    _claim(folder)  # not before there is a model: what an earlier quickstart left is kept till then
    vocabulary = model.preprocessor.word_piece
    on_step("Preparing the shipped corpus: sentences, token ids, windows, oracle labels.")
    data = {}
    for split in ("train", "validation"):
        prepare(open_corpus(SAMPLE, split=split), vocabulary, folder / split, workers=1)
        data[split] = PreparedData(folder / split)
    on_step(f"Training on {data['train'].manifest['documents']} articles.")

    def show(progress: Progress) -> None:
        losses = {"loss": progress.loss, "validation loss": progress.validation_loss}
        note = ", ".join(f"{name} {loss:.3f}" for name, loss in losses.items() if loss is not None)
        on_progress(progress.step, progress.total_steps, note)

    settings = Settings(RECIPE, validate_every=5)
    best = train(
        model, data["train"], data["validation"], folder / "run", settings, on_progress=show
    )
    on_step("Evaluating on articles that it has not seen, beside LEAD-3 and the oracle.")
    summarizer = Summarizer(best)
    test = open_corpus(SAMPLE, split="test")
    report = evaluate(
        summarizer, test, output=folder / "report", losses=folder / "run" / "losses.csv"
    )
    on_step("Exporting it: a SavedModel of raw text for TF Serving, and a .tflite file in int8.")
    trained = BertSumExtractive.from_preset(best)
    saved_model, tflite = folder / "saved_model", folder / "model.tflite"
    export_saved_model(trained, saved_model)
    export_tflite(trained, tflite)
    article = next(iter(test)).text
    summaries = {
        "the model": summarizer(article),
        "the SavedModel": Summarizer(saved_model)(article),
        "the .tflite file": Summarizer(tflite)(article),
    }
    return Result(best, report, saved_model, tflite, article, summaries)


def _refuse_other_files(folder: Path) -> None:
    try:
        if folder.exists() and not (folder / _MARK).exists() and any(folder.iterdir()):
            raise BertsumError(
                f"{folder} holds other files: name a new folder with --output, or empty this one."
            )
    except OSError as error:
        raise _unwritable(folder, error) from error


def _claim(folder: Path) -> None:
    try:
        if (folder / _MARK).exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_aside(folder / _MARK, "This folder is replaced by the next `bertsum quickstart`.\n")
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> BertsumError:
    return BertsumError(
        f"The folder {folder} can't be written ({error.strerror}): choose another with --output."
    )
