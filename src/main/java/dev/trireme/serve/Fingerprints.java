package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.generate.EngineConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What an answer depends on besides its request, each by its SHA-256 or its name: two answers to one request have the same
 * bits where all of these are equal, on any layout.
 *
 * @param weights of the model, a hash over the hashes of its tensors
 * @param tokenizer its file
 * @param template what the model's folder says of conversations; empty without one
 * @param adapters by their names
 * @param config of the model: its config.json and generation_config.json
 * @param dtype of weights, and of the cache
 * @param arithmetic kind of device; of CPUs the instruction set and BLAS kernels
 * @param version of Trireme
 */
public record Fingerprints(
        String weights,
        String tokenizer,
        String template,
        Map<String, String> adapters,
        String config,
        String dtype,
        String arithmetic,
        String version) {
    /** Keeps an unmodifiable copy. */
    public Fingerprints {
        NullChecks.require(
                "weights",
                weights,
                "tokenizer",
                tokenizer,
                "template",
                template,
                "adapters",
                adapters,
                "config",
                config,
                "dtype",
                dtype,
                "arithmetic",
                arithmetic,
                "version",
                version);
        adapters = Map.copyOf(adapters);
    }

    /**
     * Those of a model. Reads all its weights once.
     *
     * @param folder of the model
     * @param template of its conversations
     * @param settings of the engine
     * @param version of Trireme
     * @return the fingerprints
     * @throws BadInputException when a file can no longer be read
     */
    public static Fingerprints of(
            HuggingFaceFolder folder, Optional<ChatTemplate> template, EngineConfig settings, String version) {
        NullChecks.require("folder", folder, "template", template, "settings", settings, "version", version);
        return new Fingerprints(
                folder.weightsHash(),
                ofFile(folder.tokenizer()),
                template.map(ChatTemplate::hash).orElse(""),
                settings.adapters().entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> AdapterFolder.hash(entry.getValue()))),
                folder.configHash(),
                (settings.weights() + ", cache " + settings.cacheType()).toLowerCase(Locale.ROOT),
                arithmetic(settings.layout().device()),
                version);
    }

    private static String arithmetic(String device) {
        String kind = device.replaceAll(":.*", "");
        return kind.equals("cpu") ? NativeLibrary.arithmetic() : kind;
    }

    private static String ofFile(Path file) {
        try {
            return Sha256.of(file);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check the file", e);
        }
    }

    /**
     * The beginning of a receipt.
     *
     * @param adapter name of that of the request; empty for none
     */
    ObjectNode json(String adapter) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("weights", weights)
                .put("tokenizer", tokenizer)
                .put("template", template)
                .put("adapter", adapters.getOrDefault(adapter, ""))
                .put("config", config)
                .put("dtype", dtype)
                .put("arithmetic", arithmetic)
                .put("version", Objects.requireNonNull(version));
    }
}
