package org.bertsum.core;

/**
 * Python's {@code str.lower()}: Unicode's full mapping to lower case, for no language in particular.
 *
 * <p>{@code String.toLowerCase} finds out whether a capital sigma ends a word by looking for word
 * boundaries in the whole text, for each of them: other results, and quadratic time. The mapping of
 * single characters is the platform's, so that letters which are newer than its Unicode version
 * stay as they are; no list of the rule book has such letters.
 */
final class LowerCase {
    private static final int CAPITAL_I_WITH_DOT = 0x130;
    private static final int COMBINING_DOT_ABOVE = 0x307;
    private static final int CAPITAL_SIGMA = 0x3A3;
    private static final char SIGMA = 0x3C3;
    private static final char FINAL_SIGMA = 0x3C2;

    // Marks within words (Word_Break MidLetter, MidNumLet, Single_Quote): transparent for sigma.
    private static final String WITHIN_WORDS =
            "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    private LowerCase() {}

    static String of(String text) {
        int same = 0;
        while (same < text.length() && text.charAt(same) < 0x80
                && (text.charAt(same) < 'A' || text.charAt(same) > 'Z')) {
            same++;
        }
        if (same == text.length()) {
            return text;
        }
        StringBuilder lower = new StringBuilder(text.length() + 8).append(text, 0, same);
        for (int place = same; place < text.length(); ) {
            int code = text.codePointAt(place);
            int next = place + Character.charCount(code);
            if (code < 0x80) {
                lower.append((char) (code >= 'A' && code <= 'Z' ? code + 0x20 : code));
            } else if (code == CAPITAL_I_WITH_DOT) {
                lower.append('i').append((char) COMBINING_DOT_ABOVE);
            } else if (code == CAPITAL_SIGMA) {
                boolean isFinal = endsCased(text, place) && !startsCased(text, next);
                lower.append(isFinal ? FINAL_SIGMA : SIGMA);
            } else {
                lower.appendCodePoint(Character.toLowerCase(code));
            }
            place = next;
        }
        return lower.toString();
    }

    /** Whether the text before {@code end} ends with a cased letter, but for transparent marks. */
    private static boolean endsCased(String text, int end) {
        int place = end;
        while (place > 0) {
            int code = text.codePointBefore(place);
            if (!isTransparent(code)) {
                return isCased(code);
            }
            place -= Character.charCount(code);
        }
        return false;
    }

    /** Whether the text from {@code start} on starts with a cased letter, but for such marks. */
    private static boolean startsCased(String text, int start) {
        int place = start;
        while (place < text.length()) {
            int code = text.codePointAt(place);
            if (!isTransparent(code)) {
                return isCased(code);
            }
            place += Character.charCount(code);
        }
        return false;
    }

    private static boolean isCased(int code) {
        return Character.isLowerCase(code) || Character.isUpperCase(code)
                || Character.isTitleCase(code);
    }

    /** Unicode's Case_Ignorable. */
    private static boolean isTransparent(int code) {
        switch (Character.getType(code)) {
            case Character.NON_SPACING_MARK:
            case Character.ENCLOSING_MARK:
            case Character.FORMAT:
            case Character.MODIFIER_LETTER:
            case Character.MODIFIER_SYMBOL:
                return true;
            default:
                return WITHIN_WORDS.indexOf(code) >= 0;
        }
    }
}
