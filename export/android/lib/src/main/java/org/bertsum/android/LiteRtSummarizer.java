package org.bertsum.android;

import android.content.Context;
import android.content.res.AssetFileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.bertsum.core.Analysis;
import org.bertsum.core.ModelFile;
import org.bertsum.core.Summarizer;
import org.bertsum.core.Summary;
import org.bertsum.core.SummaryOptions;
import org.tensorflow.lite.Interpreter;

/**
 * Summarises on the device, by a .tflite file among the app's assets.
 *
 * <pre>{@code
 * try (LiteRtSummarizer summarizer = LiteRtSummarizer.fromAsset(context, "model.tflite")) {
 *     String summary = summarizer.summarize(article, new SummaryOptions().withSentences(2)).text;
 * }
 * }</pre>
 *
 * <p>Opening the file and {@link #analyse} take time: call them on a background thread. Several
 * threads may use one summarizer at once; the model takes one at a time. As in {@code core}, nothing
 * takes or gives null.
 */
public final class LiteRtSummarizer implements AutoCloseable {
    private final Interpreter interpreter;
    private final Summarizer summarizer;

    private LiteRtSummarizer(MappedByteBuffer content, String name, int threads)
            throws IOException {
        // First: a damaged file may end the process when LiteRT reads it.
        ModelFile file = ModelFile.read(content, name);
        interpreter = new Interpreter(content, new Interpreter.Options().setNumThreads(threads));
        summarizer = new Summarizer(file, this::score);
    }

    /**
     * Opens an asset, and computes with up to four threads.
     *
     * @throws FileNotFoundException if there is no such asset; the message says what to do.
     * @throws org.bertsum.core.ModelFileException if it can't be used; the message says why.
     */
    public static LiteRtSummarizer fromAsset(Context context, String name) throws IOException {
        return fromAsset(context, name, Math.min(4, Runtime.getRuntime().availableProcessors()));
    }

    /** Opens an asset, and computes with so many threads. */
    public static LiteRtSummarizer fromAsset(Context context, String name, int threads)
            throws IOException {
        try (AssetFileDescriptor asset = open(context, name);
                FileInputStream stream = new FileInputStream(asset.getFileDescriptor())) {
            MappedByteBuffer content = stream.getChannel().map(FileChannel.MapMode.READ_ONLY,
                    asset.getStartOffset(), asset.getDeclaredLength());
            return new LiteRtSummarizer(content, name, threads);
        }
    }

    private static AssetFileDescriptor open(Context context, String name) throws IOException {
        try {
            return context.getAssets().openFd(name);
        } catch (FileNotFoundException error) {
            // Android's own message is the name, or that an asset is compressed.
            FileNotFoundException clear = new FileNotFoundException(name
                    + " is not among the app's assets, or is compressed there: put the .tflite "
                    + "file that bertsum exported into src/main/assets.");
            clear.initCause(error);
            throw clear;
        }
    }

    /** Summarises a text of any length, with the options that the model was made for. */
    public Summary summarize(String text) {
        return summarizer.summarize(text);
    }

    /** Summarises a text of any length. */
    public Summary summarize(String text, SummaryOptions options) {
        return summarizer.summarize(text, options);
    }

    /** Does all that takes time: finds the sentences of a text and runs the model on them. */
    public Analysis analyse(String text) {
        return summarizer.analyse(text);
    }

    /** Chooses sentences as often as the options change: fast enough for the main thread. */
    public Summary choose(Analysis analysis, SummaryOptions options) {
        return summarizer.choose(analysis, options);
    }

    /** Frees the model's memory; {@link #choose} goes on working, {@link #analyse} doesn't. */
    @Override
    public synchronized void close() {
        interpreter.close();
    }

    /** Runs a signature: token_ids, int32 [1, T], to scores, float32 [1, slots]. */
    private synchronized float[] score(String signature, int[] tokenIds) {
        Map<String, Object> inputs =
                Collections.singletonMap("token_ids", new int[][] {tokenIds});
        int slots = interpreter.getOutputTensorFromSignature("scores", signature).shape()[1];
        float[][] scores = new float[1][slots];
        Map<String, Object> outputs = new HashMap<>();
        outputs.put("scores", scores);
        interpreter.runSignature(inputs, outputs, signature);
        return scores[0];
    }
}
