package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.engine.Weights;
import dev.trireme.generate.AdapterFolders;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Python's peft loads what Trireme wrote. {@code -Dpython=VENV/bin/python} names a Python that has it; skipped without. */
@Timeout(600)
class PeftIT {
    private static final String PYTHON = System.getProperty("python", "python3");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"gpt2-tiny, 'attn,proj,fc'", "gpt2-tiny, fc", "llama-tiny, all", "qwen3-tiny, 'q,v,down'"})
    void logitsAreThoseThatPeftComputes(String name, String targets) throws IOException, InterruptedException {
        assumeTrue(runs("-c", "import peft, transformers"), PYTHON + " has no peft");
        try (GoldenModel golden = new GoldenModel(name);
                HuggingFaceFolder plain = HuggingFaceFolder.open(golden.folder())) {
            Path adapter = AdapterFolders.write(
                    folder.resolve("adapter"), plain.config().model(), targets, 4, 7);
            int[] ids = golden.ints("prompt");
            Path out = folder.resolve("logits.safetensors");
            Path script = golden.folder().resolveSibling("peft_logits.py");
            String text = String.join(
                    ",", Arrays.stream(ids).mapToObj(Integer::toString).toList());
            assertThat(runs(script.toString(), golden.folder().toString(), adapter.toString(), out.toString(), text))
                    .isTrue();
            List<float[]> rows = new ArrayList<>();
            try (HuggingFaceFolder files = HuggingFaceFolder.open(golden.folder(), Optional.of(adapter));
                    LanguageModel model =
                            LanguageModel.open(files, GenerationLayout.single("cpu", 1), Weights.FLOAT32)) {
                model.score(ids, rows::add);
            }
            float[] expected = logits(out);
            float largest = 1;
            for (float value : expected) {
                largest = Math.max(largest, Math.abs(value));
            }
            int vocabulary = rows.get(0).length;
            assertThat(expected).hasSize(rows.size() * vocabulary);
            for (int i = 0; i < expected.length; i++) {
                assertThat(rows.get(i / vocabulary)[i % vocabulary])
                        .as("logit %d", i)
                        .isCloseTo(expected[i], within(1e-5f * largest));
            }
        }
    }

    private static float[] logits(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(
                            Math.toIntExact(reader.tensor("logits").bytes()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            reader.read(reader.tensor("logits"), bytes);
            float[] values = new float[bytes.capacity() / Float.BYTES];
            bytes.clear().asFloatBuffer().get(values);
            return values;
        }
    }

    private static boolean runs(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PYTHON));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return false;
        }
        return process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
    }
}
