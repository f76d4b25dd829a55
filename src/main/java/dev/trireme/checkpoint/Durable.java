package dev.trireme.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What the page cache holds is lost with the power; these calls come back when the disk has it. */
final class Durable {
    private Durable() {}

    /** Syncs a file's bytes, or a folder's names. A failure is final: the kernel may drop what it could not write. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Syncs everything below a folder, the folder last. */
    static void syncTree(Path folder) throws IOException {
        for (Path path : contentsFirst(folder)) {
            sync(path);
        }
    }

    static void deleteTree(Path folder) throws IOException {
        for (Path path : contentsFirst(folder)) {
            Files.delete(path);
        }
    }

    private static List<Path> contentsFirst(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
