package dev.trireme.cli.option;

import dev.trireme.config.OnNotFinite;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.TrainConfig.Observation;
import dev.trireme.config.TrainConfig.Recovery;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Options for checkpoints, restarts, and what a run tells besides. */
public final class RecoverySettings {
    private static final Pattern INTERVAL = Pattern.compile("(\\d{1,5})(s|min|h)?");

    /** What to do when a checkpoint cannot be written. */
    public enum OnError {
        CONTINUE,
        STOP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--checkpoint-every",
            paramLabel = "WHEN",
            description = "Steps, or a time such as 30s, 10min, 2h; or never (10min).")
    private Optional<String> every = Optional.empty();

    @Option(names = "--keep", paramLabel = "N", description = "The latest checkpoints kept, besides the best (2).")
    private Optional<Integer> keep = Optional.empty();

    @Option(
            names = "--checkpoint-errors",
            paramLabel = "HOW",
            description = "When a checkpoint or metrics cannot be written: ${COMPLETION-CANDIDATES} (continue).")
    private Optional<OnError> errors = Optional.empty();

    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            description =
                    "Start the ranks again when one died, from the last checkpoint, so often; not after a third death"
                            + " at one step (0).")
    private Optional<Integer> maxRestarts = Optional.empty();

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "End after N epochs without a lower validation loss, with the best weights (0 for never).")
    private Optional<Integer> patience = Optional.empty();

    @Option(
            names = "--on-nonfinite",
            paramLabel = "HOW",
            description = "When a loss or a gradient is not finite: ${COMPLETION-CANDIDATES} (stop).")
    private Optional<OnNotFinite> notFinite = Optional.empty();

    @Option(names = "--debug-gradients", description = "Print the norm of each layer's gradient at each step.")
    private boolean gradients;

    @Option(names = "--tensorboard", description = "Write event files for TensorBoard to --out/tensorboard.")
    private boolean tensorboard;

    /** These options over the other settings of a run. */
    public TrainConfig over(TrainConfig defaults, TrainConfig settings) {
        Recovery before = defaults.recovery();
        int[] interval =
                every.map(RecoverySettings::interval).orElse(new int[] {before.everySteps(), before.everySeconds()});
        return new TrainConfig(
                settings.batch(),
                new TrainConfig.Duration(
                        settings.epochs(),
                        settings.maxSteps(),
                        patience.orElse(defaults.duration().patience())),
                new TrainConfig.Update(
                        settings.learningRate(),
                        settings.optimizer(),
                        notFinite.orElse(defaults.update().onNotFinite())),
                settings.seed(),
                settings.parallel(),
                new Recovery(
                        interval[0],
                        interval[1],
                        keep.orElse(before.keep()),
                        errors.map(how -> how == OnError.STOP).orElse(before.endsOnError()),
                        maxRestarts.orElse(before.maxRestarts())),
                new Observation(
                        tensorboard || defaults.observation().tensorboard(),
                        gradients || defaults.observation().gradientNorms()));
    }

    /** @return steps, seconds */
    private static int[] interval(String text) {
        if (text.equals("never")) {
            return new int[] {0, 0};
        }
        Matcher interval = INTERVAL.matcher(text);
        if (!interval.matches() || Integer.parseInt(interval.group(1)) == 0) {
            throw new IllegalArgumentException("--checkpoint-every is " + text
                    + "; use a number of steps, a time such as 30s, 10min or 2h, or never");
        }
        int count = Integer.parseInt(interval.group(1));
        return switch (String.valueOf(interval.group(2))) {
            case "s" -> new int[] {0, count};
            case "min" -> new int[] {0, Math.multiplyExact(count, 60)};
            case "h" -> new int[] {0, Math.multiplyExact(count, 3600)};
            default -> new int[] {count, 0};
        };
    }
}
