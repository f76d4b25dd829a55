package dev.trireme.cli;

import dev.trireme.cli.output.Activity;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.CostMeter;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;
import dev.trireme.plan.Plan;
import dev.trireme.plan.Planner;
import dev.trireme.plan.Prediction;
import dev.trireme.plan.Reasons;
import dev.trireme.plan.ThisMachine;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes the planner's first choice for this machine instead of options. */
final class AutoLayout {
    private static final List<String> CHOSEN = List.of(
            "--stages",
            "--split",
            "--micro-batches",
            "--schedule",
            "--chunks",
            "--checkpoint-activations",
            "--world-size",
            "--threads",
            "--device",
            "--precision");
    private static final int PROMPT_LENGTH = 32;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--auto",
            description = "Take the layout that trireme plan finds best on this machine, and say why.")
    private boolean auto;

    /** How many, and the most tokens that are appended to each. */
    record Prompts(int count, int newTokens) {}

    /** Whether it was asked for, with nothing beside it that it chooses itself. */
    boolean isOn() {
        if (auto) {
            String given = CHOSEN.stream()
                    .filter(name -> spec.commandLine().getParseResult().hasMatchedOption(name))
                    .collect(Collectors.joining(" and "));
            if (!given.isEmpty()) {
                throw new IllegalArgumentException(
                        "--auto chooses the layout itself, and " + given + " says otherwise; leave out one of the two");
            }
        }
        return auto;
    }

    /** Refuses what the planner does not know the time of. */
    static void requirePriced(ParallelConfig parallel) {
        if (parallel.reduction() == Reduction.TREE) {
            throw new IllegalArgumentException(
                    "--auto does not know what exact sums of gradients cost; leave out --auto, "
                            + "or --exact and --reduction tree");
        }
    }

    /** For a training run of one host. */
    TrainConfig training(ModelConfig model, TrainConfig settings, Activity activity) {
        Job job = new Job("the model", model, NumberType.FLOAT32, settings.batchSize(), settings.maxLength(), 0);
        Layout layout = choose(job, Integer.MAX_VALUE, activity).layout();
        ParallelConfig parallel = settings.parallel();
        return settings.withParallel(new ParallelConfig(
                        layout.ranks(),
                        layout.ranks() * layout.microBatches(),
                        layout.threads(),
                        "cpu",
                        parallel.reduction(),
                        parallel.timeoutSeconds())
                .withPipeline(layout.pipeline()));
    }

    /** For prompts of unknown length, with at most so many copies of the model. */
    GenerationLayout generation(ModelConfig model, Weights weights, Prompts prompts, int copies, Activity activity) {
        NumberType type = weights == Weights.BFLOAT16 ? NumberType.BFLOAT16 : NumberType.FLOAT32;
        int length = Math.min(PROMPT_LENGTH, Math.max(1, model.positions() / 2));
        int fresh = Math.max(1, Math.min(prompts.newTokens(), model.positions() - length));
        Job job = new Job("the model", model, type, prompts.count(), length, fresh);
        Layout layout = choose(job, copies, activity).layout();
        return new GenerationLayout(layout.pipeline(), layout.microBatches(), layout.ranks(), "cpu", layout.threads());
    }

    private static Prediction choose(Job job, int ranks, Activity activity) {
        activity.beginLong("measuring this machine");
        if (NativeLibrary.gpuCount() > 0) {
            throw new IllegalArgumentException("--auto measures cores, and there are " + NativeLibrary.gpuCount()
                    + " GPUs here; take what plan --machine says of them, with --device cuda");
        }
        CostMeter meter = CostMeter.ofUser();
        Plan plan = Planner.byMeasuring(job, ThisMachine.measured(meter, System.err), meter, activity::begin)
                .plan(layout -> layout.ranks() <= ranks);
        activity.end();
        Optional<Prediction> best = plan.best();
        if (best.isEmpty()) {
            throw new IllegalArgumentException("--auto finds no layout: "
                    + Reasons.cure(plan).orElse("none divides the batch; choose another --batch-size"));
        }
        activity.remark("--auto: " + best.get().layout().text() + ". "
                + Reasons.best(plan).orElse(""));
        return best.get();
    }
}
