"""The yardstick: `BertSumExtractive` in plain PyTorch, with the same sizes and mathematics."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.text.packing import TOKENS_PER_SENTENCE_SLOT
from bertsum_tf.training.recipes import ExtractiveRecipe

# As KerasHub's BERT and `InterSentenceTransformer` have them.
BACKBONE_EPSILON = 1e-12
HEAD_EPSILON = 1e-6


class EncoderLayer(nn.Module):
    """A transformer layer with tanh gelu and fused attention, without dropout.

    Args:
        width: of its input and output.
        num_heads: attention heads.
        intermediate_width: of the feed-forward layer.
        norm_first: pre-norm as in the head, or post-norm as in BERT.
        epsilon: of the layer norms.
    """

    def __init__(
        self, width: int, num_heads: int, intermediate_width: int, norm_first: bool, epsilon: float
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm_first = norm_first
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.attention_output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.intermediate = nn.Linear(width, intermediate_width)
        self.output = nn.Linear(intermediate_width, width)
        self.feedforward_norm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, x: Tensor, attended: Tensor) -> Tensor:
        """Hidden states float [B, T, H], with a mask bool [B, T] of what may be attended to."""
        if self.norm_first:
            x = x + self._attend(self.attention_norm(x), attended)
            return x + self._feed_forward(self.feedforward_norm(x))
        x = self.attention_norm(x + self._attend(x, attended))
        return self.feedforward_norm(x + self._feed_forward(x))

    def _attend(self, x: Tensor, attended: Tensor) -> Tensor:
        query, key, value = (
            projection(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for projection in (self.query, self.key, self.value)
        )
        mask = attended[:, None, None, :]
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.attention_output(context.transpose(1, 2).flatten(-2))

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.output(functional.gelu(self.intermediate(x), approximate="tanh"))


class Structure(NamedTuple):
    """What follows from token ids int [B, T] alone; there are S = T // 8 sentence slots.

    Attributes:
        segments: int64 [B, T], 0 and 1 from sentence to sentence.
        tokens: bool [B, T], where no padding is.
        membership: bool [B, S, T], the word pieces of each sentence.
        sentences: bool [B, S], the slots that hold one.
    """

    segments: Tensor
    tokens: Tensor
    membership: Tensor
    sentences: Tensor

    @classmethod
    def of(cls, token_ids: Tensor, cls_id: int, sep_id: int, pad_id: int) -> Structure:
        """Reads token ids int [B, T]."""
        is_cls = token_ids == cls_id
        is_pad = token_ids == pad_id
        sentence = is_cls.cumsum(1) - 1
        slots = torch.arange(
            token_ids.shape[1] // TOKENS_PER_SENTENCE_SLOT, device=token_ids.device
        )
        is_piece = ~(is_cls | is_pad | (token_ids == sep_id))
        return cls(
            segments=torch.where(is_pad, 0, sentence.clamp(min=0) % 2),
            tokens=~is_pad,
            membership=(sentence[:, None, :] == slots[None, :, None]) & is_piece[:, None, :],
            sentences=slots[None, :] <= sentence[:, -1:],
        )


class TwinHead(nn.Module):
    """What stands on the backbone: mean pooling, inter-sentence layers, one logit a sentence.

    Args:
        shape: the sizes.
    """

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        width = shape.hidden_dim
        self.sentence_norm = nn.LayerNorm(width, eps=HEAD_EPSILON)
        self.position_embedding = nn.Embedding(
            shape.max_sequence_length // TOKENS_PER_SENTENCE_SLOT, width
        )
        self.layers = nn.ModuleList(
            EncoderLayer(
                width, shape.head_num_heads, shape.head_intermediate_dim, True, HEAD_EPSILON
            )
            for _ in range(shape.head_num_layers)
        )
        self.norm = nn.LayerNorm(width, eps=HEAD_EPSILON)
        self.logits = nn.Linear(width, 1)

    def forward(self, x: Tensor, membership: Tensor, sentences: Tensor) -> Tensor:
        """Hidden states [B, T, H] -> float32 logits [B, S]; the masks are those of `Structure`."""
        with torch.autocast(x.device.type, enabled=False):  # as `SentencePooling`: float32
            members = membership.float()
            x = members @ x.float() / members.sum(-1, keepdim=True).clamp(min=1.0)
            x = self.sentence_norm(x)
        x = x + self.position_embedding.weight[: x.shape[1]]
        for layer in self.layers:
            x = layer(x, sentences)
        with torch.autocast(x.device.type, enabled=False):
            return self.logits(self.norm(x.float())).squeeze(-1)


class PyTorchTwin(nn.Module):
    """`BertSumExtractive(pooling="mean", head="transformer")` without dropout.

    Given the same weights it gives the same logits.

    Args:
        shape: the sizes.
        cls_id: the vocabulary's id of [CLS].
        sep_id: of [SEP].
        pad_id: of [PAD].
    """

    def __init__(self, shape: ModelShape, cls_id: int, sep_id: int, pad_id: int) -> None:
        super().__init__()
        self.special_ids = (cls_id, sep_id, pad_id)
        width = shape.hidden_dim
        self.token_embedding = nn.Embedding(shape.vocabulary_size, width)
        self.position_embedding = nn.Embedding(shape.max_sequence_length, width)
        self.segment_embedding = nn.Embedding(2, width)
        self.embeddings_norm = nn.LayerNorm(width, eps=BACKBONE_EPSILON)
        self.layers = nn.ModuleList(
            EncoderLayer(width, shape.num_heads, shape.intermediate_dim, False, BACKBONE_EPSILON)
            for _ in range(shape.num_layers)
        )
        self.head = TwinHead(shape)

    def forward(self, token_ids: Tensor) -> Tensor:
        """Token ids int [B, T] -> float32 logits [B, T // 8]."""
        structure = Structure.of(token_ids, *self.special_ids)
        x = self.token_embedding(token_ids) + self.segment_embedding(structure.segments)
        x = self.embeddings_norm(x + self.position_embedding.weight[: token_ids.shape[1]])
        for layer in self.layers:
            x = layer(x, structure.tokens)
        return self.head(x, structure.membership, structure.sentences)


def masked_binary_crossentropy(logits: Tensor, labels: Tensor) -> Tensor:
    """As `MaskedBinaryCrossentropy`: the mean over slots whose label is not negative."""
    real = labels >= 0
    losses = functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0.0), reduction="none"
    )
    return (losses * real).sum() / real.sum().clamp(min=1)


