package dev.trireme.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The beams of one prompt. Beam i uses slot {@code firstSlot + i}. The search is that of transformers' {@code generate}
 * with its default {@code early_stopping=False}, but in float64. Of candidates with equal scores the one of the better
 * beam, then the one of the smaller id ranks first:
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
final class Beams {
    private record Candidate(double score, int beam, int id, double logProbability) {
        private static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble(
                        (Candidate candidate) -> -candidate.score)
                .thenComparingInt(Candidate::beam)
                .thenComparingInt(Candidate::id);
    }

    private record Beam(Sequence text, double score) {
        private static final Comparator<Beam> BEST_FIRST = Comparator.comparingDouble(beam -> -beam.score);
    }

    private final Sequence source;
    private final int firstSlot;
    private final int width;
    private final double lengthPenalty;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<Beam> finished = new ArrayList<>();
    private List<Beam> living;

    Beams(Sequence source, int firstSlot, int width, double lengthPenalty) {
        this.source = source;
        this.firstSlot = firstSlot;
        this.width = width;
        this.lengthPenalty = lengthPenalty;
        Sequence root = source.fork();
        root.moveTo(firstSlot);
        this.living = List.of(new Beam(root, 0));
    }

    /** The sequences of the next step; none when the search is over. */
    List<Sequence> living() {
        return living.stream().map(Beam::text).toList();
    }

    void offer(int slot, int id, double logProbability) {
        int beam = slot - firstSlot;
        candidates.add(new Candidate(living.get(beam).score + logProbability, beam, id, logProbability));
    }

    /**
     * Selects the best of the offered candidates.
     *
     * @param most number of candidates that are considered
     * @param parents parent slots, set for the slots of living beams
     */
    void advance(int most, int[] parents) {
        candidates.sort(Candidate.BEST_FIRST);
        List<Beam> next = new ArrayList<>();
        for (int rank = 0; rank < Math.min(most, candidates.size()); rank++) {
            Candidate candidate = candidates.get(rank);
            Sequence parent = living.get(candidate.beam).text;
            boolean ends = source.isEnd(candidate.id) || parent.length() + 1 == parent.capacity();
            if (ends ? rank < width : next.size() < width) {
                Sequence child = parent.fork();
                child.append(candidate.id, candidate.logProbability);
                if (ends) {
                    finished.add(new Beam(child, penalized(candidate.score, parent.newTokens() + 1)));
                } else {
                    parents[firstSlot + next.size()] = parent.slot();
                    child.moveTo(firstSlot + next.size());
                    next.add(new Beam(child, candidate.score));
                }
            }
        }
        candidates.clear();
        finished.sort(Beam.BEST_FIRST);
        finished.subList(Math.min(width, finished.size()), finished.size()).clear();
        living = canImprove(next) ? next : List.of();
        if (living.isEmpty()) {
            source.become(finished.get(0).text);
        }
    }

    private boolean canImprove(List<Beam> next) {
        if (next.isEmpty() || finished.size() < width) {
            return !next.isEmpty();
        }
        Beam best = next.get(0);
        return penalized(best.score, best.text.newTokens()) > finished.get(width - 1).score;
    }

    private double penalized(double score, int newTokens) {
        return score / Math.pow(newTokens, lengthPenalty);
    }
}
