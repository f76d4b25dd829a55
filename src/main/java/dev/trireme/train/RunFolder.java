package dev.trireme.train;

import dev.trireme.checkpoint.AtomicFolder;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.config.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of a run during preparation. New files are prepared in a folder within it first, so that a refusal leaves
 * an earlier run unchanged.
 *
 * <pre>
 *   OUT/.next/config.json, …   written and checked   ──▶   OUT/config.json, …   replaced at the end
 * </pre>
 */
record RunFolder(Path path, boolean isEmpty) {
    private static final String NEXT = ".next";
    private static final Set<String> OURS = Set.of(RunLock.FILE, NEXT);
    private static final long OTHER_FILES_BYTES = 2_000_000; // a timeline, the tensors' names and shapes
    private static final long BYTES_PER_STEP = 300; // of metrics.jsonl

    /** Makes the folder if it does not exist. */
    static void make(Path folder) {
        try {
            if (Files.exists(folder) && !Files.isDirectory(folder)) {
                String what = Files.isRegularFile(folder) ? "a file" : "no folder";
                throw new IllegalArgumentException("out is " + folder + ", which is " + what + "; name a folder");
            }
            requireOurs(folder);
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new CheckpointException(folder, e);
        }
    }

    /** A folder that this process has locked, so that no other changes it. */
    static RunFolder locked(Path folder) {
        try {
            boolean isEmpty = requireOurs(folder);
            recover(folder);
            requireNoRunToGoOnWith(folder);
            return new RunFolder(folder, isEmpty);
        } catch (IOException e) {
            throw new CheckpointException(folder, e);
        }
    }

    /** Completes or removes what a killed process left in a folder that this one has locked. */
    static void recover(Path folder) {
        try {
            Checkpoints.of(folder).recover();
            AtomicFile.removeParts(folder);
        } catch (IOException e) {
            throw new CheckpointException(folder, e);
        }
    }

    /** Refuses a folder that is neither empty nor an earlier run. @return whether it is empty */
    private static boolean requireOurs(Path path) throws IOException {
        if (!Files.exists(path)) {
            return true;
        }
        try (Stream<Path> entries = Files.list(path)) {
            if (entries.allMatch(entry -> OURS.contains(entry.getFileName().toString()))) {
                return true;
            }
        }
        try {
            RunConfig.read(path.resolve(TrainingRun.CONFIG));
            return false;
        } catch (BadInputException e) {
            throw new IllegalArgumentException(
                    "out is " + path + ", which holds something that is no earlier run; name a new or empty folder", e);
        }
    }

    /** A run that was killed is not replaced by mistake: hours of work may be in its checkpoints. */
    private static void requireNoRunToGoOnWith(Path path) {
        List<Long> checkpoints = Checkpoints.of(path).steps();
        if (!checkpoints.isEmpty() && !MetricsFile.hasResult(path.resolve(TrainingRun.METRICS))) {
            throw new IllegalArgumentException(
                    "out is " + path + ", where a run ended early and has a checkpoint of step "
                            + checkpoints.get(0) + "; go on with --resume last, name another folder, or remove "
                            + Checkpoints.of(path).folder());
        }
    }

    /** The empty folder to prepare in. */
    Path next() throws IOException {
        Path next = path.resolve(NEXT);
        FileTree.delete(next);
        return Files.createDirectory(next);
    }

    /**
     * Refuses a model and checkpoints that do not fit on the disk beside the earlier model, which stays until the new one is complete.
     */
    void requireSpace(long values, long steps) throws IOException {
        long needed = Math.addExact(Float.BYTES * values, OTHER_FILES_BYTES + BYTES_PER_STEP * steps);
        long free = Files.getFileStore(path).getUsableSpace();
        if (needed > free) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "model, checkpoints and metrics will take %.1f MB, %.1f MB are free",
                    needed / 1e6,
                    free / 1e6));
        }
    }

    /** Replaces the files of an earlier run by the prepared ones. A result of the other kind would be taken for this run's. */
    void replace(List<String> files, String otherResult) throws IOException {
        Files.deleteIfExists(path.resolve(TrainingRun.METRICS));
        Files.deleteIfExists(path.resolve(Start.FILE));
        Files.deleteIfExists(path.resolve(MetricsFile.TIMELINE_SVG)); // of another run, which it would be shown with
        Files.deleteIfExists(path.resolve(MetricsFile.TIMELINE_JSON));
        FileTree.delete(path.resolve(TensorBoardFile.FOLDER));
        FileTree.syncAll(path.resolve(NEXT)); // a checkpoint is worth nothing without its data
        AtomicFolder.delete(Checkpoints.of(path).folder()); // of another run, which this one must not go on from
        Files.deleteIfExists(path.resolve(TrainingRun.CONFIG)); // without it the folder is no run, whatever ends us now
        if (!isBase(otherResult)) {
            FileTree.delete(path.resolve(otherResult));
        }
        FileTree.delete(path.resolve(TrainingRun.BASE)); // this run may start from no model
        List<String> configLast = Stream.concat(
                        files.stream().filter(file -> !file.equals(TrainingRun.CONFIG)), Stream.of(TrainingRun.CONFIG))
                .toList();
        for (String file : configLast) {
            if (!Files.exists(path.resolve(NEXT).resolve(file))) {
                continue; // a model to start from has some of the files only
            }
            Path target = path.resolve(file);
            Files.createDirectories(target.resolveSibling(""));
            Files.move(path.resolve(NEXT).resolve(file), target, StandardCopyOption.ATOMIC_MOVE);
        }
        FileTree.delete(path.resolve(NEXT));
        FileTree.sync(path);
    }

    /** Whether the prepared run starts from a model in this folder, which it needs. */
    private boolean isBase(String result) throws IOException {
        Path base = Path.of(RunConfig.read(path.resolve(NEXT).resolve(TrainingRun.CONFIG))
                .base()
                .folder());
        Path model = path.resolve(result);
        return Files.exists(model) && Files.exists(base) && Files.isSameFile(model, base);
    }

    /** Restores the earlier state after a failure. */
    void undo(Exception failure) {
        try {
            FileTree.delete(isEmpty ? path : path.resolve(NEXT));
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
