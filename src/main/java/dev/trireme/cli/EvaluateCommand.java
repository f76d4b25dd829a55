package dev.trireme.cli;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.option.CorpusSettings;
import dev.trireme.cli.option.DeviceOptions;
import dev.trireme.cli.option.PipelineSettings;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.cli.output.TranslationText;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import dev.trireme.train.Evaluator;
import dev.trireme.train.ModelQuality;
import java.io.PrintWriter;
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
        description = "Compute a model's loss and BLEU on a part of a corpus.",
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

    private static final int NEW_TOKENS = 32; // about what a sentence takes

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

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
        List<Pair> pairs = part.of(Corpora.read(data, corpus.over(CorpusOptions.DEFAULTS)));
        pipeline.idleForward().forEach(steps::remark);
        steps.beginLong("loading libtorch and " + model + ", measuring " + pairs.size() + " pairs");
        ModelQuality quality;
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(model)) {
            GenerationLayout layout = typed.orElseGet(() -> planned(folder, pairs.size(), steps));
            quality = quality(folder, layout, pairs);
        }
        print(quality, pairs.size());
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

    private void print(ModelQuality quality, int pairs) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JsonLine.of("evaluation")
                    .put("part", part.toString())
                    .put("pairs", pairs)
                    .put("loss", quality.loss())
                    .put("perplexity", quality.perplexity())
                    .put("bleu", quality.bleu()));
            return;
        }
        TranslationText.lines(quality.translations()).forEach(out::println);
        out.println(String.format(
                Locale.ROOT,
                "BLEU %.2f, loss %.4f, perplexity %.3f on %d %s pairs",
                quality.bleu(),
                quality.loss(),
                quality.perplexity(),
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
