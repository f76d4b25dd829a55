package example;

import dev.trireme.engine.Weights;
import dev.trireme.generate.LanguageModel;
import java.nio.file.Path;
import java.util.Arrays;

/** Opens the golden checkpoint from the packaged jars and continues the reference's prompt. */
public final class Main {
    private static final int[] PROMPT = {198, 180, 42, 35, 201, 110, 6};
    private static final int[] EXPECTED = {
        187, 47, 63, 30, 30, 30, 77, 30, 30, 30, 201, 145, 30, 30, 30, 30, 119, 119, 11, 11
    };

    private Main() {}

    /** @param arguments a model folder */
    public static void main(String[] arguments) {
        try (LanguageModel model = LanguageModel.open(Path.of(arguments[0]), "cpu", 1, Weights.FLOAT32)) {
            int[] tokens = model.continueGreedily(PROMPT, EXPECTED.length);
            if (!Arrays.equals(tokens, EXPECTED)) {
                throw new IllegalStateException(
                        "got " + Arrays.toString(tokens) + " instead of " + Arrays.toString(EXPECTED));
            }
            System.out.println("consumer: generated the reference's " + tokens.length + " tokens");
        }
    }
}
