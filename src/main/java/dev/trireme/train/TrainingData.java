package dev.trireme.train;

import dev.trireme.config.BadInputException;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.Padding;
import dev.trireme.config.SpecialTokens;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.Workload;
import dev.trireme.data.BatchPlan;
import dev.trireme.data.EpochBatches;
import dev.trireme.data.Example;
import dev.trireme.data.ExampleRows;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.data.StepBatch;
import dev.trireme.data.TranslationExamples;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.task.TaskData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The batches of one rank, made from a run's data. */
final class TrainingData {
    /** Rows of a part, with the tokens that are learned and the bytes of their text. */
    record Part(ExampleRows rows, long labels, long bytes) {
        /** Labels of a byte, by which a loss a token becomes one a byte. */
        double labelsPerByte() {
            return bytes == 0 ? 0 : (double) labels / bytes;
        }

        private int lengthOf(int row) {
            return rows.length(row);
        }

        private int labelsOf(int row) {
            return rows.labels(row);
        }
    }

    private final EpochBatches train;
    private final List<Part> parts;
    private final List<MicroBatch> validation;
    private final List<MicroBatch> test;
    private final Workload workload;

    private TrainingData(List<Part> parts, BatchPlan plan, Workload workload) {
        this.parts = parts;
        this.train = new EpochBatches(parts.get(0).rows(), plan);
        this.validation = measured("validation", parts.get(1).rows(), plan);
        this.test = measured("test", parts.get(2).rows(), plan);
        this.workload = workload;
    }

    static TrainingData read(TrainingRun run, Supplier<Tokenizer> tokenizer, int rank) {
        TrainConfig config = run.config().training();
        SpecialTokens tokens = run.specialTokens(tokenizer);
        if (tokens.end() == SpecialTokens.ABSENT) {
            throw new BadInputException(
                    run.config().base().folder()
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
        List<Part> parts = run.config().task().task() == Task.TRANSLATE
                ? pairs(run.splits(), tokenizer.get(), tokens.end(), config.maxLength())
                : documents(run, new TaskData.Encoding(tokenizer, run.tokenizerFile(), tokens.end()));
        return new TrainingData(parts, plan, workload(parts, plan, run.config().task()));
    }

    private static List<Part> pairs(Splits splits, Tokenizer tokenizer, int end, int maxLength) {
        return Stream.of(splits.train(), splits.validation(), splits.test())
                .map(pairs -> part(pairs, tokenizer, end, maxLength))
                .toList();
    }

    /** Rows of pairs, of which the targets are learned. */
    static Part part(List<Pair> pairs, Tokenizer tokenizer, int end, int maxLength) {
        List<Example> examples = TranslationExamples.encode(
                pairs, texts -> texts.stream().map(tokenizer::encode).toList(), end, maxLength);
        long bytes = IntStream.range(0, pairs.size())
                .mapToLong(i ->
                        learned(pairs.get(i), examples.get(i), tokenizer, end).getBytes(StandardCharsets.UTF_8).length)
                .sum();
        return new Part(
                ExampleRows.of(examples),
                examples.stream().mapToLong(Example::labels).sum(),
                bytes);
    }

    /** The target, or what a row that was cut has of it. */
    private static String learned(Pair pair, Example row, Tokenizer tokenizer, int end) {
        int[] ids = IntStream.range(0, row.length())
                .filter(t -> row.weights()[t] > 0)
                .map(t -> row.ids()[t])
                .toArray();
        boolean whole = ids.length > 0 && ids[ids.length - 1] == end;
        return whole ? pair.target() : tokenizer.decode(ids);
    }

    private static List<Part> documents(TrainingRun run, TaskData.Encoding encoding) {
        TaskData documents = run.documents();
        int maxLength = run.config().training().maxLength();
        return IntStream.range(0, RunData.FILES.size())
                .mapToObj(number -> part(documents, run, number, encoding, maxLength))
                .toList();
    }

    private static Part part(
            TaskData documents, TrainingRun run, int number, TaskData.Encoding encoding, int maxLength) {
        try {
            return part(documents.rows(run.part(number), encoding, maxLength));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Part part(TaskData.Rows rows) {
        return new Part(rows.rows(), rows.labels(), rows.bytes());
    }

    private static Workload workload(List<Part> parts, BatchPlan plan, TaskConfig task) {
        int rows = plan.batchSize() / plan.microBatches();
        int length = plan.padding() == Padding.MAX ? plan.maxLength() : most(parts, Part::lengthOf);
        boolean documents = task.documentMask() || task.task().isPacked();
        return new Workload(rows, length, (long) rows * most(parts, Part::labelsOf), documents, true);
    }

    private interface Figure {
        int of(Part part, int row);
    }

    private static int most(List<Part> parts, Figure figure) {
        return parts.stream()
                .flatMapToInt(part -> IntStream.range(0, part.rows().size()).map(row -> figure.of(part, row)))
                .max()
                .orElse(0); // no row at all is told with the part that lacks them
    }

    static List<MicroBatch> measured(String split, ExampleRows rows, BatchPlan plan) {
        if (rows.size() == 0) {
            throw new IllegalArgumentException("the " + split
                    + " part makes no row with something to predict; use more data or another maximum length");
        }
        return EpochBatches.evaluation(rows, plan.batchSize() / plan.microBatches(), plan);
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

    /** The part of a number of {@link RunData#FILES}. */
    Part part(int number) {
        return parts.get(number);
    }

    /** The upper bound of all micro-batches of all ranks. */
    Workload workload() {
        return workload;
    }
}
