package dev.trireme.cli;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.OutputFile;
import dev.trireme.checkpoint.SafetensorsWriter;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.option.DeviceOptions;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "score", description = "Print the log-probability of each of some token ids, given those before it.")
final class ScoreCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "Low-rank updates of the model: a folder of PEFT, or one that train --lora-rank made.")
    private Optional<Path> adapter = Optional.empty();

    @Option(
            names = "--ids",
            paramLabel = "N",
            split = ",",
            required = true,
            description = "Token ids, separated by commas; no tokenizer is needed.")
    private int[] ids;

    @Option(
            names = "--out",
            paramLabel = "FILE.safetensors",
            description = "Also write the logits (T, V) of every position in float32, as tensor \"logits\".")
    private Optional<Path> out = Optional.empty();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Override
    public void run() {
        device.setPrecision();
        out.ifPresent(OutputFile::require);
        HuggingFaceFolder.require(model);
        activity.activity(json).beginLong("loading libtorch and the weights of " + model);
        GenerationLayout alone = GenerationLayout.single(device.device(), device.threads());
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(model, adapter);
                LanguageModel language = LanguageModel.open(folder, alone, Weights.FLOAT32)) {
            double[] scores = out.isPresent() ? scoreInto(out.get(), language) : language.score(ids);
            print(scores);
        }
    }

    private double[] scoreInto(Path file, LanguageModel language) {
        long vocabulary = language.config().model().vocabulary();
        ParameterInfo tensor = new ParameterInfo("logits", List.of((long) ids.length, vocabulary));
        double[][] scores = new double[1][];
        SafetensorsWriter.write(
                file,
                List.of(tensor),
                (same, output) -> scores[0] = language.score(ids, logits -> output.accept(littleEndian(logits))));
        return scores[0];
    }

    private static ByteBuffer littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private void print(double[] scores) {
        PrintWriter writer = spec.commandLine().getOut();
        double sum = Arrays.stream(scores).sum();
        if (json) {
            writer.println(JsonLine.of("score")
                    .put("ids", ids)
                    .put("log_probabilities", scores)
                    .put("sum", sum));
            return;
        }
        for (int i = 0; i < scores.length; i++) {
            writer.println(String.format(Locale.ROOT, "%8d  %10.6f", ids[i + 1], scores[i]));
        }
        writer.println(String.format(Locale.ROOT, "%8s  %10.6f", "sum", sum));
    }
}
