package org.bertsum.core;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * A .tflite file of bertsum: a LiteRT model, and behind it, as a zip archive, all else that
 * summarising needs.
 *
 * <p>Everything is checked before LiteRT is given the file: a damaged FlatBuffer may end its process.
 * The checks find damage; take model files from those whom you would take code from.
 *
 * <p>Safe for use by several threads at once.
 */
public final class ModelFile {
    static final int FORMAT_VERSION = 1;

    private static final String VOCABULARY_FILE = "vocab.txt";
    private static final String RULES_FILE = "sentence_rules.json";
    private static final String LIMITS_FILE = "limits.json";
    private static final String CHARACTERS_FILE = "characters.json";
    private static final List<String> FILES =
            Arrays.asList(VOCABULARY_FILE, RULES_FILE, LIMITS_FILE, CHARACTERS_FILE);

    // FlatBuffers' identifier of a LiteRT model, and where it stands.
    private static final int IDENTIFIER = littleEndian("TFL3");
    private static final int IDENTIFIER_PLACE = 4;

    // The zip format's records (APPNOTE.TXT 4.3), and the fixed lengths of those before names.
    private static final int END_RECORD = littleEndian("PK\u0005\u0006");
    private static final int END_RECORD_LENGTH = 22;
    private static final int LONGEST_COMMENT = 0xFFFF;
    private static final int DIRECTORY_RECORD = littleEndian("PK\u0001\u0002");
    private static final int DIRECTORY_RECORD_LENGTH = 46;
    private static final int MEMBER_RECORD = littleEndian("PK\u0003\u0004");
    private static final int MEMBER_RECORD_LENGTH = 30;

    private final Limits limits;
    private final SentenceSplitter splitter;
    private final WordPiece wordPiece;
    private final int modelBytes;

    private ModelFile(JsonObject json, String vocabulary, String rules, String characters) {
        limits = new Limits(json);
        modelBytes = json.integer("model_bytes");
        splitter = new SentenceSplitter(JsonObject.parse(rules));
        CharacterTable table = new CharacterTable(JsonObject.parse(characters));
        String[] pieces = pieces(vocabulary);
        limits.checkIds(pieces.length);
        wordPiece = new WordPiece(pieces, table, limits.unkId, limits.maxWordCharacters);
    }

    /**
     * Reads and checks a file.
     *
     * @param content the whole file, such as a mapped one; its position and limit don't change.
     *     It has to keep its content for as long as LiteRT uses it.
     * @param name what messages call it.
     * @throws ModelFileException if it is not bertsum's, damaged, cut short, or too new.
     */
    public static ModelFile read(ByteBuffer content, String name) throws ModelFileException {
        ByteBuffer file = content.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (file.limit() < IDENTIFIER_PLACE + 4 || file.getInt(IDENTIFIER_PLACE) != IDENTIFIER) {
            throw new ModelFileException(
                    name + " is no LiteRT model: name a .tflite file that bertsum exported.", null);
        }
        Map<String, ByteBuffer> members = members(file, name);
        if (!members.containsKey(LIMITS_FILE)) {
            throw new ModelFileException(name + " is a LiteRT model, but no export of bertsum: "
                    + "name a .tflite file that bertsum exported.", null);
        }
        try {
            JsonObject limits = JsonObject.parse(text(members, LIMITS_FILE));
            if (limits.has("task") && limits.string("task").equals("abstractive")) {
                throw new ModelFileException(name + " has a model that writes its summaries, and "
                        + "this code runs models that choose sentences: export one of those, or "
                        + "run this one in Python.", null);
            }
            if (limits.integer("format_version") > FORMAT_VERSION) {
                throw newer(name, limits.string("package_version"));
            }
            for (String member : FILES) {
                if (!members.containsKey(member)) {
                    throw new ModelFileException(
                            name + " lacks its " + member + ": export it again.", null);
                }
            }
            ByteBuffer model = file.duplicate();
            asBuffer(model).limit(limits.integer("model_bytes"));
            checkHash(model, limits.string("model_sha256"));
            checkHash(members.get(VOCABULARY_FILE).duplicate(),
                    limits.string("vocabulary_sha256"));
            checkHash(members.get(RULES_FILE).duplicate(), limits.string("rules_sha256"));
            String rules = text(members, RULES_FILE);
            if (JsonObject.parse(rules).integer("version") > SentenceSplitter.RULES_VERSION) {
                throw newer(name, limits.string("package_version"));
            }
            return new ModelFile(limits, text(members, VOCABULARY_FILE), rules,
                    text(members, CHARACTERS_FILE));
        } catch (RuntimeException | CharacterCodingException error) {
            // Whatever the readers stumble over, it is the file that is wrong.
            throw damaged(name, error);
        }
    }

    /** Splits as the model was trained with. */
    public SentenceSplitter splitter() {
        return splitter;
    }

    /** The model's vocabulary. */
    public WordPiece wordPiece() {
        return wordPiece;
    }

    /** Packs as the model was trained with. */
    public Packer packer() {
        return new Packer(limits);
    }

    /** Merges the scores of the model's windows. */
    public ScoreMerger scoreMerger() {
        return new ScoreMerger(limits);
    }

    /** Chooses by the model's limits. */
    public Selector selector() {
        return new Selector(limits, splitter.blanks());
    }

    /** Where the model ends and the archive starts: what LiteRT needs of the file. */
    public int modelBytes() {
        return modelBytes;
    }

