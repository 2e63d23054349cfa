package org.bertsum.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An object of a JSON file, whose members have the types that are asked for.
 *
 * <p>Each method throws an {@link IllegalArgumentException} that names the member, if it is missing
 * or of another type.
 */
final class JsonObject {
    private final Map<?, ?> members;

    private JsonObject(Object value) {
        if (!(value instanceof Map)) {
            throw new IllegalArgumentException("There is no JSON object.");
        }
        members = (Map<?, ?>) value;
    }

    static JsonObject parse(String text) {
        return new JsonObject(Json.parse(text));
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    String string(String name) {
        return get(name, String.class);
    }

    boolean flag(String name) {
        return get(name, Boolean.class);
    }

    int integer(String name) {
        return Math.toIntExact(get(name, Long.class));
    }

    double number(String name) {
        return get(name, Number.class).doubleValue();
    }

    JsonObject object(String name) {
        return new JsonObject(get(name, Map.class));
    }

    /** The members of an object whose values are strings, in order. */
    Map<String, String> strings() {
        Map<String, String> strings = new LinkedHashMap<>();
        for (Object name : members.keySet()) {
            strings.put((String) name, string((String) name));
        }
        return strings;
    }

    /** The members of an object whose values are lists of strings, in order. */
    Map<String, List<String>> stringLists() {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (Object name : members.keySet()) {
            List<String> list = new ArrayList<>();
            for (Object word : list((String) name)) {
                list.add(cast((String) name, word, String.class));
            }
            lists.put((String) name, list);
        }
        return lists;
    }

    List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object element : list(name)) {
            objects.add(new JsonObject(element));
        }
        return objects;
    }

    List<?> list(String name) {
        return get(name, List.class);
    }

    int[] integers(String name) {
        return integers(name, list(name));
    }

    /** A list of JSON's whole numbers; {@code name} is for the message if it is none. */
    static int[] integers(String name, List<?> list) {
        int[] integers = new int[list.size()];
        for (int index = 0; index < integers.length; index++) {
            integers[index] = Math.toIntExact(cast(name, list.get(index), Long.class));
        }
        return integers;
    }

    /** A list of JSON's numbers; {@code name} is for the message if it is none. */
    static float[] floats(String name, List<?> list) {
        float[] floats = new float[list.size()];
        for (int index = 0; index < floats.length; index++) {
            floats[index] = cast(name, list.get(index), Number.class).floatValue();
        }
        return floats;
    }

    static <T> T cast(String name, Object value, Class<T> type) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException("\"" + name + "\" is missing or of another type.");
        }
        return type.cast(value);
    }

    private <T> T get(String name, Class<T> type) {
        return cast(name, members.get(name), type);
    }
}
