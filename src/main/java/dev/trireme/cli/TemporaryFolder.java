package dev.trireme.cli;

import dev.trireme.launch.ScratchFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Runs an action with a temporary folder, which is removed afterwards. */
final class TemporaryFolder {
    private TemporaryFolder() {}

    static void use(Consumer<Path> user) {
        try (ScratchFolder folder = ScratchFolder.create()) {
            user.accept(folder.path());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no room for temporary files: " + e.getMessage() + "; set java.io.tmpdir", e);
        }
    }
}
