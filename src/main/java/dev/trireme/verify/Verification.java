package dev.trireme.verify;

import dev.trireme.config.NullChecks;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import dev.trireme.parallel.Pipelines;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Trains the same steps in several layouts and compares their weights and losses. */
public final class Verification {
    private Verification() {}

    /** A layout with its trace and model. */
    record Trained(Layout layout, Trace trace, Path folder) {}

    /**
     * Trains all layouts, one after the other.
     *
     * @param config model and steps
     * @param layouts at least one; all are compared with the first
     * @param folder empty; each layout writes its model there
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
        List<Trained> all = new ArrayList<>();
        for (Layout layout : layouts) {
            all.add(train(config, layout, folder.resolve(layout.toString()), errors));
            onResult.accept(Comparison.of(all.get(all.size() - 1), all.get(0)));
        }
    }

    private static Trained train(VerifyConfig config, Layout layout, Path folder, OutputStream errors) {
        if (!folder.toFile().mkdirs()) {
            throw new IllegalArgumentException(folder + " cannot be made; name each layout once");
        }
        Trace trace = new TaskJob<>(
                        VerifyRank.Task.class, Trace.class, layout.replicas(), 1, Rendezvous.DEFAULT_TIMEOUT)
                .run(
                        new VerifyRank.Setting(config, layout, folder.toString()),
                        errors,
                        end -> new VerificationFailure(layout, end));
        return new Trained(layout, trace, folder);
    }
}
