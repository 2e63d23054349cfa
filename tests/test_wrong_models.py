"""A model of the wrong kind, or what is none, under every option that takes one: one sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tiny_bert import PIECES, save_tiny_bert

from bertsum_tf import bundled, cli
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.errors import UsageError
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.text.wordpiece import WordPiece

# What a user may have: {} is its folder or file.
IS_A_RUN = "{} is a folder of models: name one of them, such as {}/model."
IS_CHECKPOINTS = "{} is a folder of models: name one of them, such as {}/step-000002."
NO_BERT = (
    "The folder {} holds no BERT that can be read: name a folder with config.json, vocab.txt and "
    "model.safetensors of a BERT, or with a KerasHub preset."
)
IS_A_FILE = "{} is a file: name the folder of a BERT, or of a model that was trained."
NOWHERE = "There is neither a folder nor a BERT preset named {}: name a local folder, a model hub's"
LACKS_WEIGHTS = (
    "{} lacks a whole task.weights.h5, which holds all of the model but its first BERT: copy the "
    "folder again, or train the model again."
)

# Of options that want a BERT, or a model to go on with.
NO_MODEL_TO_START_FROM = {
    "checkpoints": IS_CHECKPOINTS,
    "saved_model": NO_BERT,
    "data": NO_BERT,
    "news.tflite": IS_A_FILE,
    "nothing": NOWHERE,
}


def other_task(held: str, wanted: str) -> str:
    return f"{{}} holds a {held}, not a {wanted}: name a {wanted}, or a bare BERT to begin with."


def instead_of_backbone(held: str) -> str:
    return (
        f"{{}} holds a {held}: to start from its encoder of texts, name it with --init-from "
        "instead of --backbone."
    )


def no_run(*commands: str) -> dict[str, str]:
    """Of options that want a run of these commands."""
    wanted = f"name a run of {' or '.join(f'`bertsum {command}`' for command in commands)}."
    return {
        "bert": f"{{}} holds a bare BERT: {wanted}",
        "writes/model": f"{{}} holds a BertSumAbstractive: {wanted}",
        "writes": f"{{}} holds a BertSumAbstractive: {wanted}",
        "checkpoints": IS_CHECKPOINTS,
        "saved_model": f"{{}} holds no DualEncoder: {wanted}",
        "data": f"{{}} holds no DualEncoder: {wanted}",
        "news.tflite": f"There is no folder {{}}: {wanted}",
        "nothing": f"There is no folder {{}}: {wanted}",
    }


NO_ENCODERS = {
    **no_run("pretrain"),
    "picks": "{} holds a BertSumExtractive: name a run of `bertsum pretrain`.",
}
HOLDS_NONE = "{} holds no trained summarizer: name a run of `bertsum train`, or its model."
NO_SUMMARIZER = {
    "bert": HOLDS_NONE,
    "encoders/model": HOLDS_NONE.replace(":", ", but a DualEncoder:"),
    "encoders": HOLDS_NONE.replace("{}", "{}/model").replace(":", ", but a DualEncoder:"),
    "checkpoints": IS_CHECKPOINTS,
    "data": HOLDS_NONE,
    "nothing": "There is no model {}: name a folder that `bertsum train` or `bertsum quickstart`",
}
EXPORTED = "{} is exported already: name the folder of the trained model."

TRAIN = ["train", "data", "--validation", "data", "--output", "out"]
WRITE = [*TRAIN, "--task", "abstractive"]
PRETRAIN = ["pretrain", "data", "--validation", "data", "--output", "out"]
SAMPLE = ["sample", "--split", "test", "--limit", "1", "--processes", "1"]
COMMANDS: dict[str, tuple[list[str], dict[str, str]]] = {
    "train --backbone": (
        [*TRAIN, "--backbone"],
        {
            **NO_MODEL_TO_START_FROM,
            "encoders/model": instead_of_backbone("DualEncoder"),
            "encoders": instead_of_backbone("DualEncoder"),
            "writes/model": other_task("BertSumAbstractive", "BertSumExtractive"),
            "picks": IS_A_RUN,
        },
    ),
    "train --init-from": ([*TRAIN, "--init-from"], NO_ENCODERS),
    "train --task abstractive --backbone": (
        [*WRITE, "--backbone"],
        {
            **NO_MODEL_TO_START_FROM,
            "encoders/model": instead_of_backbone("DualEncoder"),
            "picks/model": instead_of_backbone("BertSumExtractive"),
            "picks": instead_of_backbone("BertSumExtractive"),
            "writes": IS_A_RUN,
        },
    ),
    "train --task abstractive --init-from": (
        [*WRITE, "--init-from"],
        no_run("pretrain", "train --task extractive"),
    ),
    "pretrain": (
        [*PRETRAIN, "--backbone"],
        {
            **NO_MODEL_TO_START_FROM,
            "encoders": IS_A_RUN,
            "half": LACKS_WEIGHTS,
            "picks/model": other_task("BertSumExtractive", "DualEncoder"),
            "writes/model": other_task("BertSumAbstractive", "DualEncoder"),
        },
    ),
    "retrieval": (
        ["retrieval", "sample", "--limit", "1", "--model"],
        {
            **NO_MODEL_TO_START_FROM,
            "half": LACKS_WEIGHTS,
            "picks/model": other_task("BertSumExtractive", "DualEncoder"),
            "picks": "{}/model holds a BertSumExtractive, not a DualEncoder: name a DualEncoder",
        },
    ),
    "evaluate": (["evaluate", *SAMPLE, "--output", "out", "--model"], NO_SUMMARIZER),
    "evaluate --encoders": (
        ["evaluate", *SAMPLE, "--output", "out", "--model", "picks/model", "--encoders"],
        {**NO_ENCODERS, "half": LACKS_WEIGHTS},
    ),
    "summarize": (["summarize", "article.txt", "--html", "out", "--model"], NO_SUMMARIZER),
    "summarize --encoders": (
        ["summarize", "article.txt", "--selection", "match", "--encoders"],
        {
            **NO_ENCODERS,
            "encoders": "The encoders have another vocabulary than the model: pretrain them from",
        },
    ),
    "export": (
        ["export", "--format", "tflite", "--output", "out"],
        {**NO_SUMMARIZER, "news.tflite": EXPORTED},
    ),
    "quickstart": (
        ["quickstart", "--output", "out", "--backbone"],
        {
            **NO_MODEL_TO_START_FROM,
            "encoders/model": other_task("DualEncoder", "BertSumExtractive"),
            "picks": IS_A_RUN,
        },
    ),
    "reproduce": (
        [
            "reproduce",
            "--table",
            "cnndm-abs",
            "--corpus",
            "sample",
            "--output",
            "out",
            "--backbone",
        ],
        {
            **NO_MODEL_TO_START_FROM,
            "picks": IS_A_RUN,
            "picks/model": "{} holds a BertSumExtractive, and the paper begins with a bare BERT: ",
            "writes/model": "{} holds a BertSumAbstractive, and the paper begins with a bare BERT:",
        },
    ),
    "prepare": (
        ["prepare", "sample", "--output", "out", "--backbone"],
        {
            "encoders": IS_A_RUN,
            "checkpoints": IS_CHECKPOINTS,
            "saved_model": NO_BERT,
            "news.tflite": "The vocabulary {} can't be read (",
            "nothing": NOWHERE,
        },
    ),
    "benchmark": (
        ["benchmark", "--quick", "--backbone"],
        {**NO_MODEL_TO_START_FROM, "picks": IS_A_RUN},
    ),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that a user may have, by the names above."""
    pytest.importorskip("keras_hub")
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive, DualEncoder

    folder = tmp_path_factory.mktemp("models")
    bert = save_tiny_bert(folder / "bert")
    for name, model in (
        ("encoders", DualEncoder.from_preset(bert)),
        ("picks", BertSumExtractive.from_preset(bert, head="classifier")),
        (
            "writes",
            BertSumAbstractive.from_preset(bert, decoder_num_layers=1, decoder_num_heads=2),
        ),
    ):
        model.save_to_preset(folder / name / "model")
        (folder / name / "settings.json").write_text("{}")
    shutil.copytree(folder / "picks" / "model", folder / "checkpoints" / "step-000001")
    shutil.copytree(folder / "picks" / "model", folder / "checkpoints" / "step-000002")
    shutil.copytree(folder / "encoders" / "model", folder / "half")
    (folder / "half" / "task.weights.h5").unlink()
    (folder / "saved_model" / "1").mkdir(parents=True)
    (folder / "saved_model" / "1" / "saved_model.pb").touch()
    shutil.copy(bundled.TFLITE, folder / "news.tflite")
    (folder / "article.txt").write_text("Rain fell on the town. The bank met on Tuesday.")
    line = {"document": "A b c d. E f g h. I j k l.", "summary": "A b c d."}
    (folder / "news.jsonl").write_text((json.dumps(line) + "\n") * 2)
    corpus = open_corpus(folder / "news.jsonl")
    prepare(corpus, WordPiece(PIECES), folder / "data", max_tokens=64, workers=1)
    return folder


