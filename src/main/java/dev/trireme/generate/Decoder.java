package dev.trireme.generate;

import dev.trireme.config.Guard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Distributes the prompts of a request over groups, which are decoded concurrently. */
final class Decoder {
    private final List<GroupModel> groupModels;
    private final Chains chains;
    private final int[] ends;
    private final Guard guard;

    /**
     * @param groupModels one for each group
     * @param chains that the group models belong to
     * @param ends end tokens
     * @param guard of the model
     */
    Decoder(List<GroupModel> groupModels, Chains chains, int[] ends, Guard guard) {
        this.groupModels = groupModels;
        this.chains = chains;
        this.ends = ends;
        this.guard = guard;
    }

    /** Completes prompts up to the {@code maxNewTokens} of each prompt; that of the options is ignored. */
    Completions complete(List<Prompt> prompts, GenerateOptions options, TokenListener listener) {
        Limits.requireFit(prompts, groupModels.get(0).model());
        TokenListener single = groupModels.size() == 1 ? listener : new OneAtATime(listener);
        List<Sequence> texts = new ArrayList<>();
        for (Prompt prompt : prompts) {
            texts.add(new Sequence(texts.size(), prompt, options, ends, single));
        }
        texts.stream().filter(Sequence::isDone).forEach(Sequence::finish);
        // Sequences of similar length share a group; the longest come first, so that a request that does not fit fails
        // at once.
        List<Sequence> unfinished = texts.stream()
                .filter(text -> !text.isDone())
                .sorted(Comparator.comparingInt(Sequence::capacity).reversed())
                .toList();
        Timing timing = unfinished.isEmpty() ? Timing.NONE : decode(unfinished, options);
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

    private Timing decode(List<Sequence> texts, GenerateOptions options) {
        int count = Math.min(chains.used().applyAsInt(texts.size()), texts.size());
        int atOnce = Math.min(CacheSlots.MOST / options.beams(), (texts.size() + count - 1) / count);
        int slots = atOnce * options.beams();
        int capacity = texts.get(0).capacity();
        Limits.requireMemory(groupModels.get(0).model(), count, slots, capacity);
        InFlight flight = new InFlight(guard);
        List<DecodeGroup> groups = new ArrayList<>();
        try {
            // All caches stay open from before the first token until after the last, since stages read each other's.
            for (GroupModel groupModel : groupModels.subList(0, count)) {
                CacheSlots cache = new CacheSlots(groupModel.model(), flight, slots, capacity, options.keyValueCache());
                groups.add(new DecodeGroup(
                        dealt(texts, groups.size(), count), atOnce, strategy(groupModel, options), cache));
            }
            flight.run(List.copyOf(groups), chains.callers());
        } finally {
            groups.forEach(DecodeGroup::close);
        }
        return groups.stream()
                .map(DecodeGroup::timing)
                .max(Comparator.comparingLong(Timing::nanos))
                .orElseThrow();
    }

    private static List<Sequence> dealt(List<Sequence> texts, int first, int step) {
        return IntStream.iterate(first, i -> i < texts.size(), i -> i + step)
                .mapToObj(texts::get)
                .toList();
    }

    private DecodingStrategy strategy(GroupModel groupModel, GenerateOptions options) {
        return options.beams() == 1
                ? new SamplingStrategy(groupModel.model(), groupModel.logits(), options)
                : new BeamSearch(groupModel.model().vocabulary(), groupModel.logits(), ends.length, options);
    }
}
