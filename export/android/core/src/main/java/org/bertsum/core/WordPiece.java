package org.bertsum.core;

import java.util.Arrays;
import java.util.List;

/**
 * Text to token ids: BERT's uncased WordPiece.
 *
 * <p>Special tokens are not recognised in the text: a text that contains "[CLS]" gives the pieces of
 * a bracket, "cl", "##s" and a bracket. Safe for use by several threads.
 */
public final class WordPiece {
    // What opens a piece that goes on with a word, in vocab.txt.
    private static final String CONTINUATION = "##";

    private static final int NO_NODE = -1;
    private static final int NO_PIECE = -1;
    private static final int ROOT = 0;

    private final CharacterTable characters;
    private final int unknownId;
    private final int maxWordCharacters;

    // The vocabulary as a tree of characters, its edges in one hash table with open addressing:
    // (node << 21 | code point) + 1 -> node. 0 marks a free place.
    private long[] edges;
    private int[] targets;
    private int numNodes = 1;
    private int[] pieceAt = new int[1 << 10];
    private final int continuation;

    WordPiece(String[] vocabulary, CharacterTable characters, int unknownId, int maxWordCharacters) {
        this.characters = characters;
        this.unknownId = unknownId;
        this.maxWordCharacters = maxWordCharacters;
        edges = new long[1 << 16];
        targets = new int[1 << 16];
        Arrays.fill(pieceAt, NO_PIECE);
        for (int id = 0; id < vocabulary.length; id++) {
            int node = add(vocabulary[id]); // which may make the array longer
            pieceAt[node] = id;
        }
        continuation = add(CONTINUATION);
    }

    /** Token ids of each sentence, without special tokens. */
    public int[][] encode(List<String> sentences) {
        Encoding encoding = new Encoding();
        int[][] ids = new int[sentences.size()][];
        for (int index = 0; index < ids.length; index++) {
            ids[index] = encoding.of(sentences.get(index));
        }
        return ids;
    }

    /** The ids of a sentence so far, and the word that is being read. */
    private final class Encoding {
        private int[] ids = new int[32];
        private int numIds;
        private final int[] word = new int[maxWordCharacters];
        private int length;

        int[] of(String sentence) {
            numIds = 0;
            for (int place = 0; place < sentence.length(); ) {
                int code = sentence.codePointAt(place);
                place += Character.charCount(code);
                int row = characters.row(code);
                int end = characters.start(row + 1);
                for (int index = characters.start(row); index < end; index++) {
                    int letter = characters.value(index, code);
                    if (letter == ' ') {
                        endWord();
                    } else {
                        append(letter);
                    }
                }
            }
            endWord();
            return Arrays.copyOf(ids, numIds);
        }

        private void append(int letter) {
            if (length < maxWordCharacters) {
                word[length] = letter;
            }
            length++;
        }

        private void endWord() {
            if (length > 0) {
                // A word has at most as many pieces as characters.
                if (numIds + length > ids.length && length <= maxWordCharacters) {
                    ids = Arrays.copyOf(ids, Math.max(2 * ids.length, numIds + length));
                }
                int before = numIds;
                if (length > maxWordCharacters || !appendPieces()) {
                    numIds = before;
                    appendUnknown();
                }
                length = 0;
            }
        }

        private void appendUnknown() {
            if (numIds == ids.length) {
                ids = Arrays.copyOf(ids, 2 * ids.length);
            }
            ids[numIds++] = unknownId;
        }

        /** The longest piece first, and so on; false if there is none somewhere. */
        private boolean appendPieces() {
            int start = 0;
            while (start < length) {
                int node = start == 0 ? ROOT : continuation;
                int piece = NO_PIECE;
                int end = start;
                for (int place = start; place < length; place++) {
                    node = child(node, word[place]);
                    if (node == NO_NODE) {
                        break;
                    }
                    if (pieceAt[node] != NO_PIECE) {
                        piece = pieceAt[node];
                        end = place + 1;
                    }
                }
                if (piece == NO_PIECE) {
                    return false;
                }
                ids[numIds++] = piece;
                start = end;
            }
            return true;
        }
    }

    private int child(int node, int codePoint) {
        long key = key(node, codePoint);
        int slot = slot(key);
        return edges[slot] == key ? targets[slot] : NO_NODE;
    }

    private static long key(int node, int codePoint) {
        return ((long) node << 21 | codePoint) + 1;
    }

    /** Where a key stands, or the free place for it. */
    private int slot(long key) {
        int mask = edges.length - 1;
        int slot = (int) (key * 0x9E3779B97F4A7C15L >>> 40) & mask;
        while (edges[slot] != 0 && edges[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private int add(String piece) {
        int node = ROOT;
        for (int place = 0; place < piece.length(); ) {
            int code = piece.codePointAt(place);
            place += Character.charCount(code);
            int next = child(node, code);
            node = next == NO_NODE ? addChild(node, code) : next;
        }
        return node;
    }

    private int addChild(int node, int codePoint) {
        if (2 * numNodes >= edges.length) {
            growEdges();
        }
        if (numNodes == pieceAt.length) {
            pieceAt = Arrays.copyOf(pieceAt, 2 * numNodes);
            Arrays.fill(pieceAt, numNodes, pieceAt.length, NO_PIECE);
        }
        int slot = slot(key(node, codePoint));
        edges[slot] = key(node, codePoint);
        targets[slot] = numNodes;
        return numNodes++;
    }

    private void growEdges() {
        long[] oldEdges = edges;
        int[] oldTargets = targets;
        edges = new long[2 * oldEdges.length];
        targets = new int[edges.length];
        for (int index = 0; index < oldEdges.length; index++) {
            if (oldEdges[index] != 0) {
                int slot = slot(oldEdges[index]);
                edges[slot] = oldEdges[index];
                targets[slot] = oldTargets[index];
            }
        }
    }
}