class TwinTrainer:
    """Trains the twin as `bertsum_tf.training` trains: AdamW with two rates, clipped gradients.

    Args:
        twin: the model, trained in place.
        recipe: learning rates, weight decay, clipping.
        precision: "float32" or "mixed_bfloat16".
    """

    def __init__(self, twin: PyTorchTwin, recipe: ExtractiveRecipe, precision: str) -> None:
        self.twin = twin
        self.device = next(twin.parameters()).device
        self._clip_norm = recipe.clip_norm
        self._autocast = precision == "mixed_bfloat16"
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in twin.named_parameters():
            in_head = name.startswith("head.")
            decays = not name.endswith("bias") and "norm" not in name
            groups.setdefault((in_head, decays), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {
                    "params": parameters,
                    "lr": recipe.head_learning_rate if in_head else recipe.backbone_learning_rate,
                    "weight_decay": recipe.weight_decay if decays else 0.0,
                }
                for (in_head, decays), parameters in groups.items()
            ],
            betas=(0.9, recipe.beta_2),
            fused=True,
        )
        steps = max(recipe.warmup_steps, 1)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min(1.0, (step + 1) / steps)
        )

    def step(self, token_ids: Any, labels: Any) -> float:
        """One optimizer step.

        Args:
            token_ids: int32 array [B, T].
            labels: float32 array [B, T // 8].

        Returns:
            The loss.
        """
        token_ids = torch.as_tensor(token_ids, device=self.device)
        labels = torch.as_tensor(labels, device=self.device)
        self.optimizer.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._autocast):
            loss = masked_binary_crossentropy(self.twin(token_ids), labels)
        loss.backward()
        if self._clip_norm is not None:
            nn.utils.clip_grad_norm_(self.twin.parameters(), self._clip_norm)
        self.optimizer.step()
        self._schedule.step()
        return float(loss.detach())
