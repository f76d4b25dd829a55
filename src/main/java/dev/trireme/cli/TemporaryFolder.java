package dev.trireme.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A folder that is gone when its user is done. */
final class TemporaryFolder {
    private TemporaryFolder() {}

    static void use(String prefix, Consumer<Path> user) {
        try {
            Path folder = Files.createTempDirectory(prefix);
            try {
                user.accept(folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no room for temporary files: " + e.getMessage() + "; set java.io.tmpdir", e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }
}
