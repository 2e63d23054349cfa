package org.bertsum.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text to sentences, by the rules of {@code sentence_rules.json}, which every runtime reads.
 *
 * <ol>
 *   <li>{@code breaks} insert a boundary mark wherever a sentence ends whatever the words are.
 *   <li>Between those, every {@code candidate} (a stop, what closes after it, white space) may be a
 *       boundary.
 *   <li>The first of the {@code decisions} that matches the word before and the word after a
 *       candidate says whether it is one; if none matches, it is.
 * </ol>
 *
 * <p>Time is linear in the length of the text: the {@code breaks} and {@code candidate} have no
 * groups that repeat without limit, and the {@code decisions} see words of limited length. On
 * Android, whose regular expressions are native code, {@code find} goes on in a copy of the text that
 * was made once; a region would copy it again.
 *
 * <p>Safe for use by several threads.
 */
public final class SentenceSplitter {
    static final int RULES_VERSION = 1;

    private static final char BOUNDARY = '\u0001';
    private static final char LINE_START = '\u0002';
    private static final char REPLACEMENT_CHARACTER = '\ufffd';

    private static final Pattern NAME = Pattern.compile("\\{([a-z_]+)\\}");

    private final Map<String, String> names = new LinkedHashMap<>();
    private final List<Replacement> breaks = new ArrayList<>();
    private final Pattern candidate;
    private final int context;
    private final Pattern itemNumber;
    private final Pattern prefix;
    private final List<Decision> decisions = new ArrayList<>();
    private final List<Decision> decisionsForAnyWord = new ArrayList<>();
    private final Set<String> listedWords = new HashSet<>();
    private final Pattern specialWord;
    private final Blanks blanks;

    SentenceSplitter(JsonObject rules) {
        names.putAll(rules.object("classes").strings());
        Map<String, List<String>> lists = rules.object("lists").stringLists();
        for (Map.Entry<String, List<String>> list : lists.entrySet()) {
            names.put(list.getKey(), String.join("|", list.getValue()));
        }
        for (Map.Entry<String, String> named : rules.object("patterns").strings().entrySet()) {
            names.put(named.getKey(), expand(named.getValue()));
        }
        blanks = new Blanks(compile("[{blank}]"));
        for (JsonObject step : rules.objects("breaks")) {
            breaks.add(new Replacement(compile(step.string("pattern")), step.string("replace")));
        }
        candidate = compile(rules.string("candidate"));
        context = rules.integer("context");
        if (context < 1) {
            throw new IllegalArgumentException("The context has to be 1 or more.");
        }
        itemNumber = compile(rules.string("item_number"));
        prefix = compile(rules.string("prefix"));
        List<String> special = new ArrayList<>();
        for (JsonObject row : rules.objects("decisions")) {
            Decision decision = new Decision(row, lists);
            decisions.add(decision);
            if (decision.words != null) {
                listedWords.addAll(decision.words);
            } else if (decision.word != null) {
                special.add("(?:" + decision.word.pattern() + ")");
            } else {
                decisionsForAnyWord.add(decision);
            }
        }
        specialWord = compile(String.join("|", special));
    }

    /** One row of the table that says whether a candidate ends a sentence. */
    private final class Decision {
        /** Whether the words before and after stay in one sentence. */
        final boolean joins;

        /** Lower-cased words, one of which must stand before the candidate; null: any. */
        final Set<String> words;

        /** What the whole word before (with its stop and closers) must match; null: anything. */
        final Pattern word;

        /** What the whole word after must match; null: anything. */
        final Pattern next;

        Decision(JsonObject row, Map<String, List<String>> lists) {
            joins = row.string("then").equals("join");
            words = row.has("words") ? new HashSet<>(lists.get(row.string("words"))) : null;
            word = row.has("word") ? compile(row.string("word")) : null;
            next = row.has("next") ? compile(row.string("next")) : null;
        }

