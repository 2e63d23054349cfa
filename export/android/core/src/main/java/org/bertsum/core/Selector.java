package org.bertsum.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Sentence scores to the chosen sentences.
 *
 * <p>Candidates are taken by score, the earlier of equals first. One that shares a trigram of words
 * with those already chosen is passed over, and so is one that does not fit into what is left of the
 * word budget. Sentences of few word pieces are no candidates; where fewer than the wanted number
 * are left, the short ones follow after them. Sentences are never cut.
 */
public final class Selector {
    private final Limits limits;
    private final SentenceSplitter.Blanks blanks;

    Selector(Limits limits, SentenceSplitter.Blanks blanks) {
        this.limits = limits;
        this.blanks = blanks;
    }

    /**
     * Chooses the sentences of the summary.
     *
     * @param scores one a sentence, the higher the better.
     * @param sentences the sentences.
     * @param pieceCounts word pieces of each sentence.
     * @return indices of the chosen sentences, ascending; empty only if there are no sentences.
     * @throws IllegalArgumentException if a score is NaN.
     */
    public int[] select(float[] scores, List<String> sentences, int[] pieceCounts,
            SummaryOptions options) {
        int count = sentences.size();
        if (scores.length != count || pieceCounts.length != count) {
            throw new IllegalArgumentException(
                    scores.length + " scores and " + pieceCounts.length
                            + " numbers of word pieces for " + count + " sentences.");
        }
        for (float score : scores) {
            if (Float.isNaN(score)) {
                throw new IllegalArgumentException("The model's scores are not numbers (NaN): "
                        + "its weights are damaged, use another model.");
            }
        }
        int[] ranked = ranked(scores);
        int most = most(count, options);
        boolean isBudgetOnly = options.ratio == null && options.sentences == null
                && options.maxWords != null;
        int[] candidates = candidates(ranked, pieceCounts, isBudgetOnly ? 1 : most);

        List<Integer> chosen = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        long wordsLeft = options.maxWords == null ? Long.MAX_VALUE : options.maxWords;
        for (int index : candidates) {
            if (chosen.size() == most) {
                break;
            }
            List<String> words = blanks.words(LowerCase.of(sentences.get(index)));
            if (words.size() > wordsLeft) {
                continue;
            }
            if (options.trigramBlocking) {
                Set<String> trigrams = trigrams(words);
                if (!Collections.disjoint(taken, trigrams)) {
                    continue;
                }
                taken.addAll(trigrams);
            }
            chosen.add(index);
            wordsLeft -= words.size();
        }
        if (chosen.isEmpty() && count > 0) {
            chosen.add(leastTooLong(ranked, sentences, wordsLeft));
        }
        int[] indices = new int[chosen.size()];
        for (int place = 0; place < indices.length; place++) {
            indices[place] = chosen.get(place);
        }
        Arrays.sort(indices);
        return indices;
    }

    /** The chosen sentences, ascending, in the order in which a summary shows them. */
    public int[] ordered(int[] chosen, float[] scores, SummaryOptions.Order order) {
        int[] shown = chosen.clone();
        if (order == SummaryOptions.Order.SCORE) {
            float[] own = new float[chosen.length];
            for (int place = 0; place < own.length; place++) {
                own[place] = scores[chosen[place]];
            }
            int[] places = ranked(own);
            for (int place = 0; place < shown.length; place++) {
                shown[place] = chosen[places[place]];
            }
        }
        return shown;
    }

    /** The summary's text: the sentences, with single blanks between words and sentences. */
    public String join(int[] shown, List<String> sentences) {
        List<String> words = new ArrayList<>();
        for (int index : shown) {
            words.addAll(blanks.words(sentences.get(index)));
        }
        return String.join(" ", words);
    }

    /** Indices from the highest score to the lowest, the earlier of equals first. */
    private static int[] ranked(float[] scores) {
        Integer[] order = new Integer[scores.length];
        for (int index = 0; index < order.length; index++) {
            order[index] = index;
        }
        // Not Float.compare, for which 0.0 is more than -0.0. The sort keeps the order of equals.
        Arrays.sort(order, (left, right) ->
                scores[left] > scores[right] ? -1 : scores[left] < scores[right] ? 1 : 0);
        int[] ranked = new int[order.length];
        for (int place = 0; place < ranked.length; place++) {
            ranked[place] = order[place];
        }
        return ranked;
    }

    private int most(int count, SummaryOptions options) {
        if (options.ratio != null) {
            return Math.max(1, (int) Math.floor(options.ratio * count + 0.5));
        }
        if (options.sentences != null) {
            return options.sentences;
        }
        return options.maxWords == null ? limits.numSentences : count;
    }

    /** The ranked sentences that are long enough, and the short ones if those are too few. */
    private int[] candidates(int[] ranked, int[] pieceCounts, int wanted) {
        int[] candidates = new int[ranked.length];
        int count = 0;
        for (int index : ranked) {
            if (pieceCounts[index] > limits.minCandidatePieces) {
                candidates[count++] = index;
            }
        }
        if (count < wanted) {
            for (int index : ranked) {
                if (pieceCounts[index] <= limits.minCandidatePieces) {
                    candidates[count++] = index;
                }
            }
        }
        return Arrays.copyOf(candidates, count);
    }

    /** The words three in a row, which no two chosen sentences share (Paulus et al., 2018). */
    private static Set<String> trigrams(List<String> words) {
        Set<String> trigrams = new HashSet<>();
        for (int place = 2; place < words.size(); place++) {
            // No word has a blank in it.
            trigrams.add(words.get(place - 2) + " " + words.get(place - 1) + " " + words.get(place));
        }
        return trigrams;
    }

    /** The best of the sentences that fit, else the shortest of all. */
    private int leastTooLong(int[] ranked, List<String> sentences, long wordsLeft) {
        int best = ranked[0];
        long least = Long.MAX_VALUE;
        for (int index : ranked) {
            long excess = Math.max(0, blanks.words(sentences.get(index)).size() - wordsLeft);
            if (excess < least) {
                least = excess;
                best = index;
            }
        }
        return best;
    }
}
