"""The decoder of a Keras model, on whichever backend it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from bertsum_tf.decoding.decoder import Candidates

# Caches begin with room for so many tokens, and double when they are full.
_FIRST_CAPACITY = 32

State = dict[str, Any]


class KerasDecoder:
    """Drives a `BertSumAbstractive` step by step; a `bertsum_tf.decoding.Decoder`.

    Caches stay on the device. JAX is compiled for each shape, and so it sees documents in powers of
    two; the other backends see exactly those that are left.

    Args:
        model: a `BertSumAbstractive`; it may be trained on in between.
        never_written: ids that are no candidates.

    Attributes:
        never_written: as given.
    """

    def __init__(self, model: Any, never_written: frozenset[int] = frozenset()) -> None:
        self.vocabulary_size: int = model.backbone.vocabulary_size
        self.max_target_tokens: int = model.max_target_tokens
        self.never_written = never_written
        self._model = model
        self._pads = keras.backend.backend() == "jax"
        forbidden = np.zeros(self.vocabulary_size, np.float32)
        forbidden[list(never_written)] = -np.inf
        self._forbidden = forbidden
        self._encode = _compiled(model, model.encode)
        self._step: dict[int, Callable[..., Any]] = {}
        self._take = _compiled(model, _take)

    def encode(self, token_ids: np.ndarray) -> State:
        """Reads documents; see `Decoder.encode`."""
        rows = self._padded(np.arange(len(token_ids), dtype=np.int32))
        state: State = self._encode(_tensor(token_ids[rows]))
        memory = state["memory_keys"][0]
        empty = ops.zeros((len(rows), _FIRST_CAPACITY, *memory.shape[2:]), memory.dtype)
        layers = len(state["memory_keys"])
        return {**state, "keys": [empty] * layers, "values": [empty] * layers}

    def step(
        self, ids: np.ndarray, position: int, state: State, num_candidates: int
    ) -> tuple[Candidates, State]:
        """Reads one more token of every beam; see `Decoder.step`."""
        documents = len(ids)
        ids = ids[self._padded(np.arange(documents))]
        if position == state["keys"][0].shape[1]:
            for name in ("keys", "values"):
                state = {**state, name: _enlarge(state[name])}
        if num_candidates not in self._step:
            self._step[num_candidates] = _compiled(
                self._model, partial(self._candidates, num_candidates=num_candidates)
            )
        (log_probs, best), state = self._step[num_candidates](
            _tensor(ids), _tensor(position), state
        )
        return Candidates(
            ops.convert_to_numpy(log_probs)[:documents], ops.convert_to_numpy(best)[:documents]
        ), state

    def select(self, state: State, documents: np.ndarray, beams: np.ndarray) -> State:
        """Keeps documents and beams; see `Decoder.select`."""
        held = state["memory_mask"].shape[0]
        width = state["keys"][0].shape[0] // held
        # Those of `step` before, filled up in the same way, are still the same documents.
        same = np.array_equal(documents, np.arange(len(documents)))
        documents = self._padded(documents)
        beams = beams[self._padded(np.arange(len(beams)))]
        rows = _tensor((documents[:, None] * width + beams).reshape(-1))
        state = {**state, **self._take({name: state[name] for name in ("keys", "values")}, rows)}
        if same and len(documents) == held:
            return state
        memory = {name: state[name] for name in state if name.startswith("memory")}
        return {**state, **self._take(memory, _tensor(documents))}

    def _candidates(self, ids: Any, position: Any, state: State, num_candidates: int) -> Any:
        logits, state = self._model.decode_step(ids, position, state)
        log_probs = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
        return ops.top_k(log_probs + self._forbidden, num_candidates), state

    def _padded(self, rows: np.ndarray) -> np.ndarray:
        """The rows, and under JAX the first one again up to a power of two."""
        if not self._pads:
            return rows
        return np.pad(rows, (0, (1 << (len(rows) - 1).bit_length()) - len(rows)), mode="edge")


def _tensor(values: Any) -> Any:
    return ops.convert_to_tensor(np.asarray(values, np.int32))


def _enlarge(caches: list[Any]) -> list[Any]:
    # Too seldom to be compiled: TensorFlow would warn that each call has another shape.
    return [ops.concatenate([cache, ops.zeros_like(cache)], axis=1) for cache in caches]


def _take(tensors: dict[str, Any], rows: Any) -> dict[str, Any]:
    return keras.tree.map_structure(lambda tensor: ops.take(tensor, rows, axis=0), tensors)


def _compiled(model: keras.Model, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as its backend is fast, with the model's weights as they are when it is called.

    Nothing of a call is kept for gradients.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        # Not one graph for each number of documents.
        compiled: Callable[..., Any] = tf.function(function, reduce_retracing=True)
        return compiled
    if backend == "torch":
        import torch

        return torch.no_grad()(function)
    import jax

    @jax.jit
    def stateless(weights: list[Any], *arguments: Any) -> Any:
        mapping = zip(model.variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=mapping):
            return function(*arguments)

    return lambda *arguments: stateless([v.value for v in model.variables], *arguments)
