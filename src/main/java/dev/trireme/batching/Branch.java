package dev.trireme.batching;

import dev.trireme.config.NullChecks;
import java.util.Arrays;
import java.util.Objects;

/**
 * A text and the blocks of its positions.
 *
 * <pre>
 *   ids       0 ········ computed ········ scheduled ········ length
 *             in the cache         in flight          known, to be run
 * </pre>
 */
public final class Branch {
    private int[] ids;
    private int length;
    private int scheduled;
    private int computed;
    private int[] blocks = new int[4];
    private int blockCount;
    private BlockKey[] keys; // of the full blocks at the beginning, as far as they were needed; the root first
    private int keyCount = 1;

    /**
     * A text without blocks.
     *
     * @param ids at least one
     * @param root see {@link BlockKey#root}
     */
    public Branch(int[] ids, BlockKey root) {
        NullChecks.require("ids", ids, "root", root);
        this.ids = ids.clone();
        this.length = ids.length;
        this.keys = new BlockKey[] {root, root, root, root};
    }

    private Branch(Branch parent) {
        ids = parent.ids.clone();
        length = parent.length;
        scheduled = parent.scheduled;
        computed = parent.computed;
        blocks = parent.blocks.clone();
        blockCount = parent.blockCount;
        keys = parent.keys.clone();
        keyCount = parent.keyCount;
    }

    /** The same text on the same blocks, which the caller has to retain. */
    Branch copy() {
        return new Branch(this);
    }

    /**
     * Tokens of the text.
     *
     * @return their number
     */
    public int length() {
        return length;
    }

    /**
     * A token of the text.
     *
     * @param index from 0
     * @return its id
     */
    public int id(int index) {
        return ids[index];
    }

    /**
     * Some tokens of the text.
     *
     * @param begin index of the first
     * @param end index after the last
     * @return their ids
     */
    public int[] ids(int begin, int end) {
        return Arrays.copyOfRange(ids, begin, end);
    }

    /**
     * Copies some tokens of the text.
     *
     * @param begin index of the first
     * @param end index after the last
     * @param to where they go
     * @param at index of the first there
     */
    public void copyIds(int begin, int end, int[] to, int at) {
        Objects.requireNonNull(to, "to");
        System.arraycopy(ids, begin, to, at, end - begin);
    }

    /**
     * Appends a token.
     *
     * @param id of the token
     */
    public void append(int id) {
        if (length == ids.length) {
            ids = Arrays.copyOf(ids, 2 * length + 16);
        }
        ids[length++] = id;
    }

    /**
     * The blocks of the first positions, in order.
     *
     * @param positions at most those that have blocks
     * @return their numbers
     */
    public int[] table(int positions) {
        return Arrays.copyOf(blocks, BlockPool.blocksFor(positions));
    }

    int scheduled() {
        return scheduled;
    }

    int computed() {
        return computed;
    }

    int pending() {
        return length - scheduled;
    }

    void schedule(int count) {
        scheduled += count;
    }

    void compute(int end) {
        computed = end;
    }

    int blockCount() {
        return blockCount;
    }

    int block(int index) {
        return blocks[index];
    }

    void setBlock(int index, int block) {
        blocks[index] = block;
    }

    void addBlock(int block) {
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * blockCount);
        }
        blocks[blockCount++] = block;
    }

    /** Begins with blocks that hold its first positions already. */
    void begin(int[] found) {
        for (int block : found) {
            addBlock(block);
        }
        scheduled = found.length * BlockPool.POSITIONS;
        computed = scheduled;
    }

    /** Forgets the blocks: all tokens are to be run again. */
    void reset() {
        blockCount = 0;
        scheduled = 0;
        computed = 0;
    }

    /** The key of a block whose tokens are all known. */
    BlockKey key(int block) {
        while (keyCount <= block + 1) {
            if (keyCount == keys.length) {
                keys = Arrays.copyOf(keys, 2 * keyCount);
            }
            keys[keyCount] = keys[keyCount - 1].next(ids, (keyCount - 1) * BlockPool.POSITIONS);
            keyCount++;
        }
        return keys[block + 1];
    }
}
