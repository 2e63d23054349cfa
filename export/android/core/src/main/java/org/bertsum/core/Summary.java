package org.bertsum.core;

import java.util.List;

/** A summary, and how it came about. */
public final class Summary {
    /** The chosen sentences on one line, with single blanks between words and sentences. */
    public final String text;

    /** Every sentence of the document, in its order. */
    public final List<Sentence> sentences;

    Summary(String text, List<Sentence> sentences) {
        this.text = text;
        this.sentences = sentences;
    }

    @Override
    public String toString() {
        return text;
    }

    /** One sentence of a document. */
    public static final class Sentence {
        /** Where it stands in the text. */
        public final Span span;

        /** The sentence as it stands in the document. */
        public final String text;

        /** The model's score, the higher the better. */
        public final float score;

        /** Whether it is in this summary. */
        public final boolean selected;

        Sentence(Span span, String text, float score, boolean selected) {
            this.span = span;
            this.text = text;
            this.score = score;
            this.selected = selected;
        }
    }
}
