package dev.trireme.cli;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.train.Merging;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "merge", description = "Fold an adapter into its model, which then needs it no more.")
final class MergeCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            required = true,
            description = "Low-rank updates of the model: a folder of PEFT, or one that train --lora-rank made.")
    private Path adapter;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description =
                    "Where the model goes, as float32; a model folder that is there is replaced when the new one is"
                            + " whole.")
    private Path out;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public void run() {
        HuggingFaceFolder.require(model);
        activity.activity(json).beginLong("loading libtorch, merging " + adapter);
        Merging.Summary merged = Merging.merge(model, adapter, out);
        PrintWriter writer = spec.commandLine().getOut();
        if (json) {
            writer.println(JsonLine.of("merge")
                    .put("model", out.toString())
                    .put("rank", merged.lora().rank())
                    .put("parameters", merged.parameters()));
            return;
        }
        writer.println(String.format(
                Locale.ROOT,
                "a model of %,d parameters with updates of rank %d folded in: %s",
                merged.parameters(),
                merged.lora().rank(),
                out));
    }
}
