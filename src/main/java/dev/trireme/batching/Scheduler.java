package dev.trireme.batching;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Chooses which tokens run next.
 *
 * <ul>
 *   <li>Jobs are admitted in order of arrival, while there are rows, and blocks for all of their text.
 *   <li>An iteration has decoding texts first, those that ran least recently before others, at most their share of a
 *       group. What is left of its tokens goes to chunks of prompts, in order of arrival.
 *   <li>A job that lacks a block takes those of the youngest job, if that is younger than itself and not in flight, which
 *       waits to be computed again. So the oldest always goes on, and no job waits for ever.
 * </ul>
 *
 * <p>Any thread may call.
 */
public final class Scheduler {
    private static final Comparator<Job> BY_ARRIVAL = Comparator.comparingLong(job -> job.number);

    private final BatchLimits limits;
    private final BlockPool pool;
    private final BranchBlocks blocks;
    private final NavigableSet<Job> waiting = new TreeSet<>(BY_ARRIVAL);
    private final NavigableSet<Job> running = new TreeSet<>(BY_ARRIVAL);
    private long arrivals;
    private int inFlight;
    private long iterations;
    private long decodedRows;
    private long prefillTokens;
    private long chunks;
    private long sharedTokens;
    private long sharingJobs;
    private long preemptions;

    /** @param limits of what runs at once */
    public Scheduler(BatchLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
        this.pool = new BlockPool(limits.blocks());
        this.blocks = new BranchBlocks(pool);
    }

    /**
     * Refuses a job that could never run.
     *
     * @param needs of the job
     * @throws IllegalArgumentException when it has too many branches, or alone takes more blocks than there are
     */
    public void requireFit(Job.Needs needs) {
        Objects.requireNonNull(needs, "needs");
        needs.requireFit(limits);
    }

    /**
     * Adds a job, the youngest of all.
     *
     * @param job that was not added before
     */
    public synchronized void add(Job job) {
        Objects.requireNonNull(job, "job");
        requireFit(job.needs());
        if (job.state != Job.State.NEW) {
            throw new IllegalArgumentException("the job was added already; make a new one");
        }
        job.number = arrivals++;
        job.state = Job.State.WAITING;
        waiting.add(job);
    }

    /**
     * Takes a job out: it is done, or nobody wants it any more. Its blocks are free when no iteration runs it.
     *
     * @param job that was added
     */
    public synchronized void remove(Job job) {
        Objects.requireNonNull(job, "job");
        waiting.remove(job);
        running.remove(job);
        if (job.state != Job.State.REMOVED) {
            job.state = Job.State.REMOVED;
            releaseIfIdle(job);
        }
    }

    private void releaseIfIdle(Job job) {
        if (job.inFlight == 0) {
            job.branches().forEach(blocks::release);
        }
    }

    /**
     * Makes a branch with the same text on the same blocks, which belongs to its job by {@link #become}.
     *
     * @param branch of a job that is not in flight
     * @return the copy
     */
    public synchronized Branch fork(Branch branch) {
        Objects.requireNonNull(branch, "branch");
        return blocks.fork(branch);
    }

    /**
     * Replaces the branches of a job; those that are left out lose their blocks.
     *
     * @param job that is not in flight
     * @param next branches of the job, or forks of them; at least one, all of one length
     */
    public synchronized void become(Job job, List<Branch> next) {
        NullChecks.require("job", job, "next", next);
        for (Branch branch : job.branches()) {
            if (!next.contains(branch)) {
                blocks.release(branch);
            }
        }
        job.become(next);
    }

    /**
     * Plans the next iteration.
     *
     * @return empty when there is nothing to run before a job is added or an iteration completes
     */
    public synchronized Optional<Iteration> next() {
        if (inFlight >= limits.iterationsInFlight()) {
            return Optional.empty();
        }
        Plan plan = new Plan();
        iterations++;
        decode(plan);
        fill(plan);
        if (plan.spans.isEmpty()) {
            iterations--;
            return Optional.empty();
        }
        inFlight++;
        for (Job job : plan.jobs) {
            job.inFlight++;
            job.lastRun = iterations;
        }
        return Optional.of(new Iteration(plan.spans, plan.copies, plan.decoding));
    }

