package org.bertsum.core;

/** What computes scores: LiteRT with the same .tflite file, behind one method. */
public interface Scorer {
    /**
     * Scores the sentence slots of one window.
     *
     * @param signature the signature to run, such as {@code score_256}.
     * @param tokenIds its input {@code token_ids}, int32 [1, T], padded to that length.
     * @return its output {@code scores}, float32 [1, T / 8].
     */
    float[] score(String signature, int[] tokenIds);
}
