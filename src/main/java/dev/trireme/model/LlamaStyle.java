package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.config.Requirements;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.AttentionConfig.Window;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The common part of LLaMA, Mistral and Qwen: RMS norm, rotary positions, SwiGLU, keys and tensor names. Linear weights
 * are (out, in), as PyTorch's {@code Linear} has them.
 */
abstract class LlamaStyle implements Family {
    private static final int WIDTH_STEP = 64;
    private static final int USUAL_WINDOW = 4096;
    private static final int USUAL_FULL_LAYERS = 28;
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final TensorNames NAMES = new TensorNames(
            new TensorNames.Ends("embed_tokens", "embed_positions", "norm", "lm_head"),
            "layers.",
            new TensorNames.Attention(
                    "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"),
            new TensorNames.HeadNorms("self_attn.q_norm", "self_attn.k_norm"),
            new TensorNames.Mlp("post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"));

    /** Which key gives which component of {@link ModelConfig}. */
    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("layers", "num_hidden_layers"),
            Map.entry("heads", "num_attention_heads"),
            Map.entry("kvHeads", "num_key_value_heads"),
            Map.entry("headWidth", "head_dim"),
            Map.entry("hidden", "hidden_size"),
            Map.entry("intermediate", "intermediate_size"),
            Map.entry("vocabulary", "vocab_size"),
            Map.entry("positions", "max_position_embeddings"),
            Map.entry("normEpsilon", "rms_norm_eps"),
            Map.entry("attentionDropout", "attention_dropout"),
            Map.entry("initializerRange", "initializer_range"));

    private final String name;
    private final String title;

    LlamaStyle(String name, String title) {
        this.name = name;
        this.title = title;
    }

    /** Of a fresh model. */
    abstract AttentionConfig attention(Heads heads);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String title() {
        return title;
    }

    @Override
    public final Map<String, String> keys() {
        return KEYS;
    }

    @Override
    public final ModelConfig fresh(
            ModelSizes sizes, int heads, Optional<Integer> kvHeads, Optional<Integer> intermediate) {
        Heads shared = Heads.sharing(heads, kvHeads.orElse(heads), sizes.hidden());
        return of(name, sizes, attention(shared), intermediate(sizes, intermediate));
    }

    /** A tied model with the usual constants, whose MLP has no biases. */
    static ModelConfig of(String family, ModelSizes sizes, AttentionConfig attention, int intermediate) {
        return new ModelConfig(
                sizes,
                new Architecture(
                        new NormConfig(NormConfig.Kind.RMS, 1e-6),
                        RotaryConfig.plain(10_000),
                        attention,
                        new MlpConfig(MlpConfig.Kind.SWIGLU, intermediate, false, false),
                        true),
                DropoutConfig.NONE,
                new InitialWeights(0.02, false),
                new FileFormat(
                        family, "model.", "(layers\\.[0-9]+\\.self_attn\\.)?rotary_emb\\.inv_freq", false, NAMES));
    }

    /** The wish, or a width whose three matrices are as large as two of 4 × hidden. */
    private static int intermediate(ModelSizes sizes, Optional<Integer> wish) {
        int steps = -Math.floorDiv(-8 * sizes.hidden(), 3 * WIDTH_STEP); // rounded up
        return wish.orElse(steps * WIDTH_STEP);
    }

    /** @param usualKeyValue what transformers takes for missing key heads; 0 for as many as query heads */
    static Heads heads(JsonFile json, int usualKeyValue) {
        int query = json.integer("num_attention_heads");
        int hidden = json.integer("hidden_size");
        // A number of heads below 1 must reach the check of Heads, not fail here.
        int divisor = Math.max(1, query);
        if (!json.has("head_dim") && hidden % divisor != 0) {
            throw json.refused("num_attention_heads", "a divisor of hidden_size " + hidden + ", or head_dim");
        }
        return heads(json, usualKeyValue, hidden / divisor);
    }

    /** @param usualWidth what transformers takes for a missing width */
    static Heads heads(JsonFile json, int usualKeyValue, int usualWidth) {
        int query = json.integer("num_attention_heads");
        boolean asMany = usualKeyValue == 0 || json.hasNull("num_key_value_heads");
        int keyValue = json.integer("num_key_value_heads", asMany ? query : usualKeyValue);
        return new Heads(query, keyValue, json.integer("head_dim", usualWidth));
    }

    /** @param usual what transformers takes for a missing one */
    static int window(JsonFile json, int usual) {
        int window = json.integer("sliding_window", usual);
        if (window < 1) {
            throw json.refused("sliding_window", "1 or more positions, or null");
        }
        return window;
    }

    /** The window that Qwen's models have after their first {@code max_window_layers}; in {@code layer_types} too, if written. */
    static Window windowOfLastLayers(JsonFile json) {
        int layers = json.integer("num_hidden_layers");
        boolean slides = json.flag("use_sliding_window", false) && !json.hasNull("sliding_window");
        int full = slides ? Math.min(layers, json.integer("max_window_layers", USUAL_FULL_LAYERS)) : layers;
        List<String> types = json.texts("layer_types");
        if (!types.isEmpty()) {
            int told = full;
            full = (int) types.stream().takeWhile(FULL::equals).count();
            boolean fits = types.size() == layers
                    && types.stream().skip(full).allMatch(SLIDING::equals)
                    && (slides || full == told);
            if (!fits) {
                throw json.refused(
                        "layer_types",
                        FULL + " for the first layers and " + SLIDING
                                + " for the others, if use_sliding_window is true");
            }
        }
        return full == layers ? Window.NONE : new Window(window(json, USUAL_WINDOW), full);
    }

    static void writeWindow(ModelConfig model, ObjectNode json) {
        Window window = model.architecture().attention().window();
        if (window.positions() == 0) {
            json.putNull("sliding_window");
        } else {
            json.put("sliding_window", window.positions());
        }
    }

    static void writeWindowOfLastLayers(ModelConfig model, ObjectNode json) {
        Window window = model.architecture().attention().window();
        boolean slides = window.positions() > 0;
        json.put("use_sliding_window", slides);
        json.put("max_window_layers", slides ? window.fullLayers() : model.layers());
        writeWindow(model, json);
    }

    /** All keys but those of attention. */
    final ModelConfig read(JsonFile json, AttentionConfig attention) {
        json.text("hidden_act", "silu", "silu", "swish"); // two names of one function
        ModelSizes sizes = new ModelSizes(
                json.integer("num_hidden_layers"),
                json.integer("hidden_size"),
                json.integer("vocab_size"),
                json.integer("max_position_embeddings"));
        ModelConfig usual = of(name, sizes, attention, json.integer("intermediate_size"));
        RotaryConfig rotary = RotaryKeys.read(json, sizes.positions());
        Requirements.that(rotary.theta() > 0, "rotary theta", rotary.theta(), "more than 0");
        Architecture read = usual.architecture()
                .withNorm(new NormConfig(NormConfig.Kind.RMS, json.number("rms_norm_eps", 1e-6)))
                .withRotary(rotary)
                .withTied(json.flag("tie_word_embeddings", false));
        return usual.withArchitecture(read)
                .withInitial(new InitialWeights(json.number("initializer_range", 0.02), false))
                .withDropout(
                        json.number("embd_pdrop", 0),
                        json.number("attention_dropout", 0),
                        json.number("resid_pdrop", 0));
    }

    static void write(ModelConfig model, String className, ObjectNode json) {
        json.putArray("architectures").add(className);
        json.put("num_hidden_layers", model.layers());
        json.put("num_attention_heads", model.heads().query());
        json.put("num_key_value_heads", model.heads().keyValue());
        json.put("head_dim", model.heads().width());
        json.put("hidden_size", model.hidden());
        json.put("intermediate_size", model.intermediate());
        json.put("max_position_embeddings", model.positions());
        json.put("hidden_act", "silu");
        RotaryKeys.write(model.architecture().rotary(), json);
        json.put("rms_norm_eps", model.architecture().norm().epsilon());
        json.put("attention_dropout", model.dropout().attention());
        // The last two are ours, for training; transformers has neither dropout in these families.
        json.put("embd_pdrop", model.dropout().embedding());
        json.put("resid_pdrop", model.dropout().residual());
    }
}
