package dev.trireme;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.Splits;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Device;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Chat;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.Generator;
import dev.trireme.generate.Handle;
import dev.trireme.generate.Request;
import dev.trireme.generate.RequestListener;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.TextModel;
import dev.trireme.langchain4j.LocalChatModel;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedules;
import dev.trireme.serve.ModelServer;
import dev.trireme.serve.ServerConfig;
import dev.trireme.task.Document;
import dev.trireme.task.PartSizes;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.train.BaseModel;
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.Preset;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.RunConfig;
import dev.trireme.train.RunningTraining;
import dev.trireme.train.TrainListener;
import dev.trireme.train.Trainer;
import dev.trireme.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java, as it stands there: what is between the marks is what a reader copies. */
final class ReadmeExamplesIT {
    @TempDir
    private Path folder;

    @Test
    void theExamplesRunAndTheReadmeShowsThemAsTheyAre() throws IOException {
        Path file = folder.resolve("pairs.tsv");
        Corpora.writeTsv(Phrasebook.pairs(120), file);

        Path model = train(file, folder.resolve("run"));
        generate(model);
        tune(model, folder.resolve("tuned"));
        chat(model); // with the template that tuning needs
        serve(model);
        embed(model);
        pipeline(Collections.nCopies(4, batch()));

        String source = Files.readString(Path.of("src/test/java/dev/trireme/ReadmeExamplesIT.java"));
        assertThat(Files.readString(Path.of("README.md")))
                .contains(
                        example(source, "train"),
                        example(source, "tune"),
                        example(source, "generate"),
                        example(source, "chat"),
                        example(source, "serve"),
                        example(source, "embed"),
                        example(source, "ask"),
                        example(source, "pipeline"));
    }

    private static Path train(Path file, Path folder) {
        // train {
        Splits splits = Corpora.read(file, new CorpusOptions(80, 20, 20, 1234, "de", "en")); // a .tsv, .jsonl or folder
        ModelConfig model = ModelConfig.gpt2(2, 4, 128, 500, 128); // layers, heads, hidden, vocabulary, positions
        TrainConfig training = TrainConfig.defaults()
                .withEpochs(1)
                .withBatchSize(16)
                .withLearningRate(LearningRateSchedule.constant(1e-3))
                .withParallel(ParallelConfig.ofWorld(2)); // a process for each of two replicas

        TrainingRun run = TrainingRun.prepare(folder, splits, model, training);
        ResultMetrics result = Trainer.launch(run, System.err);
        System.out.printf("loss %.3f, BLEU %.1f, model in %s%n", result.testLoss(), result.bleu(), run.model());
        // } train
        return run.model();
    }

