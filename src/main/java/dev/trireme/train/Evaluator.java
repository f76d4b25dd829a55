package dev.trireme.train;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Padding;
import dev.trireme.config.Reduction;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.BatchPlan;
import dev.trireme.data.Pair;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.Generator;
import dev.trireme.generate.LanguageModel;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import dev.trireme.task.Question;
import dev.trireme.task.TaskConfig;
import dev.trireme.task.TaskData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Evaluates a model: its loss, and BLEU of its translations or answers. */
public final class Evaluator {
    private static final int ROWS = 32;
    private static final int ANSWERS = 100;

    /** Of an answer that is compared. */
    static final int MOST_TOKENS = 128;

    private Evaluator() {}

    /**
     * Evaluates a model on one device.
     *
     * @param folder in Hugging Face layout, of a model that was trained to translate
     * @param pairs test pairs, at least one
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator of this process; 0 for one a core
     * @return loss, BLEU and translations
     * @throws BadInputException when a file is not what it should be
     */
    public static ModelQuality evaluate(Path folder, List<Pair> pairs, String device, int threads) {
        NullChecks.require("folder", folder, "pairs", pairs);
        return evaluate(folder, pairs, GenerationLayout.single(device, threads));
    }

    /**
     * Loads a model, computes its loss on pairs, and translates them.
     *
     * @param folder in Hugging Face layout, with a tokenizer and an end token
     * @param pairs test pairs
     * @param layout one copy of any number of stages; the loss is computed by its schedule, with its number of
     *     micro-batches of 32 pairs each in flight
     * @return loss, BLEU and translations
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when there are no pairs, or none fits the model's positions
     */
    public static ModelQuality evaluate(Path folder, List<Pair> pairs, GenerationLayout layout) {
        NullChecks.require("folder", folder, "pairs", pairs, "layout", layout);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder);
                Tokenizer tokenizer = Tokenizer.open(files.tokenizer());
                LanguageModel model = LanguageModel.open(files, layout, Weights.TRAINABLE)) {
            return evaluate(model, tokenizer, pairs, layout);
        }
    }

    /**
     * Measures a model that is open already.
     *
     * @param model opened as {@code layout} says and as {@link Weights#TRAINABLE}
     * @param tokenizer the model's own
     * @param pairs what to measure with
     * @param layout as {@link #evaluate(Path, List, GenerationLayout)} takes it
     * @return how good it is
     * @throws BadInputException when the model has no end token
     * @throws IllegalArgumentException when there are no pairs, or none fits the model's positions
     */
    public static ModelQuality evaluate(
            LanguageModel model, Tokenizer tokenizer, List<Pair> pairs, GenerationLayout layout) {
        NullChecks.require("model", model, "tokenizer", tokenizer, "pairs", pairs, "layout", layout);
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("there are no pairs to measure with; give at least one");
        }
        if (model.config().specialTokens().end() == SpecialTokens.ABSENT) {
            throw new BadInputException(
                    "the model's config.json names no eos_token_id; use a model that was trained to translate");
        }
        SpecialTokens special = model.config().specialTokens();
        int positions = model.config().model().positions();
        TrainingData.Part part = TrainingData.part(pairs, tokenizer, special.end(), positions);
        List<Translation> translations = answers(model, tokenizer, generator -> Translation.of(pairs, generator));
        return quality(model, part, positions, translations, layout);
    }

    /**
     * Measures a model that is open already on documents.
     *
     * @param model opened as {@code layout} says and as {@link Weights#TRAINABLE}
     * @param tokenizer the model's own
     * @param documents what to measure with
     * @param layout as {@link #evaluate(Path, List, GenerationLayout)} takes it
     * @return how good it is
     * @throws BadInputException when the model has no end token, or a document cannot be encoded
     * @throws IllegalArgumentException when the documents make no row
     */
    public static ModelQuality evaluate(
            LanguageModel model, Tokenizer tokenizer, Documents documents, GenerationLayout layout) {
        NullChecks.require("model", model, "tokenizer", tokenizer, "documents", documents, "layout", layout);
        int end = model.config().specialTokens().end();
        if (end == SpecialTokens.ABSENT) {
            throw new BadInputException(
                    "the model's config.json names no eos_token_id, which ends each text; put it there");
        }
        TaskData data = TaskData.of(documents.task, documents.model);
        TrainingData.Part part;
        try {
            TaskData.Encoding encoding =
                    TaskData.Encoding.of(tokenizer, documents.model.resolve("tokenizer.json"), end);
            part = TrainingData.part(data.rows(documents.part, encoding, documents.maxLength));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Question> questions = data.questions(documents.part, tokenizer, ANSWERS);
        List<Translation> answers = questions.isEmpty()
                ? List.of()
                : answers(model, tokenizer, generator -> Translation.ofQuestions(questions, generator, MOST_TOKENS));
        return quality(model, part, documents.maxLength, answers, layout);
    }

    /**
     * Documents of a task.
     *
     * @param part a file of documents, one a line
     * @param task what they are
     * @param model folder of the model, with its tokenizer and chat template
     * @param maxLength most tokens of a row
     */
    public record Documents(Path part, TaskConfig task, Path model, int maxLength) {
        /** Checks that no component is null. */
        public Documents {
            NullChecks.require("part", part, "task", task, "model", model);
        }
    }

    private static ModelQuality quality(
            LanguageModel model,
            TrainingData.Part part,
            int maxLength,
            List<Translation> answers,
            GenerationLayout layout) {
        double loss = loss(model, passes(layout), part, maxLength);
        return new ModelQuality(loss, Translation.bleu(answers), answers, loss / Math.log(2) * part.labelsPerByte());
    }

    private static List<Translation> answers(
            LanguageModel model, Tokenizer tokenizer, Function<Generator, List<Translation>> ask) {
        try (Generator generator = Generator.borrow(model, tokenizer)) {
            return ask.apply(generator);
        }
    }

    private static double loss(LanguageModel model, PipelineConfig passes, TrainingData.Part part, int maxLength) {
        int padding = Math.max(0, model.config().specialTokens().padding()); // any id will do: its weight is 0
        BatchPlan plan = new BatchPlan(ROWS, 1, 1, 0, 0, Padding.LONGEST, maxLength, padding);
        ReplicaConfig config = new ReplicaConfig(
                OptimizerConfig.adamW(), 0, Rendezvous.DEFAULT_TIMEOUT, Reduction.OVERLAPPED, Map.of());
        try (Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), Rendezvous.DEFAULT_TIMEOUT);
                Replica replica = Replica.open(Pipeline.borrow(model.stages(), passes), alone, config)) {
            return replica.evaluate(TrainingData.measured("given", part.rows(), plan))
                    .loss();
        }
    }

    private static PipelineConfig passes(GenerationLayout layout) {
        int wanted = layout.microBatches();
        int microBatches = wanted > 0 ? wanted : layout.pipeline().usualMicroBatches();
        return PipelineConfig.of(Pipelines.schedule(layout.pipeline(), microBatches));
    }
}
