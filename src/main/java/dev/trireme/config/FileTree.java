package dev.trireme.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Folders with all that is in them: gone, or on the disk. What only the page cache holds is lost with the power. */
public final class FileTree {
    private FileTree() {}

    /**
     * Deletes a folder with all that is in it. What another process deletes meanwhile is no failure, nor is a folder that
     * is not there. Links are deleted, not followed.
     *
     * @param folder what to delete
     * @throws IOException when something cannot be deleted, or came meanwhile
     */
    public static void delete(Path folder) throws IOException {
        Objects.requireNonNull(folder, "folder");
        Files.walkFileTree(folder, new Deletion());
    }

    /** Contents first. What is gone when its turn comes is as it should be. */
    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
            if (failure != null && !(failure instanceof NoSuchFileException)) {
                throw failure;
            }
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }

    /**
     * Syncs a file's bytes, or a folder's names: it returns when the disk has them.
     *
     * @param path a file or a folder
     * @throws IOException when the disk fails, which is final: the kernel may drop what it could not write
     */
    public static void sync(Path path) throws IOException {
        Objects.requireNonNull(path, "path");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Syncs everything below a folder, the folder last.
     *
     * @param folder what to sync
     * @throws IOException as {@link #sync}
     */
    public static void syncAll(Path folder) throws IOException {
        Objects.requireNonNull(folder, "folder");
        for (Path path : contentsFirst(folder)) {
            sync(path);
        }
    }

    private static List<Path> contentsFirst(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
