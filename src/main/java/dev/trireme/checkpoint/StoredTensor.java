package dev.trireme.checkpoint;

import dev.trireme.config.Sha256;
import java.nio.ByteBuffer;
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
