package org.bertsum.core;

import java.util.Arrays;

/** How a model's documents are packed and its sentences chosen: {@code limits.json}. */
final class Limits {
    final int[] windowLengths;
    final int maxWindowTokens;
    final int maxSentenceTokens;
    final int tokensPerSentenceSlot;
    final double leadShare;
    final float laterWindowPenalty;
    final int maxWordCharacters;
    final int minCandidatePieces;
    final int numSentences;
    final int padId;
    final int unkId;
    final int clsId;
    final int sepId;

    Limits(JsonObject json) {
        windowLengths = json.integers("window_lengths");
        Arrays.sort(windowLengths);
        maxWindowTokens = json.integer("max_window_tokens");
        maxSentenceTokens = json.integer("max_sentence_tokens");
        tokensPerSentenceSlot = json.integer("tokens_per_sentence_slot");
        leadShare = json.number("lead_share");
        laterWindowPenalty = (float) json.number("later_window_penalty");
        maxWordCharacters = json.integer("max_word_characters");
        minCandidatePieces = json.integer("min_candidate_pieces");
        numSentences = json.integer("num_sentences");
        padId = json.integer("pad_id");
        unkId = json.integer("unk_id");
        clsId = json.integer("cls_id");
        sepId = json.integer("sep_id");
        boolean isSound = windowLengths.length > 0
                && windowLengths[windowLengths.length - 1] == maxWindowTokens
                && windowLengths[0] > 0
                && tokensPerSentenceSlot > 2
                && maxSentenceTokens > 0
                && maxWordCharacters > 0
                && numSentences > 0
                && maxWindowTokens >= tokensPerSentenceSlot
                // What the lead leaves of a window has room for a sentence.
                && leadShare >= 0
                && leadShare < 1;
        if (!isSound) {
            throw new IllegalArgumentException("The limits contradict each other.");
        }
    }

    /** Throws if a special token is none of the vocabulary's. */
    void checkIds(int vocabularySize) {
        for (int id : new int[] {padId, unkId, clsId, sepId}) {
            if (id < 0 || id >= vocabularySize) {
                throw new IllegalArgumentException("There is no token " + id + ".");
            }
        }
    }

    /** Number of sentence slots of a window of so many tokens. */
    int slots(int tokens) {
        return tokens / tokensPerSentenceSlot;
    }
}
