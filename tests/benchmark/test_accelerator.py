"""How well an accelerator is used: the arithmetic, and that it runs at a toy size."""

from __future__ import annotations

import pytest

from bertsum_tf.benchmark.accelerator import Use, main, peak_of, to_text, training_flops
from bertsum_tf.benchmark.memory import BERT_BASE


def test_operations_are_six_a_weight_and_those_of_attention() -> None:
    weights = 12 * 12 * 768 * 768  # 12 layers of 12 h * h
    attention = 12 * 12 * 512 * 768  # PaLM, appendix B: 12 * layers * width * tokens
    assert training_flops(BERT_BASE, 512) == 6 * weights + attention


def test_chips_are_known_by_name() -> None:
    assert peak_of("NVIDIA H100 80GB HBM3") == 989.0
    assert peak_of("NVIDIA H100 PCIe") == 756.0
    assert peak_of("TPU v5 lite") == 197.0
    assert peak_of("cpu") is None


def test_the_table_tells_the_share_of_the_peak() -> None:
    use = Use("BERT-base", 1e6, 8e5, 9000.0, 1953.0, training_flops(BERT_BASE, 512))
    text = to_text([use], "NVIDIA H100 80GB HBM3", 989.0)
    assert "| BERT-base | 1,000,000 (57.3%) | 800,000 (45.8%) | 1.25 | 1,953 | 9,000 |" in text
    assert "1,000,000 |" in to_text([use], "cpu", None)


@pytest.mark.slow
def test_it_runs_at_a_toy_size(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("keras_hub")
    main(["--quick"])
    assert "| tiny | " in capsys.readouterr().out
