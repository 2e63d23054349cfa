from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.errors import BertsumError
from bertsum_tf.text.train_vocabulary import train_vocabulary

TEXTS = ["The prices rose, the prices fell.", "Rising prices! The bank rose."] * 2


def test_special_tokens_come_first_and_pad_is_0():
    vocabulary = train_vocabulary(TEXTS, 60).vocabulary
    assert vocabulary[:5] == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def test_it_holds_every_character_of_the_texts_in_lower_case_and_in_words_as_continuation():
    vocabulary = train_vocabulary(["Ab, é"], 100).vocabulary
    assert vocabulary[5:] == (",", "a", "b", "e", "##a", "##b")


def test_frequent_words_become_one_piece_and_no_word_of_known_letters_is_unknown():
    word_piece = train_vocabulary(TEXTS, 60)
    (prices, sips) = word_piece.encode(["Prices", "sips"])
    assert [word_piece.vocabulary[piece] for piece in prices] == ["prices"]
    assert len(sips) > 1
    assert word_piece.unk_id not in sips


def test_the_size_is_kept_and_one_too_small_for_the_characters_is_refused():
    assert len(train_vocabulary(TEXTS, 40).vocabulary) == 40
    with pytest.raises(BertsumError, match="larger"):
        train_vocabulary(TEXTS, 20)


def test_text_that_looks_like_a_special_token_is_text():
    vocabulary = train_vocabulary(["[CLS] [CLS] [CLS]"], 50).vocabulary
    assert vocabulary.count("[CLS]") == 1
    assert "cls" in vocabulary


PRINT_SHA256 = """
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.text.train_vocabulary import train_vocabulary
print(train_vocabulary([document.text for document in open_corpus("sample")], 3000).sha256)
"""


def test_every_process_learns_the_same_vocabulary():
    texts = [document.text for document in open_corpus("sample")]
    expected = train_vocabulary(texts, 3000).sha256
    for threads in ("1", "3"):
        finished = subprocess.run(
            [sys.executable, "-c", PRINT_SHA256],
            env={**os.environ, "RAYON_NUM_THREADS": threads},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert finished.stdout.strip() == expected, finished.stderr[-2000:]
