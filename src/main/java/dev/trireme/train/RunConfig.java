package dev.trireme.train;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import dev.trireme.checkpoint.DataType;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.config.TrainConfig;
import dev.trireme.model.Freezing;
import dev.trireme.model.ModelConfig;
import dev.trireme.task.TaskConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * All settings of a run: the content of its {@code config.json}.
 *
 * @param model to train
 * @param training settings of training
 * @param base what it starts from
 * @param savedAs the type of the weights in {@code model/}: F32 or BF16; checkpoints are always F32
 * @param task what the data is
 */
public record RunConfig(ModelConfig model, TrainConfig training, BaseModel base, DataType savedAs, TaskConfig task) {
    private static final String CURE = "; name the folder of a run that was prepared";

    /**
     * Checks that the model can hold the rows.
     *
     * @throws IllegalArgumentException when rows may be longer than the model's positions
     */
    public RunConfig {
        NullChecks.require("model", model, "training", training, "base", base, "savedAs", savedAs);
        Objects.requireNonNull(task, "task");
        if (savedAs != DataType.F32 && savedAs != DataType.BF16) {
            throw new IllegalArgumentException("savedAs is " + savedAs + "; use F32 or BF16");
        }
        if (model.tuning().lora().adapts() && (!base.exists() || !base.added().isEmpty())) {
            throw new IllegalArgumentException(
                    "loraRank is " + model.tuning().lora().rank()
                            + ", but updates are of a model that is there, with its tokens; "
                            + (base.exists() ? "leave out --add-token" : "name it by --from"));
        }
        requireLearned(base, model);
        if (training.maxLength() > model.positions()) {
            throw new IllegalArgumentException("maxLength " + training.maxLength() + " is more than the model's "
                    + model.positions() + " positions; use a smaller length or a model with more positions");
        }
    }

    /** The rows of added tokens begin as the mean of the others: frozen ones would stay so. */
    private static void requireLearned(BaseModel base, ModelConfig model) {
        Freezing freezing = model.tuning().freezing();
        boolean head = freezing.head() && !model.architecture().tied();
        if (!base.added().isEmpty() && (freezing.embeddings() || head)) {
            throw new IllegalArgumentException("freeze has " + (head ? "head" : "embeddings") + ", where the token "
                    + base.added().get(0) + " that is added could never be learned; freeze layers only");
        }
    }

    /**
     * A run that begins with random weights and saves them as float32.
     *
     * @param model to train
     * @param training settings of training
     */
    public RunConfig(ModelConfig model, TrainConfig training) {
        this(model, training, BaseModel.NONE, DataType.F32, TaskConfig.TRANSLATE);
    }

    /**
     * A run that starts from a model and saves it as float32.
     *
     * @param shape the model
     * @param training settings of training
     * @return the settings, for pairs of sentences
     */
    public static RunConfig of(BaseModel.Shape shape, TrainConfig training) {
        NullChecks.require("shape", shape, "training", training);
        return new RunConfig(shape.model(), training, shape.base(), DataType.F32, TaskConfig.TRANSLATE);
    }

    /**
     * The same start with other settings.
     *
     * @param other the model
     * @param settings of training
     * @return the changed copy
     */
    public RunConfig with(ModelConfig other, TrainConfig settings) {
        NullChecks.require("other", other, "settings", settings);
        return new RunConfig(other, settings, base, savedAs, task);
    }

    /** The same run, if it trains updates alone with the hash of the weights that they are of. */
    RunConfig pinned() {
        return model.tuning().lora().adapts() ? new RunConfig(model, training, base.pinned(), savedAs, task) : this;
    }

    /**
     * The same run with another type of saved weights.
     *
     * @param type F32 or BF16
     * @return the changed copy
     */
    public RunConfig savedAs(DataType type) {
        Objects.requireNonNull(type, "type");
        return new RunConfig(model, training, base, type, task);
    }

    /**
     * The same run for other data.
     *
     * @param other what the data is
     * @return the changed copy
     */
    public RunConfig withTask(TaskConfig other) {
        Objects.requireNonNull(other, "other");
        return new RunConfig(model, training, base, savedAs, other);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param file a run's {@code config.json}
     * @return what it says
     * @throws BadInputException when it is not there or says something else
     */
    public static RunConfig read(Path file) {
        Objects.requireNonNull(file, "file");
        try {
            String text = EarlierRuns.completed(Files.readString(file), "");
            RunConfig config = Json.SETTINGS_READER.readValue(text, RunConfig.class);
            if (config == null) {
                throw new BadInputException(file + ":1: is null" + CURE);
            }
            if (!config.training().learningRate().warmupIsSettled()) {
                throw new BadInputException(file + ": has no number of warmup_steps of 0 or more" + CURE);
            }
            return config;
        } catch (JsonProcessingException e) {
            throw new BadInputException(file + ":" + location(e) + " " + e.getOriginalMessage() + CURE, e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + ")" + CURE, e);
        }
    }

    /**
     * The text of a {@code config.json}.
     *
     * @return JSON with a final line break
     */
    public String toJson() {
        return Json.text(Json.SETTINGS_WRITER, this) + "\n";
    }

    private static String location(JsonProcessingException e) {
        int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
        return e instanceof JsonMappingException mapping
                ? mapping.getPath().stream().map(Reference::getFieldName).collect(joining(".", line + ": ", ":"))
                : line + ":";
    }
}