    private void decode(Plan plan) {
        int begun = 0;
        List<Job> ready = new ArrayList<>();
        for (Job job : running) {
            if (job.hasBegun()) {
                begun += job.branches().size();
            }
            if (job.decodes()) {
                ready.add(job);
            }
        }
        ready.sort(Comparator.<Job>comparingLong(job -> job.lastRun).thenComparing(BY_ARRIVAL));
        int most = Math.min(limits.rows(), (begun + limits.groups() - 1) / limits.groups());
        for (Job job : ready) {
            int rows = job.branches().size();
            boolean fits = plan.decoding == 0 || plan.decoding + rows <= most;
            if (fits && job.state == Job.State.RUNNING && reserveStep(plan, job)) {
                job.branches().forEach(branch -> plan.run(job, branch, 1));
                plan.jobs.add(job);
                plan.decoding += rows;
                decodedRows += rows;
            }
        }
    }

    /** Room for one more position of every branch. */
    private boolean reserveStep(Plan plan, Job job) {
        if (!makeRoom(plan, job, blocks.neededForStep(job))) {
            return false;
        }
        for (Branch branch : job.branches()) {
            blocks.own(branch, branch.scheduled(), plan.copies);
        }
        return true;
    }

    /** Takes blocks of younger jobs, the youngest first, until so many are available. */
    private boolean makeRoom(Plan plan, Job job, int needed) {
        while (pool.available() < needed) {
            Optional<Job> victim = running.tailSet(job, false).descendingSet().stream()
                    .filter(other -> other.inFlight == 0 && !plan.jobs.contains(other) && holdsBlocks(other))
                    .findFirst();
            if (victim.isEmpty()) {
                return false;
            }
            preempt(victim.get());
        }
        return true;
    }

    private static boolean holdsBlocks(Job job) {
        return job.branches().stream().anyMatch(branch -> branch.blockCount() > 0);
    }

    private void preempt(Job job) {
        preemptions++;
        job.preempted();
        job.branches().forEach(blocks::release);
        running.remove(job);
        job.state = Job.State.WAITING;
        waiting.add(job);
    }

    private void fill(Plan plan) {
        for (Job job : List.copyOf(running)) {
            if (job.state == Job.State.RUNNING && !job.hasBegun()) {
                fill(plan, job);
            }
        }
        while (plan.tokens < limits.tokens() && !waiting.isEmpty() && hasRoomFor(waiting.first())) {
            Job job = waiting.first();
            waiting.remove(job);
            running.add(job);
            job.state = Job.State.RUNNING;
            fill(plan, job);
        }
    }

    /** Some blocks stay for those that run, which need more as they go on; if none runs, anything that fits may. */
    private boolean hasRoomFor(Job job) {
        int rows = running.stream().mapToInt(other -> other.needs().width()).sum();
        int needed = 0;
        for (Branch branch : job.branches()) {
            needed += BlockPool.blocksFor(branch.length() + 1);
        }
        return running.isEmpty()
                || (rows + job.needs().width() <= limits.rows() && needed + rows / 2 <= pool.available());
    }

    /** A chunk of the first of the job's branches that has something to run before all step together. */
    private void fill(Plan plan, Job job) {
        for (Branch branch : job.branches()) {
            if (branch.scheduled() < job.fillTo(branch)) {
                fill(plan, job, branch);
                return; // the next branch begins with blocks of this one
            }
        }
    }

    private void fill(Plan plan, Job job, Branch branch) {
        if (branch.blockCount() == 0 && job.inFlight > 0) {
            return;
        }
        if (branch.blockCount() == 0 && limits.sharing() && job.needs().shares()) {
            int found = blocks.begin(branch);
            sharedTokens += (long) found * BlockPool.POSITIONS;
            sharingJobs += found > 0 ? 1 : 0;
        }
        int left = job.fillTo(branch) - branch.scheduled();
        int count = Math.min(Math.min(left, limits.chunk()), limits.tokens() - plan.tokens);
        count = count > 0 ? reserve(plan, job, branch, count) : 0;
        if (count > 0) {
            plan.run(job, branch, count);
            plan.jobs.add(job);
            prefillTokens += count;
            chunks += count < left ? 1 : 0;
        }
    }

