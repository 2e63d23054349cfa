package org.bertsum.core;

import java.util.List;

/** Scores of the windows' slots to one score a sentence. */
public final class ScoreMerger {
    private final Limits limits;

    ScoreMerger(Limits limits) {
        this.limits = limits;
    }

    /**
     * Merges the scores of one document's windows.
     *
     * <p>A sentence that stands in several windows keeps its score from the first, where it stands
     * among its neighbours. Those of later windows lose the model's penalty.
     *
     * @param windows what {@link Packer#pack} gave for the document.
     * @param scores for each window at least as many scores as it has sentences.
     * @param numSentences number of sentences of the document.
     */
    public float[] merge(List<Window> windows, List<float[]> scores, int numSentences) {
        float[] merged = new float[numSentences];
        for (int number = windows.size() - 1; number >= 0; number--) {
            float penalty = number == 0 ? 0 : limits.laterWindowPenalty;
            int[] sentences = windows.get(number).sentences;
            float[] own = scores.get(number);
            if (own.length < sentences.length) {
                throw new IllegalArgumentException(
                        "The scorer gave " + own.length + " scores for " + sentences.length
                                + " sentences.");
            }
            for (int slot = 0; slot < sentences.length; slot++) {
                merged[sentences[slot]] = own[slot] - penalty;
            }
        }
        return merged;
    }
}
