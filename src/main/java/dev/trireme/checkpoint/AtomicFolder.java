package dev.trireme.checkpoint;

import dev.trireme.config.FileTree;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Uninterrupted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Replaces a folder so that a crash at any instant leaves the whole old one or the whole new one.
 *
 * <pre>
 *              .NAME.next     NAME      .NAME.previous
 *   at rest                   old
 *   writing    incomplete     old                         crash here: old counts
 *   synced     new            old
 *   1st rename new                      old               crash here: next counts, it is complete
 *   2nd rename                new       old
 *   deleting                  new       incomplete        crash here: new counts
 *   at rest                   new
 *
 *   delete                              incomplete        crash here: it is gone
 * </pre>
 *
 * <p>Linux has no portable way to swap two folders at once, so between the renames a reader finds the folder by {@link
 * #current}. One process at a time may write. An interrupt of the calling thread takes effect after the folder is
 * complete.
 */
public final class AtomicFolder {
    private final Path target;
    private final Path next;
    private final Path previous;

    private AtomicFolder(Path target) {
        this.target = target.toAbsolutePath();
        this.next = target.resolveSibling("." + target.getFileName() + ".next");
        this.previous = target.resolveSibling("." + target.getFileName() + ".previous");
    }

    /** Fills a folder. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes files, without syncing them. It runs on a thread of its own, which the caller waits for.
         *
         * @param folder an empty folder
         * @throws IOException when the disk is full or fails
         */
        void writeInto(Path folder) throws IOException;
    }

    /**
     * Writes a folder, replacing the one of that name.
     *
     * @param target its final name; the folder above exists
     * @param content fills it
     * @throws CheckpointException when the disk is full or fails; the old folder is then still there, or the new one whole
     */
    public static void write(Path target, Content content) {
        NullChecks.require("target", target, "content", content);
        write(target, content, step -> {});
    }

    /** A test ends {@code write} from {@code afterStep}, as a crash would. */
    static void write(Path target, Content content, Consumer<String> afterStep) {
        recover(target);
        AtomicFolder folder = new AtomicFolder(target);
        try {
            Uninterrupted.run(() -> folder.replace(content, afterStep));
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(target, e);
        }
    }

    /**
     * Deletes a folder so that nobody ever sees a part of it under its name. What a crash leaves is removed by {@link
     * #recover}.
     *
     * @param target its name; it need not be there
     * @throws CheckpointException when the disk fails
     */
    public static void delete(Path target) {
        Objects.requireNonNull(target, "target");
        delete(target, step -> {});
    }

    /** A test ends {@code delete} from {@code afterStep}, as a crash would. */
    static void delete(Path target, Consumer<String> afterStep) {
        recover(target);
        AtomicFolder folder = new AtomicFolder(target);
        try {
            Uninterrupted.run(() -> folder.remove(afterStep));
        } catch (IOException e) {
            throw new CheckpointException(target, e);
        }
    }

    /**
     * Completes or removes the remains of a crash. {@link #write} does so first; a job that writes later may do so at
     * start.
     *
     * @param target the folder's final name
     * @throws CheckpointException when the disk fails
     */
    public static void recover(Path target) {
        Objects.requireNonNull(target, "target");
        AtomicFolder folder = new AtomicFolder(target);
        try {
            Uninterrupted.run(folder::finish);
        } catch (IOException e) {
            throw new CheckpointException(target, e);
        }
    }

    /**
     * The path at which the complete folder is now. It changes nothing, so any process may call it.
     *
     * @param target the folder's final name
     * @return {@code target}, or after a crash between the renames the folder that was about to get this name
     */
    public static Path current(Path target) {
        Objects.requireNonNull(target, "target");
        AtomicFolder folder = new AtomicFolder(target);
        boolean betweenRenames =
                !Files.exists(folder.target) && Files.exists(folder.next) && Files.exists(folder.previous);
        return betweenRenames ? folder.next : target;
    }

    private void remove(Consumer<String> afterStep) throws IOException {
        if (Files.exists(target)) {
            move(target, previous);
            syncParent(); // or a power failure could bring a part of it back under its name
            afterStep.accept("old away");
            FileTree.delete(previous);
        }
    }

    private void finish() throws IOException {
        if (!current(target).equals(target)) {
            move(next, target);
            syncParent();
        }
        FileTree.delete(next);
        FileTree.delete(previous);
    }

    private void replace(Content content, Consumer<String> afterStep) throws IOException {
        try {
            fill(content, afterStep);
            swap(afterStep);
        } catch (IOException | RuntimeException e) {
            undo(e);
            throw e;
        }
    }

    private void fill(Content content, Consumer<String> afterStep) throws IOException {
        Files.createDirectory(next);
        afterStep.accept("made");
        content.writeInto(next);
        afterStep.accept("filled");
        FileTree.syncAll(next);
        syncParent();
        afterStep.accept("synced");
    }

    private void swap(Consumer<String> afterStep) throws IOException {
        if (Files.exists(target)) {
            if (!Files.isDirectory(target)) {
                throw new NotDirectoryException(target.toString());
            }
            move(target, previous);
            afterStep.accept("old away");
        }
        move(next, target);
        afterStep.accept("new in place");
        syncParent();
        FileTree.delete(previous);
        afterStep.accept("old deleted");
    }

    private void undo(Exception failure) {
        try {
            if (!Files.exists(target) && Files.exists(previous)) {
                move(previous, target);
            }
            FileTree.delete(next);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void syncParent() throws IOException {
        FileTree.sync(target.resolveSibling(""));
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
}
