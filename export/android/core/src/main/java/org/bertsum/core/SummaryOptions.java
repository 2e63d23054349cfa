package org.bertsum.core;

import java.util.Objects;

/**
 * How many sentences to choose, and how to show them. Values are not changed: each method gives a
 * new one.
 *
 * <pre>{@code new SummaryOptions().withSentences(2).withOrder(SummaryOptions.Order.SCORE)}</pre>
 */
public final class SummaryOptions {
    /** Of the chosen sentences in the summary's text. */
    public enum Order {
        /** As in the document. */
        DOCUMENT,
        /** The best first. */
        SCORE
    }

    final Integer sentences;
    final Double ratio;
    final Integer maxWords;
    final boolean trigramBlocking;
    final Order order;

    /** The model's number of sentences, without repetitions, in the order of the document. */
    public SummaryOptions() {
        this(null, null, null, true, Order.DOCUMENT);
    }

    private SummaryOptions(Integer sentences, Double ratio, Integer maxWords,
            boolean trigramBlocking, Order order) {
        if (sentences != null && ratio != null) {
            throw new IllegalArgumentException("Give a number of sentences or a ratio, not both.");
        }
        this.sentences = sentences;
        this.ratio = ratio;
        this.maxWords = maxWords;
        this.trigramBlocking = trigramBlocking;
        this.order = order;
    }

    /** At most so many sentences. */
    public SummaryOptions withSentences(int most) {
        check("sentences", most);
        return new SummaryOptions(most, ratio, maxWords, trigramBlocking, order);
    }

    /** At most this share of all sentences, above 0 and at most 1; at least one sentence. */
    public SummaryOptions withRatio(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "The ratio has to be above 0 and at most 1, not " + share + ".");
        }
        return new SummaryOptions(sentences, share, maxWords, trigramBlocking, order);
    }

    /** At most so many words; if no sentence has so few, the shortest is chosen all the same. */
    public SummaryOptions withMaxWords(int most) {
        check("words", most);
        return new SummaryOptions(sentences, ratio, most, trigramBlocking, order);
    }

    /** Whether a sentence that repeats three words in a row of a chosen one is passed over. */
    public SummaryOptions withTrigramBlocking(boolean isOn) {
        return new SummaryOptions(sentences, ratio, maxWords, isOn, order);
    }

    /** The order of the sentences in the summary's text. */
    public SummaryOptions withOrder(Order newOrder) {
        return new SummaryOptions(sentences, ratio, maxWords, trigramBlocking,
                Objects.requireNonNull(newOrder, "There is no order."));
    }

    private static void check(String what, int most) {
        if (most < 1) {
            throw new IllegalArgumentException(
                    "The number of " + what + " has to be a whole number from 1 up, not " + most
                            + ".");
        }
    }
}
