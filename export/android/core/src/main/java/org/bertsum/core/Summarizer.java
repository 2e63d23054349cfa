package org.bertsum.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * Text in, summary out: text, sentences, token ids, scores, selection, summary.
 *
 * <pre>{@code
 * ModelFile file = ModelFile.read(buffer, "model.tflite");
 * Summarizer summarizer = new Summarizer(file, scorer);
 * String summary = summarizer.summarize(article, new SummaryOptions().withSentences(2)).text;
 *
 * Analysis analysis = summarizer.analyse(article); // runs the model
 * String longer = summarizer.choose(analysis, new SummaryOptions().withSentences(3)).text; // doesn't
 * }</pre>
 *
 * <p>Safe for use by several threads at once if the scorer is.
 */
public final class Summarizer {
    private static final String NO_OPTIONS =
            "There are no options: give new SummaryOptions() for the usual ones.";

    private final ModelFile file;
    private final Scorer scorer;

    public Summarizer(ModelFile file, Scorer scorer) {
        this.file = Objects.requireNonNull(file, "There is no model file.");
        this.scorer = Objects.requireNonNull(scorer, "There is no scorer.");
    }

    /** Summarises a text of any length, with the options that the model was made for. */
    public Summary summarize(String text) {
        return summarize(text, new SummaryOptions());
    }

    /** Summarises a text of any length. */
    public Summary summarize(String text, SummaryOptions options) {
        Objects.requireNonNull(options, NO_OPTIONS);
        return choose(analyse(text), options);
    }

    /** Does all that takes time: finds the sentences of a text and runs the model on them. */
    public Analysis analyse(String text) {
        List<Span> spans = file.splitter().split(Objects.requireNonNull(text, "There is no text."));
        List<String> sentences = new ArrayList<>(spans.size());
        for (Span span : spans) {
            sentences.add(text.substring(span.charStart, span.charEnd));
        }
        int[][] pieces = file.wordPiece().encode(sentences);
        List<Window> windows = file.packer().pack(pieces);
        List<float[]> windowScores = new ArrayList<>(windows.size());
        for (Window window : windows) {
            windowScores.add(score(window));
        }
        float[] scores = file.scoreMerger().merge(windows, windowScores, spans.size());
        int[] pieceCounts = new int[pieces.length];
        for (int index = 0; index < pieces.length; index++) {
            pieceCounts[index] = pieces[index].length;
        }
        return new Analysis(spans, sentences, scores, pieceCounts);
    }

    /**
     * Chooses sentences by the scores that a text has: as often as the options change, without the
     * model.
     */
    public Summary choose(Analysis analysis, SummaryOptions options) {
        Objects.requireNonNull(options, NO_OPTIONS);
        List<String> sentences = analysis.sentences;
        float[] scores = analysis.scores;
        int[] chosen = file.selector().select(scores, sentences, analysis.pieceCounts, options);
        int[] shown = file.selector().ordered(chosen, scores, options.order);
        String summary = file.selector().join(shown, sentences);
        List<Summary.Sentence> all = new ArrayList<>(sentences.size());
        for (int index = 0; index < sentences.size(); index++) {
            all.add(new Summary.Sentence(analysis.spans.get(index), sentences.get(index),
                    scores[index], Arrays.binarySearch(chosen, index) >= 0));
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
