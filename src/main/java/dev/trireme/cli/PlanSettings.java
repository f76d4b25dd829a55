package dev.trireme.cli;

import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.NumberType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What a plan is for. */
final class PlanSettings {
    @Option(names = "--model", paramLabel = "DIR", description = "A model folder; its weights are not read.")
    private Optional<Path> folder = Optional.empty();

    @Option(names = "--config", paramLabel = "FILE", description = "A Hugging Face config.json.")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description =
                    "A known shape: small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b or llama2-7b/8.")
    private Optional<String> shape = Optional.empty();

    @Option(names = "--train", description = "Plan training (unless an option of generation is given).")
    private boolean train;

    @Option(names = "--generate", description = "Plan generation.")
    private boolean generate;

    @Option(names = "--batch-size", paramLabel = "N", description = "Rows of a training step over all ranks (128).")
    private Optional<Integer> batchSize = Optional.empty();

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens of a row (128).")
    private Optional<Integer> maxLength = Optional.empty();

    @Option(names = "--prompts", paramLabel = "N", description = "Prompts that are continued together (1).")
    private Optional<Integer> prompts = Optional.empty();

    @Option(names = "--prompt-length", paramLabel = "N", description = "Tokens of a prompt (32).")
    private Optional<Integer> promptLength = Optional.empty();

    @Option(names = "--max-new-tokens", paramLabel = "N", description = "Tokens that are appended (64).")
    private Optional<Integer> newTokens = Optional.empty();

    @Option(names = "--dtype", paramLabel = "TYPE", description = "float32, bfloat16 or float16 (float32).")
    private Optional<String> dtype = Optional.empty();

    boolean isEmpty() {
        return Stream.of(folder, config, shape, batchSize, maxLength, prompts, promptLength, newTokens, dtype)
                        .noneMatch(Optional::isPresent)
                && !train
                && !generate;
    }

    Job job() {
        ModelConfig model = model();
        boolean hasPrompts = Stream.of(prompts, promptLength, newTokens).anyMatch(Optional::isPresent);
        boolean hasRows = Stream.of(batchSize, maxLength).anyMatch(Optional::isPresent);
        if (train && generate) {
            throw new IllegalArgumentException("--train and --generate are two plans; choose one");
        }
        if ((train || hasRows) && (generate || hasPrompts)) {
            throw new IllegalArgumentException(
                    "--batch-size and --max-length are for --train, --prompts, --prompt-length and "
                            + "--max-new-tokens for --generate; choose one kind");
        }
        NumberType type = NumberType.parse(dtype.orElse("float32"));
        return generate || hasPrompts
                ? new Job(
                        name(),
                        model,
                        type,
                        prompts.orElse(1),
                        promptLength.orElse(32),
                        requireNew(newTokens.orElse(64)))
                : new Job(name(), model, type, batchSize.orElse(128), maxLength.orElse(128), 0);
    }

    private static int requireNew(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("--max-new-tokens is " + count + "; use 1 or more");
        }
        return count;
    }

    /** As other commands name the model. */
    String option() {
        return folder.map(path -> "--model " + path)
                .or(() -> config.map(path -> "--config " + path))
                .or(() -> shape.map(name -> "--shape " + name))
                .orElseThrow();
    }

    private String name() {
        return folder.or(() -> config).map(Path::toString).or(() -> shape).orElseThrow();
    }

    private ModelConfig model() {
        if (Stream.of(folder, config, shape).filter(Optional::isPresent).count() != 1) {
            throw new IllegalArgumentException("a plan is for one model; give one of --model, --config and --shape");
        }
        if (shape.isPresent()) {
            return ModelConfig.ofShape(shape.get());
        }
        Path file = config.orElseGet(() -> folder.orElseThrow().resolve("config.json"));
        return HuggingFaceConfig.read(file).model();
    }
}
