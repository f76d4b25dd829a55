package dev.trireme.batching;

import java.util.ArrayList;
import java.util.List;

/** An iteration that is being planned. */
final class Plan {
    final List<Iteration.Span> spans = new ArrayList<>();
    final List<Iteration.Copy> copies = new ArrayList<>();
    final List<Job> jobs = new ArrayList<>();
    int decoding;
    int tokens;

    /** Takes the next tokens of a branch that has blocks for them. */
    void run(Job job, Branch branch, int count) {
        boolean chooses = branch.scheduled() + count == branch.length();
        spans.add(new Iteration.Span(job, branch, branch.scheduled(), count, chooses));
        tokens += count;
        branch.schedule(count);
    }
}
