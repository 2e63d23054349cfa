package org.bertsum.core;

import java.util.List;

/** The sentences of a text and their scores, from which {@link Summarizer#choose} makes summaries. */
public final class Analysis {
    final List<Span> spans;
    final List<String> sentences;
    final float[] scores;
    final int[] pieceCounts;

    Analysis(List<Span> spans, List<String> sentences, float[] scores, int[] pieceCounts) {
        this.spans = spans;
        this.sentences = sentences;
        this.scores = scores;
        this.pieceCounts = pieceCounts;
    }
}
