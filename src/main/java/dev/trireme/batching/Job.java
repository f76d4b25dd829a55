package dev.trireme.batching;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * A request as the scheduler sees it: branches that go on together. It begins with one.
 */
public final class Job {
    /** Where a job is. */
    enum State {
        NEW,
        WAITING,
        RUNNING,
        REMOVED
    }

    private final Needs needs;
    private final int adapter;
    private List<Branch> branches;
    State state = State.NEW;
    long number; // in order of arrival
    int inFlight; // iterations
    long lastRun;
    private volatile int preemptions;

    /**
     * What a job asks for.
     *
     * @param longest tokens of a branch at its end
     * @param width most branches
     * @param shares whether it may begin with blocks of other texts, and gives its own to them
     * @param keeps whether keys and values are kept; else every token runs the whole text again
     */
    public record Needs(int longest, int width, boolean shares, boolean keeps) {
        /** Refuses a job that could never run within the limits. */
        void requireFit(BatchLimits limits) {
            if (width > limits.rows()) {
                throw new IllegalArgumentException(width + " branches are more than the " + limits.rows()
                        + " texts that run at once; use fewer, or allow more rows");
            }
            int blocks = width * BlockPool.blocksFor(longest);
            if (blocks > limits.blocks()) {
                throw new IllegalArgumentException(width + " × " + longest + " tokens take " + blocks
                        + " blocks of the cache but it has " + limits.blocks()
                        + "; use a shorter text, fewer new tokens or beams, or more memory for the cache");
            }
        }
    }

    /**
     * A job of one text.
     *
     * @param text to begin with
     * @param needs of the whole job
     */
    public Job(Branch text, Needs needs) {
        this(text, needs, 0);
    }

    /**
     * A job of one text, with weights of its own.
     *
     * @param text to begin with, whose root no text with other weights has
     * @param needs of the whole job
     * @param adapter number of these weights; 0 for those of the model
     */
    public Job(Branch text, Needs needs, int adapter) {
        NullChecks.require("text", text, "needs", needs);
        this.branches = List.of(text);
        this.needs = needs;
        this.adapter = adapter;
    }

    /**
     * The texts of the job as they are now.
     *
     * @return in their order
     */
    public List<Branch> branches() {
        return branches;
    }

    /**
     * What the job asks for.
     *
     * @return as given
     */
    public Needs needs() {
        return needs;
    }

    /**
     * Whose weights its tokens run with.
     *
     * @return as given
     */
    public int adapter() {
        return adapter;
    }

    /**
     * How often the job lost its blocks to an older one. Any thread may call.
     *
     * @return their number
     */
    public int preemptions() {
        return preemptions;
    }

    /** By the thread that plans, alone. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void preempted() {
        preemptions++;
    }

    void become(List<Branch> next) {
        branches = List.copyOf(next);
    }

    /** Whether every branch has its newest token to run and nothing else, and no iteration runs it. */
    boolean decodes() {
        return inFlight == 0 && branches.stream().allMatch(branch -> branch.pending() == 1);
    }

    /** Whether all that is left of it is decoding, also while it is in flight. */
    boolean hasBegun() {
        return branches.stream().allMatch(branch -> branch.pending() <= 1);
    }

    /** The index after the last token of a branch that runs before all branches step together. */
    int fillTo(Branch branch) {
        return branches.size() == 1 ? branch.length() : branch.length() - 1;
    }

    /** Tokens that are still to be run, were it to go on to its end. */
    long work() {
        long work = 0;
        for (Branch branch : branches) {
            work += needs.longest - branch.scheduled();
        }
        return work;
    }
}
