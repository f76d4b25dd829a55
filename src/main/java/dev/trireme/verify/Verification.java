package dev.trireme.verify;

import dev.trireme.config.ExitCode;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.launch.Job;
import dev.trireme.launch.JobResult;
import dev.trireme.launch.Launcher;
import dev.trireme.parallel.Pipelines;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Trains the same steps in several layouts and compares what they leave behind. */
public final class Verification {
    private Verification() {}

    /**
     * Trains layout after layout.
     *
     * @param config what each trains
     * @param layouts at least one; all are compared with the first
     * @param folder an empty one, where each layout leaves its trace and model
     * @param errors where the ranks' standard error goes
     * @param onResult told of each layout when it has been compared
     * @throws IllegalArgumentException before anything starts, when a layout cannot take the micro-batches
     * @throws VerificationFailure when a rank fails, naming it
     */
    public static void run(
            VerifyConfig config,
            List<Layout> layouts,
            Path folder,
            OutputStream errors,
            Consumer<Comparison> onResult) {
        NullChecks.require(
                "config", config, "layouts", layouts, "folder", folder, "errors", errors, "onResult", onResult);
        for (Layout layout : layouts) {
            Pipelines.config(config.parallel(layout));
            Pipelines.map(config.model(), config.parallel(layout).pipeline(), () -> {
                throw new IllegalStateException("the split of a verified layout is even");
            });
        }
        Path reference = folder.resolve(layouts.get(0).toString());
        for (Layout layout : layouts) {
            Path own = folder.resolve(layout.toString());
            train(config, layout, own, errors);
            onResult.accept(Comparison.of(layout, own, reference));
        }
    }

    private static void train(VerifyConfig config, Layout layout, Path folder, OutputStream errors) {
        if (!folder.toFile().mkdirs()) {
            throw new IllegalArgumentException(folder + " cannot be made; name each layout once");
        }
        JobResult end = Launcher.run(
                Job.of(
                        layout.replicas(),
                        1,
                        VerifyRank.class.getName(),
                        List.of(Json.text(Json.WRITER, config), layout.toString(), folder.toString())),
                errors);
        if (end.exitCode() != ExitCode.OK) {
            throw new VerificationFailure(layout, end);
        }
    }
}
