package dev.trireme.cli;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.option.CorpusSettings;
import dev.trireme.cli.option.DeviceOptions;
import dev.trireme.cli.option.PipelineSettings;
import dev.trireme.cli.option.TaskSettings;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.cli.output.TranslationText;
import dev.trireme.config.Requirements;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.task.TaskData;
import dev.trireme.train.Evaluator;
import dev.trireme.train.ModelQuality;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "evaluate",
        description = "Compute a model's loss, and how good its translations or answers are, on a part of a corpus.",
        footer = {
            "",
            "A corpus in one file is split as train splits it, so give the sizes and the seed that were given there.",
            "The loss is that of the schedule's forward passes, with --micro-batches micro-batches of 32 pairs in flight; then "
                    + "the same stages translate, with as many groups of pairs. There are no backward passes, so "
                    + "--checkpoint-activations is ignored."
        })
final class EvaluateCommand implements Runnable {
    /** A part of a corpus. */
    enum Part {
        TRAIN,
        VALIDATION,
        TEST;

        List<Pair> of(Splits splits) {
            return switch (this) {
                case TRAIN -> splits.train();
                case VALIDATION -> splits.validation();
                case TEST -> splits.test();
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int USUAL_LENGTH = 256;
    private static final int NEW_TOKENS = 32; // about what a sentence takes

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "Low-rank updates of the model: a folder of PEFT, or one that train --lora-rank made.")
    private Optional<Path> adapter = Optional.empty();

    @Option(
            names = "--data",
            paramLabel = "FILE",
            required = true,
            description = "A .tsv or .jsonl file, or a folder such as data in a run's.")
    private Path data;

    @Option(
            names = "--part",
            paramLabel = "NAME",
            description = "Which part of the corpus: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Part part = Part.TEST;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Tokens of a row, of tasks other than translate (256, or the model's positions).")
    private Optional<Integer> maxLength = Optional.empty();

    @ArgGroup(validate = false, heading = "%nTask%n")
    private TaskSettings task = new TaskSettings();

    @ArgGroup(validate = false, heading = "%nData%n")
    private CorpusSettings corpus = new CorpusSettings();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @ArgGroup(validate = false, heading = "%nStages%n")
    private PipelineSettings pipeline = new PipelineSettings();

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Mixin
    private AutoLayout auto = new AutoLayout();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Mixin
    private TokenizerOptions tokenizers = new TokenizerOptions();

    @Override
    public void run() {
        device.setPrecision();
        pipeline.split().ifPresent(EvaluateCommand::requireNoPart);
        Optional<GenerationLayout> typed =
                auto.isOn() ? Optional.empty() : Optional.of(pipeline.forwardOnly(1, device));
        Activity steps = activity.activity(json);
        HuggingFaceFolder.require(model);
        steps.begin("reading " + data);
        CorpusOptions options = corpus.over(CorpusOptions.DEFAULTS);
        TaskConfig kind = task.of(Optional.of(data), options);
        List<Pair> pairs = kind.task() == Task.TRANSLATE ? pairs(options) : List.of();
        pipeline.idleForward().forEach(steps::remark);
        String what = pairs.isEmpty() ? kind.task() + " data" : pairs.size() + " pairs";
        steps.beginLong("loading libtorch and " + model + ", measuring " + what);
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(model, adapter)) {
            int positions = folder.config().model().positions();
            maxLength.ifPresent(rows -> Requirements.within("--max-length", rows, 2, positions));
            GenerationLayout layout = typed.orElseGet(() -> planned(folder, Math.max(1, pairs.size()), steps));
            if (kind.task() == Task.TRANSLATE) {
                print(quality(folder, layout, pairs), pairs.size());
            } else {
                TemporaryFolder.use(parts -> print(quality(folder, layout, kind, parts), kind));
            }
        }
    }

