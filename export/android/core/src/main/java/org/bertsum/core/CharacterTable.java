package org.bertsum.core;

/**
 * What BERT's uncased tokeniser makes of each character: {@code characters.json}.
 *
 * <p>What becomes of code point c is row {@code kinds[pages[c / page] * page + c % page]}: code
 * points. It is empty for what BERT drops (control characters, accents) and has spaces around what
 * BERT takes as a word of its own (punctuation, Chinese characters).
 */
final class CharacterTable {
    private static final int REPLACEMENT_CHARACTER = 0xFFFD;

    private final int page;
    private final int itself;
    private final int[] pages;
    private final int[] kinds;
    private final int[] values;
    private final int[] splits;

    CharacterTable(JsonObject json) {
        page = json.integer("page");
        itself = json.integer("itself");
        pages = json.integers("pages");
        kinds = json.integers("kinds");
        values = json.integers("values");
        splits = json.integers("splits");
        check();
    }

    private void check() {
        boolean isWhole = page > 0
                && (long) pages.length * page > Character.MAX_CODE_POINT
                && splits.length > 0
                && splits[0] == 0
                && splits[splits.length - 1] == values.length;
        for (int number : pages) {
            isWhole &= number >= 0 && (number + 1L) * page <= kinds.length;
        }
        for (int kind : kinds) {
            isWhole &= kind >= 0 && kind < splits.length - 1;
        }
        for (int row = 1; row < splits.length; row++) {
            isWhole &= splits[row - 1] <= splits[row];
        }
        for (int value : values) {
            isWhole &= value == itself || Character.isValidCodePoint(value);
        }
        if (!isWhole) {
            throw new IllegalArgumentException("The character table is damaged.");
        }
    }

    /** The row of a code point. A lone surrogate, which UTF-8 doesn't have, is as U+FFFD. */
    int row(int codePoint) {
        boolean isSurrogate = codePoint >= Character.MIN_SURROGATE
                && codePoint <= Character.MAX_SURROGATE;
        int code = isSurrogate ? REPLACEMENT_CHARACTER : codePoint;
        return kinds[pages[code / page] * page + code % page];
    }

    /** Where a row starts; it ends where the next one starts. */
    int start(int row) {
        return splits[row];
    }

    /** A code point of the row of {@code codePoint}. */
    int value(int place, int codePoint) {
        int value = values[place];
        return value == itself ? codePoint : value;
    }
}
