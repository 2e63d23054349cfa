"""The sizes of a model, which decide its speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras_hub


@dataclass(frozen=True)
class ModelShape:
    """Sizes of a BERTSUM with mean pooling and the transformer head; by default MiniLM-L6.

    Speed depends on these alone, not on the values of the weights, which can be random.

    Attributes:
        vocabulary_size: rows of the embedding.
        num_layers: layers of the backbone.
        num_heads: its attention heads.
        hidden_dim: its width.
        intermediate_dim: width of its feed-forward layers.
        max_sequence_length: the longest window in tokens.
        head_num_layers: inter-sentence layers.
        head_num_heads: their attention heads.
        head_intermediate_dim: width of their feed-forward layers.
    """

    vocabulary_size: int = 30_522
    num_layers: int = 6
    num_heads: int = 12
    hidden_dim: int = 384
    intermediate_dim: int = 1536
    max_sequence_length: int = 512
    head_num_layers: int = 2
    head_num_heads: int = 8
    head_intermediate_dim: int = 1536

    @classmethod
    def of_backbone(cls, backbone: keras_hub.models.BertBackbone) -> ModelShape:
        """The sizes of a BERT, with the head of the default recipe."""
        return cls(
            vocabulary_size=backbone.vocabulary_size,
            num_layers=backbone.num_layers,
            num_heads=backbone.num_heads,
            hidden_dim=backbone.hidden_dim,
            intermediate_dim=backbone.intermediate_dim,
            max_sequence_length=backbone.max_sequence_length,
        )


# Runs in a moment: shows that everything works, and nothing about speed.
TINY = ModelShape(
    num_layers=2,
    num_heads=2,
    hidden_dim=32,
    intermediate_dim=64,
    max_sequence_length=64,
    head_num_layers=1,
    head_num_heads=2,
    head_intermediate_dim=64,
)
