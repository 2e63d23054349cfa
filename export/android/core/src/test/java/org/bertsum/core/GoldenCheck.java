package org.bertsum.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * Holds this code against the golden vectors that the Python code wrote.
 *
 * <p>{@code GoldenCheck <vectors.jsonl> <model.tflite>} prints every difference, and exits with 1 if
 * there is one.
 */
public final class GoldenCheck {
    private final ModelFile file;
    private int differences;

    private GoldenCheck(ModelFile file) {
        this.file = file;
    }

    public static void main(String[] arguments) throws IOException {
        Path vectors = Paths.get(arguments[0]);
        GoldenCheck check = new GoldenCheck(ModelFile.read(mapped(arguments[1]), arguments[1]));
        int count = 0;
        int matching = 0;
        try (BufferedReader lines = Files.newBufferedReader(vectors, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonObject vector = JsonObject.parse(line);
                int before = check.differences;
                check.check(vector);
                matching += check.differences == before ? 1 : 0;
                count++;
            }
        }
        System.out.println(matching + " of " + count + " vectors match.");
        System.exit(matching == count && matching > 0 ? 0 : 1);
    }

    static ByteBuffer mapped(String path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path, "r");
                FileChannel channel = file.getChannel()) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
    }

    private void check(JsonObject vector) {
        String name = vector.string("name");
        String text = vector.string("text");
        List<Span> spans = file.splitter().split(text);
        List<int[]> spanPairs = new ArrayList<>();
        List<String> sentences = new ArrayList<>();
        for (Span span : spans) {
            spanPairs.add(new int[] {span.start, span.end});
            sentences.add(text.substring(span.charStart, span.charEnd));
            same(name, "start in chars", span.charStart, text.offsetByCodePoints(0, span.start));
            same(name, "end in chars", span.charEnd, text.offsetByCodePoints(0, span.end));
        }
        int[][] pieces = file.wordPiece().encode(sentences);
        int[] pieceCounts = Arrays.stream(pieces).mapToInt(ids -> ids.length).toArray();
        List<int[]> expectedSpans = new ArrayList<>();
        for (Object pair : vector.list("spans")) {
            expectedSpans.add(JsonObject.integers("spans", (List<?>) pair));
        }
        same(name, "spans", shown(expectedSpans), shown(spanPairs));

        List<Window> windows = file.packer().pack(pieces, vector.integer("max_tokens"));
        List<int[]> expectedIds = new ArrayList<>();
        List<int[]> expectedSlots = new ArrayList<>();
        for (JsonObject window : vector.objects("windows")) {
            expectedIds.add(window.integers("token_ids"));
            expectedSlots.add(window.integers("sentences"));
        }
        List<int[]> ids = new ArrayList<>();
        List<int[]> slots = new ArrayList<>();
        for (Window window : windows) {
            ids.add(window.tokenIds);
            slots.add(window.sentences);
        }
        same(name, "token ids", shown(expectedIds), shown(ids));
        same(name, "sentences of windows", shown(expectedSlots), shown(slots));

        List<float[]> windowScores = new ArrayList<>();
        for (Object scores : vector.list("window_scores")) {
            windowScores.add(JsonObject.floats("window_scores", (List<?>) scores));
        }
        if (windowScores.size() != windows.size()) {
            return; // told above
        }
        float[] expectedScores = JsonObject.floats("scores", vector.list("scores"));
        float[] scores = file.scoreMerger().merge(windows, windowScores, spans.size());
        same(name, "scores", Arrays.toString(expectedScores), Arrays.toString(scores));
        if (expectedScores.length != sentences.size()) {
            return; // told above
        }
        SummaryOptions options = options(vector.object("options"));
        int[] selected = file.selector().ordered(
                file.selector().select(expectedScores, sentences, pieceCounts, options),
                expectedScores, options.order);
        same(name, "selection", Arrays.toString(vector.integers("selected")),
                Arrays.toString(selected));
        same(name, "summary", vector.string("summary"),
                file.selector().join(selected, sentences));
        if (vector.integer("max_tokens") == file.maxWindowTokens()) {
            checkWhole(vector, windows, windowScores, options);
        }
    }

    /** The whole way, in one step and in two. */
    private void checkWhole(JsonObject vector, List<Window> windows, List<float[]> windowScores,
            SummaryOptions options) {
        String name = vector.string("name");
        String text = vector.string("text");
        String expected = vector.string("summary");
        Iterator<Window> nextWindow = windows.iterator();
        Summarizer once = summarizer(name, nextWindow, windowScores.iterator());
        same(name, "whole summary", expected, once.summarize(text, options).text);
        same(name, "windows scored", false, nextWindow.hasNext());

        Summarizer inSteps = summarizer(name, windows.iterator(), windowScores.iterator());
        Analysis analysis = inSteps.analyse(text);
        inSteps.choose(analysis, new SummaryOptions().withSentences(1));
        same(name, "summary chosen again", expected, inSteps.choose(analysis, options).text);
    }

    /** A summarizer whose scorer says what the vector says of each window, each of them once. */
    private Summarizer summarizer(
            String name, Iterator<Window> nextWindow, Iterator<float[]> nextScores) {
        return new Summarizer(file, (signature, tokenIds) -> {
            int[] expected = nextWindow.next().tokenIds;
            same(name, "signature", "score_" + tokenIds.length, signature);
            same(name, "input", Arrays.toString(expected),
                    Arrays.toString(Arrays.copyOf(tokenIds, expected.length)));
            for (int place = expected.length; place < tokenIds.length; place++) {
                same(name, "padding", file.padId(), tokenIds[place]);
            }
            // Slots without a sentence hold any number.
            float[] own = nextScores.next();
            float[] scores = Arrays.copyOf(own, Math.max(own.length, tokenIds.length / 8));
            Arrays.fill(scores, own.length, scores.length, Float.NaN);
            return scores;
        });
    }

    private static SummaryOptions options(JsonObject json) {
        SummaryOptions options = new SummaryOptions();
        if (json.has("sentences")) {
            options = options.withSentences(json.integer("sentences"));
        }
        if (json.has("ratio")) {
            options = options.withRatio(json.number("ratio"));
        }
        if (json.has("max_words")) {
            options = options.withMaxWords(json.integer("max_words"));
        }
        if (json.has("trigram_blocking")) {
            options = options.withTrigramBlocking(json.flag("trigram_blocking"));
        }
        if (json.has("order")) {
            options = options.withOrder(
                    SummaryOptions.Order.valueOf(json.string("order").toUpperCase(Locale.ROOT)));
        }
        return options;
    }

    private static String shown(List<int[]> rows) {
        StringBuilder shown = new StringBuilder();
        for (int[] row : rows) {
            shown.append(Arrays.toString(row));
        }
        return shown.toString();
    }

    private void same(String name, String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            differences++;
            System.out.println(name + ": " + what + " differ\n  expected "
                    + ascii(expected) + "\n  found    " + ascii(found));
        }
    }

    static String ascii(Object value) {
        StringBuilder ascii = new StringBuilder();
        String text = value.toString();
        for (int place = 0; place < Math.min(text.length(), 2000); place++) {
            char letter = text.charAt(place);
            ascii.append(letter >= ' ' && letter < 0x7F
                    ? String.valueOf(letter)
                    : String.format("\\u%04x", (int) letter));
        }
        return ascii.toString();
    }
}
