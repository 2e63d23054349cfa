package org.bertsum.core;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures all but the model: milliseconds and allocated bytes an article, on one thread.
 *
 * <p>{@code Benchmark <model.tflite> <articles.jsonl>}, with articles under the key "document". The first round is nearer to an app that has just been opened; the later ones are
 * of a virtual machine that has warmed up.
 */
public final class Benchmark {
    private static final int ROUNDS = 200;

    private Benchmark() {}

    public static void main(String[] arguments) throws IOException {
        List<String> articles = new ArrayList<>();
        long characters = 0;
        for (String line : Files.readAllLines(Paths.get(arguments[1]), StandardCharsets.UTF_8)) {
            articles.add(JsonObject.parse(line).string("document"));
            characters += articles.get(articles.size() - 1).length();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();

        long openedAt = System.nanoTime();
        ModelFile file = ModelFile.read(GoldenCheck.mapped(arguments[0]), arguments[0]);
        double openingMs = (System.nanoTime() - openedAt) / 1e6;
        Summarizer summarizer =
                new Summarizer(file, (signature, tokenIds) -> new float[tokenIds.length]);

        double firstMs = 0;
        double[] roundMs = new double[ROUNDS];
        long bytes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long bytesBefore = threads.getThreadAllocatedBytes(self);
            long start = System.nanoTime();
            for (String article : articles) {
                summarizer.summarize(article);
            }
            roundMs[round] = (System.nanoTime() - start) / 1e6 / articles.size();
            bytes = threads.getThreadAllocatedBytes(self) - bytesBefore;
            firstMs = round == 0 ? roundMs[0] : firstMs;
        }
        Arrays.sort(roundMs);
        System.out.printf(Locale.ROOT,
                "%d articles of %d characters on average; %s %s%n"
                        + "opening the file: %.0f ms%n"
                        + "an article, first round: %.3f ms%n"
                        + "an article, median of %d rounds: %.3f ms (%.3f to %.3f in 9 of 10 rounds)%n"
                        + "allocated an article, last round: %d bytes%n",
                articles.size(), characters / articles.size(),
                System.getProperty("java.vm.name"), System.getProperty("java.version"),
                openingMs, firstMs, ROUNDS, roundMs[ROUNDS / 2], roundMs[ROUNDS / 20],
                roundMs[ROUNDS - 1 - ROUNDS / 20], bytes / articles.size());
    }
}
