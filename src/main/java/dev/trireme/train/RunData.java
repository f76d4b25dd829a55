package dev.trireme.train;

import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.task.Parts;
import dev.trireme.task.TaskData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a run is to learn, which goes into its folder as three files. */
interface RunData {
    /** Characters that a tokenizer is trained on at most. */
    long SAMPLE = 30_000_000;

    /** The files within a run's folder, in the order of the parts. */
    List<String> FILES =
            Parts.NAMES.stream().map(name -> "data/" + name + ".jsonl").toList();

    /** Writes the files into the folder of a run. */
    void write(Path run) throws IOException;

    /** Texts to train a tokenizer on, after they were written. */
    List<String> texts(Path run);

    /** Pairs of sentences. */
    static RunData of(Splits splits) {
        return new RunData() {
            @Override
            public void write(Path run) throws IOException {
                Files.createDirectories(run.resolve("data"));
                List<List<Pair>> parts = List.of(splits.train(), splits.validation(), splits.test());
                for (int i = 0; i < FILES.size(); i++) {
                    PairLines.write(run.resolve(FILES.get(i)), parts.get(i));
                }
            }

            @Override
            public List<String> texts(Path run) {
                return splits.train().stream()
                        .flatMap(pair -> Stream.of(pair.source(), pair.target()))
                        .toList();
            }
        };
    }

    /** Splits the documents of a task into a folder. */
    interface Split {
        void into(Path folder) throws IOException;
    }

    /** Documents of another task. */
    static RunData of(TaskData documents, Split split) {
        return new RunData() {
            @Override
            public void write(Path run) throws IOException {
                split.into(run.resolve("data"));
            }

            @Override
            public List<String> texts(Path run) {
                return documents.texts(run.resolve(FILES.get(0)), SAMPLE);
            }
        };
    }
}
