package dev.trireme.batching;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;

/**
 * The name of a block's content: half of the SHA-256 of its tokens and of the key of the block before it, so that equal
 * keys mean equal beginnings of texts.
 *
 * @param high half of the key
 * @param low the other half
 */
public record BlockKey(long high, long low) {
    /**
     * The key before the first block.
     *
     * @param origin everything besides the tokens that keys and values depend on, and what keeps callers apart
     * @return equal for equal origins only
     */
    public static BlockKey root(String origin) {
        Objects.requireNonNull(origin, "origin");
        return of(ByteBuffer.wrap(origin.getBytes(StandardCharsets.UTF_8)));
    }

    /** The key of the block that follows with {@link BlockPool#POSITIONS} tokens from an index on. */
    BlockKey next(int[] ids, int begin) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + BlockPool.POSITIONS * Integer.BYTES);
        bytes.putLong(high).putLong(low);
        for (int i = begin; i < begin + BlockPool.POSITIONS; i++) {
            bytes.putInt(ids[i]);
        }
        return of(bytes.flip());
    }

    private static BlockKey of(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new BlockKey(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
