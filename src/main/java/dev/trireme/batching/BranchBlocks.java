package dev.trireme.batching;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The blocks of branches: which they begin with, get, share and give back. */
final class BranchBlocks {
    private final BlockPool pool;
    private long copied;

    BranchBlocks(BlockPool pool) {
        this.pool = pool;
    }

    /** Blocks that branches shared before one of them wrote. */
    long copied() {
        return copied;
    }

    /**
     * Makes the block of a position the branch's own, so that it can be written to.
     *
     * @param copies gets what is to be copied before
     */
    void own(Branch branch, int position, List<Iteration.Copy> copies) {
        int index = position / BlockPool.POSITIONS;
        if (index == branch.blockCount()) {
            branch.addBlock(pool.take());
        } else if (pool.isShared(branch.block(index))) {
            int copy = pool.take();
            copies.add(new Iteration.Copy(branch.block(index), copy));
            pool.release(branch.block(index));
            branch.setBlock(index, copy);
            copied++;
        }
    }

    /**
     * Blocks that one more position of every branch of a job takes. Of the branches that share a block, the last one to
     * be given its own may have the old one.
     */
    int neededForStep(Job job) {
        int needed = 0;
        Map<Integer, Integer> sharers = new HashMap<>();
        for (Branch branch : job.branches()) {
            int index = branch.scheduled() / BlockPool.POSITIONS;
            if (index == branch.blockCount()) {
                needed++;
            } else {
                int block = branch.block(index);
                needed += sharers.merge(block, 1, Integer::sum) < pool.references(block) ? 1 : 0;
            }
        }
        return needed;
    }

    /** The same text on the same blocks. */
    Branch fork(Branch branch) {
        Branch copy = branch.copy();
        for (int i = 0; i < copy.blockCount(); i++) {
            pool.retain(copy.block(i));
        }
        return copy;
    }

    /** From the last block on, so that the first ones, which other texts may begin with, are kept longest. */
    void release(Branch branch) {
        for (int i = branch.blockCount() - 1; i >= 0; i--) {
            pool.release(branch.block(i));
        }
        branch.reset();
    }

    /** Gives a branch the blocks of other texts that it can begin with. @return how many */
    int begin(Branch branch) {
        int[] found = found(branch);
        for (int block : found) {
            pool.retain(block);
        }
        branch.begin(found);
        return found.length;
    }

    /** Blocks that a text can begin with; its last token has to run in any case. */
    int[] found(Branch branch) {
        int[] found = new int[(branch.length() - 1) / BlockPool.POSITIONS];
        for (int i = 0; i < found.length; i++) {
            Optional<Integer> block = pool.find(branch.key(i));
            if (block.isEmpty()) {
                return Arrays.copyOf(found, i);
            }
            found[i] = block.get();
        }
        return found;
    }

    /** Lets other texts find what is computed, from a block on. */
    void share(Branch branch, int first) {
        for (int i = first; i < branch.computed() / BlockPool.POSITIONS; i++) {
            pool.name(branch.block(i), branch.key(i));
        }
    }
}
