package dev.trireme.train;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.AtomicFolder;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.ParameterStore;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.checkpoint.StageStates;
import dev.trireme.config.Json;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Stage;
import dev.trireme.model.HuggingFaceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The model of a run as a folder that {@code generate} and transformers open.
 *
 * @param tokenizer file of the run
 * @param config of the model
 * @param others what goes with the tokenizer of a model that the run started from
 * @param base that model, where updates of it are trained
 */
record ModelFolder(Path tokenizer, HuggingFaceConfig config, List<Path> others, Optional<AdapterFolder.Base> base) {
    private static final String GENERATION = "generation_config.json";

    static ModelFolder of(TrainingRun run, Supplier<Tokenizer> tokenizer) {
        boolean adapts = run.config().model().tuning().lora().adapts();
        return new ModelFolder(
                run.tokenizerFile(),
                run.describe(tokenizer),
                run.filesOfBase(),
                adapts
                        ? Optional.of(AdapterFolder.Base.of(
                                Path.of(run.config().base().folder())))
                        : Optional.empty());
    }

    /** The weights that it holds: of the model, or of its updates alone. */
    ParameterStore of(List<Stage> stages) {
        return adapts() ? StageParameters.ofUpdates(stages) : new StageParameters(stages);
    }

    /** The same of the last snapshot. */
    ParameterStore ofSnapshot(List<Stage> stages) {
        return adapts() ? StageStates.updates(stages) : StageStates.weights(stages);
    }

    private boolean adapts() {
        return base.isPresent();
    }

    /** Writes the folder; {@code content} adds to it. */
    void save(Path folder, ParameterStore weights, DataType type, AtomicFolder.Content content) {
        if (base.isPresent()) {
            AdapterFolder.save(folder, config.model(), base.get(), weights, type, content);
            return;
        }
        HuggingFaceFolder.save(folder, config, weights, type, next -> {
            Files.copy(tokenizer, next.resolve("tokenizer.json"));
            for (Path file : others) {
                Files.copy(file, next.resolve(file.getFileName()));
            }
            if (!Files.exists(next.resolve(GENERATION))) {
                writeGenerationConfig(next.resolve(GENERATION));
            }
            content.writeInto(next);
        });
    }

    /** Writes the defaults of generation for {@code generate}, Trireme's and transformers'. */
    private void writeGenerationConfig(Path file) throws IOException {
        SpecialTokens tokens = config.specialTokens();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode ends = json.putArray("eos_token_id");
        tokens.ends().forEach(ends::add);
        if (tokens.padding() != SpecialTokens.ABSENT) {
            json.put("pad_token_id", tokens.padding());
        }
        Files.writeString(file, Json.text(Json.WRITER, json) + "\n");
    }
}
