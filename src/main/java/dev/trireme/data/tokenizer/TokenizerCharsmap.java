package dev.trireme.data.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Checks the {@code precompiled_charsmap} of a SentencePiece normalizer, whose reader in the tokenizer library follows
 * every index in it unchecked and ends the process where one leads outside.
 *
 * <pre>
 *   size of the trie in bytes (u32) | trie: units (u32) | replacements: UTF-8, each up to a zero byte
 *
 *   unit at i ──offset──▶ block of 256 units, one a next byte;  its leaf ──value──▶ start of a replacement
 * </pre>
 */
final class TokenizerCharsmap {
    private static final int BLOCK = 256;
    private static final int MAX_REPLACEMENT_BYTES = 64; // Unicode's longest has 33

    private TokenizerCharsmap() {}

    /** Whether every text can be normalized with {@code base64}. */
    static boolean isWhole(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            // The library refuses padding and spare bits that Java lets pass.
            return Base64.getEncoder().encodeToString(bytes).equals(base64)
                    && isWhole(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return false;
        }
    }

    private static boolean isWhole(ByteBuffer map) throws CharacterCodingException {
        long trieBytes = map.remaining() < 4 ? 0 : Integer.toUnsignedLong(map.getInt()) / 4 * 4;
        if (trieBytes == 0 || trieBytes > map.remaining() || trieBytes % (4 * BLOCK) != 0) {
            return false;
        }
        int[] trie = new int[(int) (trieBytes / 4)];
        map.asIntBuffer().get(trie);
        ByteBuffer replacements = map.slice(map.position() + (int) trieBytes, map.remaining() - (int) trieBytes);
        StandardCharsets.UTF_8.newDecoder().decode(replacements.duplicate());
        for (int i = 0; i < trie.length; i++) {
            boolean isValue = i > 0 && trie[i] < 0;
            if (!isValue && !leadsInside(trie, i, replacements)) {
                return false;
            }
        }
        return true;
    }

    private static boolean leadsInside(int[] trie, int index, ByteBuffer replacements) {
        int unit = trie[index];
        int child = index ^ ((unit >>> 10) << ((unit & 0x200) >>> 6));
        if (child < 0 || child >= trie.length) {
            return false;
        }
        boolean hasLeaf = (unit & 0x100) != 0;
        return !hasLeaf || isReplacement(replacements, trie[child] & Integer.MAX_VALUE);
    }

    private static boolean isReplacement(ByteBuffer utf8, int start) {
        if (start > utf8.limit() || (start < utf8.limit() && (utf8.get(start) & 0xC0) == 0x80)) {
            return false;
        }
        int end = start;
        while (end < utf8.limit() && utf8.get(end) != 0) {
            end++;
        }
        return end - start <= MAX_REPLACEMENT_BYTES;
    }
}
