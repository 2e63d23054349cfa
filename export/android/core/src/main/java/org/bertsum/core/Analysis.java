package org.bertsum.core;

import java.util.Collections;
import java.util.List;

/** The sentences of a text and their scores, from which {@link Summarizer#choose} makes summaries. */
public final class Analysis {
    /** Every sentence of the text, in its order. */
    public final List<String> sentences;

    /** Where each of them stands in the text. */
    public final List<Span> spans;

    final float[] scores;
    final int[] pieceCounts;

    Analysis(List<Span> spans, List<String> sentences, float[] scores, int[] pieceCounts) {
        this.spans = Collections.unmodifiableList(spans);
        this.sentences = Collections.unmodifiableList(sentences);
        this.scores = scores;
        this.pieceCounts = pieceCounts;
    }
}
