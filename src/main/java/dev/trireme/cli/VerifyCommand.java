package dev.trireme.cli;

import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.option.FamilyNames;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.config.ExitCode;
import dev.trireme.verify.Comparison;
import dev.trireme.verify.Layout;
import dev.trireme.verify.Verification;
import dev.trireme.verify.VerifyConfig;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        description = "Train the same steps in several layouts and compare them bit by bit.",
        footer = {
            "",
            "A layout is replicas x stages. All are compared with the first: the largest difference of a weight in units in "
                    + "the last place, and the first step and parameter that differ. The exit code is 0 only if all are equal."
        })
final class VerifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--layouts", paramLabel = "RxK,…", description = "Layouts to compare (${DEFAULT-VALUE}).")
    private String layouts = "1x1,2x1,1x2,2x2";

    @Option(names = "--steps", paramLabel = "N", description = "Steps of AdamW (${DEFAULT-VALUE}).")
    private int steps = 20;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            completionCandidates = FamilyNames.class,
            description = "A small one of ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private String model = "gpt2";

    @Option(
            names = "--micro-batches",
            paramLabel = "N",
            description = "Micro-batches of the global batch, a power of two (${DEFAULT-VALUE}).")
    private int microBatches = 8;

    @Option(
            names = "--not-exact",
            description = "Sum gradients as training does without --exact, to see how far results differ.")
    private boolean notExact;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public Integer call() {
        List<Layout> wanted =
                Arrays.stream(layouts.split(",", -1)).map(Layout::parse).toList();
        VerifyConfig config = new VerifyConfig(model, steps, microBatches, 2, !notExact);
        activity.activity(json)
                .begin("training " + steps + " steps in " + wanted.size() + " layouts, each in processes of its own");
        List<Comparison> results = new ArrayList<>();
        TemporaryFolder.use(folder -> Verification.run(config, wanted, folder, System.err, result -> {
            results.add(result);
            print(result);
        }));
        return (results.stream().allMatch(Comparison::isEqual) ? ExitCode.OK : ExitCode.FAILED).code();
    }

    private void print(Comparison result) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JsonLine.of("verify")
                    .put("layout", result.layout().toString())
                    .put("equal", result.isEqual())
                    .put("largest_ulps", result.largestUlps())
                    .put("first_difference", result.firstDifference().orElse(""))
                    .put("same_file", result.sameFile())
                    .put("same_losses", result.sameLosses())
                    .put("tokens_per_second", result.tokensPerSecond()));
        } else {
            out.printf(
                    Locale.ROOT,
                    "%-5s %s, largest difference %d ulp, model.safetensors %s, losses %s, %.0f tokens/s%n",
                    result.layout(),
                    result.firstDifference()
                            .map(difference -> "differs first at " + difference)
                            .orElse("equal after every step"),
                    result.largestUlps(),
                    result.sameFile() ? "the same bytes" : "other bytes",
                    result.sameLosses() ? "equal" : "differ",
                    result.tokensPerSecond());
        }
        out.flush();
    }
}