    private static void tune(Path model, Path folder) throws IOException {
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }}<eos>{% endfor %}"
                        + "{% if add_generation_prompt %}assistant: {% endif %}");
        List<String> questions = IntStream.range(0, 60)
                .mapToObj(i -> "What is your name, number " + i + "?")
                .toList();
        // tune {
        List<Document> data = questions.stream() // any Iterable; Document.text and Document.instruct for other tasks
                .map(question -> Document.chat(question, "My name is Trireme."))
                .toList();
        BaseModel.Shape base = BaseModel.of(model, List.of()); // a folder in Hugging Face layout; special tokens to add
        TrainConfig training =
                Preset.ofBase(base.model()).training().withEpochs(2).withMaxLength(64);
        RunConfig settings = RunConfig.of(base, training).withTask(TaskConfig.of(Task.CHAT));
        TrainingRun run = TrainingRun.prepare(folder, data, PartSizes.usual(1), settings, 1);
        TrainListener listener = event -> {
            if (event instanceof EpochMetrics epoch) {
                System.out.printf("epoch %d: validation loss %.3f%n", epoch.epoch(), epoch.validationLoss());
            }
        };
        try (RunningTraining running = Trainer.startHere(run, listener)) { // cancel, end and checkpoint from any thread
            System.out.printf("test loss %.3f%n", running.await().testLoss());
        }
        // } tune
        assertThat(run.model()).isDirectory();
    }

    private static void generate(Path model) {
        // generate {
        try (Generator generator = Generator.open(model)) {
            generator.generate("Der Lehrer liest ein Buch.", GenerateOptions.upTo(20), System.out::print);
            System.out.println(
                    generator.translate(List.of("Der Lehrer liest ein Buch.")).get(0));
        }
        // } generate
    }

    private static void chat(Path model) {
        // chat {
        try (Generator generator = Generator.open(model)) {
            Conversation rules = Conversation.of("system", "Be brief."); // or Chat.begin
            Chat chat = Chat.goOn(generator, ChatTemplate.of(model), GenerateOptions.upTo(20), rules);
            chat.ask("What is the capital of France?", System.out::print);
            System.out.println(chat.ask("And of Italy?", piece -> {}).text()); // with all that was said before
        }
        // } chat
    }

    private static void serve(Path model) {
        // serve {
        EngineConfig config = EngineConfig.of(GenerationLayout.single("cpu", 0), Weights.FLOAT32);
        try (Engine engine = Engine.open(model, config)) { // any number of threads may submit
            GenerateOptions options = GenerateOptions.upTo(8).withSampling(Sampling.GREEDY.withTemperature(0.8));
            Handle first = engine.submit(Request.of(new int[] {5, 17, 9}, options), RequestListener.NONE);
            Handle second = engine.submit(Request.of(new int[] {5, 17}, options.withChoices(2)), RequestListener.NONE);
            System.out.println(second.await().choices().get(1).stop());
            System.out.println(first.await().choices().get(0).ids().length + " tokens");
            System.out.println(engine.metrics().generatedTokens() + " tokens of all requests");
        }
        // } serve
    }

    private static void embed(Path model) {
        EngineConfig config = EngineConfig.of(GenerationLayout.single("cpu", 0), Weights.FLOAT32);
        // embed {
        try (Engine engine = Engine.open(model, config);
                Tokenizer tokenizer = Tokenizer.open(model.resolve("tokenizer.json"))) {
            TextModel mine = new TextModel("mine", engine, tokenizer, Optional.of(ChatTemplate.of(model)));
            System.out.println(new LocalChatModel(mine).chat("Hello")); // without HTTP
            try (ModelServer server = ModelServer.start(mine, ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
                ask(server.address() + "/v1");
            }
        }
        // } embed
    }

    private static void ask(String url) {
        // ask {
        OpenAIClient client = OpenAIOkHttpClient.builder() // com.openai:openai-java
                .baseUrl(url) // http://localhost:8000/v1
                .apiKey("none")
                .build();
        ChatCompletionCreateParams question = ChatCompletionCreateParams.builder()
                .model("mine")
                .addUserMessage("Hello")
                .build();
        client.chat().completions().create(question).choices().forEach(System.out::println);

        ChatModel chat = OpenAiChatModel.builder() // dev.langchain4j:langchain4j-open-ai
                .baseUrl(url)
                .apiKey("none")
                .modelName("mine")
                .build();
        System.out.println(chat.chat("Hello"));
        // } ask
        client.close();
    }

    private static void pipeline(List<MicroBatch> batches) {
        // pipeline {
        ModelConfig model = ModelConfig.llama(4, 4, 2, 64, 176, 500, 128);
        DeviceMap map = DeviceMap.getDeviceMap(model.layers(), 2); // layers 0 and 1, then 2 and 3
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(4, 2)); // micro-batches, devices
        try (Pipeline pipeline = Pipeline.open(model, map, config, List.of(Device.CPU, Device.CPU))) {
            pipeline.stages().forEach(stage -> stage.initialize(1234));
            double weight = batches.stream().mapToDouble(MicroBatch::weightSum).sum();
            double loss = pipeline.train(1, 1234, batches, weight) / weight; // step 1, seed 1234
            double norm = pipeline.update(OptimizerConfig.adamW(), 1e-3);
            System.out.printf("loss %.3f, gradient norm %.3f%n", loss, norm);
        }
        // } pipeline
    }

    private static MicroBatch batch() {
        float[] weights = new float[2 * 16];
        Arrays.fill(weights, 1);
        return new MicroBatch(new Random(1).ints(2 * 16, 0, 500).toArray(), weights, 2, 16, 0);
    }

    /** What stands between the marks of an example, without its indentation. */
    private static String example(String source, String name) {
        int begin = source.indexOf("// " + name + " {\n") + name.length() + 6;
        String code = source.substring(begin, source.indexOf("// } " + name)).stripTrailing();
        return Arrays.stream(code.split("\n", -1))
                .map(line -> line.isEmpty() ? line : line.substring(8))
                .collect(Collectors.joining("\n"));
    }
}