@pytest.mark.parametrize(
    ("command", "name"),
    [(command, name) for command, (_, sentences) in COMMANDS.items() for name in sentences],
)
def test_is_refused_in_one_sentence_and_nothing_is_written(
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
):
    arguments, sentences = COMMANDS[command]
    monkeypatch.chdir(models)
    assert cli.main([*arguments, name]) in (1, 2)
    err = capsys.readouterr().err
    assert err.startswith(f"bertsum: {sentences[name].format(name, name)}")
    assert err.endswith(".\n") and err.count("\n") == 1
    assert not (models / "out").exists()


def test_an_earlier_quickstart_is_kept_where_there_is_no_model_to_start_from(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "made-by-bertsum-quickstart").touch()
    (tmp_path / "model.tflite").touch()
    backbone = str(models / "encoders" / "model")
    assert cli.main(["quickstart", "--output", str(tmp_path), "--backbone", backbone]) == 2
    assert (tmp_path / "model.tflite").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", *SAMPLE, "--output", "out"],
        ["summarize", "article.txt"],
        ["summarize", "article.txt", "--selection", "match"],
    ],
)
def test_encoders_do_not_choose_what_a_model_writes(
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
):
    monkeypatch.chdir(models)
    assert cli.main([*arguments, "--model", "writes/model", "--encoders", "encoders"]) == 2
    assert capsys.readouterr().err == (
        "bertsum: Two encoders choose among a document's sentences, and this model writes its "
        "summaries: leave out the encoders, and the selection match.\n"
    )
    assert not (models / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"model": "encoders"},
            "The model has to be a folder, a BertSumExtractive, a BertSumAbstractive or an engine "
            "with a method score or write, not DualEncoder.",
        ),
        (
            {"model": "picks", "encoders": "writes"},
            "The encoders have to be the folder of a `bertsum pretrain` run, or a DualEncoder, not "
            "BertSumAbstractive.",
        ),
        (
            {"model": "writes", "encoders": "encoders"},
            "Two encoders choose among a document's sentences, and this model writes its "
            "summaries: leave out the encoders, and the selection match.",
        ),
    ],
)
def test_a_summarizer_takes_no_model_of_the_wrong_kind(
    models: Path, arguments: dict[str, str], sentence: str
):
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive, DualEncoder

    kinds = {"encoders": DualEncoder, "picks": BertSumExtractive, "writes": BertSumAbstractive}
    loaded = {
        name: kinds[kind].from_preset(models / kind / "model") for name, kind in arguments.items()
    }
    with pytest.raises(UsageError) as error:
        Summarizer(**loaded)
    assert str(error.value) == sentence


def test_a_model_that_writes_is_sent_to_no_encoders(models: Path):
    writer = Summarizer(models / "writes" / "model")
    with pytest.raises(UsageError, match="writes its summaries, and chooses no sentences"):
        writer("Rain fell.", selection="match")


def test_a_run_means_its_best_model(models: Path) -> None:
    text = "Rain fell on it. Police came late. Nobody was hurt."
    by_run, by_model = (Summarizer(models / name)(text) for name in ("picks", "picks/model"))
    assert by_run.sentences == by_model.sentences
    assert by_run.model == str(models / "picks")
