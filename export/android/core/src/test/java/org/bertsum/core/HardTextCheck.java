package org.bertsum.core;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;

/**
 * Summarises long texts that overflow stacks or take quadratic time where code is careless.
 *
 * <p>{@code HardTextCheck <model.tflite>} exits with 1 if ten times the text takes
 * far more than ten times the time.
 */
public final class HardTextCheck {
    private static final int CHARACTERS = 400_000;

    // Twice what linear time gives, and for the virtual machine's own business.
    private static final double MOST_GROWTH = 20;
    private static final double SPARE_MILLISECONDS = 400;

    // The virtual machine compiles when it likes, so a text that is slow once may try again.
    private static final int ROUNDS = 3;

    private static final String[] PATTERNS = {
        "word ", "a", ".", ". ", "... ", "x. ", "J. ", "\n", "\n \n", " ", "\u3000", "\"", "'",
        ".'", ".' ", "a.b.", "J.-", "-", "(", "\uff0e", "\uff0e\u201d", "\u3002", "\u3002a",
        "- item\n", "1. ", "1.\n", "\r\n", "\u0001", "\u0002", "\u0003", "\ud800", "\udc00",
        "\ud83d\ude00", "\ud83d\ude00. ", "\u03a3", "A\u03a3'", "\u03a3.", "\u0130", "e\u0301",
        "\u0301", "\u4e2d", "\u4e2d\u3002", "\u0627\u061f ", "[CLS]", "\u00df", "Mr. ", "No. 4. ",
        "The dam broke on Sunday, and nobody knew why it had done so. ", "\f", "\u2029", "\u00a0.",
        "! ! ", "?!", ")", "-rrb-", ". -rrb-", ". ' ", "--J. ", "' ", ".\" ' ", ".-rrb-' '",
        // As many closers as are looked at, and then something else.
        "." + "'".repeat(36) + "x. ", "." + " '".repeat(18) + "x. ", "-A.".repeat(13) + " ",
    };

    private HardTextCheck() {}

    public static void main(String[] arguments) throws IOException {
        ModelFile file = ModelFile.read(GoldenCheck.mapped(arguments[0]), arguments[0]);
        Summarizer summarizer =
                new Summarizer(file, (signature, tokenIds) -> new float[tokenIds.length]);
        boolean isLinear = true;
        for (String pattern : PATTERNS) {
            for (String end : new String[] {"", ". Next"}) {
                isLinear &= isLinear(summarizer, pattern, end);
            }
        }
        System.out.println(isLinear ? "Time is linear." : "Time is not linear.");
        System.exit(isLinear ? 0 : 1);
    }

    private static boolean isLinear(Summarizer summarizer, String pattern, String end) {
        double few = 0;
        double many = 0;
        for (int round = 0; round < ROUNDS; round++) {
            few = milliseconds(summarizer, pattern, CHARACTERS / 10, end);
            many = milliseconds(summarizer, pattern, CHARACTERS, end);
            if (many <= MOST_GROWTH * few + SPARE_MILLISECONDS) {
                return true;
            }
        }
        System.out.printf(Locale.ROOT, "%d ms, and %d ms for a tenth: %s%n",
                (long) many, (long) few, GoldenCheck.ascii(pattern));
        return false;
    }

    /** The processor's time, not the clock's: other programs may be running. */
    private static double milliseconds(
            Summarizer summarizer, String pattern, int characters, String end) {
        String text = pattern.repeat(characters / pattern.length()) + end;
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        summarizer.summarize(text, new SummaryOptions().withMaxWords(100));
        return (clock.getCurrentThreadCpuTime() - start) / 1e6;
    }
}
