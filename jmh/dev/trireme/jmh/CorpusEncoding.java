package dev.trireme.jmh;

import dev.trireme.config.FileTree;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.task.PartSizes;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.task.TaskData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How fast {@code train --from DIR --data TEXTS} encodes a corpus on all cores: from the run's JSON lines to files of ids.
 *
 * <pre>
 *   java -cp … dev.trireme.jmh.CorpusEncoding DIR TEXTS PART [ROUNDS]
 * </pre>
 *
 * <p>Writes the texts into {@code PART}, one JSON object a line, if it is not there, for {@code jmh/peers/encode.py}. Prints
 * MB of UTF-8 per second of each round, the first of which has not been compiled yet, and the number of tokens.
 */
public final class CorpusEncoding {
    private static final int ROUNDS = 3;

    private CorpusEncoding() {}

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        Path part = Path.of(arguments[2]);
        Path scratch = Files.createTempDirectory("encoding");
        TaskConfig task = TaskConfig.of(Task.TEXT);
        if (Files.notExists(part)) {
            TaskData.of(task, model, scratch).split(Path.of(arguments[1]), PartSizes.usual(1), scratch);
            Files.move(scratch.resolve("train.jsonl"), part);
        }
        Path file = model.resolve("tokenizer.json");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            TaskData.Encoding encoding = TaskData.Encoding.of(tokenizer, file, 0);
            for (int round = 0; round < (arguments.length > 3 ? Integer.parseInt(arguments[3]) : ROUNDS); round++) {
                TaskData data = TaskData.of(task, model, scratch.resolve("round" + round));
                long begin = System.nanoTime();
                TaskData.Rows rows = data.rows(part, encoding, 256);
                double seconds = (System.nanoTime() - begin) / 1e9;
                System.out.printf("%.2f MB/s, %,d tokens%n", rows.bytes() / seconds / 1e6, rows.labels());
            }
        } finally {
            FileTree.delete(scratch);
        }
    }
}
