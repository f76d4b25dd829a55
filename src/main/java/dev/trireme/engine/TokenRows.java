package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * New tokens of some sequences, for one pass through a stage.
 *
 * @param firsts position of each sequence's first new token; the positions before are in the cache
 * @param counts how many tokens each gets, 1 or more
 * @param tables the blocks of all positions of the first sequence, up to its last new one, then those of the second, and
 *     so on
 * @param ids the tokens of the first sequence, then those of the second, and so on
 * @param adapters number of each sequence's adapter, 0 for none
 */
@SuppressWarnings("ArrayRecordComponent") // as C++ takes them
public record TokenRows(int[] firsts, int[] counts, int[] tables, int[] ids, int[] adapters) {
    /**
     * Checks that the lengths fit together, since C++ reads as far as they say.
     *
     * @throws IllegalArgumentException naming the numbers that do not
     */
    public TokenRows {
        NullChecks.require("firsts", firsts, "counts", counts, "tables", tables, "ids", ids);
        NullChecks.require("adapters", adapters);
        if (firsts.length != counts.length || firsts.length != adapters.length) {
            throw new IllegalArgumentException(firsts.length + " first positions, " + counts.length + " counts and "
                    + adapters.length + " adapters do not fit; give all for each sequence");
        }
        long tokens = IntStream.of(counts).asLongStream().sum();
        long blocks = 0;
        for (int i = 0; i < firsts.length; i++) {
            require(
                    firsts[i] >= 0 && counts[i] > 0,
                    "sequence " + i + " gets " + counts[i] + " tokens from position " + firsts[i]
                            + " on; give 1 or more, from 0 or later on");
            blocks += ((long) firsts[i] + counts[i] + KeyValueCache.BLOCK - 1) / KeyValueCache.BLOCK;
        }
        require(
                tokens == ids.length && blocks == tables.length,
                firsts.length + " sequences of " + tokens + " tokens in " + blocks + " blocks do not fit " + ids.length
                        + " ids and " + tables.length + " blocks; give as many ids and blocks as the counts say");
    }

    /**
     * Sequences without adapters.
     *
     * @param firsts position of each sequence's first new token
     * @param counts how many tokens each gets
     * @param tables the blocks of each
     * @param ids the tokens of each
     */
    public TokenRows(int[] firsts, int[] counts, int[] tables, int[] ids) {
        this(firsts, counts, tables, ids, new int[Objects.requireNonNull(firsts, "firsts").length]);
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }

    /**
     * A single sequence.
     *
     * @param first position of the first new token
     * @param table its blocks
     * @param ids its new tokens
     * @return the rows
     */
    public static TokenRows of(int first, int[] table, int... ids) {
        NullChecks.require("table", table, "ids", ids);
        return new TokenRows(new int[] {first}, new int[] {ids.length}, table, ids);
    }
}
