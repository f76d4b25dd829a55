package dev.trireme.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Plans of single iterations, that anyone can check by eye. */
class SchedulerTest {
    private static final BlockKey ROOT = BlockKey.root("a model");

    private static Job job(int first, int length, int longest) {
        return new Job(text(first, length), new Job.Needs(longest, 1, true, true));
    }

    private static Branch text(int first, int length) {
        return new Branch(IntStream.range(first, first + length).toArray(), ROOT);
    }

    private static BatchLimits limits(int blocks, int tokens, int chunk, int groups) {
        return new BatchLimits(blocks, 8, tokens, chunk, groups, true);
    }

    /** Runs the next iteration; every text that chooses gets a token. */
    private static String run(Scheduler scheduler) {
        Iteration iteration = scheduler.next().orElseThrow();
        complete(scheduler, iteration);
        return text(iteration);
    }

    private static void complete(Scheduler scheduler, Iteration iteration) {
        scheduler.complete(iteration);
        iteration.spans().stream()
                .filter(Iteration.Span::chooses)
                .forEach(span -> span.branch().append(7));
    }

    private static String text(Iteration iteration) {
        List<String> spans = new ArrayList<>();
        for (Iteration.Span span : iteration.spans()) {
            spans.add(span.branch().id(0) + ":" + span.first() + "+" + span.count() + (span.chooses() ? "!" : ""));
        }
        return String.join(" ", spans);
    }

    @Test
    void textsDecodeFirstAndChunksOfPromptsShareWhatIsLeft() {
        Scheduler scheduler = new Scheduler(limits(100, 50, 40, 1));
        scheduler.add(job(1000, 3, 100));
        assertThat(run(scheduler)).isEqualTo("1000:0+3!");
        scheduler.add(job(2000, 70, 100));
        scheduler.add(job(3000, 30, 100));
        assertThat(run(scheduler)).isEqualTo("1000:3+1! 2000:0+40 3000:0+9");
        assertThat(run(scheduler)).isEqualTo("1000:4+1! 2000:40+30! 3000:9+19");
        assertThat(run(scheduler)).isEqualTo("1000:5+1! 2000:70+1! 3000:28+2!");
        assertThat(run(scheduler)).isEqualTo("1000:6+1! 2000:71+1! 3000:30+1!");
        assertThat(scheduler.counts().chunks()).isEqualTo(3);
    }

    @Test
    void equalBeginningsShareBlocksOnceTheyAreComputed() {
        Scheduler scheduler = new Scheduler(limits(100, 100, 100, 1));
        Job first = job(1, 70, 80);
        scheduler.add(first);
        assertThat(run(scheduler)).isEqualTo("1:0+70!");
        Job second = job(1, 64, 80); // its last token has to run, so that its second block is not shared
        scheduler.add(second);
        assertThat(run(scheduler)).isEqualTo("1:70+1! 1:32+32!");
        assertThat(second.branches().get(0).table(33))
                .contains(first.branches().get(0).table(1)[0]);
        assertThat(scheduler.counts().sharedTokens()).isEqualTo(32);
        scheduler.remove(first);
        scheduler.remove(second);
        assertThat(scheduler.counts().blocksInUse()).isZero();
        assertThat(scheduler.shared(text(1, 70))).isEqualTo(64);
        assertThat(scheduler.shared(text(2, 70))).isZero();
        assertThat(scheduler.shared(new Branch(text(1, 70).ids(0, 70), BlockKey.root("another"))))
                .isZero();
    }

    @Test
    void blocksThatAreNotComputedYetAreNotShared() {
        Scheduler scheduler = new Scheduler(limits(100, 100, 32, 2));
        scheduler.add(job(1, 40, 80));
        Iteration first = scheduler.next().orElseThrow();
        scheduler.add(job(1, 40, 80));
        assertThat(text(scheduler.next().orElseThrow())).isEqualTo("1:32+8! 1:0+32");
        scheduler.complete(first);
        assertThat(scheduler.shared(text(1, 40))).isEqualTo(32);
    }

    @Test
    void theYoungestMakesRoomAndIsComputedAgain() {
        Scheduler scheduler = new Scheduler(limits(4, 100, 100, 1));
        Job first = job(1000, 32, 100);
        Job second = job(2000, 31, 60);
        scheduler.add(first);
        scheduler.add(second);
        assertThat(run(scheduler)).isEqualTo("1000:0+32! 2000:0+31!");
        for (int i = 0; i < 32; i++) {
            run(scheduler);
        }
        assertThat(scheduler.counts().preemptions()).isZero();
        assertThat(run(scheduler)).isEqualTo("1000:64+1!");
        assertThat(scheduler.counts().preemptions()).isEqualTo(1);
        assertThat(scheduler.counts().waiting()).isEqualTo(1);
        scheduler.remove(first);
        assertThat(run(scheduler)).isEqualTo("2000:32+32!"); // its first block was kept
    }

