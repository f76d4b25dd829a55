package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.FileTree;
import dev.trireme.launch.Interrupts;
import dev.trireme.train.Checkpoints;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SIGKILL of ranks and launchers at any moment of a run, which another layout then goes on with, to the bytes of a run that
 * was never killed. {@code mvn verify -Dit.test=KilledTrainingIT -Dkills=40} does it more often.
 */
@Timeout(300)
class KilledTrainingIT {
    private static final int KILLS = Integer.getInteger("kills", 8);
    private static final int STEPS_OF_EPOCH = 20;
    private static final int STEPS = 3 * STEPS_OF_EPOCH;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> SETTINGS = words("--train 160 --validation 60 --test 2 --layers 2 --heads 2"
            + " --hidden 64 --vocab-size 300 --max-length 96 --epochs 3 --batch-size 8 --micro-batches 4 --exact"
            + " --learning-rate 3e-3 --warmup-steps 10 --lr-schedule cosine --dropout 0.1 --checkpoint-every 7"
            + " --timeout 30 --quiet");
    private static final List<String> EVERY_FIVE = words("--checkpoint-every 5"); // also at the ends of epochs
    private static final List<String> LAYOUTS = List.of(
            "--world-size 1 --threads 1",
            "--world-size 2 --threads 1",
            "--world-size 1 --threads 2 --stages 2 --split 1,1",
            "--world-size 2 --threads 1 --stages 2 --split 0.5,1.5");

    enum Victim {
        ONE_RANK,
        ALL_RANKS,
        LAUNCHER
    }

    enum Moment {
        WARM_UP,
        MID_EPOCH,
        EVALUATION,
        WRITING,
        RENAMED
    }

    record Kill(int number, Moment moment, Victim victim, String before, String after) {
        @Override
        public String toString() {
            return number + ": " + victim + " at " + moment + ", " + before + ", then " + after;
        }
    }

    @TempDir
    private static Path folder;

    private static byte[] expected;

    /** Every moment, victim and layout in turn, in pairs that come again only after 60. */
    static Stream<Kill> kills() {
        return IntStream.range(0, KILLS)
                .mapToObj(i -> new Kill(
                        i,
                        Moment.values()[i % Moment.values().length],
                        Victim.values()[i % Victim.values().length],
                        LAYOUTS.get((i + 1) % LAYOUTS.size()),
                        LAYOUTS.get((i + 2 + i / LAYOUTS.size()) % LAYOUTS.size())));
    }

    @BeforeAll
    static void trainWithoutAKill() throws Exception {
        CommandLineProcess run = start(SETTINGS, "calm", LAYOUTS.get(0));
        assertThat(run.exitCode()).as(run.errors()).isZero();
        expected = weights("calm");
    }

    @ParameterizedTest
    @MethodSource("kills")
    void aKilledRunGoesOnToTheBytesOfOneThatWasNotKilled(Kill kill) throws Exception {
        String out = "killed-" + kill.number;
        List<String> settings = kill.number % 2 == 0 ? SETTINGS : join(SETTINGS, EVERY_FIVE);
        // On a fast machine a run may end before it is looked at.
        for (int attempt = 0; !wasKilled(kill, settings, out); attempt++) {
            assertThat(attempt)
                    .as("runs that ended before they could be killed")
                    .isLessThan(4);
            FileTree.delete(folder.resolve(out));
        }

        boolean hasCheckpoint =
                Checkpoints.of(folder.resolve(out)).latest(damaged -> {}).isPresent();
        CommandLineProcess resumed = hasCheckpoint
                ? start(words("--resume last --quiet"), out, kill.after)
                : start(settings, out, kill.after);
        assertThat(resumed.exitCode()).as(resumed.errors()).isZero();
        assertThat(weights(out)).isEqualTo(expected);
        assertThat(steps(out))
                .isEqualTo(LongStream.rangeClosed(1, STEPS).boxed().toList());
    }

    private static boolean wasKilled(Kill kill, List<String> settings, String out) throws Exception {
        CommandLineProcess run = start(settings, out, kill.before);
        await(run, moment(kill, out));
        List<ProcessHandle> ranks = run.process().children().toList();
        boolean came = run.process().isAlive() && !ranks.isEmpty();
        kill(kill.victim, run, ranks);
        int exitCode = run.exitCode();
        for (ProcessHandle rank : ranks) {
            rank.onExit().get(30, TimeUnit.SECONDS);
        }
        assertThat(came || exitCode == 0).as(run.errors()).isTrue();
        return exitCode != 0;
    }