        boolean applies(String bare, String wholeWord, String nextWord) {
            return (words == null || words.contains(bare))
                    && (word == null || word.matcher(wholeWord).matches())
                    && (next == null || next.matcher(nextWord).matches());
        }
    }

    /** What Python's {@code re.sub} does, with a template of literals and references to groups. */
    private static final class Replacement {
        private final Pattern pattern;
        private final List<String> literals = new ArrayList<>();
        private final List<Integer> groups = new ArrayList<>();

        Replacement(Pattern pattern, String template) {
            this.pattern = pattern;
            int start = 0;
            for (int place = template.indexOf('\\'); place >= 0;
                    place = template.indexOf('\\', start)) {
                literals.add(template.substring(start, place));
                int group = template.charAt(place + 1) - '0';
                if (group < 1 || group > pattern.matcher("").groupCount()) {
                    throw new IllegalArgumentException(pattern + " has no group " + group + ".");
                }
                groups.add(group);
                start = place + 2;
            }
            literals.add(template.substring(start));
        }

        String apply(String text) {
            Matcher match = pattern.matcher(text);
            if (!match.find()) {
                return text;
            }
            StringBuilder replaced = new StringBuilder(text.length() + (text.length() >> 4) + 16);
            int start = 0;
            do {
                replaced.append(text, start, match.start()).append(literals.get(0));
                for (int index = 0; index < groups.size(); index++) {
                    int group = groups.get(index);
                    replaced.append(text, match.start(group), match.end(group))
                            .append(literals.get(index + 1));
                }
                start = match.end();
            } while (match.find());
            return replaced.append(text, start, text.length()).toString();
        }
    }

    private String expand(String pattern) {
        Matcher name = NAME.matcher(pattern);
        StringBuilder expanded = new StringBuilder();
        int start = 0;
        while (name.find()) {
            String value = names.get(name.group(1));
            if (value == null) {
                throw new IllegalArgumentException("No class or list " + name.group() + ".");
            }
            expanded.append(pattern, start, name.start()).append(value);
            start = name.end();
        }
        return expanded.append(pattern, start, pattern.length()).toString();
    }

    private Pattern compile(String pattern) {
        // Of line ends "." and "$" heed "\n" alone, as in Python.
        return Pattern.compile(expand(pattern), Pattern.UNIX_LINES);
    }

    /** The characters that stand between words. */
    Blanks blanks() {
        return blanks;
    }

    /**
     * Splits a text into sentences.
     *
     * @return spans in order that never overlap, neither start nor end with white space, and cover
     *     every other character.
     */
    public List<Span> split(String text) {
        String marked = text.replace(BOUNDARY, REPLACEMENT_CHARACTER)
                .replace(LINE_START, REPLACEMENT_CHARACTER);
        for (Replacement step : breaks) {
            marked = step.apply(marked);
        }
        Spans spans = new Spans(text);
        int offset = 0;
        for (int start = 0; start <= marked.length(); ) {
            int boundary = marked.indexOf(BOUNDARY, start);
            int end = boundary < 0 ? marked.length() : boundary;
            int bodyStart = start;
            int bodyEnd = end;
            while (bodyStart < bodyEnd && blanks.has(marked.charAt(bodyStart))) {
                bodyStart++;
            }
            while (bodyEnd > bodyStart && blanks.has(marked.charAt(bodyEnd - 1))) {
                bodyEnd--;
            }
            if (bodyStart < bodyEnd) {
                String body = marked.substring(bodyStart, bodyEnd);
                appendSentences(body, offset + bodyStart - start, spans);
            }
            offset += end - start;
            start = end + 1;
        }
        return spans.spans;
    }