    @Test
    void branchesShareTheirBlocksUntilOneWrites() {
        Scheduler scheduler = new Scheduler(limits(10, 100, 100, 1));
        Job job = new Job(text(1, 40), new Job.Needs(80, 3, true, true));
        scheduler.add(job);
        run(scheduler);
        Branch root = job.branches().get(0);
        scheduler.become(job, List.of(root, scheduler.fork(root), scheduler.fork(root)));
        Iteration step = scheduler.next().orElseThrow();
        assertThat(step.copies()).hasSize(2).allMatch(copy -> copy.from() == 1);
        assertThat(step.decoding()).isEqualTo(3);
        assertThat(job.branches().stream().map(branch -> branch.table(41)[0])).containsOnly(0);
        assertThat(job.branches().stream().map(branch -> branch.table(41)[1])).doesNotHaveDuplicates();
        complete(scheduler, step);
        scheduler.become(job, List.of(scheduler.fork(root), scheduler.fork(root)));
        assertThat(scheduler.counts().blocksInUse()).isEqualTo(2);
    }

    @Test
    void groupsTakeTheirShareAndOneMoreIterationIsInFlight() {
        Scheduler scheduler = new Scheduler(limits(100, 100, 100, 2));
        for (int i = 1; i <= 5; i++) {
            scheduler.add(job(1000 * i, 2, 20));
        }
        run(scheduler);
        Iteration first = scheduler.next().orElseThrow();
        Iteration second = scheduler.next().orElseThrow();
        assertThat(text(first)).isEqualTo("1000:2+1! 2000:2+1! 3000:2+1!");
        assertThat(text(second)).isEqualTo("4000:2+1! 5000:2+1!");
        assertThat(scheduler.next()).isEmpty();
        scheduler.add(job(6000, 9, 20));
        assertThat(text(scheduler.next().orElseThrow())).isEqualTo("6000:0+9!");
        assertThat(scheduler.next()).isEmpty();
        complete(scheduler, first);
        assertThat(text(scheduler.next().orElseThrow())).isEqualTo("1000:3+1! 2000:3+1! 3000:3+1!");
    }

    @Test
    void chunksOfAPromptFollowEachOtherThroughTheStages() {
        Scheduler scheduler = new Scheduler(limits(100, 100, 30, 2));
        scheduler.add(job(1, 80, 90));
        List<Iteration> flight = List.of(
                scheduler.next().orElseThrow(),
                scheduler.next().orElseThrow(),
                scheduler.next().orElseThrow());
        assertThat(flight.stream().map(SchedulerTest::text)).containsExactly("1:0+30", "1:30+30", "1:60+20!");
    }

    @Test
    void withoutKeptKeysEveryTokenRunsTheWholeText() {
        Scheduler scheduler = new Scheduler(limits(10, 100, 100, 1));
        scheduler.add(new Job(text(1, 40), new Job.Needs(80, 1, false, false)));
        assertThat(run(scheduler)).isEqualTo("1:0+40!");
        assertThat(run(scheduler)).isEqualTo("1:0+41!");
        assertThat(scheduler.counts().blocksInUse()).isZero();
    }

    @Test
    void aJobThatCouldNeverRunIsRefusedWithTheCure() {
        Scheduler scheduler = new Scheduler(limits(4, 100, 100, 1));
        assertThatThrownBy(() -> scheduler.add(job(1, 3, 129)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "1 × 129 tokens take 5 blocks of the cache but it has 4; use a shorter text, fewer new tokens or"
                                + " beams, or more memory for the cache");
        assertThatThrownBy(() -> scheduler.add(new Job(text(1, 3), new Job.Needs(5, 9, true, true))))
                .hasMessage("9 branches are more than the 8 texts that run at once; use fewer, or allow more rows");
        assertThatThrownBy(() -> new BatchLimits(1, 8, 8, 1, 1, true)).hasMessage("tokens is 8; use 9 to 1048576");
    }

    @Test
    void keysDependOnEveryTokenBefore() {
        int[] ids = IntStream.range(0, 96).toArray();
        Branch text = new Branch(ids, ROOT);
        int[] other = ids.clone();
        other[3] = 4;
        Branch changed = new Branch(other, ROOT);
        assertThat(text.key(2)).isEqualTo(new Branch(Arrays.copyOf(ids, 96), ROOT).key(2));
        assertThat(changed.key(2)).isNotEqualTo(text.key(2));
        assertThat(text.key(1)).isNotEqualTo(text.key(2));
    }
}
