package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.launch.Rendezvous;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The run of rank 0, for ranks that another launcher started. Those that see its folder, since they are on its host or
 * share a file system, read the run there; the others have to prepare the same in a folder of their own.
 *
 * @param folder of the run, as rank 0 names it
 * @param identity a hash of its files
 */
public record SharedRun(Path folder, String identity) {
    /** A tokenizer may take minutes to train. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    /** Checks that no component is null. */
    public SharedRun {
        NullChecks.require("folder", folder, "identity", identity);
    }

    /**
     * On rank 0, tells the others of the run. They wait meanwhile.
     *
     * @param run prepared and locked by rank 0
     * @param rendezvous where the ranks met
     */
    public static void tell(TrainingRun run, Rendezvous rendezvous) {
        NullChecks.require("run", run, "rendezvous", rendezvous);
        meet(
                rendezvous,
                () -> run.identity() + " " + run.folder().toAbsolutePath().normalize());
    }

    /**
     * On the other ranks, waits until rank 0 has prepared the run.
     *
     * @param rendezvous where the ranks met
     * @return what rank 0 told
     * @throws dev.trireme.engine.EngineException when rank 0 has ended instead
     */
    public static SharedRun heard(Rendezvous rendezvous) {
        Objects.requireNonNull(rendezvous, "rendezvous");
        String[] words = meet(rendezvous, () -> "").split(" ", 2);
        return new SharedRun(Path.of(words[1]), words[0]);
    }

    /**
     * On all ranks, waits until each has a run to train: those that do not see rank 0's folder prepare it after rank 0 has.
     *
     * @param rendezvous where the ranks met
     * @throws dev.trireme.engine.EngineException naming the ranks that did not come
     */
    public static void awaitAll(Rendezvous rendezvous) {
        Objects.requireNonNull(rendezvous, "rendezvous");
        rendezvous.withTimeout(PATIENCE).agree("prepared run", Map.of());
    }

    private static String meet(Rendezvous rendezvous, Supplier<String> ofFirst) {
        return rendezvous.ofFirst("run", ofFirst, PATIENCE);
    }

    /**
     * Looks for the run from here.
     *
     * @return the run, if this rank sees the files that rank 0 saw
     */
    public Optional<TrainingRun> seen() {
        if (!Files.isRegularFile(folder.resolve(TrainingRun.CONFIG))) {
            return Optional.empty();
        }
        return Optional.of(TrainingRun.open(folder))
                .filter(run -> run.identity().equals(identity));
    }
}