    /** Of a folder all pairs of the part, unless a number is given. */
    private List<Pair> pairs(CorpusOptions options) {
        return Files.isDirectory(data) && corpus.isWhole()
                ? Corpora.readPart(data, part.toString(), options)
                : part.of(Corpora.read(data, options));
    }

    private ModelQuality quality(HuggingFaceFolder folder, GenerationLayout layout, TaskConfig kind, Path parts) {
        try (Tokenizer tokenizer = tokenizers.open(folder.tokenizer());
                LanguageModel language = LanguageModel.open(folder, layout, Weights.TRAINABLE)) {
            TaskData.of(kind, model).split(data, corpus.parts(CorpusOptions.DEFAULTS.seed()), parts);
            int rows = maxLength.orElse(
                    Math.min(USUAL_LENGTH, language.config().model().positions()));
            Evaluator.Documents documents = new Evaluator.Documents(parts.resolve(part + ".jsonl"), kind, model, rows);
            return Evaluator.evaluate(language, tokenizer, documents, layout);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GenerationLayout planned(HuggingFaceFolder folder, int count, Activity steps) {
        AutoLayout.Prompts work = new AutoLayout.Prompts(count, NEW_TOKENS);
        return auto.generation(folder.config().model(), Weights.FLOAT32, work, 1, steps);
    }

    private ModelQuality quality(HuggingFaceFolder folder, GenerationLayout layout, List<Pair> pairs) {
        try (Tokenizer tokenizer = tokenizers.open(folder.tokenizer());
                LanguageModel language = LanguageModel.open(folder, layout, Weights.TRAINABLE)) {
            return Evaluator.evaluate(language, tokenizer, pairs, layout);
        }
    }

    private void print(ModelQuality quality, TaskConfig kind) {
        PrintWriter out = spec.commandLine().getOut();
        boolean asked = !quality.translations().isEmpty();
        if (json) {
            JsonLine line = JsonLine.of("evaluation")
                    .put("task", kind.task().toString())
                    .put("part", part.toString())
                    .put("loss", quality.loss())
                    .put("perplexity", quality.perplexity())
                    .put("bits_per_byte", quality.bitsPerByte());
            out.println(asked ? line.put("bleu", quality.bleu()).put("exact_match", quality.exactMatch()) : line);
            return;
        }
        TranslationText.lines(quality.translations(), false).forEach(out::println);
        String answers = String.format(
                Locale.ROOT,
                ", BLEU %.2f, %.1f %% of %d answers exact",
                quality.bleu(),
                100 * quality.exactMatch(),
                quality.translations().size());
        out.println(String.format(
                Locale.ROOT,
                "loss %.4f, perplexity %.3f, %.3f bits per byte%s, on the %s part",
                quality.loss(),
                quality.perplexity(),
                quality.bitsPerByte(),
                asked ? answers : "",
                part));
    }

    private void print(ModelQuality quality, int pairs) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JsonLine.of("evaluation")
                    .put("part", part.toString())
                    .put("pairs", pairs)
                    .put("loss", quality.loss())
                    .put("perplexity", quality.perplexity())
                    .put("bits_per_byte", quality.bitsPerByte())
                    .put("bleu", quality.bleu()));
            return;
        }
        TranslationText.lines(quality.translations()).forEach(out::println);
        out.println(String.format(
                Locale.ROOT,
                "BLEU %.2f, loss %.4f, perplexity %.3f, %.3f bits per byte on %d %s pairs",
                quality.bleu(),
                quality.loss(),
                quality.perplexity(),
                quality.bitsPerByte(),
                pairs,
                part));
    }

    /** Other programs call a part of a corpus a split. */
    private static void requireNoPart(String split) {
        if (split.matches("\\p{Alpha}+") && !split.matches("even|balanced")) {
            throw new IllegalArgumentException("split is " + split + ", but --split cuts the model into stages: even, "
                    + "balanced, or layers such as 5,7; for a part of the corpus use --part");
        }
    }
}
