package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AtomicFolderTest {
    @TempDir
    private Path parent;

    private Path target;

    @BeforeEach
    void nameTheTarget() {
        target = parent.resolve("model");
    }

    /** Ends the write as a crash would: nothing after it runs, no cleaning either. */
    private static final class Crash extends Error {
        private static final long serialVersionUID = 1;
    }

    @Test
    void replacesAFolderAndLeavesNothingElse() throws IOException {
        AtomicFolder.write(target, content("old"));
        assertThat(names(target)).containsExactly("a", "sub");
        AtomicFolder.write(target, folder -> Files.writeString(folder.resolve("only"), "new"));
        assertThat(names(target)).containsExactly("only");
        assertThat(names(parent)).containsExactly("model");
    }

    @ParameterizedTest
    // Each step, and which folder counts when the crash comes right after it.
    @CsvSource({
        "made, old",
        "filled, old",
        "synced, old",
        "old away, new",
        "new in place, new",
        "old deleted, new",
    })
    void aCrashAfterAnyStepLeavesOneWholeFolder(String step, String survivor) throws IOException {
        AtomicFolder.write(target, content("old"));
        crashAfter(step, "new");
        assertWhole(AtomicFolder.current(target), survivor);
        AtomicFolder.recover(target);
        assertThat(AtomicFolder.current(target)).isEqualTo(target);
        assertWhole(target, survivor);
        assertThat(names(parent)).containsExactly("model");
    }

    @ParameterizedTest
    @CsvSource({"made", "filled", "synced", "old away", "new in place", "old deleted"})
    void theNextWriteAfterACrashSucceeds(String step) throws IOException {
        AtomicFolder.write(target, content("old"));
        crashAfter(step, "new");
        AtomicFolder.write(target, content("newer"));
        assertWhole(target, "newer");
        assertThat(names(parent)).containsExactly("model");
    }

    @Test
    void aCrashAmidTheFilesOfTheFirstWriteLeavesNoFolder() throws IOException {
        assertThatThrownBy(() -> AtomicFolder.write(target, folder -> {
                    Files.writeString(folder.resolve("a"), "half");
                    throw new Crash();
                }))
                .isInstanceOf(Crash.class);
        assertThat(AtomicFolder.current(target)).isEqualTo(target).doesNotExist();
        AtomicFolder.recover(target);
        assertThat(names(parent)).isEmpty();
    }

    @Test
    void aCrashWhileTheOldFolderIsDeletedDoesNotBringItBack() throws IOException {
        AtomicFolder.write(target, content("old"));
        crashAfter("new in place", "new");
        Files.delete(parent.resolve(".model.previous").resolve("a"));
        assertWhole(AtomicFolder.current(target), "new");
        AtomicFolder.recover(target);
        assertWhole(target, "new");
        assertThat(names(parent)).containsExactly("model");
    }

    @Test
    void aFolderThatIsDeletedIsGoneAtOnceAlsoWhenACrashComes() throws IOException {
        AtomicFolder.write(target, content("old"));
        assertThatThrownBy(() -> AtomicFolder.delete(target, step -> {
                    throw new Crash();
                }))
                .isInstanceOf(Crash.class);
        assertThat(target).doesNotExist();
        AtomicFolder.delete(target); // which is not there
        assertThat(names(parent)).isEmpty();
    }

    @Test
    void aFailureWhileWritingKeepsTheOldFolderAndNamesTheCause() throws IOException {
        AtomicFolder.write(target, content("old"));
        assertThatThrownBy(() -> AtomicFolder.write(target, folder -> {
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(target + ": cannot be written (java.io.IOException: No space left on device)");
        assertThatThrownBy(() -> AtomicFolder.write(target, content("new"), step -> {
                    if (step.equals("old away")) {
                        throw new IllegalStateException("the second rename failed");
                    }
                }))
                .hasMessage("the second rename failed");
        assertWhole(target, "old");
        assertThat(names(parent)).containsExactly("model");
    }

    @Test
    void anInterruptWhileWritingWaitsUntilTheFolderIsWhole() throws IOException {
        AtomicFolder.write(target, content("old"));
        Thread caller = Thread.currentThread();
        AtomicFolder.write(target, folder -> {
            caller.interrupt();
            content("new").writeInto(folder);
            SafetensorsWriter.write(folder.resolve("weights"), List.of(), (tensor, output) -> {});
        });
        assertThat(Thread.interrupted()).isTrue();
        assertWhole(target, "new");
        assertThat(target.resolve("weights")).isNotEmptyFile();
        assertThat(names(parent)).containsExactly("model");
    }

    @Test
    void anInterruptThatWasSetBeforeIsStillSet() throws IOException {
        Thread.currentThread().interrupt();
        AtomicFolder.write(target, content("new"));
        assertThatThrownBy(() -> AtomicFolder.write(target, folder -> {
                    throw new IOException("No space left on device");
                }))
                .hasMessageContaining("No space left on device");
        assertThat(Thread.interrupted()).isTrue();
        assertWhole(target, "new");
        assertThat(names(parent)).containsExactly("model");
    }

    @Test
    void aFileOfTheSameNameIsNotReplaced() throws IOException {
        Files.writeString(target, "a file");
        assertThatThrownBy(() -> AtomicFolder.write(target, content("new")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("NotDirectoryException");
        assertThat(target).hasContent("a file");
        assertThat(names(parent)).containsExactly("model");
    }

    private void crashAfter(String step, String text) {
        assertThatThrownBy(() -> AtomicFolder.write(target, content(text), reached -> {
                    if (reached.equals(step)) {
                        throw new Crash();
                    }
                }))
                .isInstanceOf(Crash.class);
    }

    private static AtomicFolder.Content content(String text) {
        return folder -> {
            Files.writeString(folder.resolve("a"), text);
            Files.writeString(Files.createDirectory(folder.resolve("sub")).resolve("b"), text);
        };
    }

    private static void assertWhole(Path folder, String text) {
        assertThat(folder.resolve("a")).hasContent(text);
        assertThat(folder.resolve("sub").resolve("b")).hasContent(text);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
