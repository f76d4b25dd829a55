package dev.trireme.checkpoint.gguf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses the header of a GGUF file.
 *
 * <pre>
 *   "GGUF", version (u32), number of tensors (u64), number of keys (u64)
 *   keys      name, type (u32), value; an array: type (u32), length (u64), values
 *   tensors   name, number of sizes (u32), sizes (u64, fastest first), type (u32), offset (u64)
 *   data      begins at a multiple of the alignment, and so does each tensor, from which offsets count
 * </pre>
 */
final class GgufHeader {
    static final int MOST_TENSORS = 100_000;

    private static final int MAGIC = 0x46554747;
    private static final int MOST_KEYS = 100_000;
    private static final int MOST_DIMENSIONS = 4;
    private static final int LONGEST_NAME = 1024;
    private static final long LARGEST_ALIGNMENT = 1 << 20;
    private static final String ALIGNMENT = "general.alignment";

    private final GgufCursor cursor;
    private final GgufValues values;
    private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();

    private GgufHeader(GgufCursor cursor) {
        this.cursor = cursor;
        this.values = new GgufValues(cursor);
    }

    static GgufHeader parse(GgufCursor cursor) throws IOException {
        GgufHeader header = new GgufHeader(cursor);
        header.parse();
        return header;
    }

    Map<String, GgufValue> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    Map<String, GgufTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    private void parse() throws IOException {
        if (cursor.fileSize() < Integer.BYTES || cursor.i32("") != MAGIC) {
            throw cursor.malformed(0, "", "the file does not begin with GGUF");
        }
        int version = cursor.i32("");
        if (version != 2 && version != 3) {
            boolean swapped = version != 0 && (version & 0xffff) == 0;
            String what = swapped ? "the file is of a big-endian machine" : "the version is " + version;
            throw cursor.malformed(4, "", what + "; Trireme reads versions 2 and 3, little endian");
        }
        long tensorCount = cursor.count(MOST_TENSORS, "", "the number of tensors");
        long keyCount = cursor.count(MOST_KEYS, "", "the number of keys");
        for (long i = 0; i < keyCount; i++) {
            parseKey();
        }
        List<Claim> claims = new ArrayList<>();
        for (long i = 0; i < tensorCount; i++) {
            claims.add(parseTensor(claims.size()));
        }
        checkLayout(claims);
    }

    private void parseKey() throws IOException {
        long at = cursor.position();
        String key = name("key " + metadata.size());
        String subject = "key " + key;
        if (metadata.containsKey(key)) {
            throw cursor.malformed(at, subject, "it is there twice");
        }
        metadata.put(key, values.read(subject));
    }

    private String name(String subject) throws IOException {
        long at = cursor.position();
        String name = cursor.string(LONGEST_NAME, subject, "its name");
        if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
            throw cursor.malformed(at, subject, "its name is empty or has control characters");
        }
        return name;
    }

    /** The unchecked description of a tensor; the offset counts from the begin of the data. */
    private record Claim(long at, String name, GgufType type, List<Long> shape, long offset) {
        String subject() {
            return "tensor " + name;
        }

        GgufTensor from(long dataBegin) {
            return new GgufTensor(name, type, shape, dataBegin + offset);
        }
    }

    private Claim parseTensor(int index) throws IOException {
        long at = cursor.position();
        String name = name("tensor " + index);
        String subject = "tensor " + name;
        long dimensions = cursor.u32(subject);
        if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
            throw cursor.malformed(at, subject, "it has " + dimensions + " sizes, not 1 to " + MOST_DIMENSIONS);
        }
        List<Long> shape = new ArrayList<>(MOST_DIMENSIONS);
        for (long i = 0; i < dimensions; i++) {
            shape.add(0, cursor.count(Long.MAX_VALUE, subject, "a size"));
        }
        GgufType type = type(at, subject, cursor.u32(subject));
        long offset = cursor.count(cursor.fileSize(), subject, "the offset of its data");
        Claim claim = new Claim(at, name, type, shape, offset);
        requireWhole(claim);
        return claim;
    }

    private GgufType type(long at, String subject, long code) {
        for (GgufType type : GgufType.values()) {
            if (type.code() == code) {
                return type;
            }
        }
        String known = Arrays.toString(GgufType.values());
        throw cursor.malformed(at, subject, "it is of type " + code + "; Trireme reads " + known);
    }

    private void requireWhole(Claim claim) {
        long bytes;
        try {
            GgufTensor tensor = claim.from(0);
            bytes = tensor.type().bytes(tensor.count());
        } catch (ArithmeticException e) {
            throw cursor.malformed(claim.at, claim.subject(), "shape " + claim.shape + " is too large");
        }
        long row = claim.shape.get(claim.shape.size() - 1);
        if (claim.shape.contains(0L) || row % claim.type.blockValues() != 0) {
            String rule = "rows of whole blocks of " + claim.type.blockValues();
            throw cursor.malformed(claim.at, claim.subject(), claim.type + " " + claim.shape + " has no " + rule);
        }
        if (bytes > cursor.fileSize()) {
            throw cursor.malformed(
                    claim.at,
                    claim.subject(),
                    claim.type + " " + claim.shape + " takes " + bytes + " bytes, but the file has "
                            + cursor.fileSize());
        }
    }

    private void checkLayout(List<Claim> claims) {
        long alignment = alignment();
        long dataBegin = aligned(cursor.position(), alignment);
        List<Claim> inOrder = new ArrayList<>(claims);
        inOrder.sort(Comparator.comparingLong(Claim::offset));
        long next = 0;
        for (Claim claim : inOrder) {
            if (claim.offset != next) {
                String what = claim.offset < next ? "overlaps the tensor before it" : "leaves a hole before it";
                String expected = "; with alignment " + alignment + " it begins at " + next;
                throw cursor.malformed(
                        claim.at, claim.subject(), "its data at " + claim.offset + " " + what + expected);
            }
            long end = dataBegin + claim.offset + claim.from(0).bytes();
            if (end > cursor.fileSize()) {
                throw cursor.malformed(
                        claim.at,
                        claim.subject(),
                        "its data ends at byte " + end + ", but the file at " + cursor.fileSize());
            }
            next = aligned(claim.offset + claim.from(0).bytes(), alignment);
        }
        if (cursor.fileSize() > dataBegin + next) {
            throw cursor.malformed(
                    dataBegin + next, "", (cursor.fileSize() - dataBegin - next) + " bytes belong to no tensor");
        }
        for (Claim claim : claims) {
            if (tensors.put(claim.name, claim.from(dataBegin)) != null) {
                throw cursor.malformed(claim.at, claim.subject(), "it is there twice");
            }
        }
    }

    private long alignment() {
        GgufValue value = metadata.get(ALIGNMENT);
        if (value == null) {
            return 32;
        }
        boolean powerOfTwo = value.content() instanceof Long number
                && number > 0
                && number <= LARGEST_ALIGNMENT
                && Long.bitCount(number) == 1;
        if (!powerOfTwo) {
            String rule = "not a power of two up to " + LARGEST_ALIGNMENT;
            throw cursor.malformed(value.offset(), "key " + ALIGNMENT, "it is " + value.content() + ", " + rule);
        }
        return (Long) value.content();
    }

    private static long aligned(long position, long alignment) {
        return (position + alignment - 1) / alignment * alignment;
    }
}
