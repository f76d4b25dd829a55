package dev.trireme.train;

import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.AtomicFolder;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run. Each is a model folder with what training goes on from besides.
 *
 * <pre>
 *   OUT/checkpoints/step-500/  config.json, model.safetensors, tokenizer.json, generation_config.json   a model
 *                              or adapter_config.json, adapter_model.safetensors            updates of the run's base
 *                              optimizer.safetensors                                        AdamW's running means
 *                              checkpoint.json                                              {@link Checkpoint}
 *                              SHA256SUMS                                   of all these; sha256sum -c reads it
 * </pre>
 *
 * @param folder that holds them, which need not exist
 */
public record Checkpoints(Path folder) {
    static final String OPTIMIZER = "optimizer.safetensors";
    static final String HASHES = "SHA256SUMS";
    private static final String STEP = "step-";
    private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})");
    private static final Pattern REMAINS = Pattern.compile("\\.(step-\\d{1,18})\\.(next|previous)");
    private static final Pattern HASH_LINE = Pattern.compile("([0-9a-f]{64})  ([\\w.-]+)");
    private static final Set<String> OF_ALL = Set.of(OPTIMIZER, Checkpoint.FILE);
    private static final Set<String> OF_MODEL = Set.of("config.json", "model.safetensors", "tokenizer.json");
    private static final Set<String> OF_UPDATES = Set.of(AdapterFolder.CONFIG, "adapter_model.safetensors");

    /** Checks that no component is null. */
    public Checkpoints {
        Objects.requireNonNull(folder, "folder");
    }

    /**
     * The checkpoints of a run.
     *
     * @param run its folder
     * @return those in it
     */
    public static Checkpoints of(Path run) {
        Objects.requireNonNull(run, "run");
        return new Checkpoints(run.resolve("checkpoints"));
    }

    /**
     * The folder of a checkpoint.
     *
     * @param step after which it was taken
     * @return its path
     */
    public Path at(long step) {
        return folder.resolve(STEP + step);
    }

    /**
     * All checkpoints, whole or not.
     *
     * @return their steps, the latest first
     * @throws BadInputException when the folder cannot be read
     */
    public List<Long> steps() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> NAME.matcher(entry.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(name -> Long.parseLong(name.group(1)))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); check the folder", e);
        }
    }

    /**
     * Looks for the latest whole checkpoint.
     *
     * @param damaged told of each later one that is not whole: file and problem
     * @return its step, nothing when there is none
     */
    public Optional<Long> latest(Consumer<String> damaged) {
        Objects.requireNonNull(damaged, "damaged");
        for (long step : steps()) {
            Optional<String> problem = problem(at(step));
            if (problem.isEmpty()) {
                return Optional.of(step);
            }
            damaged.accept(problem.get());
        }
        return Optional.empty();
    }

    /**
     * Compares a checkpoint with its hashes, and its name with what it says of itself.
     *
     * @param checkpoint its folder
     * @return the first file that is missing or was changed and why; nothing when it is whole
     */
    public static Optional<String> problem(Path checkpoint) {
        Objects.requireNonNull(checkpoint, "checkpoint");
        Path list = checkpoint.resolve(HASHES);
        Set<String> missing = new HashSet<>(OF_ALL);
        missing.addAll(Files.exists(checkpoint.resolve(AdapterFolder.CONFIG)) ? OF_UPDATES : OF_MODEL);
        try {
            for (String line : Files.readAllLines(list)) {
                Matcher entry = HASH_LINE.matcher(line);
                if (!entry.matches()) {
                    return Optional.of(list + ": " + line + " is no hash and file name");
                }
                Path file = checkpoint.resolve(entry.group(2));
                if (!Files.isRegularFile(file)) {
                    return Optional.of(file + ": is missing");
                }
                if (!Sha256.of(file).equals(entry.group(1))) {
                    return Optional.of(file + ": was truncated or changed: its hash is not that of " + HASHES);
                }
                missing.remove(entry.group(2));
            }
        } catch (IOException e) {
            return Optional.of(list + ": cannot be read (" + e + ")");
        }
        Optional<String> unnamed = missing.stream().sorted().findFirst().map(file -> list + ": names no " + file);
        return unnamed.or(() -> contradiction(checkpoint));
    }

    private static Optional<String> contradiction(Path checkpoint) {
        try {
            String name = STEP + Checkpoint.read(checkpoint).progress().step();
            return checkpoint.toAbsolutePath().normalize().endsWith(name)
                    ? Optional.empty()
                    : Optional.of(checkpoint + ": is the checkpoint " + name + " under another name");
        } catch (BadInputException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    /** Writes the hashes of all files of a checkpoint that is being written. */
    static void writeHashes(Path next, Runnable afterPiece) throws IOException {
        StringBuilder lines = new StringBuilder();
        try (Stream<Path> files = Files.list(next)) {
            for (Path file : files.sorted().toList()) {
                lines.append(Sha256.of(List.of(file), afterPiece))
                        .append("  ")
                        .append(file.getFileName())
                        .append('\n');
            }
        }
        Files.writeString(next.resolve(HASHES), lines);
    }

    /** Removes old checkpoints: all but the latest ones and the best. */
    void prune(int keep, long best) {
        steps().stream().skip(keep).filter(step -> step != best).map(this::at).forEach(AtomicFolder::delete);
    }

    /** Removes checkpoints of later steps, which another run from an earlier one will write anew. */
    void removeAfter(long step, Consumer<Path> removed) {
        steps().stream().filter(later -> later > step).map(this::at).forEach(later -> {
            AtomicFolder.delete(later);
            removed.accept(later);
        });
    }

    /** Completes or removes what a crash left of checkpoints that were being written. */
    void recover() {
        AtomicFolder.recover(folder);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            entries.map(entry -> REMAINS.matcher(entry.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(name -> folder.resolve(name.group(1)))
                    .distinct()
                    .toList()
                    .forEach(AtomicFolder::recover);
        } catch (IOException e) {
            throw new CheckpointException(folder, e);
        }
    }

    /**
     * The size of a checkpoint.
     *
     * @param step after which it was taken
     * @return bytes of all its files
     * @throws BadInputException when the folder cannot be read
     */
    public long bytes(long step) {
        try (Stream<Path> files = Files.list(at(step))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            throw new BadInputException(at(step) + ": cannot be read (" + e + "); check the folder", e);
        }
    }

    /**
     * Reads what a checkpoint says of itself.
     *
     * @param checkpoint its folder
     * @return its progress and settings
     * @throws BadInputException when it is none
     */
    public static Checkpoint read(Path checkpoint) {
        NullChecks.require("checkpoint", checkpoint);
        return Checkpoint.read(checkpoint);
    }
}
