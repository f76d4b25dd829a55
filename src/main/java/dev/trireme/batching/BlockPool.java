package dev.trireme.batching;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The blocks of a key/value cache, by number.
 *
 * <pre>
 *   free ──take──▶ in use, with a count of branches ──release──▶ without a key: free
 *     ▲                    ▲                                     with one:      kept ──┐
 *     └──── least recently used first, when none is free ◀───── find brings back ─────┘
 * </pre>
 */
final class BlockPool {
    /** Positions of a block: those of a panel of the attention kernel. */
    static final int POSITIONS = 32;

    private final int[] references;
    private final int[] free; // a stack, so that memory that was used already is used again
    private int freeCount;
    private final Map<BlockKey, Integer> blockOf = new HashMap<>();
    private final Map<Integer, BlockKey> keyOf = new HashMap<>();
    private final LinkedHashMap<Integer, BlockKey> kept = new LinkedHashMap<>(); // the least recently used first

    BlockPool(int blocks) {
        references = new int[blocks];
        free = new int[blocks];
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
        freeCount = blocks;
    }

    static int blocksFor(int positions) {
        return (positions + POSITIONS - 1) / POSITIONS;
    }

    int size() {
        return references.length;
    }

    /** Blocks that {@link #take} could give. */
    int available() {
        return freeCount + kept.size();
    }

    int kept() {
        return kept.size();
    }

    /** A block for one branch; there must be one {@link #available}. */
    int take() {
        int block;
        if (freeCount > 0) {
            block = free[--freeCount];
        } else {
            block = kept.keySet().iterator().next();
            blockOf.remove(kept.remove(block));
            keyOf.remove(block);
        }
        references[block] = 1;
        return block;
    }

    void retain(int block) {
        if (references[block]++ == 0) {
            kept.remove(block);
        }
    }

    void release(int block) {
        if (references[block] <= 0) {
            throw new IllegalStateException("block " + block + " is released once too often");
        }
        if (--references[block] == 0) {
            BlockKey key = keyOf.get(block);
            if (key == null) {
                free[freeCount++] = block;
            } else {
                kept.put(block, key);
            }
        }
    }

    int references(int block) {
        return references[block];
    }

    boolean isShared(int block) {
        return references[block] > 1;
    }

    /** Names a block whose content is complete; another with the same content stays the one that is found. */
    void name(int block, BlockKey key) {
        if (!keyOf.containsKey(block) && blockOf.putIfAbsent(key, block) == null) {
            keyOf.put(block, key);
        }
    }

    Optional<Integer> find(BlockKey key) {
        return Optional.ofNullable(blockOf.get(key));
    }

    /** @throws IllegalStateException when the counts of blocks do not fit together */
    void check() {
        long used = Arrays.stream(references).filter(count -> count > 0).count();
        if (used + freeCount + kept.size() != size() || keyOf.size() != blockOf.size()) {
            throw new IllegalStateException(used + " blocks in use, " + freeCount + " free and " + kept.size()
                    + " kept are not the " + size() + " of the pool");
        }
    }
}
