package org.bertsum.android;

import android.content.Context;
import android.content.res.AssetFileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.bertsum.core.ModelFile;
import org.bertsum.core.Scorer;
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
 * <p>Reading the file and each summary take time: call it on a background thread. It may be used by
 * several threads, which take turns.
 */
public final class LiteRtSummarizer implements AutoCloseable {
    private final Interpreter interpreter;
    private final Summarizer summarizer;

    private LiteRtSummarizer(MappedByteBuffer content, String name, int threads)
            throws IOException {
        // First: LiteRT's process may end at a damaged file.
        ModelFile file = ModelFile.read(content, name);
        interpreter = new Interpreter(content, new Interpreter.Options().setNumThreads(threads));
        Scorer scorer = this::score;
        summarizer = new Summarizer(file, scorer);
    }

    /**
     * Opens an asset, which has to be stored uncompressed: Gradle's plugin stores .tflite so.
     *
     * @throws org.bertsum.core.ModelFileException if it can't be used; the message says why.
     */
    public static LiteRtSummarizer fromAsset(Context context, String name) throws IOException {
        return fromAsset(context, name, Math.min(4, Runtime.getRuntime().availableProcessors()));
    }

    /** Opens an asset, and computes with so many threads. */
    public static LiteRtSummarizer fromAsset(Context context, String name, int threads)
            throws IOException {
        try (AssetFileDescriptor asset = context.getAssets().openFd(name);
                FileInputStream stream = asset.createInputStream()) {
            FileChannel channel = stream.getChannel();
            MappedByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY,
                    asset.getStartOffset(), asset.getDeclaredLength());
            return new LiteRtSummarizer(content, name, threads);
        }
    }

    /** Summarises a text of any length. */
    public synchronized Summary summarize(String text, SummaryOptions options) {
        return summarizer.summarize(text, options);
    }

    @Override
    public synchronized void close() {
        interpreter.close();
    }

    private float[] score(String signature, int[] tokenIds) {
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
