package dev.trireme.checkpoint.gguf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads the values of keys. Memory is bounded by the bytes that were read, not by the lengths that a file claims. */
final class GgufValues {
    private static final int LONGEST_STRING = 1 << 20;

    /** Bound on the elements of all arrays together: ten times those of the largest vocabularies. */
    private static final long MOST_ELEMENTS = 4_000_000;

    private static final int ARRAY = 9;
    private static final int STRING = 8;

    private final GgufCursor cursor;
    private long elements;

    GgufValues(GgufCursor cursor) {
        this.cursor = cursor;
    }

    GgufValue read(String subject) throws IOException {
        long at = cursor.position();
        long type = cursor.u32(subject);
        return new GgufValue(at, type == ARRAY ? array(subject) : single(type, at, subject));
    }

    private Object single(long type, long at, String subject) throws IOException {
        return switch ((int) type) {
            case 0 -> (long) cursor.u8(subject);
            case 1 -> (long) (byte) cursor.u8(subject);
            case 2 -> (long) (cursor.i16(subject) & 0xffff);
            case 3 -> (long) cursor.i16(subject);
            case 4 -> cursor.u32(subject);
            case 5 -> (long) cursor.i32(subject);
            case 6 -> (double) Float.intBitsToFloat(cursor.i32(subject));
            case 7 -> flag(at, subject);
            case STRING -> cursor.string(LONGEST_STRING, subject, "its text");
            case 10 -> cursor.count(Long.MAX_VALUE, subject, "its number");
            case 11 -> cursor.i64(subject);
            case 12 -> Double.longBitsToDouble(cursor.i64(subject));
            default -> throw cursor.malformed(at, subject, "its type " + type + " is unknown");
        };
    }

    private boolean flag(long at, String subject) throws IOException {
        int value = cursor.u8(subject);
        if (value > 1) {
            throw cursor.malformed(at, subject, "its truth value is " + value + ", not 0 or 1");
        }
        return value == 1;
    }

    private Object array(String subject) throws IOException {
        long at = cursor.position();
        long type = cursor.u32(subject);
        if (type == ARRAY) {
            throw cursor.malformed(at, subject, "it is an array of arrays");
        }
        // Every element takes at least a byte.
        long most = Math.min(MOST_ELEMENTS - elements, cursor.fileSize() - cursor.position() - Long.BYTES);
        int length = (int) cursor.count(most, subject, "its length");
        elements += length;
        return switch ((int) type) {
            case STRING -> texts(length, subject);
            case 6, 12 -> reals(type, length, subject);
            default -> wholes(type, length, subject);
        };
    }

    private GgufValue.Texts texts(int length, String subject) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            texts.add(cursor.string(LONGEST_STRING, subject, "its text " + i));
        }
        return new GgufValue.Texts(Collections.unmodifiableList(texts));
    }

    private GgufValue.Reals reals(long type, int length, String subject) throws IOException {
        double[] reals = new double[length];
        for (int i = 0; i < length; i++) {
            reals[i] = (Double) single(type, cursor.position(), subject);
        }
        return new GgufValue.Reals(reals);
    }

    private GgufValue.Wholes wholes(long type, int length, String subject) throws IOException {
        long[] wholes = new long[length];
        for (int i = 0; i < length; i++) {
            Object value = single(type, cursor.position(), subject);
            wholes[i] = value instanceof Boolean truth ? (truth ? 1 : 0) : (Long) value;
        }
        return new GgufValue.Wholes(wholes);
    }
}
