"""The client beside a running model server: every document comes back as the contract says."""

from __future__ import annotations

import pytest

from bertsum_tf.serving import Client, ServingError

pytestmark = pytest.mark.slow

NEWS = (
    "The river rose by two metres in one night. Nobody was hurt. The old bridge is closed until "
    "Friday. Engineers look at its pillars today. The mayor thanked the volunteers."
)
DOCUMENTS = [
    NEWS,
    "One sentence alone, and no full stop",
    "Größe, naïve café: Привет мир. 東京は雨だった。 नमस्ते दुनिया. e\u0301 is two code points.",
    "Thumbs up \U0001f44d\U0001f3fd for the team \U0001f469\u200d\U0001f680. They won. \U0001f600",
    'Tabs\tand\nlines\r\nand \x00 and \x1b and \\ and " and {"b64": "AA=="}. The end.',
    "",
    " \n\t ",
    "?!",
]


@pytest.fixture
def client(addresses, protocol):
    with Client(addresses[protocol]) as client:
        yield client


def test_a_loaded_model_is_ready(client):
    assert client.is_ready()
    newest = client.status()[-1]
    assert newest.state == "AVAILABLE"
    assert newest.version >= 1


def test_a_version_can_be_asked_by_number_or_by_label(client, addresses, protocol):
    version = client.status()[-1].version
    summaries = client.summarize([NEWS])
    with Client(addresses[protocol], version=version) as by_number:
        assert by_number.summarize([NEWS]) == summaries
        assert [each.version for each in by_number.status()] == [version]
    with Client(addresses[protocol], label="stable") as by_label:
        assert by_label.summarize([NEWS]) == summaries
        assert by_label.is_ready()


def test_the_sentences_are_spans_of_the_text(client):
    for text, summary in zip(DOCUMENTS, client.score(DOCUMENTS), strict=True):
        end = 0
        for index, sentence in enumerate(summary.sentences):
            assert sentence.index == index
            assert end <= sentence.start < sentence.end <= len(text)
            assert sentence.text == text[sentence.start : sentence.end]
            end = sentence.end
        assert bool(summary.sentences) == any(sentence.selected for sentence in summary.sentences)
        assert summary.model == "bertsum"


def test_summarize_and_score_choose_the_same_sentences(client):
    assert client.summarize([NEWS]) == [client.score([NEWS])[0].text]


def test_the_number_of_sentences_is_a_limit(client):
    sentences = client.score([NEWS])[0].sentences
    (summary,) = client.summarize([NEWS], sentences=1)
    assert summary in [sentence.text for sentence in sentences]
    (everything,) = client.summarize([NEWS], sentences=10**12)
    assert all(sentence.text in everything for sentence in sentences)


def test_documents_without_a_sentence_have_an_empty_summary(client):
    assert client.summarize(["", ""]) == ["", ""]
    assert client.summarize(["", NEWS, ""], sentences=2)[::2] == ["", ""]
    for summary in client.score(["", ""]):
        assert (summary.text, summary.sentences) == ("", ())


def test_a_lone_surrogate_counts_as_one_character(client):
    # A pair in two halves: as UTF-16 it would be one character, and every later position off.
    text = "Bad \ud83d\ude00 input \udfff here. The rest is fine."
    (summary,) = client.score([text])
    assert summary.sentences[-1].text.startswith("The rest")
    assert "\ufffd" in client.summarize([text])[0]


def test_requests_are_answered_in_the_order_of_the_texts(client, addresses, protocol):
    texts = [f"Story {number} begins here. It goes on." for number in range(9)]
    together = client.summarize(texts)
    with Client(addresses[protocol], max_batch=2) as in_pairs:
        assert in_pairs.summarize(texts) == together
        assert [summary.text for summary in in_pairs.score(texts)] == together
    assert [summary.split()[1] for summary in together] == [*map(str, range(9))]


def test_both_protocols_say_the_same(addresses):
    with Client(addresses["gRPC"]) as grpc, Client(addresses["REST"]) as rest:
        assert grpc.score(DOCUMENTS) == rest.score(DOCUMENTS)
        assert grpc.summarize(DOCUMENTS, sentences=2) == rest.summarize(DOCUMENTS, sentences=2)
        assert grpc.status() == rest.status()


@pytest.mark.parametrize("wrong", [{"model": "nobody"}, {"version": 987654}])
def test_a_model_that_is_not_there_is_an_error_that_names_it(addresses, protocol, wrong):
    with Client(addresses[protocol], **wrong) as client:
        for call in (client.summarize, client.score):
            with pytest.raises(ServingError, match=f"has no model .*{next(iter(wrong.values()))}"):
                call([NEWS])
        with pytest.raises(ServingError, match="has no model") as caught:
            client.status()
        assert caught.value.code == "NOT_FOUND"
        assert not client.is_ready()


def test_an_unknown_label_is_an_error_that_names_it(addresses, protocol):
    with (
        Client(addresses[protocol], label="nowhere") as client,
        pytest.raises(ServingError, match="label nowhere"),
    ):
        client.summarize([NEWS])
