package dev.trireme.cli.option;

import dev.trireme.data.CorpusOptions;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.task.TaskFinder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options for what the data is. */
public final class TaskSettings {
    /** Which tokens are learned. */
    enum Loss {
        ANSWERS,
        ALL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--task",
            paramLabel = "KIND",
            description = "What the data is: ${COMPLETION-CANDIDATES} (found by looking at its first line).")
    private Optional<Task> task = Optional.empty();

    @Option(
            names = "--document-mask",
            description =
                    "Of task text: the documents of a row do not see each other, and positions begin anew in each.")
    private boolean documentMask;

    @Option(
            names = "--loss",
            paramLabel = "OF",
            description = "Of tasks chat and instruct, what is learned: ${COMPLETION-CANDIDATES} (answers).")
    private Optional<Loss> loss = Optional.empty();

    /** The task of a corpus, or of the phrasebook. */
    public TaskConfig of(Optional<Path> data, CorpusOptions options) {
        Task kind =
                task.or(() -> data.map(path -> TaskFinder.of(path, options))).orElse(Task.TRANSLATE);
        return new TaskConfig(
                kind, documentMask, loss.filter(all -> all == Loss.ALL).isPresent());
    }

    /** The task of a run that goes on; options may say what it is anyway. */
    public TaskConfig resumed(TaskConfig before) {
        return new TaskConfig(
                task.orElse(before.task()),
                documentMask || before.documentMask(),
                loss.map(of -> of == Loss.ALL).orElse(before.learnsAll()));
    }
}
