"""The whole way in minutes: prepare, train, evaluate and summarise, on the shipped corpus.

Without a network there are no pretrained weights, so the quickstart trains a small BERT from
random ones, vocabulary and all. It shows every step at work, not how good a summary can be.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bertsum_tf.data.corpora import SAMPLE, open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError
from bertsum_tf.run_folder import write_aside
from bertsum_tf.text.train_vocabulary import train_vocabulary
from bertsum_tf.training.recipes import RECIPES

if TYPE_CHECKING:
    from bertsum_tf.evaluation.report import Report
    from bertsum_tf.summarizer import Summary

# A BERT small enough to be trained from nothing in a minute.
VOCABULARY_SIZE = 3000
NUM_LAYERS = 2
HIDDEN_DIM = 128

# Random weights want larger steps than pretrained ones, and many passes over 70 articles.
RECIPE = replace(
    RECIPES["default"],
    backbone_learning_rate=5e-4,
    warmup_steps=20,
    epochs=10,
    tokens_per_batch=4096,
    backbone_dropout=0.1,
    head_intermediate_dim=256,
)


@dataclass(frozen=True)
class Result:
    """What the quickstart did.

    Attributes:
        model: folder of the trained model, a preset.
        report: how it did on the corpus's test split.
        article: an article of the test split.
        summary: the model's summary of it.
    """

    model: Path
    report: Report
    article: str
    summary: Summary


def quickstart(
    output: str | os.PathLike[str],
    *,
    backbone: str | None = None,
    on_step: Callable[[str], object] = lambda text: None,
    on_progress: Callable[[int, int, str], object] = lambda done, total, note: None,
) -> Result:
    """Trains a model on the shipped corpus, evaluates it, and summarises an article.

    Args:
        output: a folder for all that is made; what an earlier quickstart left there is replaced.
        backbone: a pretrained BERT to start from; None: a small one with random weights.
        on_step: called with a sentence before each step.
        on_progress: called during training with (steps done, steps in all, the losses).

    Raises:
        BertsumError: if the folder holds something else, or can't be written.
    """
    folder = Path(output)
    _claim(folder)
    import keras

    from bertsum_tf.evaluation.evaluate import evaluate
    from bertsum_tf.models import BertSumExtractive
    from bertsum_tf.summarizer import Summarizer
    from bertsum_tf.training.train import Progress, Settings, train

    keras.utils.set_random_seed(0)
    if backbone is None:
        on_step(
            f"Making a small BERT: {NUM_LAYERS} layers of width {HIDDEN_DIM}, random weights, "
            f"a vocabulary of {VOCABULARY_SIZE:,} pieces learned from the corpus."
        )
        backbone = str(_random_bert(folder / "backbone"))
    model = BertSumExtractive.from_preset(
        backbone,
        backbone_dropout=RECIPE.backbone_dropout,
        head_intermediate_dim=RECIPE.head_intermediate_dim,
        dropout=RECIPE.head_dropout,
    )
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

    settings = Settings(RECIPE, validate_every=15)
    best = train(
        model, data["train"], data["validation"], folder / "run", settings, on_progress=show
    )
    on_step("Evaluating on articles that it has not seen, beside LEAD-3 and the oracle.")
    summarizer = Summarizer(best)
    test = open_corpus(SAMPLE, split="test")
    report = evaluate(
        summarizer, test, output=folder / "report", losses=folder / "run" / "losses.csv"
    )
    article = next(iter(test)).text
    return Result(best, report, article, summarizer(article))


def _claim(folder: Path) -> None:
    mark = folder / "made-by-bertsum-quickstart"
    try:
        if mark.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BertsumError(
                f"{folder} holds other files: name a new folder with --output, or empty this one."
            )
        write_aside(mark, "This folder is replaced by the next `bertsum quickstart`.\n")
    except OSError as error:
        raise BertsumError(
            f"The folder {folder} can't be written ({error.strerror}): "
            "choose another with --output."
        ) from error


def _random_bert(folder: Path) -> Path:
    import keras_hub

    texts = [document.text for document in open_corpus(SAMPLE, split="train")]
    vocabulary = train_vocabulary(texts, VOCABULARY_SIZE)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary.vocabulary),
        num_layers=NUM_LAYERS,
        num_heads=2,
        hidden_dim=HIDDEN_DIM,
        intermediate_dim=4 * HIDDEN_DIM,
    )
    backbone.save_to_preset(str(folder))
    keras_hub.models.BertTokenizer(list(vocabulary.vocabulary), lowercase=True).save_to_preset(
        str(folder)
    )
    return folder
