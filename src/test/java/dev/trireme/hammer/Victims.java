package dev.trireme.hammer;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.Prefetcher;
import dev.trireme.data.tokenizer.BpeTrainer;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.Device;
import dev.trireme.engine.GroupConfig;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Store;
import dev.trireme.engine.TinyModel;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.Generator;
import dev.trireme.generate.LanguageModel;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.TokenListener;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import dev.trireme.schedule.Schedules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The public classes that own native memory and are used by more than one call, and {@link Prefetcher}, a thread's. */
final class Victims {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int VOCABULARY = 300;
    private static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, 16, VOCABULARY, 48);
    private static final Path TOKENIZER = tokenizer();

    private Victims() {}

    static Map<String, Supplier<Victim>> all() {
        return Map.of(
                "Generator", Victims::generator,
                "LanguageModel", () -> languageModel(1, 1, 1),
                "LanguageModel of 2 copies of 2 stages", () -> languageModel(2, 2, 2),
                "Pipeline", Victims::pipeline,
                "Prefetcher", Victims::prefetcher,
                "ProcessGroup", Victims::processGroup,
                "Replica", Victims::replica,
                "Stage, KeyValueCaches", StageVictim::open,
                "Store", Victims::store,
                "Tokenizer", Victims::tokenizerVictim);
    }

    private static Victim generator() {
        Generator generator = Generator.of(model(1, 1, 1), Tokenizer.open(TOKENIZER));
        return new Victim(
                List.of(
                        random -> generator.generate("one two", options(random)),
                        random -> generator.generateAll(List.of("one", "three two one"), options(random)),
                        random -> generator.generate("one", options(random), text -> {}),
                        random ->
                                generator.generate("one", options(random), text -> generator.translate(List.of("two"))),
                        random -> generator.generate("one", options(random), text -> {
                            if (random.nextInt(20) == 0) {
                                generator.close();
                            }
                        })),
                generator::close);
    }

    private static Victim languageModel(int copies, int stages, int groups) {
        LanguageModel model = model(copies, stages, groups);
        return new Victim(
                List.of(
                        random -> model.complete(prompts(random), options(random), TokenListener.NONE),
                        random -> model.complete(prompts(random), options(random), TokenListener.NONE),
                        random -> model.score(new int[] {1, 2, random.nextInt(VOCABULARY + 2) - 1}, logits -> {}),
                        random -> model.score(new int[] {1, 2, 3}, logits -> model.continueGreedily(new int[] {1}, 3)),
                        random -> model.complete(prompts(random), options(random), (prompt, id) -> {
                            model.continueGreedily(new int[] {1}, 3);
                            return true;
                        }),
                        random -> model.complete(prompts(random), options(random), (prompt, id) -> {
                            if (random.nextInt(20) == 0) {
                                Thread.currentThread().interrupt();
                            } else if (random.nextInt(20) == 0) {
                                model.close();
                            }
                            return true;
                        })),
                model::close);
    }

    private static LanguageModel model(int copies, int stages, int groups) {
        List<Stage> all = IntStream.range(0, copies * stages)
                .mapToObj(stage -> stage % stages)
                .map(stage ->
                        Stage.open(SHAPE, 2 / stages * stage, 2 / stages * (stage + 1), Device.CPU, Weights.FLOAT32))
                .toList();
        all.forEach(stage -> stage.initialize(1));
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(stages, "even"), groups, copies, "cpu", 1);
        return LanguageModel.of(all, layout, new HuggingFaceConfig(SHAPE, SpecialTokens.NONE));
    }

    private static List<int[]> prompts(Random random) {
        return Stream.generate(
                        () -> random.ints(1 + random.nextInt(4), 0, VOCABULARY).toArray())
                .limit(1 + random.nextInt(4))
                .toList();
    }

    private static GenerateOptions options(Random random) {
        GenerateOptions options = GenerateOptions.upTo(random.nextInt(6));
        return switch (random.nextInt(4)) {
            case 0 -> options.withBeams(3, 1);
            case 1 -> options.withSampling(Sampling.GREEDY.withTemperature(1).withTopK(20));
            case 2 -> options.withLogProbabilities(true);
            default -> options;
        };
    }

    private static Victim pipeline() {
        List<Stage> stages =
                List.of(Stage.open(TinyModel.CONFIG, 0, 1, Device.CPU), Stage.open(TinyModel.CONFIG, 1, 2, Device.CPU));
        stages.forEach(stage -> stage.initialize(1));
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(2, 2));
        Pipeline pipeline = Pipeline.of(stages, config);
        return new Victim(
                List.of(
                        random -> pipeline.train(1, 2, batches(2), 28),
                        random -> {
                            pipeline.train(1, 2, batches(2), 28);
                            pipeline.update(OptimizerConfig.adamW(), 1e-3);
                        },
                        random -> pipeline.evaluate(batches(3)),
                        random -> pipeline.stages().get(1).checksum(),
                        random -> {
                            if (random.nextInt(50) == 0) {
                                pipeline.stages().get(random.nextInt(2)).close();
                            }
                            pipeline.train(1, 2, batches(2), 28);
                        }),
                pipeline::close);
    }

    static List<MicroBatch> batches(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> TinyModel.batch(3, 2, 2 * i))
                .toList();
    }

    private static Victim replica() {
        Pipeline pipeline = Pipeline.alone(TinyModel.open(), 2);
        ReplicaConfig config = new ReplicaConfig(OptimizerConfig.adamW(), 1, PATIENCE, Reduction.OVERLAPPED, Map.of());
        Replica replica = Replica.open(pipeline, Rendezvous.setup(RankEnvironment.alone(), PATIENCE), config);
        return new Victim(
                List.of(
                        random -> replica.step(random.nextInt(9), batches(2), 28, 1e-3),
                        random -> replica.evaluate(batches(3))),
                replica::close);
    }

    private static Victim processGroup() {
        Store store = host();
        ProcessGroup group = group(store, "group");
        store.close(); // the group holds on to it
        return new Victim(
                List.of(random -> group.sum(new double[1 + random.nextInt(100)]), random -> {
                    try (Stage stage = TinyModel.open()) {
                        stage.gradients().join(group, 1 + random.nextInt(1 << 14), Reduction.OVERLAPPED);
                        stage.begin(1, 2, 1, 14);
                        stage.load(0, TinyModel.batch(3, 2, 0));
                        stage.forward(0, dev.trireme.engine.Mode.TRAIN);
                        stage.backward(0);
                        stage.gradients().apply(OptimizerConfig.adamW(), 1e-3);
                    }
                }),
                group::close);
    }

    static Store host() {
        return Store.host(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "job", PATIENCE);
    }

    static ProcessGroup group(Store store, String name) {
        return ProcessGroup.open(store, new GroupConfig(BackendKind.GLOO, name, 0, 1, "127.0.0.1", PATIENCE));
    }

    private static Victim store() {
        Store store = host();
        return new Victim(
                List.of(
                        random -> store.set("key" + random.nextInt(10), "value"),
                        random -> store.get("key" + random.nextInt(10), Duration.ofMillis(20)),
                        random -> store.get("none", Duration.ofMillis(20)),
                        random -> store.contains("key" + random.nextInt(10)),
                        random -> store.add("counter", 1)),
                store::close);
    }

    private static Victim tokenizerVictim() {
        Tokenizer tokenizer = Tokenizer.open(TOKENIZER);
        return new Victim(
                List.of(
                        random -> tokenizer.encode("one two three ".repeat(random.nextInt(50))),
                        random -> tokenizer.encodePrompt("one"),
                        random -> tokenizer.decode(
                                random.ints(20, -1, tokenizer.vocabularySize()).toArray()),
                        random -> tokenizer.decodeWithSpecialTokens(new int[] {1, 2})),
                tokenizer::close);
    }

    private static Victim prefetcher() {
        Prefetcher<Integer> prefetcher =
                new Prefetcher<>(Stream.iterate(1, i -> i + 1).iterator(), 3, "prefetcher");
        return new Victim(
                List.of(
                        random -> {
                            if (prefetcher.hasNext()) {
                                prefetcher.next();
                            }
                        },
                        random -> prefetcher.next()),
                prefetcher::close);
    }

    private static Path tokenizer() {
        try {
            Path file = Files.createTempFile("tokenizer", ".json");
            file.toFile().deleteOnExit();
            List<String> lines = new ArrayList<>(List.of("one two three two one", "three one two"));
            BpeTrainer.train(lines, 265, List.of("<eos>")).save(file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
