"""The search, over a decoder whose every probability is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scripted_decoder import BEGIN, END, ScriptedDecoder, documents, logits_of

from bertsum_tf.decoding import GREEDY, Beam, Limits, Sampling, check_search, write_summaries
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.text.targets import TargetVocabulary

A, B, C, D = 2, 3, 4, 5
SPLIT = 9
WORDS = 6  # begin, end and four words
VOCABULARY = TargetVocabulary(BEGIN, END, SPLIT)


def limits(max_tokens: int, min_tokens: int = 0, block_trigrams: bool = False) -> Limits:
    return Limits(min_tokens, max_tokens, block_trigrams)


def random_script(document: int, written: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng((document, *written)).normal(0.0, 2.0, WORDS)


def log_probs_of(script, document: int, written: tuple[int, ...]) -> np.ndarray:
    logits = script(document, written)
    return logits - np.log(np.exp(logits).sum())


def every_summary(document: int, max_tokens: int):
    """All that can be written, with its log-probability."""
    for length in range(1, max_tokens + 1):
        for words in itertools.product((A, B, C, D), repeat=length - 1):
            last = (END,) if length < max_tokens else (END, A, B, C, D)
            for end in last:
                summary = (*words, end)
                yield (
                    summary,
                    sum(
                        log_probs_of(random_script, document, summary[:i])[token]
                        for i, token in enumerate(summary)
                    ),
                )


@pytest.mark.parametrize(("size", "max_tokens"), [(WORDS, 2), (WORDS**2, 3), (WORDS**3, 4)])
def test_a_beam_that_holds_everything_finds_what_exhaustive_search_finds(
    size: int, max_tokens: int
):
    decoder = ScriptedDecoder(random_script, WORDS)
    found = write_summaries(
        decoder,
        documents(40),
        VOCABULARY,
        Beam(size, length_penalty=0.0),
        limits(max_tokens),
    )
    lengths = set()
    for document, hypothesis in enumerate(found):
        best, log_prob = max(every_summary(document, max_tokens), key=lambda pair: pair[1])
        assert tuple(hypothesis.token_ids) == best
        assert hypothesis.log_prob == pytest.approx(log_prob, abs=1e-4)
        lengths.add(len(best))
    assert {1, max_tokens} <= lengths


def test_greedy_search_takes_the_likeliest_token_each_time():
    decoder = ScriptedDecoder(random_script, WORDS)
    for document, hypothesis in enumerate(
        write_summaries(decoder, documents(5), VOCABULARY, GREEDY, limits(8))
    ):
        written: tuple[int, ...] = ()
        while len(written) < 8 and END not in written:
            logits = random_script(document, written)
            logits[BEGIN] = -np.inf
            written = (*written, int(logits.argmax()))
        assert tuple(hypothesis.token_ids) == written


def test_no_document_gives_no_summary():
    decoder = ScriptedDecoder(random_script, WORDS)
    assert write_summaries(decoder, np.zeros((0, 8), np.int32), VOCABULARY, limits=limits(9)) == []


# --- The score ---


def short_or_long(document: int, written: tuple[int, ...]) -> np.ndarray:
    """ "end" has probability 0.4, "a end" 0.36."""
    return logits_of({END: 0.4, A: 0.6} if not written else {END: 0.6, A: 0.4}, WORDS)


@pytest.mark.parametrize(
    ("length_penalty", "tokens", "score"),
    [
        (0.0, [END], math.log(0.4)),
        # log(0.36) / (7 / 6) is above log(0.4) / (6 / 6).
        (1.0, [A, END], math.log(0.36) / (7 / 6)),
        (0.5, [END], math.log(0.4)),
    ],
)
def test_the_length_penalty_is_that_of_wu_et_al(
    length_penalty: float, tokens: list[int], score: float
):
    decoder = ScriptedDecoder(short_or_long, WORDS)
    (found,) = write_summaries(
        decoder, documents(1), VOCABULARY, Beam(2, length_penalty), limits(10)
    )
    assert found.token_ids.tolist() == tokens
    assert found.score == pytest.approx(score, abs=1e-5)


def test_a_document_is_done_when_the_best_of_its_beams_has_ended():
    decoder = ScriptedDecoder(short_or_long, WORDS)
    write_summaries(decoder, documents(1), VOCABULARY, Beam(2, 0.0), limits(10))
    # The beam "end" is put aside after the first token; "a end" is the best after the second.
    assert decoder.rows == [1, 2]


def test_a_beam_that_has_ended_is_not_gone_on_with():
    def script(document: int, written: tuple[int, ...]) -> np.ndarray:
        # What follows an end mark would be the best there is.
        return logits_of({B: 1.0} if END in written else {END: 0.4, A: 0.6}, WORDS)

    decoder = ScriptedDecoder(script, WORDS)
    (found,) = write_summaries(decoder, documents(1), VOCABULARY, Beam(2, 1.0), limits(6))
    assert found.token_ids.tolist() == [END]
    assert found.log_prob == pytest.approx(math.log(0.4))


# --- Limits ---


def eager_to_end(document: int, written: tuple[int, ...]) -> np.ndarray:
    return logits_of({END: 0.9, A: 0.06, B: 0.04}, WORDS)


@pytest.mark.parametrize("strategy", [GREEDY, Beam(3), Sampling()], ids=["greedy", "beam", "draw"])
def test_the_end_mark_comes_after_the_least_number_of_tokens(strategy):
    decoder = ScriptedDecoder(eager_to_end, WORDS)
    (found,) = write_summaries(
        decoder, documents(1), VOCABULARY, strategy, limits(20, min_tokens=3)
    )
    assert END not in found.token_ids[:3]
    if not isinstance(strategy, Sampling):
        assert len(found.token_ids) == 4 and found.token_ids[3] == END


@pytest.mark.parametrize("strategy", [GREEDY, Beam(3), Sampling()], ids=["greedy", "beam", "draw"])
def test_a_summary_without_end_is_cut_at_the_greatest_number_of_tokens(strategy):
    def endless(document: int, written: tuple[int, ...]) -> np.ndarray:
        return logits_of({A: 0.6, B: 0.4}, WORDS)

    decoder = ScriptedDecoder(endless, WORDS)
    (found,) = write_summaries(decoder, documents(1), VOCABULARY, strategy, limits(7))
    assert len(found.token_ids) == 7
    assert END not in found.token_ids
    assert len(decoder.rows) == 7


def test_more_tokens_than_the_decoder_writes_are_refused():
    decoder = ScriptedDecoder(random_script, WORDS, max_target_tokens=10)
    with pytest.raises(UsageError, match="writes 10 tokens at most, and 11 are asked for"):
        write_summaries(decoder, documents(1), VOCABULARY, GREEDY, limits(11))
    assert decoder.rows == []


@pytest.mark.parametrize("strategy", [GREEDY, Beam(4), Sampling()], ids=["greedy", "beam", "draw"])
def test_no_trigram_is_written_twice(strategy):
    def in_circles(document: int, written: tuple[int, ...]) -> np.ndarray:
        following = {A: B, B: C, C: A}.get(written[-1] if written else C, A)
        return logits_of({A: 0.05, B: 0.05, C: 0.05, D: 0.1} | {following: 0.8}, WORDS)

    decoder = ScriptedDecoder(in_circles, WORDS)
    (free,) = write_summaries(decoder, documents(1), VOCABULARY, GREEDY, limits(12))
    assert free.token_ids.tolist() == [A, B, C] * 4
    (found,) = write_summaries(
        decoder, documents(1), VOCABULARY, strategy, limits(12, block_trigrams=True)
    )
    trigrams = list(itertools.pairwise(itertools.pairwise(found.token_ids.tolist())))
    assert len(trigrams) == 10
    assert len(set(trigrams)) == len(trigrams)


@pytest.mark.parametrize("strategy", [GREEDY, Beam(3), Sampling()], ids=["greedy", "beam", "draw"])
def test_where_every_token_is_refused_what_was_written_stands(strategy):
    def one_word(document: int, written: tuple[int, ...]) -> np.ndarray:
        return np.array([0.0, 0.0, 1.0])

    decoder = ScriptedDecoder(one_word, vocabulary_size=3)
    (found,) = write_summaries(
        decoder, documents(1), VOCABULARY, strategy, limits(20, 10, block_trigrams=True)
    )
    assert found.token_ids.tolist() == [A, A, A]


def test_logits_that_are_no_numbers_are_an_error_and_no_empty_summary():
    def script(document: int, written: tuple[int, ...]) -> np.ndarray:
        return np.full(WORDS, np.nan if document == 1 and len(written) == 2 else 0.0)

    for strategy in (GREEDY, Beam(3), Sampling()):
        decoder = ScriptedDecoder(script, WORDS)
        with pytest.raises(BertsumError, match=r"not numbers \(NaN\): its weights are damaged"):
            write_summaries(decoder, documents(2), VOCABULARY, strategy, limits(5, 3))


# --- Batches ---


def ends_after(*lengths: int):
    def script(document: int, written: tuple[int, ...]) -> np.ndarray:
        if len(written) + 1 == lengths[document]:
            return logits_of({END: 0.98, A: 0.01, B: 0.01}, WORDS)
        return logits_of({A: 0.6, B: 0.4}, WORDS)

    return script


def test_a_document_that_ends_costs_no_further_step():
    lengths = (2, 9, 4, 1)
    decoder = ScriptedDecoder(ends_after(*lengths), WORDS)
    found = write_summaries(decoder, documents(4), VOCABULARY, GREEDY, limits(20))
    assert [len(hypothesis.token_ids) for hypothesis in found] == [2, 9, 4, 1]
    assert sum(decoder.rows) == sum(lengths)
    assert decoder.rows == [4, 3, 2, 2, 1, 1, 1, 1, 1]


def test_a_beam_search_reads_a_document_once_at_first_and_then_once_a_beam():
    decoder = ScriptedDecoder(ends_after(2, 9, 4, 1), WORDS)
    write_summaries(decoder, documents(4), VOCABULARY, Beam(3), limits(20))
    assert decoder.rows == [4, 9, 6, 6, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(
    "strategy", [GREEDY, Beam(3), Sampling(top_k=3, seed=7)], ids=["greedy", "beam", "draw"]
)
def test_neighbours_in_a_batch_change_nothing(strategy):
    def run(rows: np.ndarray) -> list[tuple[list[int], float]]:
        found = write_summaries(
            ScriptedDecoder(random_script, WORDS),
            rows,
            VOCABULARY,
            strategy,
            limits(12, 2, block_trigrams=True),
            numbers=rows[:, 0].tolist(),
        )
        return [(h.token_ids.tolist(), pytest.approx(h.score)) for h in found]

    together = run(documents(16))
    assert len({len(tokens) for tokens, _ in together}) > 3
    for document in range(16):
        assert run(documents(16)[document : document + 1]) == [together[document]]
    assert run(documents(16)[::-1]) == together[::-1]


# --- Sampling ---


def drawn(strategy: Sampling, count: int = 4000) -> dict[int, float]:
    probabilities = {A: 0.5, B: 0.3, C: 0.15, D: 0.05}
    decoder = ScriptedDecoder(lambda *_: logits_of(probabilities, WORDS), WORDS)
    found = write_summaries(decoder, documents(count), VOCABULARY, strategy, limits(1))
    tokens, counts = np.unique([h.token_ids[0] for h in found], return_counts=True)
    return dict(zip(tokens.tolist(), (counts / count).tolist(), strict=True))


def close_to(expected: dict[int, float]):
    # Five standard errors of a share of 4,000.
    return pytest.approx(expected, abs=0.04)


def test_draws_follow_the_model_s_probabilities():
    assert drawn(Sampling()) == close_to({A: 0.5, B: 0.3, C: 0.15, D: 0.05})


def test_a_low_temperature_sharpens_them():
    squares = np.array([0.5, 0.3, 0.15, 0.05]) ** 2
    shares = (squares / squares.sum()).tolist()
    expected = dict(zip((A, B, C, D), shares, strict=True))
    assert drawn(Sampling(temperature=0.5)) == close_to(expected)


def test_top_k_draws_from_the_likeliest():
    assert drawn(Sampling(top_k=2)) == close_to({A: 0.625, B: 0.375})


@pytest.mark.parametrize(
    ("top_p", "expected"),
    [(0.4, {A: 1.0}), (0.6, {A: 0.625, B: 0.375}), (0.79, {A: 0.625, B: 0.375})],
)
def test_top_p_draws_from_the_fewest_that_reach_it(top_p: float, expected: dict[int, float]):
    assert drawn(Sampling(top_p=top_p)) == close_to(expected)


def test_top_k_counts_the_tokens_that_may_be_written():
    decoder = ScriptedDecoder(lambda *_: logits_of({END: 0.6, A: 0.3, B: 0.1}, WORDS), WORDS)
    found = write_summaries(
        decoder, documents(200), VOCABULARY, Sampling(top_k=2), limits(2, min_tokens=1)
    )
    assert {int(h.token_ids[0]) for h in found} == {A, B}


def test_the_same_seed_draws_the_same_and_another_one_others():
    def run(seed: int) -> list[list[int]]:
        decoder = ScriptedDecoder(random_script, WORDS)
        found = write_summaries(decoder, documents(8), VOCABULARY, Sampling(seed=seed), limits(10))
        return [h.token_ids.tolist() for h in found]

    assert run(1) == run(1)
    assert run(1) != run(2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0.0}, "temperature has to be above 0"),
        ({"top_k": 0}, "top_k has to be a whole number from 1 up"),
        ({"top_k": 2.5}, "top_k has to be a whole number from 1 up"),
        ({"seed": 1.5}, "seed has to be a whole number from 0 up"),
        ({"top_p": 1.5}, "top_p has to be above 0 and at most 1"),
        ({"seed": -1}, "seed has to be a whole number from 0 up"),
    ],
)
def test_sampling_that_makes_no_sense_is_refused(options: dict[str, float], message: str):
    with pytest.raises(UsageError, match=message):
        Sampling(**options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "a whole number from 1 up, not 0"),
        ((2.5,), "a whole number from 1 up, not 2.5"),
        ((2, math.nan), "has to be between 0 and 10, not nan"),
        # ((5 + 200) / 6) ** 1000 is no number.
        ((2, 1000.0), "has to be between 0 and 10, not 1000"),
        ((2, -1.0), "has to be between 0 and 10, not -1"),
    ],
)
def test_a_beam_that_makes_no_sense_is_refused(arguments, message: str):
    with pytest.raises(UsageError, match=message):
        Beam(*arguments)


@pytest.mark.parametrize(
    ("strategy", "limits_", "message"),
    [
        ("greedy", None, "'greedy' is no strategy: give Beam"),
        (Beam, None, "Beam'> is no strategy: give Beam"),
        (None, (4, 20), r"\(4, 20\) are no limits: give bertsum_tf.decoding.Limits, as Limits"),
        (None, Limits(0, 101), "writes 100 tokens at most, and 101 are asked for"),
    ],
)
def test_what_is_no_strategy_and_no_limits_is_refused(strategy, limits_, message: str):
    decoder = ScriptedDecoder(random_script, WORDS)
    with pytest.raises(UsageError, match=message):
        write_summaries(decoder, documents(1), VOCABULARY, strategy, limits_)
    with pytest.raises(UsageError, match=message):
        check_search(strategy, limits_, 100)


def test_a_search_that_is_not_described_is_the_papers():
    assert check_search(None, None, 60) == (Beam(5, 0.95), Limits(15, 60, block_trigrams=True))


# --- Defaults ---


def test_the_defaults_are_the_papers_beam_and_presumms_limits():
    assert (Beam().size, Beam().length_penalty) == (5, 0.95)
    assert Limits().of(256) == (50, 200)
    assert Limits().block_trigrams


@pytest.mark.parametrize(
    ("limits_", "most", "expected"),
    [
        (Limits(), 140, (35, 140)),
        (Limits(max_tokens=30), 256, (7, 30)),
        (Limits(min_tokens=0), 100, (0, 100)),
        (Limits(20, 40), 40, (20, 40)),
    ],
)
def test_limits_that_are_left_out_fit_the_others(limits_, most: int, expected):
    assert limits_.of(most) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Limits(-1), "min_tokens has to be a whole number from 0 up, not -1"),
        (lambda: Limits(0, 5.0), "max_tokens has to be a whole number from 1 up, not 5.0"),
        (lambda: Limits(30, 30), "30 is not below 30"),
        (lambda: Limits(9, 4), "9 is not below 4"),
        (lambda: Limits(300), "300 is not below 200"),
        (lambda: Limits(0, 41).of(40), "writes 40 tokens at most, and 41 are asked for"),
        (lambda: Limits(40).of(40), "at least 40 are asked for: set the least .* to 39 or less"),
    ],
)
def test_limits_that_make_no_sense_are_refused(make, message: str):
    with pytest.raises(UsageError, match=message):
        make()


def test_no_broken_word_is_left_where_a_trigram_was_refused():
    # A B C* A B C*: C* is a word of two pieces.
    piece = D
    vocabulary = TargetVocabulary(BEGIN, END, SPLIT, continuing=frozenset((piece,)))

    def again(document: int, written: tuple[int, ...]) -> np.ndarray:
        following = {A: B, B: C, C: piece, piece: A}.get(written[-1] if written else piece, A)
        return logits_of({A: 0.1, B: 0.1, C: 0.05, piece: 0.05} | {following: 0.7}, WORDS)

    decoder = ScriptedDecoder(again, WORDS)
    for strategy in (GREEDY, Beam(3)):
        (found,) = write_summaries(
            decoder, documents(1), vocabulary, strategy, limits(8, block_trigrams=True)
        )
        ids = found.token_ids.tolist()
        assert ids[:6] == [A, B, C, piece, A, B]
        assert ids[6] not in (C, piece)
