package org.bertsum.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Summarises the golden vectors' texts by several threads that share one summarizer, at once.
 *
 * <p>{@code ThreadCheck <vectors.jsonl> <model.tflite>} exits with 1 if a summary
 * is another than with one thread.
 */
public final class ThreadCheck {
    private static final int THREADS = 4;

    private ThreadCheck() {}

    public static void main(String[] arguments)
            throws IOException, InterruptedException, ExecutionException {
        List<String> texts = new ArrayList<>();
        for (String line : Files.readAllLines(Paths.get(arguments[0]), StandardCharsets.UTF_8)) {
            texts.add(JsonObject.parse(line).string("text"));
        }
        List<String> expected = summaries(summarizer(arguments[1]), texts, 0);

        // A new one, which hasn't yet found out anything that it keeps.
        Summarizer shared = summarizer(arguments[1]);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<List<String>>> results = new ArrayList<>();
        for (int number = 0; number < THREADS; number++) {
            int first = number % 2 * texts.size() / 2; // two at the same text, two at another
            results.add(threads.submit(() -> summaries(shared, texts, first)));
        }
        int differences = 0;
        for (Future<List<String>> result : results) {
            for (int index = 0; index < texts.size(); index++) {
                differences += result.get().get(index).equals(expected.get(index)) ? 0 : 1;
            }
        }
        threads.shutdown();
        System.out.println(differences + " of " + THREADS * texts.size() + " summaries differ.");
        System.exit(differences == 0 ? 0 : 1);
    }

    private static Summarizer summarizer(String model) throws IOException {
        ModelFile file = ModelFile.read(GoldenCheck.mapped(model), model);
        return new Summarizer(file, ThreadCheck::score);
    }

    /** Scores that hang on all of a window. */
    private static float[] score(String signature, int[] tokenIds) {
        float[] scores = new float[tokenIds.length];
        int hash = Arrays.hashCode(tokenIds);
        for (int slot = 0; slot < scores.length; slot++) {
            hash = 31 * hash + slot;
            scores[slot] = hash;
        }
        return scores;
    }

    /** The summaries of all texts, made from the text {@code first} on. */
    private static List<String> summaries(Summarizer summarizer, List<String> texts, int first) {
        String[] summaries = new String[texts.size()];
        for (int step = 0; step < summaries.length; step++) {
            int index = (first + step) % summaries.length;
            summaries[index] = summarizer.summarize(texts.get(index)).text;
        }
        return Arrays.asList(summaries);
    }
}
