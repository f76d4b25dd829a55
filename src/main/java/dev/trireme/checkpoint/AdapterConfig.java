package dev.trireme.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.JsonFile;
import dev.trireme.model.FileFormat;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.TensorNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The {@code adapter_config.json} of PEFT.
 *
 * @param rank of every update
 * @param alpha over the rank it is the factor of every update; rank-stabilised files are converted
 * @param dropout of training
 * @param modules ends of the names of adapted modules; none where the file says it by an expression
 * @param base what the file calls the model that it adapts; may be empty
 */
record AdapterConfig(int rank, double alpha, double dropout, List<String> modules, String base) {
    static final String FILE = "adapter_config.json";

    /** What updates may begin as without the base being changed. */
    private static final String[] INITIAL = {"true", "false", "gaussian", "orthogonal"};

    /** Keys that are read here, or that say nothing about what is computed. */
    private static final Set<String> KNOWN = Set.of(
            "peft_type",
            "r",
            "lora_alpha",
            "lora_dropout",
            "target_modules",
            "base_model_name_or_path",
            "use_rslora",
            "bias",
            "fan_in_fan_out",
            "task_type",
            "inference_mode",
            "init_lora_weights",
            "revision",
            "peft_version",
            "auto_mapping",
            "megatron_core",
            "qalora_group_size");

    /**
     * Reads an untrusted file.
     *
     * @throws BadInputException when it is none, or asks for what Trireme does not compute
     */
    static AdapterConfig read(Path folder) {
        Path file = folder.resolve(FILE);
        JsonFile json = JsonFile.read(file);
        json.text("peft_type", "", "LORA");
        json.text("bias", "none", "none");
        json.text("init_lora_weights", "true", INITIAL); // others, such as pissa, change the base as well
        for (String key : json.telling()) {
            if (!KNOWN.contains(key)) {
                throw json.refused(key, "an adapter without it");
            }
        }
        int rank = json.integer("r");
        double alpha = json.number("lora_alpha");
        try {
            boolean stabilised = json.flag("use_rslora", false);
            double factor = stabilised ? alpha * Math.sqrt(rank) : alpha;
            List<String> modules = json.isText("target_modules") ? List.of() : json.texts("target_modules");
            AdapterConfig config = new AdapterConfig(
                    rank, factor, json.number("lora_dropout", 0), modules, json.anyText("base_model_name_or_path"));
            config.with(Set.of(LoraTarget.QUERY)); // checks the numbers
            return config;
        } catch (IllegalArgumentException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e);
        }
    }

    LoraConfig with(Set<LoraTarget> targets) {
        return new LoraConfig(rank, alpha, targets, dropout);
    }

    /** The file of updates of a model. */
    static String json(ModelConfig model, String base) {
        LoraConfig lora = model.tuning().lora();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("peft_type", "LORA");
        json.put("task_type", "CAUSAL_LM");
        json.put("base_model_name_or_path", base);
        json.put("inference_mode", true);
        json.put("r", lora.rank());
        if (lora.alpha() == Math.rint(lora.alpha()) && Math.abs(lora.alpha()) < Integer.MAX_VALUE) {
            json.put("lora_alpha", (int) lora.alpha());
        } else {
            json.put("lora_alpha", lora.alpha());
        }
        json.put("lora_dropout", lora.dropout());
        ArrayNode modules = json.putArray("target_modules");
        new TreeSet<>(names(model.format(), lora.targets())).forEach(modules::add);
        json.put("fan_in_fan_out", model.format().transposed());
        json.put("bias", "none");
        json.put("use_rslora", false);
        json.put("use_dora", false);
        json.put("init_lora_weights", true);
        json.putNull("modules_to_save");
        json.putNull("layers_to_transform");
        json.putObject("rank_pattern");
        json.putObject("alpha_pattern");
        return Json.text(Json.SETTINGS_WRITER, json) + "\n";
    }

    /** Names of modules within a layer. */
    static List<String> names(FileFormat format, Set<LoraTarget> targets) {
        List<String> names = new ArrayList<>();
        targets.forEach(target -> names.add(name(format.names(), target)));
        return names.stream().distinct().toList();
    }

    static String name(TensorNames names, LoraTarget target) {
        return switch (target) {
            case QUERY -> names.attention().query();
            case KEY -> names.attention().key();
            case VALUE -> names.attention().value();
            case OUTPUT -> names.attention().output();
            case GATE -> names.mlp().gate();
            case UP -> names.mlp().up();
            case DOWN -> names.mlp().down();
        };
    }
}
