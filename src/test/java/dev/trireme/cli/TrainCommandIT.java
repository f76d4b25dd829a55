package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class TrainCommandIT {
    private static final List<String> TINY = List.of(
            "--train",
            "40",
            "--validation",
            "8",
            "--test",
            "6",
            "--layers",
            "1",
            "--heads",
            "2",
            "--hidden",
            "16",
            "--vocab-size",
            "300",
            "--max-length",
            "64",
            "--epochs",
            "2",
            "--batch-size",
            "8",
            "--max-steps",
            "7");

    @TempDir
    private Path folder;

    @Test
    void aRunCanBeEvaluatedAndGenerates() throws IOException, InterruptedException {
        JsonNode trained = lastJson(run(command("train", "--out", "run", "--json", "--quiet")));
        List<String> evaluate = List.of(
                "evaluate",
                "--model",
                "run/model",
                "--data",
                "run/data",
                "--json",
                "--train",
                "40",
                "--validation",
                "8",
                "--test",
                "6");
        JsonNode evaluated = lastJson(run(evaluate));
        assertThat(evaluated.get("bleu").doubleValue())
                .isEqualTo(trained.get("bleu").doubleValue());
        assertThat(evaluated.get("loss").doubleValue())
                .isCloseTo(trained.get("test_loss").doubleValue(), org.assertj.core.data.Offset.offset(1e-5));
        assertThat(evaluated.get("bits_per_byte").doubleValue())
                .isCloseTo(toldBitsPerByte("test"), org.assertj.core.data.Offset.offset(1e-5));

        List<String> cut = List.of(
                "--part",
                "test",
                "--stages",
                "2",
                "--split",
                "1,0",
                "--micro-batches",
                "2",
                "--schedule",
                "zero-bubble",
                "--checkpoint-activations",
                "always");
        CommandLineProcess onStages =
                run(Stream.of(evaluate, cut).flatMap(List::stream).toList());
        assertThat(lastJson(onStages).get("part").textValue()).isEqualTo("test");
        assertThat(lastJson(onStages).get("loss")).isEqualTo(evaluated.get("loss"));
        assertThat(lastJson(onStages).get("bleu")).isEqualTo(evaluated.get("bleu"));
        assertThat(onStages.errors()).contains("--checkpoint-activations always changes nothing: without backward");

        JsonNode generated = lastJson(run(List.of(
                "generate", "--model", "run/model", "--prompt", "Grüß Gott.", "--max-new-tokens", "3", "--json")));
        assertThat(generated.get("prompt").textValue()).isEqualTo("Grüß Gott.");
        assertThat(generated.get("ids").size()).isLessThanOrEqualTo(3);

        JsonNode scored = lastJson(run(List.of(
                "score", "--model", "run/model", "--ids", "5,17,100", "--out", "logits.safetensors", "--json")));
        assertThat(scored.get("log_probabilities").size()).isEqualTo(2);
        assertThat(Files.size(folder.resolve("logits.safetensors"))).isGreaterThan(3 * 4 * 257);
    }

    private double toldBitsPerByte(String part) throws IOException {
        for (String line : Files.readAllLines(folder.resolve("run/metrics.jsonl"))) {
            JsonNode event = Json.READER.readTree(line);
            if (event.path("kind").asText().equals("quality")
                    && event.path("part").asText().equals(part)) {
                return event.get("bits_per_byte").doubleValue();
            }
        }
        throw new AssertionError("no quality of the " + part + " part");
    }

    @Test
    void whatThePlannerChoosesTrainsAndAnswersAsAnyLayoutDoes() throws IOException, InterruptedException {
        CommandLineProcess train = run(command("train", "--out", "run", "--auto"));
        assertThat(train.errors()).contains("--auto: ").contains("measuring this machine");
        List<String> evaluate = List.of("evaluate", "--model", "run/model", "--data", "run/data", "--json");
        List<String> sizes = List.of("--train", "40", "--validation", "8", "--test", "6");
        List<String> plain = Stream.of(evaluate, sizes).flatMap(List::stream).toList();
        List<String> chosen =
                Stream.of(plain, List.of("--auto")).flatMap(List::stream).toList();
        assertThat(lastJson(run(chosen)).get("loss"))
                .isEqualTo(lastJson(run(plain)).get("loss"));

        List<String> generate = List.of(
                "generate", "--model", "run/model", "--prompt", "Grüß Gott.", "--max-new-tokens", "3", "--json");
        List<String> byPlan =
                Stream.of(generate, List.of("--auto")).flatMap(List::stream).toList();
        assertThat(lastJson(run(byPlan)).get("ids"))
                .isEqualTo(lastJson(run(generate)).get("ids"));
    }

    @Test
    void aLlamaTrainsAndContinuesSeveralTexts() throws IOException, InterruptedException {
        run(command("train", "--model", "llama", "--kv-heads", "1", "--out", "run", "--json", "--quiet"));
        Files.writeString(folder.resolve("prompts.txt"), "Guten Tag.\nDer Lehrer liest ein Buch.\n");
        List<String> generate = List.of(
                "generate",
                "--model",
                "run/model",
                "--prompts",
                "prompts.txt",
                "--max-new-tokens",
                "4",
                "--temperature",
                "1",
                "--seed",
                "5",
                "--log-probabilities",
                "--json");
        List<String> texts = run(generate).output().lines().toList();
        assertThat(texts).hasSize(2);
        JsonNode second = new ObjectMapper().readTree(texts.get(1));
        assertThat(second.get("prompt").textValue()).isEqualTo("Der Lehrer liest ein Buch.");
        assertThat(second.get("log_probabilities").size())
                .isEqualTo(second.get("generated_tokens").intValue());
        List<String> again = new ArrayList<>(generate);
        again.add("--no-kv-cache");
        assertThat(lastJson(run(again)).get("ids")).isEqualTo(second.get("ids"));
    }

    @Test
    void withoutATerminalStepsEpochsAndResultAreLines() throws IOException, InterruptedException {
        CommandLineProcess train = run(command("train", "--out", "run"));
        assertThat(train.output())
                .startsWith("A GPT-2 of ")
                .contains("  --max-length 64 --epochs 2 --batch-size 8 --max-steps 7 --pad longest")
                .containsPattern(
                        "memory with micro-batches of up to \\d+ × \\d+ tokens: stage 0 \\d+\\.\\d MB predicted, ")
                .containsPattern("epoch 1/2  step 5/5  loss \\d\\.\\d{4}  [\\d,]+ tokens/s")
                .containsPattern(
                        "epoch 2/2  \\d\\.\\d s  [\\d,]+ tokens/s  train loss \\d\\.\\d{4}  validation loss \\d\\.\\d{4}")
                .contains("translation  ")
                .containsPattern("BLEU \\d+\\.\\d\\d, test loss \\d\\.\\d{4}, [\\d,]+ tokens/s")
                .contains("model: run/model")
                .contains("try it: bin/trireme generate --model run/model --translate '")
                .doesNotContain("\r");
    }

    /** As torchrun would: the same command, the ranks' variables set, no launcher of ours. */
    @Test
    void ranksThatOthersStartedJoin() throws IOException, InterruptedException {
        requireJoined(List.of());
    }

    @Test
    void aRankThatDoesNotSeeTheFolderOfTheFirstPreparesTheSameRun() throws IOException, InterruptedException {
        Path hidden = Files.createDirectory(folder.resolve("run"));
        String mount = "mount -t tmpfs tmpfs '" + hidden + "' && exec \"$@\"";
        List<String> elsewhere = List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh");
        List<String> trial = new ArrayList<>(elsewhere);
        trial.add("true");
        assumeTrue(new ProcessBuilder(trial).start().waitFor() == 0, "not allowed to mount");
        requireJoined(elsewhere);
    }

    @Test
    void ranksWithOtherOptionsAreRefusedOnAll() throws IOException, InterruptedException {
        List<CommandLineProcess> ranks = startRanks(List.of(), List.of("--learning-rate", "0.1"));
        for (CommandLineProcess rank : ranks) {
            assertThat(rank.exitCode()).isEqualTo(2);
            assertThat(rank.errors()).contains("trireme: --learning-rate differs between ranks: not there on rank 0");
        }
        assertThat(folder.resolve("run")).doesNotExist();
    }

    private List<CommandLineProcess> startRanks(List<String> beforeSecond, List<String> ofSecond) throws IOException {
        List<CommandLineProcess> ranks = new ArrayList<>();
        String port = Integer.toString(freePort());
        for (int rank = 0; rank < 2; rank++) {
            Map<String, String> variables = Map.of(
                    "RANK", Integer.toString(rank), "WORLD_SIZE", "2", "MASTER_ADDR", "127.0.0.1", "MASTER_PORT", port);
            List<String> words = new ArrayList<>(command("train", "--out", "run", "--json", "--threads", "1"));
            words.addAll(rank == 1 ? ofSecond : List.of());
            ranks.add(CommandLineProcess.start(folder, variables, rank == 1 ? beforeSecond : List.of(), words));
        }
        return ranks;
    }

    private void requireJoined(List<String> beforeSecond) throws IOException, InterruptedException {
        List<CommandLineProcess> ranks = startRanks(beforeSecond, List.of());
        for (CommandLineProcess rank : ranks) {
            assertThat(rank.exitCode()).as(rank.errors()).isZero();
        }
        assertThat(lastJson(ranks.get(0)).get("kind").textValue()).isEqualTo("result");
        assertThat(folder.resolve("run/metrics.jsonl")).hasContent(ranks.get(0).output());
        assertThat(ranks.get(1).output()).doesNotContain("{");
        assertThat(folder.resolve("run/model/model.safetensors")).exists();
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedBeforeAnythingIsWritten() throws IOException, InterruptedException {
        CommandLineProcess train =
                CommandLineProcess.start(folder, Map.of(), command("train", "--out", "run", "--device", "cuda:7"));
        assertThat(train.exitCode()).isEqualTo(2);
        assertThat(train.errors())
                .startsWith(
                        "trireme: --device cuda:7 cannot be used: this is libtorch for CPUs; start bin/trireme with")
                .hasLineCount(1)
                .doesNotContain("\tat ");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void anOutThatIsNoFolderIsRefusedInOneLineAndIsStillThere() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        for (String out : List.of("/dev/null", pipe.toString())) {
            CommandLineProcess train =
                    CommandLineProcess.start(folder, Map.of(), command("train", "--out", out, "--quiet"));
            assertThat(train.exitCode()).isEqualTo(2);
            assertThat(train.errors()).isEqualTo("trireme: --out is " + out + ", which is no folder; name a folder\n");
        }
        CommandLineProcess corpus = CommandLineProcess.start(
                folder, Map.of(), List.of("corpus", "phrasebook", "--out", "/dev/null", "--count", "10"));
        assertThat(corpus.exitCode()).isEqualTo(14);
        assertThat(corpus.errors())
                .isEqualTo("trireme: /dev/null: is a device, a pipe or a broken link, which would be replaced;"
                        + " give the name of a file\n");
        CommandLineProcess below =
                CommandLineProcess.start(folder, Map.of(), command("train", "--out", "/dev/null/run", "--quiet"));
        assertThat(below.exitCode()).isEqualTo(14);
        assertThat(below.errors())
                .startsWith("trireme: /dev/null/run: cannot be written (")
                .hasLineCount(1);
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    @Test
    void tooLittleAddressSpaceForJavaIsOutOfMemory() throws IOException, InterruptedException {
        Path err = folder.resolve("err.txt");
        Process train = new ProcessBuilder(
                        "bash", "-c", "ulimit -v 4000000 && exec bin/trireme train --out \"$0\"", folder + "/run")
                .redirectError(err.toFile())
                .start();
        assertThat(train.waitFor()).isEqualTo(12);
        assertThat(err)
                .content()
                .startsWith("trireme: the address space is limited to 4000000 KB")
                .hasLineCount(1);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void aSecondRunInTheSameFolderIsRefusedNamingTheFirst() throws IOException, InterruptedException {
        CommandLineProcess first = CommandLineProcess.start(
                folder, Map.of(), command("train", "--out", "run", "--epochs", "100000", "--max-steps", "0"));
        Path metrics = folder.resolve("run/metrics.jsonl");
        while (!Files.exists(metrics)) {
            assertThat(first.process().isAlive()).as(first.errors()).isTrue();
            Thread.sleep(50);
        }
        CommandLineProcess second = CommandLineProcess.start(folder, Map.of(), command("train", "--out", "run"));
        int refused = second.exitCode();
        first.process().destroy();
        assertThat(refused).isEqualTo(2);
        assertThat(second.errors())
                .contains("/run, where process " + first.process().pid() + " is training;");
        assertThat(first.exitCode()).isEqualTo(143);
    }

    @Test
    void aKilledRankEndsTheJobNamedWithItsSignalAndNoProcessIsLeft() throws IOException, InterruptedException {
        CommandLineProcess train = CommandLineProcess.start(
                folder, Map.of(), command("train", "--out", "run", "--epochs", "100000", "--max-steps", "0"));
        Path metrics = folder.resolve("run/metrics.jsonl");
        while (!Files.exists(metrics) || Files.size(metrics) == 0) { // the ranks have met by then
            assertThat(train.process().isAlive()).as(train.errors()).isTrue();
            Thread.sleep(50);
        }
        List<ProcessHandle> ranks = train.process().descendants().toList();
        assertThat(ranks).hasSize(2);
        ranks.get(1).destroyForcibly();

        assertThat(train.exitCode()).isEqualTo(10);
        assertThat(train.errors())
                .containsPattern("trireme: rank [01] .*SIGKILL")
                .doesNotContain("\tat ");
        assertThat(ranks).noneMatch(ProcessHandle::isAlive);
    }

    private CommandLineProcess run(List<String> arguments) throws IOException, InterruptedException {
        CommandLineProcess process = CommandLineProcess.start(folder, Map.of(), arguments);
        assertThat(process.exitCode()).as(process.errors()).isZero();
        return process;
    }

    private static List<String> command(String... arguments) {
        List<String> given = List.of(arguments);
        List<String> command = new ArrayList<>(given);
        for (int i = 0; i < TINY.size(); i += 2) {
            if (!given.contains(TINY.get(i))) {
                command.addAll(TINY.subList(i, i + 2));
            }
        }
        return command;
    }

    private static JsonNode lastJson(CommandLineProcess process) throws IOException {
        List<String> lines = process.output().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    private static int freePort() throws IOException {
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
