package org.bertsum.core;

/** Where a sentence stands in its text, half open, counted in two ways. */
public final class Span {
    /** Start in code points, as every other runtime counts. */
    public final int start;

    /** End in code points, exclusive. */
    public final int end;

    /** Start in Java's chars: {@code text.substring(charStart, charEnd)} is the sentence. */
    public final int charStart;

    /** End in Java's chars, exclusive. */
    public final int charEnd;

    Span(int start, int end, int charStart, int charEnd) {
        this.start = start;
        this.end = end;
        this.charStart = charStart;
        this.charEnd = charEnd;
    }
}
