package dev.trireme.checkpoint.gguf;

import dev.trireme.config.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The metadata of a file. Every getter returns a valid value or throws with file, key and offset. */
record GgufMetadata(Path file, Map<String, GgufValue> keys) {
    boolean has(String key) {
        return keys.containsKey(key);
    }

    String text(String key) {
        if (content(key) instanceof String text) {
            return text;
        }
        throw refused(key, "a text");
    }

    String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (content(key) instanceof Boolean flag) {
            return flag;
        }
        throw refused(key, "true or false");
    }

    /** A number from {@code least} to {@code most}. */
    int whole(String key, int least, int most) {
        if (content(key) instanceof Long number && number >= least && number <= most) {
            return number.intValue();
        }
        throw refused(key, "a whole number from " + least + " to " + most);
    }

    int whole(String key, int least, int most, int otherwise) {
        return has(key) ? whole(key, least, most) : otherwise;
    }

    double number(String key) {
        if (content(key) instanceof Double number && Double.isFinite(number)) {
            return number;
        }
        throw refused(key, "a finite number");
    }

    double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    List<String> texts(String key) {
        if (content(key) instanceof GgufValue.Texts texts) {
            return texts.values();
        }
        throw refused(key, "a list of texts");
    }

    long[] wholes(String key) {
        if (content(key) instanceof GgufValue.Wholes wholes) {
            return wholes.values();
        }
        throw refused(key, "a list of whole numbers");
    }

    double[] reals(String key) {
        if (content(key) instanceof GgufValue.Reals reals) {
            return reals.values();
        }
        throw refused(key, "a list of numbers");
    }

    /** The error for a missing or unusable value of {@code key}. */
    BadInputException refused(String key, String needed) {
        GgufValue value = keys.get(key);
        String problem =
                value == null ? ": is missing" : " at byte " + value.offset() + ": is " + shown(value.content());
        return new BadInputException(file + ": key " + key + problem + "; Trireme needs " + needed);
    }

    private Object content(String key) {
        GgufValue value = keys.get(key);
        if (value == null) {
            throw refused(key, "it");
        }
        return value.content();
    }

    private static String shown(Object content) {
        if (content instanceof String text) {
            return '"' + (text.length() <= 80 ? text : text.substring(0, 80) + "…") + '"';
        }
        return content instanceof Record ? "a list" : String.valueOf(content);
    }
}
