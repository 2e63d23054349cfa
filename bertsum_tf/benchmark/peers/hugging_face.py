"""The summariser in Hugging Face `transformers` on PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, BertTokenizerFast

from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.benchmark.peers.engine import PeerEngine
from bertsum_tf.benchmark.pytorch_twin import BACKBONE_EPSILON, PyTorchTwin, Structure, TwinHead
from bertsum_tf.text.wordpiece import WordPiece

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive


class HuggingFaceSummarizer(nn.Module):
    """`transformers.BertModel` under BERTSUM's head, which transformers lacks.

    Args:
        shape: the sizes.
        cls_id: the vocabulary's id of [CLS].
        sep_id: of [SEP].
        pad_id: of [PAD].
    """

    def __init__(self, shape: ModelShape, cls_id: int, sep_id: int, pad_id: int) -> None:
        super().__init__()
        self.shape = shape
        self.special_ids = (cls_id, sep_id, pad_id)
        config = BertConfig(
            vocab_size=shape.vocabulary_size,
            hidden_size=shape.hidden_dim,
            num_hidden_layers=shape.num_layers,
            num_attention_heads=shape.num_heads,
            intermediate_size=shape.intermediate_dim,
            max_position_embeddings=shape.max_sequence_length,
            hidden_act="gelu_pytorch_tanh",  # as KerasHub's BERT
            layer_norm_eps=BACKBONE_EPSILON,
            pad_token_id=pad_id,
            attn_implementation="sdpa",
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        self.head = TwinHead(shape)
        self.eval()

    def forward(self, token_ids: Tensor) -> Tensor:
        """Token ids int64 [B, T] -> float32 logits [B, T // 8]."""
        structure = Structure.of(token_ids, *self.special_ids)
        hidden_states = self.bert(
            input_ids=token_ids,
            attention_mask=structure.tokens.long(),
            token_type_ids=structure.segments,
        ).last_hidden_state
        return self.head(hidden_states.float(), structure.membership, structure.sentences)

    @classmethod
    def of(cls, model: BertSumExtractive) -> HuggingFaceSummarizer:
        """A copy of a model with the transformer head over mean pooling, of default sizes."""
        # Here, since it imports Keras, which the contestants do without.
        from bertsum_tf.benchmark.twin_weights import copy_weights

        special_ids = (model.cls_id, model.sep_id, model.pad_id)
        shape = ModelShape.of_backbone(model.backbone)
        twin = PyTorchTwin(shape, *special_ids)
        copy_weights(model, twin)
        copy = cls(shape, *special_ids)
        copy._take_weights(twin)
        return copy

    def _take_weights(self, twin: PyTorchTwin) -> None:
        modules: dict[str, nn.Module] = {
            "embeddings.word_embeddings": twin.token_embedding,
            "embeddings.position_embeddings": twin.position_embedding,
            "embeddings.token_type_embeddings": twin.segment_embedding,
            "embeddings.LayerNorm": twin.embeddings_norm,
        }
        for number, layer in enumerate(twin.layers):
            own = f"encoder.layer.{number}."
            for name, module in layer.named_children():
                modules[own + _LAYER_NAMES[name]] = module
        self.bert.load_state_dict(
            {
                f"{name}.{parameter}": value
                for name, module in modules.items()
                for parameter, value in module.state_dict().items()
            }
        )
        self.head.load_state_dict(twin.head.state_dict())

    def save(self, path: Path) -> None:
        """Writes sizes and weights, for a process without Keras."""
        torch.save((asdict(self.shape), self.special_ids, self.state_dict()), path)

    @classmethod
    def load(cls, path: Path) -> HuggingFaceSummarizer:
        """Reads what `save` wrote."""
        shape, special_ids, weights = torch.load(path)
        model = cls(ModelShape(**shape), *special_ids)
        model.load_state_dict(weights)
        return model


# What `EncoderLayer` calls its parts -> what `transformers` does.
_LAYER_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "feedforward_norm": "output.LayerNorm",
}


class HuggingFaceEngine(PeerEngine):
    """Scores by PyTorch.

    Args:
        model: the model; in "bfloat16" its backbone is converted in place.
        precision: "float32" or "bfloat16", of the backbone.
        threads: cores to use.
    """

    def __init__(self, model: HuggingFaceSummarizer, precision: str, threads: int) -> None:
        if precision == "bfloat16":
            model.bert.to(torch.bfloat16)
        self._model = model
        cls_id, _, pad_id = model.special_ids
        super().__init__(pad_id, cls_id, threads)

    def _logits(self, token_ids: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            logits: np.ndarray = self._model(torch.from_numpy(token_ids.astype(np.int64))).numpy()
        return logits

    def _set_threads(self, threads: int) -> None:
        torch.set_num_threads(threads)  # of this thread, and of those that start from now on


class HuggingFaceVocabulary(WordPiece):
    """The fast tokenizer of `transformers` in the place of ours.

    Args:
        path: a `vocab.txt`.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        super().__init__(WordPiece.from_file(path).vocabulary)
        self._fast = BertTokenizerFast(vocab=str(path), do_lower_case=True)

    def encode(self, sentences: Sequence[str]) -> list[list[int]]:
        """Token ids of each sentence, without special tokens."""
        if not sentences:
            return []
        ids: list[list[int]] = self._fast(
            list(sentences),
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        return ids
