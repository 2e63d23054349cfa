/**
 * Summaries in React Native, with react-native-fast-tflite 3: an example. NOT RUN HERE: it was written
 * by the source of react-native-fast-tflite 3.0.1 and the documentation of Expo SDK 54.
 *
 *     npx expo install react-native-fast-tflite react-native-nitro-modules expo-asset expo-file-system
 *
 * and in metro.config.js: config.resolver.assetExts.push("tflite"). Beside this file: bertsum.js and
 * src/, and news.tflite, which `bertsum export --format tflite` wrote.
 *
 * react-native-fast-tflite knows no signatures. It runs the file's first graph, which is that of the
 * longest windows, 512 tokens: short texts take as long as long ones. Where that matters, take the
 * Android kit in export/android, which runs all graphs.
 *
 * Hermes: the sentence rules need regular expressions with the flags u and y, which it has, and neither
 * \p{...} nor look-behind. TextDecoder and Web Crypto are not needed, but verifyModel() needs the latter.
 * Pass no `signal`: React Native's has no throwIfAborted().
 */

import { Asset } from "expo-asset";
import { File } from "expo-file-system";
import { useEffect, useState } from "react";
import { ActivityIndicator, Text } from "react-native";
import { loadTensorflowModel } from "react-native-fast-tflite";
import { createSummarizer, readModel, type BertsumSummarizer } from "./bertsum.js";

/** Loads the model once, at the first call. */
let loading: Promise<BertsumSummarizer> | undefined;
const summarizer = () => (loading ??= load());

async function load(): Promise<BertsumSummarizer> {
  const asset = await Asset.fromModule(require("./news.tflite")).downloadAsync();
  const url = asset.localUri!;
  const compiled = await loadTensorflowModel({ url }, []); // []: the CPU
  const tokens = compiled.inputs[0].shape[1];
  const whole = readModel(await new File(url).bytes());
  // The same model, as one that has this window alone.
  const model = {
    ...whole,
    windowLengths: [tokens],
    limits: { ...whole.limits, max_window_tokens: tokens },
  };
  return createSummarizer({
    model,
    runtime: {
      async run(_signature, { token_ids }) {
        const [scores] = await compiled.run([token_ids.buffer as ArrayBuffer]);
        return new Float32Array(scores).slice(); // the next run writes into the same buffer
      },
    },
  });
}

export function Summary({ article, sentences = 3 }: { article: string; sentences?: number }) {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    const show = (shown?: string) => isCurrent && setText(shown);
    show(undefined);
    summarizer()
      .then((ready) => ready.summarize(article, { sentences }))
      .then(({ summary }) => show(summary), (error) => show(`No summary: ${error.message}`));
    return () => {
      isCurrent = false;
    };
  }, [article, sentences]);
  return text === undefined ? <ActivityIndicator /> : <Text selectable>{text}</Text>;
}
