package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FileTreeIT {
    @TempDir
    Path folder;

    @Test
    void twoThatDeleteTheSameFolderDoNotDisturbEachOther() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 20; round++) {
                Path tree = tree();
                Callable<Boolean> delete = () -> {
                    FileTree.delete(tree);
                    return true;
                };
                Stream<Future<Boolean>> both = Stream.of(threads.submit(delete), threads.submit(delete));
                for (Future<Boolean> one : both.toList()) {
                    assertThat(one.get()).isTrue();
                }
                assertThat(tree).doesNotExist();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void linksAreDeletedAndNotFollowed() throws IOException {
        Path kept =
                Files.writeString(Files.createDirectory(folder.resolve("other")).resolve("kept"), "x");
        Path tree = tree();
        Files.createSymbolicLink(tree.resolve("link"), kept.getParent());
        FileTree.delete(tree);
        assertThat(tree).doesNotExist();
        assertThat(kept).hasContent("x");
        FileTree.delete(tree); // which is not there
    }

    private Path tree() throws IOException {
        Path tree = Files.createDirectory(folder.resolve("tree"));
        for (int i = 0; i < 20; i++) {
            Path inner = Files.createDirectories(tree.resolve("a" + i).resolve("b"));
            for (int j = 0; j < 10; j++) {
                Files.writeString(inner.resolve("c" + j), "");
            }
        }
        return tree;
    }
}