    @Test
    void aRunThatIsNotExactGoesOnToTheSameBytesOnItsLayout() throws Exception {
        List<String> settings = new ArrayList<>(SETTINGS);
        settings.remove("--exact");
        CommandLineProcess calm = start(settings, "calm-overlapped", LAYOUTS.get(1));
        assertThat(calm.exitCode()).as(calm.errors()).isZero();
        CommandLineProcess run = start(settings, "overlapped", LAYOUTS.get(1));
        await(run, () -> lastStep("overlapped") >= 25);
        kill(Victim.ALL_RANKS, run, run.process().children().toList());
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.errors()).contains(" with: bin/trireme train --out overlapped --resume last");
        CommandLineProcess resumed = start(words("--resume last --quiet"), "overlapped", LAYOUTS.get(1));
        assertThat(resumed.exitCode()).as(resumed.errors()).isZero();
        assertThat(weights("overlapped")).isEqualTo(weights("calm-overlapped"));
    }

    /** The cause stays in the metrics, and a step is there once. */
    @Test
    void theLauncherStartsRanksAgainAndSaysWhy() throws Exception {
        CommandLineProcess run = start(join(SETTINGS, words("--max-restarts 2")), "restarted", LAYOUTS.get(1));
        await(run, () -> lastStep("restarted") >= 25);
        kill(Victim.ONE_RANK, run, run.process().children().toList());
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).contains("trireme: restart 1 of 2 from step ").contains("was killed by SIGKILL");
        assertThat(weights("restarted")).isEqualTo(expected);
        assertThat(steps("restarted"))
                .isEqualTo(LongStream.rangeClosed(1, STEPS).boxed().toList());
        JsonNode restart = lines("restarted", "restart").get(0);
        assertThat(restart.get("cause").textValue()).contains("was killed by SIGKILL");
        assertThat(restart.get("lost_seconds").doubleValue()).isPositive();
    }

    @Test
    void sigtermEndsAllRanksAfterOneStepWithACheckpointAndSaysHowToGoOn() throws Exception {
        CommandLineProcess run = start(SETTINGS, "ended", LAYOUTS.get(1));
        await(run, () -> lastStep("ended") >= 12);
        run.process().destroy();
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(143);
        long last = lastStep("ended");
        assertThat(run.errors())
                .contains("trireme: training ended after step " + last + " of " + STEPS
                        + ", as asked; go on with: bin/trireme train --out ended --resume last");
        assertThat(Checkpoints.of(folder.resolve("ended")).steps().get(0)).isEqualTo(last);
        CommandLineProcess resumed = start(words("--resume last --quiet"), "ended", LAYOUTS.get(0));
        assertThat(resumed.exitCode()).as(resumed.errors()).isZero();
        assertThat(weights("ended")).isEqualTo(expected);
    }

    @Test
    void sigtermToOneRankEndsAllOfThemInTheSameWay() throws Exception {
        CommandLineProcess run = start(join(SETTINGS, words("--max-restarts 2")), "one-ended", LAYOUTS.get(1));
        await(run, () -> lastStep("one-ended") >= 12);
        signal("-TERM", run.process().children().toList().get(1));
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(143);
        long last = lastStep("one-ended");
        assertThat(run.errors())
                .contains("trireme: training ended after step " + last + " of " + STEPS
                        + ", as asked; go on with: bin/trireme train --out one-ended --resume last")
                .contains("trireme: a rank was told to end by a signal, and all did");
        assertThat(Checkpoints.of(folder.resolve("one-ended")).steps().get(0)).isEqualTo(last);
        CommandLineProcess resumed = start(words("--resume last --quiet"), "one-ended", LAYOUTS.get(2));
        assertThat(resumed.exitCode()).as(resumed.errors()).isZero();
        assertThat(weights("one-ended")).isEqualTo(expected);
    }

    /** As torchrun would: each rank is started by itself, with its variables. */
    @Test
    void ranksThatOthersStartedEndTogetherAndGoOn() throws Exception {
        List<CommandLineProcess> ranks = join("joined", join(SETTINGS, EVERY_FIVE));
        await(ranks.get(0), () -> lastStep("joined") >= 12);
        signal("-TERM", ranks.get(1).process().toHandle());
        for (CommandLineProcess rank : ranks) {
            assertThat(rank.exitCode()).as(rank.errors()).isEqualTo(143);
        }
        assertThat(ranks.get(0).errors()).contains("go on with: bin/trireme train --out joined --resume last");
        for (CommandLineProcess rank : join("joined", words("--resume last --quiet"))) {
            assertThat(rank.exitCode()).as(rank.errors()).isZero();
        }
        assertThat(weights("joined")).isEqualTo(expected);
        assertThat(steps("joined"))
                .isEqualTo(LongStream.rangeClosed(1, STEPS).boxed().toList());
    }

    private static List<CommandLineProcess> join(String out, List<String> settings) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("train", "--out", out, "--threads", "1"));
        arguments.addAll(settings);
        String port = Integer.toString(freePort());
        List<CommandLineProcess> ranks = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            ranks.add(CommandLineProcess.start(
                    folder, Map.of("RANK", Integer.toString(rank), "WORLD_SIZE", "2", "MASTER_PORT", port), arguments));
        }
        return ranks;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void ctrlCEndsWith130AndASecondOneAtOnce() throws Exception {
        Interrupts.assumeHeard();
        CommandLineProcess run = start(join(SETTINGS, words("--epochs 1000")), "interrupted", LAYOUTS.get(1));
        await(run, () -> lastStep("interrupted") >= 3);
        List<ProcessHandle> ranks = run.process().children().toList();
        for (ProcessHandle process : Stream.concat(Stream.of(run.process().toHandle()), ranks.stream())
                .toList()) { // as a terminal does
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(130);
        assertThat(run.errors()).contains("go on with: bin/trireme train --out interrupted --resume last");

        CommandLineProcess again = start(words("--resume last --quiet"), "interrupted", LAYOUTS.get(1));
        await(
                again,
                () -> lastStep("interrupted") > 0 && again.process().children().count() == 2);
        again.process().children().forEach(rank -> signal("-STOP", rank)); // so that no step ends
        again.process().destroy();
        await(again, () -> errors(again).contains("once more ends at once"));
        again.process().destroy();
        assertThat(again.exitCode()).isEqualTo(143);
    }

    private static void signal(String name, ProcessHandle process) {
        try {
            new ProcessBuilder("kill", name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void kill(Victim victim, CommandLineProcess run, List<ProcessHandle> ranks) {
        switch (victim) {
            case LAUNCHER -> run.process().destroyForcibly();
            case ALL_RANKS -> ranks.forEach(ProcessHandle::destroyForcibly);
            case ONE_RANK -> ranks.get(ranks.size() - 1).destroyForcibly();
        }
    }

    private static BooleanSupplier moment(Kill kill, String out) {
        Random random = new Random(kill.number);
        Path checkpoints = folder.resolve(out).resolve("checkpoints");
        int epoch = 1 + kill.number % 2;
        long step = switch (kill.moment) {
            case WARM_UP -> 2 + random.nextInt(8);
            case EVALUATION -> (long) epoch * STEPS_OF_EPOCH;
            default -> 12 + random.nextInt(30);
        };
        return switch (kill.moment) {
            case WARM_UP, MID_EPOCH, EVALUATION -> () -> lastStep(out) >= step;
            case WRITING -> () -> lastStep(out) >= step && contains(checkpoints, "\\.step-\\d+\\.next");
            case RENAMED -> () -> contains(checkpoints, "step-\\d+");
        };
    }

    private static boolean contains(Path folder, String name) {
        String[] names = folder.toFile().list();
        return names != null && Stream.of(names).anyMatch(each -> each.matches(name));
    }

    private static void await(CommandLineProcess run, BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean() && run.process().isAlive()) {
            Thread.sleep(1);
        }
    }

    private static CommandLineProcess start(List<String> settings, String out, String layout) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("train", "--out", out));
        arguments.addAll(settings);
        arguments.addAll(words(layout));
        return CommandLineProcess.start(folder, Map.of(), arguments);
    }

    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    /** Later settings replace earlier ones of the same name. */
    private static List<String> join(List<String> settings, List<String> more) {
        List<String> all = new ArrayList<>(settings);
        int present = all.indexOf(more.get(0));
        if (present >= 0) {
            all.subList(present, present + 2).clear();
        }
        all.addAll(more);
        return all;
    }

    private static byte[] weights(String out) throws IOException {
        return Files.readAllBytes(folder.resolve(out).resolve("model/model.safetensors"));
    }

    private static List<Long> steps(String out) throws IOException {
        return lines(out, "step").stream()
                .map(line -> line.get("step").longValue())
                .toList();
    }

    private static List<JsonNode> lines(String out, String kind) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(out).resolve("metrics.jsonl"))) {
            JsonNode node = JSON.readTree(line);
            if (node.get("kind").textValue().equals(kind)) {
                lines.add(node);
            }
        }
        return lines;
    }

    /** Of a file that is being written. */
    private static long lastStep(String out) {
        try {
            String text = Files.readString(folder.resolve(out).resolve("metrics.jsonl"));
            int at = text.lastIndexOf("{\"kind\":\"step\",\"step\":");
            return at < 0 ? 0 : Long.parseLong(text.substring(at + 22).replaceFirst("(?s)\\D.*", ""));
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static String errors(CommandLineProcess run) {
        try {
            return run.errors();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
