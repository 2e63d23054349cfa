package org.bertsum.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A small JSON reader (RFC 8259): the JVM has none, and Android's is not on the JVM.
 *
 * <p>Objects become {@code LinkedHashMap}, arrays {@code ArrayList}, strings {@code String} (lone
 * surrogates as they are), whole numbers {@code Long}, others {@code Double}. It keeps open objects
 * on a stack of its own, so that deep nesting overflows nothing.
 */
final class Json {
    private final String text;
    private int place;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Parses one JSON value.
     *
     * @throws IllegalArgumentException if the text is no JSON; the message says where.
     */
    static Object parse(String text) {
        return new Json(text).document();
    }

    private Object document() {
        ArrayDeque<Object> open = new ArrayDeque<>();
        ArrayDeque<String> names = new ArrayDeque<>();
        Object value;
        while (true) {
            // Here a value has to start.
            char first = peek();
            if (first == '{') {
                place++;
                Map<String, Object> object = new LinkedHashMap<>();
                if (peek() != '}') {
                    open.push(object);
                    names.push(name());
                    continue;
                }
                place++;
                value = object;
            } else if (first == '[') {
                place++;
                List<Object> array = new ArrayList<>();
                if (peek() != ']') {
                    open.push(array);
                    continue;
                }
                place++;
                value = array;
            } else {
                value = scalar(first);
            }
            // Here a value has ended; so may what it stands in.
            boolean isComplete = true;
            while (isComplete && !open.isEmpty()) {
                Object outer = open.peek();
                if (outer instanceof Map) {
                    members(outer).put(names.pop(), value);
                    isComplete = closes('}');
                    if (!isComplete) {
                        names.push(name());
                    }
                } else {
                    elements(outer).add(value);
                    isComplete = closes(']');
                }
                if (isComplete) {
                    value = open.pop();
                }
            }
            if (isComplete) {
                skipBlanks();
                if (place < text.length()) {
                    throw error();
                }
                return value;
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> members(Object object) {
        return (Map<String, Object>) object;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> elements(Object array) {
        return (List<Object>) array;
    }

    /** After a member or element: true at the closing bracket, false at a comma. */
    private boolean closes(char bracket) {
        char next = peek();
        if (next != bracket && next != ',') {
            throw error();
        }
        place++;
        return next == bracket;
    }

    private String name() {
        if (peek() != '"') {
            throw error();
        }
        String name = string();
        if (peek() != ':') {
            throw error();
        }
        place++;
        return name;
    }

    private Object scalar(char first) {
        if (first == '"') {
            return string();
        }
        int start = place;
        while (place < text.length() && "+-.".indexOf(text.charAt(place)) >= 0
                || place < text.length() && isWordCharacter(text.charAt(place))) {
            place++;
        }
        String word = text.substring(start, place);
        switch (word) {
            case "true":
                return Boolean.TRUE;
            case "false":
                return Boolean.FALSE;
            case "null":
                return null;
            default:
                return number(word);
        }
    }

    private Object number(String word) {
        int digits = word.startsWith("-") ? 1 : 0;
        if (digits == word.length() || word.charAt(digits) < '0' || word.charAt(digits) > '9') {
            throw error();
        }
        boolean isWhole = true;
        for (int index = digits; index < word.length(); index++) {
            char character = word.charAt(index);
            isWhole &= character >= '0' && character <= '9';
            // Java's own parser takes "1f" and "0x1p3" for numbers.
            if ("0123456789+-.eE".indexOf(character) < 0) {
                throw error();
            }
        }
        try {
            if (isWhole) {
                return Long.valueOf(word);
            }
            return Double.valueOf(word);
        } catch (NumberFormatException notJson) {
            throw error();
        }
    }

    private static boolean isWordCharacter(char character) {
        return character >= '0' && character <= '9'
                || character >= 'a' && character <= 'z'
                || character >= 'A' && character <= 'Z';
    }

    private String string() {
        int start = ++place;
        StringBuilder letters = null;
        while (true) {
            if (place == text.length()) {
                throw error();
            }
            char character = text.charAt(place++);
            if (character == '"') {
                return letters == null
                        ? text.substring(start, place - 1)
                        : letters.append(text, start, place - 1).toString();
            }
            if (character < ' ') {
                throw error();
            }
            if (character == '\\') {
                letters = letters == null ? new StringBuilder() : letters;
                letters.append(text, start, place - 1).append(escaped());
                start = place;
            }
        }
    }

    private char escaped() {
        char letter = place < text.length() ? text.charAt(place++) : 0;
        int simple = "\"\\/bfnrt".indexOf(letter);
        if (simple >= 0) {
            return "\"\\/\b\f\n\r\t".charAt(simple);
        }
        if (letter != 'u' || place + 4 > text.length()) {
            throw error();
        }
        int code = 0;
        for (int end = place + 4; place < end; place++) {
            int digit = "0123456789abcdef".indexOf(text.charAt(place) | 0x20);
            // The bit that makes letters small makes 0x10 to 0x19 digits.
            if (digit < 0 || text.charAt(place) < '0') {
                throw error();
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    private char peek() {
        skipBlanks();
        if (place == text.length()) {
            throw error();
        }
        return text.charAt(place);
    }

    private void skipBlanks() {
        while (place < text.length() && " \t\n\r".indexOf(text.charAt(place)) >= 0) {
            place++;
        }
    }

    private IllegalArgumentException error() {
        return new IllegalArgumentException("There is no JSON at character " + place + ".");
    }
}
