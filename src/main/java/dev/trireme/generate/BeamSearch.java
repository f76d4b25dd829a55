package dev.trireme.generate;

import dev.trireme.batching.Branch;
import dev.trireme.batching.Scheduler;
import dev.trireme.engine.ChoiceRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search. It is that of transformers' {@code generate} with its default {@code early_stopping=False}, but in
 * float64. Of candidates with equal scores the one of the better beam, then the one of the smaller id ranks first:
 *
 * <ul>
 *   <li>candidates are the most probable continuations of all beams, (end tokens + 1) × width of them, at least 2 ×
 *   width;
 *   <li>one that ends the text, or fills it, is finished if it is among the first {@code width}; the best {@code width}
 *       finished ones are kept, by log-probability / (new tokens, the end token among them)^lengthPenalty;
 *   <li>the first {@code width} of the others live on;
 *   <li>the search is over when {@code width} are finished and the best living beam, were it to end now, is no better
 *       than the worst of them.
 * </ul>
 */
final class BeamSearch extends Course {
    private record Candidate(double score, int beam, int id, double logProbability) {
        private static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble(
                        (Candidate candidate) -> -candidate.score)
                .thenComparingInt(Candidate::beam)
                .thenComparingInt(Candidate::id);
    }

    /** A text that lives on, on a branch of the job. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Beam(Branch branch, double[] logProbabilities, double score) {}

    /** A text that has ended. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Finished(int[] ids, double[] logProbabilities, StopReason stop, double score) {
        private static final Comparator<Finished> BEST_FIRST = Comparator.comparingDouble(text -> -text.score);
    }

    private final int[] ends;
    private final int width;
    private final int candidates; // of one step
    private final double lengthPenalty;
    private final List<Finished> finished = new ArrayList<>();
    private List<Beam> living;

    /** @param ends tokens that end a text and are not part of it */
    BeamSearch(Request request, RequestListener listener, Root root, int[] ends) {
        super(request, listener, root);
        this.ends = ends;
        this.width = request.options().beams();
        this.candidates = Math.max(2, ends.length + 1) * width;
        this.lengthPenalty = request.options().lengthPenalty();
        this.living = List.of(new Beam(job.branches().get(0), new double[0], 0));
    }

    @Override
    List<ChoiceRule> rules(Branch branch) {
        return List.of(ChoiceRule.best(candidates));
    }

    @Override
    boolean step(List<List<Reply>> replies, Scheduler scheduler) {
        List<Candidate> offered = new ArrayList<>();
        for (int beam = 0; beam < living.size(); beam++) {
            offer(beam, replies.get(beam).get(0), offered);
        }
        offered.sort(Candidate.BEST_FIRST);
        List<Candidate> next = new ArrayList<>();
        for (int rank = 0; rank < Math.min(candidates, offered.size()); rank++) {
            Candidate candidate = offered.get(rank);
            boolean full = newTokens(candidate) == request.maxNewTokens();
            boolean ends = isEnd(candidate.id) || full;
            if (ends && rank < width) {
                finished.add(finished(candidate));
            } else if (!ends && next.size() < width) {
                next.add(candidate);
            }
        }
        finished.sort(Finished.BEST_FIRST);
        finished.subList(Math.min(width, finished.size()), finished.size()).clear();
        if (!canImprove(next)) {
            tell(finished.get(0));
            return true;
        }
        living = next.stream().map(candidate -> child(candidate, scheduler)).toList();
        scheduler.become(job, living.stream().map(Beam::branch).toList());
        return false;
    }

    private void offer(int beam, Reply reply, List<Candidate> offered) {
        reply.choices().id(reply.row()); // or they are not finite
        for (int rank = 0; rank < candidates && reply.choices().bestId(reply.row(), rank) >= 0; rank++) {
            double logProbability = reply.choices().bestLogProbability(reply.row(), rank);
            int id = reply.choices().bestId(reply.row(), rank);
            offered.add(new Candidate(living.get(beam).score + logProbability, beam, id, logProbability));
        }
    }

    private int newTokens(Candidate candidate) {
        return living.get(candidate.beam).logProbabilities.length + 1;
    }

    private Finished finished(Candidate candidate) {
        Beam parent = living.get(candidate.beam);
        int prompt = request.prompt().length;
        int[] ids = parent.branch.ids(prompt, parent.branch.length());
        double score = penalized(candidate.score, newTokens(candidate));
        if (isEnd(candidate.id)) {
            return new Finished(ids, parent.logProbabilities, StopReason.END, score);
        }
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = candidate.id;
        return new Finished(longer, longer(parent, candidate), StopReason.LENGTH, score);
    }

    private static double[] longer(Beam parent, Candidate candidate) {
        double[] longer = Arrays.copyOf(parent.logProbabilities, parent.logProbabilities.length + 1);
        longer[parent.logProbabilities.length] = candidate.logProbability;
        return longer;
    }

    private Beam child(Candidate candidate, Scheduler scheduler) {
        Beam parent = living.get(candidate.beam);
        Branch branch = scheduler.fork(parent.branch);
        branch.append(candidate.id);
        return new Beam(branch, longer(parent, candidate), candidate.score);
    }

    private boolean canImprove(List<Candidate> next) {
        if (next.isEmpty() || finished.size() < width) {
            return !next.isEmpty();
        }
        return penalized(next.get(0).score, newTokens(next.get(0))) > finished.get(width - 1).score;
    }

    private double penalized(double score, int newTokens) {
        return score / Math.pow(newTokens, lengthPenalty);
    }

    private boolean isEnd(int id) {
        for (int end : ends) {
            if (id == end) {
                return true;
            }
        }
        return false;
    }

    /** Tells the best text's tokens, until the listener has enough. */
    private void tell(Finished best) {
        for (int i = 0; i < best.ids.length; i++) {
            if (request.options().logProbabilities()) {
                told().scored(0, new Completion.Ranked(best.ids[i], best.logProbabilities[i]), List.of());
            }
            if (!told().token(0, best.ids[i])) {
                Finished cut = new Finished(
                        Arrays.copyOf(best.ids, i + 1),
                        Arrays.copyOf(best.logProbabilities, i + 1),
                        StopReason.STOP_TEXT,
                        best.score);
                finished.set(0, cut);
                return;
            }
        }
    }

    @Override
    List<Completion> completions() {
        if (finished.isEmpty()) { // only the prompt was asked about
            return List.of(new Completion(new int[0], new double[0], StopReason.LENGTH));
        }
        Finished best = finished.get(0);
        double[] told = request.options().logProbabilities() ? best.logProbabilities : new double[0];
        return List.of(new Completion(best.ids, told, best.stop));
    }

    @Override
    int generated() {
        return finished.isEmpty() ? 0 : finished.get(0).ids.length;
    }
}
