package dev.trireme.train;

import dev.trireme.task.Task;
import java.nio.file.Path;
import java.util.Objects;

/** Command lines for what comes after a run. */
public final class RunCommands {
    private RunCommands() {}

    /**
     * How to ask the trained model, which has the tokenizer and template of the one that it started from, in the way of the data.
     *
     * @param run that has ended
     * @return a command line with what the test part asks first
     */
    public static String generate(TrainingRun run) {
        Objects.requireNonNull(run, "run");
        Task task = run.config().task().task();
        if (task == Task.TRANSLATE) {
            return generate(run, "--translate", run.splits().test().get(0).source());
        }
        return run.documents()
                .asked(run.part(2))
                .map(asked -> generate(run, asked.byTemplate() ? "--chat" : "--prompt", asked.text()))
                .orElseGet(
                        () -> task == Task.CHAT ? generate(run, "--chat", "Hello") : generate(run, "--prompt", "The"));
    }

    private static String generate(TrainingRun run, String option, String text) {
        BaseModel base = run.config().base();
        Path model = run.model();
        boolean updates = run.config().model().tuning().lora().adapts();
        return "bin/trireme generate --model "
                + (updates ? base.folder() + " --adapter " + model : model)
                + (base.trusted() ? " --trust-tokenizer " : " ")
                + option + " '" + text.replace("'", "'\\''") + "'";
    }

    /**
     * How to go on after a run was ended.
     *
     * @param run that has a checkpoint
     * @return a command line
     */
    public static String resume(TrainingRun run) {
        Objects.requireNonNull(run, "run");
        return "bin/trireme train --out " + run.folder() + " --resume last";
    }
}
