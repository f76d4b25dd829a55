package dev.trireme.train;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Padding;
import dev.trireme.config.SpecialTokens;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.Workload;
import dev.trireme.data.BatchPlan;
import dev.trireme.data.EpochBatches;
import dev.trireme.data.Example;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.data.StepBatch;
import dev.trireme.data.TranslationExamples;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.ToIntFunction;

/** The batches of one rank, made from a run's pairs. */
final class TrainingData {
    private final EpochBatches train;
    private final List<MicroBatch> validation;
    private final List<MicroBatch> test;
    private final Workload workload;

    private TrainingData(EpochBatches train, List<MicroBatch> validation, List<MicroBatch> test, Workload workload) {
        this.train = train;
        this.validation = validation;
        this.test = test;
        this.workload = workload;
    }

    static TrainingData read(TrainingRun run, Tokenizer tokenizer, int rank) {
        TrainConfig config = run.config().training();
        Splits splits = run.splits();
        SpecialTokens tokens = run.specialTokens(tokenizer);
        int end = tokens.end();
        if (end == SpecialTokens.ABSENT) {
            throw new BadInputException(run.config().base().folder()
                    + ": names no eos_token_id, which ends each text; put it into config.json or generation_config.json");
        }
        BatchPlan plan = new BatchPlan(
                config.batchSize(),
                config.parallel().microBatches(),
                config.parallel().worldSize(),
                rank,
                config.seed(),
                config.padding(),
                config.maxLength(),
                Math.max(0, tokens.padding())); // any id will do: its weight is 0
        List<Example> train = encode(splits.train(), tokenizer, end, config.maxLength());
        List<Example> validation = encode(splits.validation(), tokenizer, end, config.maxLength());
        List<Example> test = encode(splits.test(), tokenizer, end, config.maxLength());
        return new TrainingData(
                new EpochBatches(train, plan),
                measured("validation", validation, plan),
                measured("test", test, plan),
                workload(List.of(train, validation, test), plan));
    }

    private static Workload workload(List<List<Example>> splits, BatchPlan plan) {
        int rows = plan.batchSize() / plan.microBatches();
        int length = plan.padding() == Padding.MAX ? plan.maxLength() : most(splits, Example::length);
        return new Workload(rows, length, (long) rows * most(splits, Example::labels), true);
    }

    private static int most(List<List<Example>> splits, ToIntFunction<Example> figure) {
        return splits.stream().flatMap(List::stream).mapToInt(figure).max().orElseThrow();
    }

    static List<Example> encode(List<Pair> pairs, Tokenizer tokenizer, int end, int maxLength) {
        return TranslationExamples.encode(
                pairs, texts -> texts.stream().map(tokenizer::encode).toList(), end, maxLength);
    }

    static List<MicroBatch> measured(String split, List<Example> examples, BatchPlan plan) {
        if (examples.stream().noneMatch(example -> example.totalWeight() > 0)) {
            throw new IllegalArgumentException("none of " + examples.size() + " " + split
                    + " pairs keeps a target; use more pairs or a larger maximum length");
        }
        int rows = plan.batchSize() / plan.microBatches();
        return EpochBatches.evaluation(examples, rows, plan);
    }

    int stepsOfEpoch() {
        return train.steps();
    }

    /** The batches of all epochs after some steps in one iterator, so that prefetching does not stop between epochs. */
    Iterator<StepBatch> steps(int epochs, long done) {
        return new Iterator<>() {
            private int epoch = Math.toIntExact(done / train.steps() + 1);
            private Iterator<StepBatch> batches = train.epoch(epoch, (int) (done % train.steps()));

            @Override
            public boolean hasNext() {
                while (!batches.hasNext() && epoch < epochs) {
                    batches = train.epoch(++epoch, 0);
                }
                return batches.hasNext();
            }

            @Override
            public StepBatch next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("all " + epochs + " epochs are over");
                }
                return batches.next();
            }
        };
    }

    /** This rank's share. */
    List<MicroBatch> validation() {
        return validation;
    }

    /** This rank's share. */
    List<MicroBatch> test() {
        return test;
    }

    /** The upper bound of all micro-batches of all ranks. */
    Workload workload() {
        return workload;
    }
}
