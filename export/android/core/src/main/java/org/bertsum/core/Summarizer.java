package org.bertsum.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Text in, summary out: text, sentences, token ids, scores, selection, summary.
 *
 * <pre>{@code
 * ModelFile file = ModelFile.read(buffer, "model.tflite");
 * Summarizer summarizer = new Summarizer(file, scorer);
 * String summary = summarizer.summarize(article, new SummaryOptions().withSentences(2)).text;
 * }</pre>
 *
 * <p>Safe for use by several threads if the scorer is.
 */
public final class Summarizer {
    private final ModelFile file;
    private final Scorer scorer;

    public Summarizer(ModelFile file, Scorer scorer) {
        this.file = file;
        this.scorer = scorer;
    }

    /** Summarises a text of any length. */
    public Summary summarize(String text, SummaryOptions options) {
        List<Span> spans = file.splitter().split(text);
        List<String> sentences = new ArrayList<>(spans.size());
        int[][] pieces = new int[spans.size()][];
        int[] pieceCounts = new int[spans.size()];
        for (Span span : spans) {
            int index = sentences.size();
            sentences.add(text.substring(span.charStart, span.charEnd));
            pieces[index] = file.wordPiece().encode(sentences.get(index));
            pieceCounts[index] = pieces[index].length;
        }
        List<Window> windows = file.packer().pack(pieces);
        List<float[]> windowScores = new ArrayList<>(windows.size());
        for (Window window : windows) {
            windowScores.add(score(window));
        }
        float[] scores = file.scoreMerger().merge(windows, windowScores, spans.size());
        int[] chosen = file.selector().select(scores, sentences, pieceCounts, options);
        int[] shown = file.selector().ordered(chosen, scores, options.order);
        String summary = file.selector().join(shown, sentences);
        List<Summary.Sentence> all = new ArrayList<>(spans.size());
        for (int index = 0; index < sentences.size(); index++) {
            all.add(new Summary.Sentence(spans.get(index), sentences.get(index), scores[index],
                    Arrays.binarySearch(chosen, index) >= 0));
        }
        return new Summary(summary, Collections.unmodifiableList(all));
    }

    /** Scores a window, by the shortest signature that it fits into. */
    private float[] score(Window window) {
        int length = file.windowLength(window);
        int[] padded = Arrays.copyOf(window.tokenIds, length);
        Arrays.fill(padded, window.tokenIds.length, length, file.padId());
        return scorer.score(ModelFile.signature(length), padded);
    }
}
