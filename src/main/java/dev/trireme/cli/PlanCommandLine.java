package dev.trireme.cli;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;
import dev.trireme.plan.Plan;
import dev.trireme.plan.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What runs a prediction. Words in capitals are the user's to fill in. */
final class PlanCommandLine {
    private static final Pattern PLAIN = Pattern.compile("[\\w./:=@%+,-]+"); // nothing that a shell would read

    private PlanCommandLine() {}

    /**
     * One line for a shell; empty where it takes one for each rank of several hosts.
     *
     * @param model as the plan was given it: {@code --model DIR}, {@code --config FILE} or {@code --shape NAME}
     */
    static String of(Plan plan, Prediction one, String model) {
        if (plan.spansHosts(one)) {
            return "";
        }
        Job job = plan.job();
        List<String> words = new ArrayList<>();
        if (job.trains()) {
            words.add("bin/trireme train --data FILE.tsv");
            words.add(path(model, "--config ")
                    .or(() -> path(model, "--model ").map(folder -> folder + "/config.json"))
                    .map(file -> "--config " + quoted(file))
                    .orElse(model));
            words.add("--batch-size " + job.rows() + " --max-length " + job.length());
        } else {
            words.add("bin/trireme generate");
            words.add("--model "
                    + path(model, "--model ").map(PlanCommandLine::quoted).orElse("DIR"));
            words.add("--prompts FILE --max-new-tokens " + job.newTokens());
            if (job.type() != NumberType.FLOAT32) {
                words.add("--dtype " + job.type());
            }
        }
        words.addAll(layout(job, one.layout()));
        words.add(
                plan.machine().hasGpus()
                        ? "--device cuda"
                        : "--threads " + one.layout().threads());
        return String.join(" ", words);
    }

    private static Optional<String> path(String model, String option) {
        return model.startsWith(option) ? Optional.of(model.substring(option.length())) : Optional.empty();
    }

    private static String quoted(String path) {
        return PLAIN.matcher(path).matches() ? path : "'" + path.replace("'", "'\\''") + "'";
    }

    private static List<String> layout(Job job, Layout layout) {
        PipelineLayout pipeline = layout.pipeline();
        List<String> words = new ArrayList<>();
        words.add("--world-size " + layout.ranks());
        words.add("--micro-batches " + (job.trains() ? layout.ranks() : 1) * layout.microBatches());
        if (pipeline.stages() > 1) {
            words.add("--stages " + pipeline.stages() + " --split " + pipeline.split());
            if (job.trains()) {
                words.add("--schedule " + pipeline.schedule());
                if (pipeline.chunks() > 1) {
                    words.add("--chunks " + pipeline.chunks());
                }
            }
        }
        if (layout.pipeline().checkpointing() != ActivationCheckpointing.NEVER) {
            words.add("--checkpoint-activations " + pipeline.checkpointing());
        }
        return words;
    }
}
