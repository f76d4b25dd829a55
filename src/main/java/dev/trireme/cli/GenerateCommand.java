package dev.trireme.cli;

import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Generation;
import dev.trireme.generate.Generator;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        description = "Continue a text with the likeliest tokens.",
        footer = {
            "",
            "A model that was trained to translate expects the end token after the sentence: --prompt '…<eos>'."
        })
final class GenerateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "Where to start.")
    private String prompt;

    @Option(names = "--max-new-tokens", paramLabel = "N", description = "The most tokens to append (${DEFAULT-VALUE}).")
    private int maxNewTokens = 64;

    @Option(names = "--json", description = "Print one JSON object at the end.")
    private boolean json;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        GenerateOptions options = new GenerateOptions(maxNewTokens);
        try (Generator generator = Generator.open(model, device.device(), device.threads())) {
            long begin = System.nanoTime();
            Generation generation = generator.generate(prompt, options, text -> {
                if (!json) {
                    out.print(text);
                    out.flush();
                }
            });
            double seconds = (System.nanoTime() - begin) / 1e9;
            int count = generation.ids().size();
            if (json) {
                out.println(JsonLine.of("generation")
                        .put("prompt", prompt)
                        .put("text", generation.text())
                        .put("ids", generation.ids())
                        .put("prompt_tokens", generation.promptTokens())
                        .put("stop", generation.stop().toString())
                        .put("seconds", seconds)
                        .put("tokens_per_second", count / seconds));
            } else {
                out.println();
                spec.commandLine()
                        .getErr()
                        .println(String.format(
                                Locale.ROOT, "%d tokens in %.1f s, %.1f tokens/s", count, seconds, count / seconds));
            }
        }
    }
}
