package dev.trireme.generate;

import dev.trireme.batching.Branch;
import dev.trireme.batching.Scheduler;
import dev.trireme.engine.ChoiceRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Greedy decoding and sampling: one text, or several choices that part after the prompt. */
final class Samples extends Course {
    private final int[] ends;
    private final double[] numbers;
    private final List<Text> texts = new ArrayList<>(); // all of the choices
    private List<Text> unfinished; // in the order of the job's branches
    private int generated;

    /** One of the choices. */
    private static final class Text {
        final int choice;
        final long drawKey;
        Branch branch;
        int newTokens;
        double[] logProbabilities;
        final List<List<Completion.Ranked>> best = new ArrayList<>();
        StopReason stop = StopReason.LENGTH;

        Text(int choice, long drawKey, Branch branch, int tellsLogProbabilities) {
            this.choice = choice;
            this.drawKey = drawKey;
            this.branch = branch;
            this.logProbabilities = new double[tellsLogProbabilities];
        }
    }

    /** @param ends tokens that end a text and are not part of it */
    Samples(Request request, RequestListener listener, Root root, int[] ends) {
        super(request, listener, root);
        this.ends = ends;
        this.numbers = request.options().sampling().numbers();
        int told = request.options().logProbabilities() ? request.maxNewTokens() : 0;
        Branch branch = job.branches().get(0);
        for (int choice = 0; choice < request.options().choices(); choice++) {
            long key = Draws.key(request.options().sampling().seed(), request.prompt(), choice);
            texts.add(new Text(choice, key, branch, told));
        }
        unfinished = List.copyOf(texts);
    }

    @Override
    List<ChoiceRule> rules(Branch branch) {
        List<ChoiceRule> rules = new ArrayList<>();
        for (Text text : unfinished) {
            if (text.branch == branch) {
                rules.add(rule(text));
            }
        }
        return rules;
    }

    private ChoiceRule rule(Text text) {
        GenerateOptions options = request.options();
        Sampling sampling = options.sampling();
        boolean penalizes = sampling.penalizes();
        int length = text.branch.length();
        long[] mask = request.masks()
                .map(masks -> masks.allowed(text.choice, text.branch.ids(request.prompt().length, length)))
                .orElse(NO_MASK);
        return new ChoiceRule(
                numbers,
                text.drawKey,
                text.newTokens,
                -1,
                penalizes ? text.branch.ids(0, length) : NO_IDS,
                penalizes ? request.prompt().length : 0,
                sampling.biasedIds(),
                sampling.biasValues(),
                mask,
                options.logProbabilities() || options.best() > 0,
                options.best());
    }

    private static final int[] NO_IDS = {};
    private static final long[] NO_MASK = {};

    @Override
    boolean step(List<List<Reply>> replies, Scheduler scheduler) {
        if (unfinished.size() > job.branches().size()) {
            part(scheduler);
        }
        List<Reply> all = replies.stream().flatMap(List::stream).toList();
        for (int i = 0; i < all.size(); i++) {
            append(unfinished.get(i), all.get(i));
        }
        List<Text> left = unfinished.stream().filter(text -> !isDone(text)).toList();
        if (!left.isEmpty() && left.size() < unfinished.size()) {
            scheduler.become(job, left.stream().map(text -> text.branch).toList());
        }
        unfinished = left;
        return left.isEmpty();
    }

    /** After the prompt every choice gets a branch of its own, on the same blocks. */
    private void part(Scheduler scheduler) {
        List<Branch> branches = new ArrayList<>(job.branches());
        for (Text text : unfinished.subList(1, unfinished.size())) {
            text.branch = scheduler.fork(text.branch);
            branches.add(text.branch);
        }
        scheduler.become(job, branches);
    }

    private void append(Text text, Reply reply) {
        int id = reply.choices().id(reply.row());
        if (isEnd(id)) {
            text.stop = StopReason.END;
            return;
        }
        List<Completion.Ranked> best = reply.best(request.options().best());
        if (request.options().best() > 0) {
            text.best.add(best);
        }
        if (text.logProbabilities.length > 0) {
            double logProbability = reply.choices().logProbability(reply.row());
            text.logProbabilities[text.newTokens] = logProbability;
            told().scored(text.choice, new Completion.Ranked(id, logProbability), best);
        }
        text.branch.append(id);
        text.newTokens++;
        generated++;
        if (!told().token(text.choice, id)) {
            text.stop = StopReason.STOP_TEXT;
        }
    }

    private boolean isEnd(int id) {
        for (int end : ends) {
            if (id == end) {
                return true;
            }
        }
        return false;
    }

    private boolean isDone(Text text) {
        return text.stop != StopReason.LENGTH || text.newTokens == request.maxNewTokens();
    }

    @Override
    List<Completion> completions() {
        int prompt = request.prompt().length;
        return texts.stream()
                .map(text -> new Completion(
                        text.branch.ids(prompt, prompt + text.newTokens),
                        Arrays.copyOf(text.logProbabilities, Math.min(text.newTokens, text.logProbabilities.length)),
                        text.stop,
                        text.best))
                .toList();
    }

    @Override
    int generated() {
        return generated;
    }
}
