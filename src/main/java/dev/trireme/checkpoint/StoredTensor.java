package dev.trireme.checkpoint;

import dev.trireme.config.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A tensor and the open file that holds it. */
record StoredTensor(SafetensorsReader file, TensorEntry entry) {
    private static final int PIECE = 1 << 20;

    void read(long offset, ByteBuffer destination) {
        file.read(entry, offset, destination);
    }

    /** SHA-256 of name, type, shape and bytes. */
    String hash() {
        MessageDigest digest = Sha256.digest();
        digest.update(
                (entry.name() + "\n" + entry.type() + "\n" + entry.shape() + "\n").getBytes(StandardCharsets.UTF_8));
        for (long offset = 0; offset < entry.bytes(); offset += PIECE) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, entry.bytes() - offset));
            read(offset, piece);
            digest.update(piece.flip());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Adds shape and first values to a digest, rounded to bfloat16, in which a model and its rounded copy are the same.
     *
     * @param most how many values
     */
    void addStart(MessageDigest digest, int most) {
        digest.update(entry.shape().toString().getBytes(StandardCharsets.UTF_8));
        int size = entry.type().width();
        int count = (int) Math.min(most, entry.bytes() / size);
        ByteBuffer values = ByteBuffer.allocate(size * count).order(ByteOrder.LITTLE_ENDIAN);
        read(0, values);
        values.flip();
        ByteBuffer rounded = ByteBuffer.allocate(Short.BYTES * count).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            rounded.putShort(
                    switch (entry.type()) {
                        case F32 -> HalfFloats.toBf16(values.getFloat());
                        case F16 -> HalfFloats.toBf16(HalfFloats.ofF16(values.getShort()));
                        default -> values.getShort();
                    });
        }
        digest.update(rounded.flip());
    }

    boolean sameContent(StoredTensor other, int piece) {
        if (entry.type() != other.entry.type() || !entry.shape().equals(other.entry.shape())) {
            return false;
        }
        for (long offset = 0; offset < entry.bytes(); offset += piece) {
            int count = (int) Math.min(piece, entry.bytes() - offset);
            ByteBuffer left = ByteBuffer.allocate(count);
            ByteBuffer right = ByteBuffer.allocate(count);
            read(offset, left);
            other.read(offset, right);
            if (!left.flip().equals(right.flip())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return entry.name() + " (" + entry.type() + " " + entry.shape() + " at byte " + entry.begin() + " of "
                + file.name() + ")";
    }
}
