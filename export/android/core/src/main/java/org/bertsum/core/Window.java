package org.bertsum.core;

/** A part of a document that the model reads at once. */
public final class Window {
    /** The token ids, not padded. */
    public final int[] tokenIds;

    /** For each sentence slot, the index of its sentence in the document, ascending. */
    public final int[] sentences;

    Window(int[] tokenIds, int[] sentences) {
        this.tokenIds = tokenIds;
        this.sentences = sentences;
    }
}