    /** Cuts one segment, without white space around it, at those candidates that end a sentence. */
    private void appendSentences(String body, int offset, Spans spans) {
        int start = 0;
        int pieceStart = 0;
        boolean isAfterBoundary = true;
        Matcher candidates = candidate.matcher(body);
        while (candidates.find()) {
            int nextStart = candidates.end();
            if (nextStart == body.length()) {
                break;
            }
            int stopEnd = candidates.end(1);
            int headStart = headStart(body, candidates.start(1), pieceStart);
            String word = body.substring(headStart, stopEnd);
            String nextWord = body.substring(nextStart, wordEnd(body, nextStart));
            boolean joins = joins(word, nextWord);
            if (!joins && isAfterBoundary) {
                joins = isItemNumber(body, pieceStart, stopEnd);
            }
            if (!joins) {
                spans.append(offset + start, offset + stopEnd);
                start = nextStart;
            }
            isAfterBoundary = !joins;
            pieceStart = nextStart;
        }
        spans.append(offset + start, offset + body.length());
    }

    /** Where the word before {@code end} starts, of which only the last characters are looked at. */
    private int headStart(String body, int end, int pieceStart) {
        int start = end;
        for (int left = context; left > 0 && start > pieceStart; left--) {
            int code = body.codePointBefore(start);
            if (blanks.has(code)) {
                break;
            }
            start -= Character.charCount(code);
        }
        return start;
    }

    /** Where the word from {@code start} on ends, of which only the first characters count. */
    private int wordEnd(String body, int start) {
        int end = start;
        for (int left = context; left > 0 && end < body.length(); left--) {
            int code = body.codePointAt(end);
            if (blanks.has(code)) {
                break;
            }
            end += Character.charCount(code);
        }
        return end;
    }

    private boolean isItemNumber(String body, int start, int end) {
        // No character is more than two chars.
        return end - start < 2 * context
                && body.codePointCount(start, end) < context
                && itemNumber.matcher(body.substring(start, end)).matches();
    }

    /** Whether the words before and after a candidate stay in one sentence. */
    private boolean joins(String word, String nextWord) {
        Matcher before = prefix.matcher(word);
        String bare = LowerCase.of(before.lookingAt() ? word.substring(before.end()) : word);
        if (bare.endsWith(".")) {
            bare = bare.substring(0, bare.length() - 1);
        }
        // Most words are in no list and match no pattern: one look tells.
        boolean isSpecial = listedWords.contains(bare) || specialWord.matcher(word).matches();
        for (Decision decision : isSpecial ? decisions : decisionsForAnyWord) {
            if (decision.applies(bare, word, nextWord)) {
                return decision.joins;
            }
        }
        return false;
    }

    /** Spans that are appended in order, counted in chars and in code points. */
    private static final class Spans {
        final List<Span> spans = new ArrayList<>();
        private final String text;
        private int place;
        private int codePoints;

        Spans(String text) {
            this.text = text;
        }

        void append(int charStart, int charEnd) {
            int start = codePoints(charStart);
            spans.add(new Span(start, codePoints(charEnd), charStart, charEnd));
        }

        private int codePoints(int charPlace) {
            codePoints += text.codePointCount(place, charPlace);
            place = charPlace;
            return codePoints;
        }
    }

    /** The class "blank" of the rule book: where words end, in sentences and in budgets. */
    static final class Blanks {
        private final boolean[] isBlank = new boolean[1 << 16];

        Blanks(Pattern oneBlank) {
            char[] plane = new char[1 << 16];
            for (int code = 0; code < plane.length; code++) {
                plane[code] = (char) code;
            }
            Matcher blank = oneBlank.matcher(new String(plane));
            while (blank.find()) {
                Arrays.fill(isBlank, blank.start(), blank.end(), true);
            }
        }

        boolean has(int codePoint) {
            return codePoint < isBlank.length && isBlank[codePoint];
        }

        /** The words of a text, as they stand there. */
        List<String> words(String text) {
            List<String> words = new ArrayList<>();
            int start = 0;
            for (int place = 0; place <= text.length(); place++) {
                if (place == text.length() || isBlank[text.charAt(place)]) {
                    if (start < place) {
                        words.add(text.substring(start, place));
                    }
                    start = place + 1;
                }
            }
            return words;
        }
    }
}
