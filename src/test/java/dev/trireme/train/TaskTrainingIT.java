package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Pair;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import dev.trireme.model.ModelConfig;
import dev.trireme.task.PartSizes;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on texts, conversations and instructions, from a model with a chat template. */
class TaskTrainingIT {
    private static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, 32, 400, 128);
    private static final TaskConfig MASKED = new TaskConfig(Task.TEXT, true, false);

    @TempDir
    private static Path folder;

    private static Path base;

    @BeforeAll
    static void makeModelAndData() throws IOException {
        ParallelConfig alone = TinyRun.ranks(1, Reduction.OVERLAPPED);
        TrainingRun run =
                TrainingRun.prepare(folder.resolve("base"), TinyRun.splits(), SHAPE, TinyRun.config(1, 2, alone));
        Trainer.train(run, TrainListener.NONE);
        base = run.model();
        Files.writeString(
                base.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }}<eos>\n{% endfor %}"
                        + "{% if add_generation_prompt %}assistant: {% endif %}");
        List<String> texts = new ArrayList<>();
        List<String> chats = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        for (Pair pair : Phrasebook.pairs(240)) {
            String source = pair.source().replace("\"", "\\\"");
            String target = pair.target().replace("\"", "\\\"");
            texts.add("{\"text\": \"" + source + " " + target + "\"}");
            chats.add("{\"messages\": [{\"role\": \"user\", \"content\": \"" + source
                    + "\"}, {\"role\": \"assistant\", \"content\": \"" + target + "\"}]}");
            prompts.add("{\"prompt\": \"" + source + "\", \"completion\": \"" + target + "\"}");
        }
        Files.write(folder.resolve("text.jsonl"), texts);
        Files.write(folder.resolve("chat.jsonl"), chats);
        Files.write(folder.resolve("instruct.jsonl"), prompts);
    }

    private static TrainingRun prepare(String name, TaskConfig task, TrainConfig config) {
        RunConfig wish = RunConfig.of(BaseModel.of(base, List.of()), config).withTask(task);
        Path data = folder.resolve(task.task() + ".jsonl");
        return TrainingRun.prepare(folder.resolve(name), data, PartSizes.usual(5), wish, 1);
    }

    private static ParallelConfig exact(int stages) {
        return TinyRun.ranks(1, Reduction.TREE).withPipeline(PipelineLayout.of(stages, "even"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Task.class,
            names = {"TEXT", "CHAT", "INSTRUCT"})
    void everyTaskLowersItsLossAndIsEvaluatedAsItWasTrained(Task task) {
        TaskConfig kind = TaskConfig.of(task);
        TrainConfig config = TinyRun.config(4, 0, exact(1)).withMaxLength(64);
        TrainingRun run = prepare("learns-" + task, kind, config);
        List<QualityMetrics> told = new ArrayList<>();
        List<EpochSamples> samples = new ArrayList<>();
        ResultMetrics result = Trainer.train(run, event -> {
            if (event instanceof QualityMetrics quality) {
                told.add(quality);
            } else if (event instanceof EpochSamples some) {
                samples.add(some);
            }
        });
        assertThat(samples).extracting(EpochSamples::epoch).containsExactly(1, 2, 3, 4);
        assertThat(samples)
                .extracting(some -> texts(some, Translation::source))
                .containsOnly(texts(samples.get(0), Translation::source));
        assertThat(samples.get(0).samples()).hasSize(3);

        assertThat(told).hasSize(5);
        assertThat(told.get(3).loss()).isLessThan(told.get(0).loss() - 0.2);
        QualityMetrics test = told.get(4);
        assertThat(test.part()).isEqualTo("test");
        assertThat(test.loss()).isEqualTo(result.testLoss());
        assertThat(test.answers() > 0).isEqualTo(task != Task.TEXT);

        ModelQuality again = evaluate(run, kind, 64);
        assertThat(again.loss()).isCloseTo(result.testLoss(), within(1e-5));
        assertThat(again.bitsPerByte()).isCloseTo(test.bitsPerByte(), within(1e-5));
        assertThat(again.translations()).hasSize(test.answers());
    }

    private static List<String> texts(EpochSamples samples, Function<Translation, String> part) {
        return samples.samples().stream().map(part).toList();
    }

    private static ModelQuality evaluate(TrainingRun run, TaskConfig kind, int maxLength) {
        GenerationLayout layout = GenerationLayout.single("cpu", 1);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(run.model());
                Tokenizer tokenizer = Tokenizer.open(files.tokenizer());
                LanguageModel model = LanguageModel.open(files, layout, Weights.TRAINABLE)) {
            Evaluator.Documents documents = new Evaluator.Documents(run.part(2), kind, run.model(), maxLength);
            return Evaluator.evaluate(model, tokenizer, documents, layout);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyLayoutGivesTheSameBytes(boolean chat) {
        TaskConfig kind = chat ? TaskConfig.of(Task.CHAT) : MASKED;
        TrainConfig config = TinyRun.config(1, 6, exact(1)).withMaxLength(64);
        TrainingRun one = prepare("one-" + chat, kind, config);
        Trainer.train(one, TrainListener.NONE);
        TrainingRun two = prepare("two-" + chat, kind, config.withParallel(exact(2)));
        Trainer.train(two, TrainListener.NONE);
        TrainConfig replicas = config.withParallel(TinyRun.ranks(2, Reduction.TREE));
        TrainingRun ranks = prepare("ranks-" + chat, kind, replicas);
        Trainer.launch(ranks, System.err);

        for (TrainingRun run : List.of(two, ranks)) {
            assertThat(run.model().resolve("model.safetensors"))
                    .hasSameBinaryContentAs(one.model().resolve("model.safetensors"));
        }
    }

    @Test
    void aRunThatGoesOnHasTheBytesOfOneThatNeverStopped() {
        TrainConfig config = TinyRun.resumable(2, 3, exact(1)).withMaxLength(64);
        TrainingRun whole = prepare("whole", MASKED, config);
        Trainer.train(whole, TrainListener.NONE);
        TrainingRun resumed = prepare("resumed", MASKED, config);
        Trainer.train(resumed, TrainListener.NONE);
        List<Long> steps = resumed.checkpoints().steps();
        Trainer.train(
                Resumption.of(resumed.checkpoints().at(steps.get(steps.size() - 1)))
                        .unchanged(),
                TrainListener.NONE);
        assertThat(resumed.model().resolve("model.safetensors"))
                .hasSameBinaryContentAs(whole.model().resolve("model.safetensors"));
    }

    @Test
    void samplesOfAnEpochAreToldOnceThoughTheRunGoesOn() throws IOException {
        TrainingRun run =
                prepare("sampled", MASKED, TinyRun.resumable(2, 1000, exact(1)).withMaxLength(64));
        Trainer.train(run, TrainListener.NONE);
        assertThat(sampledEpochs(run)).containsExactly(1, 2);
        Trainer.train(Resumption.last(run.folder()).unchanged(), TrainListener.NONE);
        assertThat(sampledEpochs(run)).containsExactly(1, 2);
    }

    private static List<Integer> sampledEpochs(TrainingRun run) throws IOException {
        List<Integer> epochs = new ArrayList<>();
        for (String line : Files.readAllLines(run.metrics())) {
            JsonNode event = Json.READER.readTree(line);
            if (event.path("kind").asText().equals("samples")) {
                epochs.add(event.path("epoch").asInt());
            }
        }
        return epochs;
    }

    @Test
    void theCommandThatIsPrintedAsksAsTheModelWasTaught() throws IOException {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        for (String file : List.of("config.json", "generation_config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(base.resolve(file), plain.resolve(file));
        }
        String instruction = "{\"instruction\": \"Say it.\", \"input\": \"It's me\", \"output\": \"Yes\"}\n";
        Path instructions = Files.writeString(folder.resolve("instructions.jsonl"), instruction.repeat(40));
        assertThat(command(base, folder.resolve("text.jsonl"), Task.TEXT)).endsWith(" --prompt 'The'");
        assertThat(command(base, folder.resolve("chat.jsonl"), Task.CHAT)).contains(" --chat '");
        assertThat(command(base, folder.resolve("instruct.jsonl"), Task.INSTRUCT))
                .contains(" --prompt '")
                .doesNotContain("###");
        assertThat(command(base, instructions, Task.INSTRUCT)).endsWith(" --chat 'Say it.\n\nIt'\\''s me'");
        assertThat(command(plain, instructions, Task.INSTRUCT))
                .endsWith(" --prompt '### Instruction:\nSay it.\n\n### Input:\nIt'\\''s me\n\n### Response:\n'");
    }

    private static String command(Path from, Path data, Task task) {
        TrainConfig training =
                Preset.ofBase(SHAPE).training().withMaxLength(64).withRecovery(TrainConfig.Recovery.NONE);
        RunConfig wish = RunConfig.of(BaseModel.of(from, List.of()), training).withTask(TaskConfig.of(task));
        TrainingRun run = TrainingRun.prepare(folder.resolve("asked"), data, PartSizes.usual(5), wish, 1);
        assertThat(TrainingRun.open(run.folder())).isEqualTo(run);
        assertThat(run.config().training().learningRate().warmupSteps())
                .isBetween(0, 20); // the number, known from the data
        return RunCommands.generate(run);
    }

    @Test
    void textTrainsFromNothingToo() {
        TrainConfig config = TinyRun.config(1, 0, exact(1)).withMaxLength(64);
        RunConfig wish = new RunConfig(SHAPE, config, BaseModel.NONE, DataType.F32, TaskConfig.of(Task.TEXT));
        TrainingRun run = TrainingRun.prepare(
                folder.resolve("nothing"), folder.resolve("text.jsonl"), PartSizes.usual(5), wish, 1);
        assertThat(Trainer.train(run, TrainListener.NONE).testLoss()).isLessThan(Math.log(400));
    }

    @Test
    void aRefusedCorpusLeavesNoRun() throws IOException {
        Path bad = folder.resolve("bad.jsonl");
        Files.writeString(bad, "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n");
        RunConfig wish = RunConfig.of(BaseModel.of(base, List.of()), TinyRun.config(1, 0, exact(1)))
                .withTask(TaskConfig.of(Task.CHAT));
        assertThatThrownBy(() -> TrainingRun.prepare(folder.resolve("refused"), bad, PartSizes.usual(1), wish, 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(bad + ":1: has no turn of the assistant");
        assertThat(folder.resolve("refused")).doesNotExist();
    }
}
