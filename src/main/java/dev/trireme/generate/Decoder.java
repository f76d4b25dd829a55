package dev.trireme.generate;

import dev.trireme.config.Guard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Deals the texts of a request to groups, which grow at the same time. */
final class Decoder {
    private final List<Lane> lanes;
    private final Chains chains;
    private final int[] ends;
    private final Guard guard;

    /**
     * @param lanes one for each group
     * @param chains of the lanes
     * @param ends tokens that end a text
     * @param guard of the model
     */
    Decoder(List<Lane> lanes, Chains chains, int[] ends, Guard guard) {
        this.lanes = lanes;
        this.chains = chains;
        this.ends = ends;
        this.guard = guard;
    }

    /** The {@code maxNewTokens} of the prompts count, not that of the options. */
    Completions complete(List<Prompt> prompts, GenerateOptions options, TokenListener listener) {
        Limits.requireFit(prompts, lanes.get(0).model());
        TokenListener single = lanes.size() == 1 ? listener : new OneAtATime(listener);
        List<Sequence> texts = new ArrayList<>();
        for (Prompt prompt : prompts) {
            texts.add(new Sequence(texts.size(), prompt, options, ends, single));
        }
        texts.stream().filter(Sequence::isDone).forEach(Sequence::finish);
        // Texts of like length go together; the longest come first, so that what does not work fails at once.
        List<Sequence> growing = texts.stream()
                .filter(text -> !text.isDone())
                .sorted(Comparator.comparingInt(Sequence::capacity).reversed())
                .toList();
        Timing timing = growing.isEmpty() ? Timing.NONE : grow(growing, options);
        return new Completions(texts.stream().map(Sequence::completion).toList(), timing);
    }

    private record OneAtATime(TokenListener listener) implements TokenListener {
        @Override
        public synchronized boolean accept(int prompt, int id) {
            return listener.accept(prompt, id);
        }

        @Override
        public synchronized void finished(int prompt, Completion completion) {
            listener.finished(prompt, completion);
        }
    }

    private Timing grow(List<Sequence> texts, GenerateOptions options) {
        int count = Math.min(chains.used().applyAsInt(texts.size()), texts.size());
        int atOnce = Math.min(CacheRows.MOST / options.beams(), (texts.size() + count - 1) / count);
        int rows = atOnce * options.beams();
        int capacity = texts.get(0).capacity();
        Limits.requireMemory(lanes.get(0).model(), count, rows, capacity);
        InFlight flight = new InFlight(guard);
        List<Group> groups = new ArrayList<>();
        try {
            // All caches are there before the first token, and until after the last: stages look into each other's.
            for (Lane lane : lanes.subList(0, count)) {
                CacheRows cache = new CacheRows(lane.model(), flight, rows, capacity, options.keyValueCache());
                groups.add(new Group(dealt(texts, groups.size(), count), atOnce, growth(lane, options), cache));
            }
            flight.run(List.copyOf(groups), chains.callers());
        } finally {
            groups.forEach(Group::close);
        }
        return groups.stream()
                .map(Group::timing)
                .max(Comparator.comparingLong(Timing::nanos))
                .orElseThrow();
    }

    private static List<Sequence> dealt(List<Sequence> texts, int first, int step) {
        return IntStream.iterate(first, i -> i < texts.size(), i -> i + step)
                .mapToObj(texts::get)
                .toList();
    }

    private Growth growth(Lane lane, GenerateOptions options) {
        return options.beams() == 1
                ? new TokenByToken(lane.model(), lane.logits(), options)
                : new BeamSearch(lane.model().vocabulary(), lane.logits(), ends.length, options);
    }
}
