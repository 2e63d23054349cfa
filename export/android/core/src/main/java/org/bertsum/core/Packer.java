package org.bertsum.core;

import java.util.ArrayList;
import java.util.List;

/**
 * Token ids to windows: {@code [CLS] s1 [SEP] [CLS] s2 [SEP] ...}, all that the model is given.
 *
 * <p>A document that is too long becomes several windows of whole sentences; a later window opens
 * with the lead of the document, where that leaves room.
 */
public final class Packer {
    private final Limits limits;

    Packer(Limits limits) {
        this.limits = limits;
    }

    /**
     * Packs the sentences of one document into as few windows as hold them all.
     *
     * @param pieces token ids of each sentence, without special tokens.
     * @return windows of at most the model's longest length, every sentence in at least one.
     */
    public List<Window> pack(int[][] pieces) {
        return pack(pieces, limits.maxWindowTokens);
    }

    /** Packs into windows of at most {@code maxTokens} tokens, a multiple of a slot's tokens. */
    List<Window> pack(int[][] pieces, int maxTokens) {
        int longest = Math.min(limits.maxSentenceTokens, maxTokens - 2);
        int[] lengths = new int[pieces.length];
        for (int index = 0; index < lengths.length; index++) {
            lengths[index] = Math.min(pieces[index].length, longest) + 2;
        }
        int slots = limits.slots(maxTokens);
        // The lead's share of a window is that of its tokens and of its slots.
        int leadEnd = fill(0, lengths, (int) (maxTokens * limits.leadShare),
                (int) (slots * limits.leadShare));
        int leadTokens = sum(lengths, 0, leadEnd);
        List<Window> windows = new ArrayList<>();
        int start = 0;
        while (start < pieces.length) {
            // In a short window a long sentence may leave the lead no room.
            boolean hasLead = start > 0 && leadTokens + lengths[start] <= maxTokens;
            int headEnd = hasLead ? leadEnd : 0;
            int headTokens = hasLead ? leadTokens : 0;
            int end = fill(start, lengths, maxTokens - headTokens, slots - headEnd);
            windows.add(window(pieces, lengths, headEnd, start, end));
            start = end;
        }
        return windows;
    }

    /** The least length, a multiple of a slot's tokens, that holds a window's tokens and slots. */
    int paddedLength(Window window) {
        int slot = limits.tokensPerSentenceSlot;
        int needed = Math.max(window.tokenIds.length, window.sentences.length * slot);
        return (needed + slot - 1) / slot * slot;
    }

    /** The end of the longest run of sentences from {@code start} on that fits. */
    private static int fill(int start, int[] lengths, int maxTokens, int maxSentences) {
        int end = start;
        int total = 0;
        while (end < lengths.length && end - start < maxSentences
                && total + lengths[end] <= maxTokens) {
            total += lengths[end++];
        }
        return end;
    }

    private Window window(int[][] pieces, int[] lengths, int headEnd, int start, int end) {
        int[] tokenIds = new int[sum(lengths, 0, headEnd) + sum(lengths, start, end)];
        int[] sentences = new int[headEnd + end - start];
        int place = 0;
        for (int slot = 0; slot < sentences.length; slot++) {
            int index = slot < headEnd ? slot : start + slot - headEnd;
            sentences[slot] = index;
            tokenIds[place] = limits.clsId;
            System.arraycopy(pieces[index], 0, tokenIds, place + 1, lengths[index] - 2);
            place += lengths[index];
            tokenIds[place - 1] = limits.sepId;
        }
        return new Window(tokenIds, sentences);
    }

    private static int sum(int[] lengths, int start, int end) {
        int sum = 0;
        for (int index = start; index < end; index++) {
            sum += lengths[index];
        }
        return sum;
    }
}
