package dev.trireme.cli;

import dev.trireme.chat.ChatPrompt;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.option.BeamSettings;
import dev.trireme.cli.option.CacheSettings;
import dev.trireme.cli.option.DeviceOptions;
import dev.trireme.cli.option.PipelineSettings;
import dev.trireme.cli.option.PromptSettings;
import dev.trireme.cli.option.SamplingSettings;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.GenerationOutput;
import dev.trireme.cli.output.LiveLine;
import dev.trireme.cli.output.LiveSpeed;
import dev.trireme.cli.output.Terminal;
import dev.trireme.config.GenerationDefaults;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Generation;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.Generations;
import dev.trireme.generate.Generator;
import dev.trireme.generate.LanguageModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        description = "Continue a text, or many at once.",
        footer = {
            "",
            "Defaults are in brackets; the model's generation_config.json overrides them.",
            "--translate needs a model that train made. Without --max-new-tokens a translation has no fixed limit.",
            "Special tokens such as <eos> in a text are encoded as text; --special-tokens encodes them as tokens.",
            "Prompts are split into --micro-batches groups, each with a cache of its own; 1 is sequential model parallelism. "
                    + "Generation has forward passes only: --schedule only sets the number of stages per device, and "
                    + "--checkpoint-activations is ignored."
        })
final class GenerateCommand implements Runnable {
    private static final int USUAL_NEW_TOKENS = 64;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "Low-rank updates of the model: a folder of PEFT, or one that train --lora-rank made.")
    private Optional<Path> adapter = Optional.empty();

    @ArgGroup(multiplicity = "1")
    private PromptSettings prompts; // left empty: picocli would not miss a group that is there already

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "The most tokens to append (64; a translation ends itself).")
    private Optional<Integer> maxNewTokens = Optional.empty();

    @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; may be given several times.")
    private List<String> stop = new ArrayList<>();

    @Option(names = "--log-probabilities", description = "Print the log-probability of each token.")
    private boolean logProbabilities;

    @Option(
            names = "--special-tokens",
            description = "Encode special tokens that are spelled out in the text as tokens. Only for trusted text.")
    private boolean specialTokens;

    @ArgGroup(validate = false, heading = "%nSampling%n")
    private SamplingSettings sampling = new SamplingSettings();

    @ArgGroup(validate = false, heading = "%nBeam search%n")
    private BeamSettings beams = new BeamSettings();

    @ArgGroup(validate = false, heading = "%nKey/value cache%n")
    private CacheSettings cache = new CacheSettings();

    @ArgGroup(validate = false, heading = "%nStages of each copy%n")
    private PipelineSettings pipeline = new PipelineSettings();

    @Option(
            names = "--world-size",
            paramLabel = "N",
            description = "Copies of the model, which share the prompts; each takes its memory (${DEFAULT-VALUE}).")
    private int worldSize = 1;

    @Option(names = "--no-kv-cache", description = "Recompute the whole text for each token: the same text, slower.")
    private boolean noCache;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Compute with weights in float32, or in bfloat16, which is faster (float32).")
    private Weights weights = Weights.FLOAT32;

    @Option(names = "--json", description = "Print one JSON object a prompt, at the end.")
    private boolean json;

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
        boolean chooses = auto.isOn();
        Optional<ChatPrompt> chat = prompts.conversation().map(this::written);
        List<String> texts = chat.map(prompt -> List.of(prompt.toString())).orElseGet(prompts::texts);
        Optional<GenerationLayout> typed =
                chooses ? Optional.empty() : Optional.of(pipeline.forwardOnly(worldSize, device));
        typed.ifPresent(
                layout -> layout.resolved(texts.size(), Runtime.getRuntime().availableProcessors()));
        HuggingFaceFolder.require(model);
        options(GenerationDefaults.NONE); // what was typed wrong is refused before anything is loaded
        Activity steps = activity.activity(json);
        steps.beginLong("loading libtorch and the weights of " + model);
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(model, adapter)) {
            GenerateOptions options = options(folder.generationDefaults());
            GenerationLayout wished = typed.orElseGet(() -> planned(folder, texts.size(), options, steps));
            Stream<String> remarks =
                    Stream.concat(pipeline.idleInGeneration().stream(), wished.remark(texts.size()).stream());
            GenerationLayout spread =
                    wished.resolved(texts.size(), Runtime.getRuntime().availableProcessors());
            generate(folder, chat, texts, options, spread, () -> remarks.forEach(steps::remark));
        }
    }

    private ChatPrompt written(Conversation conversation) {
        return ChatTemplate.of(HuggingFaceFolder.require(model))
                .render(conversation, ZonedDateTime.now(ZoneId.systemDefault()));
    }

    private GenerationLayout planned(HuggingFaceFolder folder, int count, GenerateOptions options, Activity steps) {
        AutoLayout.Prompts work = new AutoLayout.Prompts(count, Math.min(options.maxNewTokens(), USUAL_NEW_TOKENS));
        return auto.generation(folder.config().model(), weights, work, count, steps);
    }

    private void generate(
            HuggingFaceFolder folder,
            Optional<ChatPrompt> chat,
            List<String> texts,
            GenerateOptions options,
            GenerationLayout spread,
            Runnable loaded) {
        boolean streams = prompts.isTranslation() || chat.isPresent() || (prompts.isOne() && options.beams() == 1);
        GenerationOutput output = output(streams && !json);
        try (Tokenizer tokenizer = tokenizers.open(folder.tokenizer());
                LanguageModel language =
                        LanguageModel.of(Engine.open(folder, cache.over(EngineConfig.of(spread, weights))));
                Generator generator = Generator.borrow(language, tokenizer)) {
            loaded.run();
            Generations generations;
            if (streams) {
                Generation generation = chat.map(prompt -> generator.answer(prompt, options, output::stream))
                        .orElseGet(() -> prompts.isTranslation()
                                ? generator.translate(texts.get(0), options, output::stream)
                                : generator.generate(texts.get(0), options, output::stream));
                generations = new Generations(List.of(generation), generator.lastTiming());
            } else {
                generations = generator.generateAll(texts, options, output.listener(texts));
            }
            output.finish(texts, generations, spread);
        }
    }

    /** Without a live line if text is streamed to the same terminal, where the two would mix. */
    private GenerationOutput output(boolean streams) {
        PrintWriter err = activity.isQuiet()
                ? new PrintWriter(PrintWriter.nullWriter())
                : spec.commandLine().getErr();
        int columns = activity.isQuiet() || (streams && Terminal.showsOutput()) ? 0 : Terminal.columnsOfErrors();
        LiveSpeed speed = new LiveSpeed(new LiveLine(err, columns));
        return new GenerationOutput(spec.commandLine().getOut(), err, json, logProbabilities, speed);
    }

    /** Options of the command line over the defaults of the model's folder. */
    private GenerateOptions options(GenerationDefaults defaults) {
        int usual = defaults.maxNewTokens() > 0 ? defaults.maxNewTokens() : USUAL_NEW_TOKENS;
        usual = prompts.isTranslation() ? Integer.MAX_VALUE : usual;
        return GenerateOptions.upTo(maxNewTokens.orElse(usual))
                .withSampling(sampling.over(defaults, beams.isSearch()))
                .withStop(stop)
                .withLogProbabilities(logProbabilities)
                .withKeyValueCache(!noCache)
                .withBeams(beams.width(), beams.lengthPenalty())
                .withSpecialTokens(specialTokens);
    }
}