    /** The shortest of the model's window lengths that a window fits into, in tokens. */
    public int windowLength(Window window) {
        int needed = packer().paddedLength(window);
        for (int length : limits.windowLengths) {
            if (length >= needed) {
                return length;
            }
        }
        throw new IllegalArgumentException("The model reads windows of up to "
                + limits.maxWindowTokens + " tokens, not " + needed + ".");
    }

    /** The signature that reads windows of so many tokens. */
    public static String signature(int windowLength) {
        return "score_" + windowLength;
    }

    int maxWindowTokens() {
        return limits.maxWindowTokens;
    }

    int padId() {
        return limits.padId;
    }

    private static String[] pieces(String vocabulary) {
        String lines = vocabulary.endsWith("\n")
                ? vocabulary.substring(0, vocabulary.length() - 1)
                : vocabulary;
        return lines.split("\n", -1);
    }

    private static String text(Map<String, ByteBuffer> members, String member)
            throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(members.get(member).duplicate())
                .toString();
    }

    private static void checkHash(ByteBuffer content, String sha256) {
        StringBuilder hash = new StringBuilder();
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content);
            for (byte value : digest.digest()) {
                hash.append(Character.forDigit(value >> 4 & 0xF, 16))
                        .append(Character.forDigit(value & 0xF, 16));
            }
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("Every Java has SHA-256.", impossible);
        }
        if (!hash.toString().equals(sha256)) {
            throw new IllegalArgumentException("The content is not that of its hash.");
        }
    }

    /** Those of {@link #FILES} that the archive at the end of the file has: name to content. */
    private static Map<String, ByteBuffer> members(ByteBuffer file, String name)
            throws ModelFileException {
        int end = endRecord(file);
        if (end < 0) {
            throw new ModelFileException(name
                    + " is cut short, or no export of bertsum: copy it or export it again.", null);
        }
        try {
            int count = file.getShort(end + 10) & 0xFFFF;
            int directory = end - file.getInt(end + 12);
            // What stands before an archive may have been counted in its places, or not.
            int shift = directory - file.getInt(end + 16);
            Map<String, ByteBuffer> members = new HashMap<>();
            for (int place = directory; count > 0; count--) {
                if (file.getInt(place) != DIRECTORY_RECORD) {
                    throw damaged(name, null);
                }
                int nameLength = file.getShort(place + 28) & 0xFFFF;
                String member = StandardCharsets.UTF_8.decode(
                        slice(file, place + DIRECTORY_RECORD_LENGTH, nameLength)).toString();
                // Others, such as the model card, are nobody's business here.
                if (FILES.contains(member)
                        && members.put(member, member(file, place, shift, name)) != null) {
                    throw damaged(name, null);
                }
                place += DIRECTORY_RECORD_LENGTH + nameLength
                        + (file.getShort(place + 30) & 0xFFFF)
                        + (file.getShort(place + 32) & 0xFFFF);
            }
            return members;
        } catch (IndexOutOfBoundsException | IllegalArgumentException
                | ArithmeticException error) {
            throw damaged(name, error);
        }
    }

    /** The content of the member that a record of the archive's directory names. */
    private static ByteBuffer member(ByteBuffer file, int record, int shift, String name)
            throws ModelFileException {
        boolean isStored = file.getShort(record + 10) == 0;
        int length = file.getInt(record + 24);
        int place = file.getInt(record + 42) + shift;
        if (!isStored || file.getInt(place) != MEMBER_RECORD) {
            throw damaged(name, null);
        }
        int start = place + MEMBER_RECORD_LENGTH
                + (file.getShort(place + 26) & 0xFFFF)
                + (file.getShort(place + 28) & 0xFFFF);
        ByteBuffer content = slice(file, start, length);
        CRC32 sum = new CRC32();
        sum.update(content.duplicate());
        if ((int) sum.getValue() != file.getInt(record + 16)) {
            throw damaged(name, null);
        }
        return content;
    }

    /** Where the archive's last record starts, or -1 if there is none. */
    private static int endRecord(ByteBuffer file) {
        int last = file.limit() - END_RECORD_LENGTH;
        for (int place = last; place >= Math.max(0, last - LONGEST_COMMENT); place--) {
            if (file.getInt(place) == END_RECORD
                    && (file.getShort(place + 20) & 0xFFFF) == last - place) {
                return place;
            }
        }
        return -1;
    }

    private static ByteBuffer slice(ByteBuffer file, int start, int length) {
        ByteBuffer part = file.duplicate();
        asBuffer(part).limit(Math.addExact(start, length)).position(start);
        return part.slice();
    }

    /** Older Androids lack the methods of ByteBuffer that give a ByteBuffer, not a Buffer. */
    private static Buffer asBuffer(ByteBuffer content) {
        return content;
    }

    private static int littleEndian(String letters) {
        return letters.charAt(0) | letters.charAt(1) << 8 | letters.charAt(2) << 16
                | letters.charAt(3) << 24;
    }

    private static ModelFileException damaged(String name, Throwable cause) {
        return new ModelFileException(name + " is damaged: copy it or export it again.", cause);
    }

    private static ModelFileException newer(String name, String version) {
        return new ModelFileException(name + " was written by bertsum-tf " + version
                + ", whose files this version can't read: use that version's code, or a later one.",
                null);
    }
}
