package dev.trireme.cli;

import dev.trireme.checkpoint.gguf.GgufImport;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.cli.output.LiveLine;
import dev.trireme.cli.output.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "import",
        description = "Make a model folder of a GGUF file: weights, tokenizer and chat template.",
        footer = {
            "",
            "Families: LLaMA, Mistral, Qwen2, Qwen3, GPT-2. Types: F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, "
                    + "Q5_K, Q6_K. The folder's weights are float32, which holds every value exactly."
        })
final class ImportCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE.gguf", description = "The file.")
    private Path file;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Where the folder goes; a model folder that is there is replaced when the new one is whole.")
    private Path out;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public void run() {
        activity.activity(json).begin("importing " + file);
        PrintWriter errors = spec.commandLine().getErr();
        LiveLine line = new LiveLine(errors, json || activity.isQuiet() ? 0 : Terminal.columnsOfErrors());
        GgufImport.Summary summary;
        try {
            summary = GgufImport.write(
                    file,
                    out,
                    (done, all) -> line.show("importing " + file + "  " + 100 * done / Math.max(1, all) + " %"));
        } finally {
            line.clear();
        }
        print(summary);
    }

    private void print(GgufImport.Summary summary) {
        PrintWriter writer = spec.commandLine().getOut();
        if (json) {
            writer.println(JsonLine.of("import")
                    .put("model", out.toString())
                    .put("model_type", summary.modelType())
                    .put("tensors", summary.tensors())
                    .put("parameters", summary.parameters())
                    .put("tokens", summary.tokens())
                    .put("chat_template", summary.chatTemplate()));
            return;
        }
        String tokenizer = summary.tokens() == 0
                ? "no tokenizer: the file has none"
                : String.format(Locale.ROOT, "a tokenizer of %,d tokens", summary.tokens())
                        + (summary.chatTemplate() ? ", a chat template" : "");
        writer.println(String.format(
                Locale.ROOT,
                "%s of %,d parameters in %d tensors, %s: %s",
                summary.modelType(),
                summary.parameters(),
                summary.tensors(),
                tokenizer,
                out));
    }
}