    /** @return how many of so many tokens there is room for, in blocks that no other branch has */
    private int reserve(Plan plan, Job job, Branch branch, int count) {
        int first = branch.scheduled();
        int needed = BlockPool.blocksFor(first + count) - branch.blockCount();
        makeRoom(plan, job, needed);
        int free = Math.min(needed, pool.available());
        int room = Math.min(count, (branch.blockCount() + free) * BlockPool.POSITIONS - first);
        for (int block = first / BlockPool.POSITIONS; block < BlockPool.blocksFor(first + room); block++) {
            blocks.own(branch, block * BlockPool.POSITIONS, plan.copies);
        }
        return room;
    }

    /**
     * Notes that an iteration was computed. Every text whose span chooses then waits for its next token: the caller
     * appends it, or removes the job. Without keys and values kept, the text begins anew.
     *
     * @param iteration the oldest that is in flight
     */
    public synchronized void complete(Iteration iteration) {
        Objects.requireNonNull(iteration, "iteration");
        inFlight--;
        for (Iteration.Span span : iteration.spans()) {
            Branch branch = span.branch();
            branch.compute(span.first() + span.count());
            if (span.job().needs().shares() && span.job().needs().keeps() && limits.sharing()) {
                blocks.share(branch, span.first() / BlockPool.POSITIONS);
            }
        }
        for (Job job : jobs(iteration)) {
            job.inFlight--;
            if (job.state == Job.State.REMOVED) {
                releaseIfIdle(job);
            } else if (!job.needs().keeps() && job.inFlight == 0) {
                job.branches().stream().filter(branch -> branch.pending() == 0).forEach(blocks::release);
            }
        }
    }

    private static List<Job> jobs(Iteration iteration) {
        return iteration.spans().stream().map(Iteration.Span::job).distinct().toList();
    }

    /**
     * Forgets all iterations in flight: their tokens are to be run again, with all blocks of the pool given up.
     *
     * @return the jobs that are left, which belong to no scheduler any more
     */
    public synchronized List<Job> abandon() {
        List<Job> left = new ArrayList<>(running);
        left.addAll(waiting);
        left.sort(BY_ARRIVAL);
        for (Job job : left) {
            job.inFlight = 0;
            job.branches().forEach(Branch::reset);
            job.state = Job.State.NEW;
        }
        running.clear();
        waiting.clear();
        return left;
    }

    /**
     * Tokens of a text that would not have to be run here.
     *
     * @param text that a job begins with
     * @return their number
     */
    public synchronized int shared(Branch text) {
        Objects.requireNonNull(text, "text");
        return limits.sharing() ? blocks.found(text).length * BlockPool.POSITIONS : 0;
    }

    /**
     * Whether there is no job.
     *
     * @return true when all that were added are removed
     */
    public synchronized boolean isIdle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    /**
     * What was done, and is to be done.
     *
     * @return the counts of this moment
     */
    public synchronized BatchCounts counts() {
        return new BatchCounts(
                running.size(),
                waiting.size(),
                pool.size(),
                pool.size() - pool.available(),
                pool.kept(),
                iterations,
                decodedRows,
                prefillTokens,
                chunks,
                sharedTokens,
                sharingJobs,
                preemptions,
                blocks.copied(),
                work());
    }

    /**
     * Tokens that are still to be run for all jobs to end, at most.
     *
     * @return their number
     */
    public synchronized long work() {
        return Stream.concat(running.stream(), waiting.stream())
                .mapToLong(Job::work)
                .sum();
    }

    /**
     * Jobs that are not admitted, or had to make room.
     *
     * @return their number
     */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** @throws IllegalStateException when the counts of blocks do not fit together */
    synchronized void check() {
        pool.check();
    }
}
