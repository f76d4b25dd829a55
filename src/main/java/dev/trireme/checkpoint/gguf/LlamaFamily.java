package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.engine.ParameterInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * LLaMA, Mistral, Qwen2 and Qwen3: RMS norms, rotary embeddings, gated MLPs. Mistral's files call themselves llama.
 *
 * <pre>
 *   blk.0.   attn_norm  attn_q  attn_k  attn_v  attn_output  ffn_norm  ffn_gate  ffn_up  ffn_down
 *            q and k of llama files have their rows in another order; qwen2 has biases of q, k and v, qwen3 norms of q, k
 * </pre>
 */
final class LlamaFamily {
    private static final String SLIDING_WINDOW = "attention.sliding_window";

    private final FamilyKeys keys;
    private final boolean isLlama;
    private final boolean isQwen2;
    private final boolean isQwen3;
    private final int hidden;
    private final int heads;
    private final int keyHeads;
    private final int headWidth;
    private final List<StoredTensor> tensors = new ArrayList<>();

    private LlamaFamily(FamilyKeys keys) {
        this.keys = keys;
        this.isLlama = keys.architecture().equals("llama");
        this.isQwen2 = keys.architecture().equals("qwen2");
        this.isQwen3 = keys.architecture().equals("qwen3");
        this.hidden = keys.hidden();
        this.heads = keys.heads();
        this.keyHeads = keys.whole("attention.head_count_kv", heads, heads);
        this.headWidth = headWidth();
    }

    static GgufModel of(GgufFile file, String architecture) {
        LlamaFamily family = new LlamaFamily(new FamilyKeys(file, architecture));
        family.addTensors();
        return new GgufModel(family.config(), List.copyOf(family.tensors));
    }

    private int headWidth() {
        int rotary = keys.whole("rope.dimension_count", 1 << 16, Math.max(1, hidden / heads));
        int width = keys.whole("attention.key_length", 1 << 16, rotary);
        int values = keys.whole("attention.value_length", 1 << 16, width);
        if (keys.has("rope.dimension_count") && rotary != width) {
            throw refused("rope.dimension_count", "attention.key_length " + width);
        }
        if (values != width) {
            throw refused("attention.value_length", "attention.key_length " + width);
        }
        if (width % 2 != 0) {
            throw refused("rope.dimension_count", "an even width of a head, not " + width);
        }
        return width;
    }

    private void addTensors() {
        long vocabulary = keys.vocabulary();
        tensors.add(StoredTensor.same(FamilyKeys.EMBEDDING, "model.embed_tokens.weight", vocabulary, (long) hidden));
        for (int layer = 0; layer < keys.layers(); layer++) {
            String from = "blk." + layer + ".";
            String to = "model.layers." + layer + ".";
            addNorm(from + "attn_norm", to + "input_layernorm", hidden);
            addAttention(from, to + "self_attn.");
            addNorm(from + "ffn_norm", to + "post_attention_layernorm", hidden);
            addMlp(from, to + "mlp.");
        }
        addNorm("output_norm", "model.norm", hidden);
        if (keys.hasTensor(FamilyKeys.HEAD)) {
            tensors.add(StoredTensor.same(FamilyKeys.HEAD, "lm_head.weight", vocabulary, (long) hidden));
        }
    }

    private void addAttention(String from, String to) {
        long queries = (long) heads * headWidth;
        long pairs = (long) keyHeads * headWidth;
        StoredTensor.Layout turned = isLlama ? new StoredTensor.Rotary(headWidth) : new StoredTensor.Same();
        StoredTensor.Layout same = new StoredTensor.Same();
        boolean bias = isQwen2 || hasAttentionBias();
        addLinear(from + "attn_q", to + "q_proj", List.of(queries, (long) hidden), turned, bias);
        addLinear(from + "attn_k", to + "k_proj", List.of(pairs, (long) hidden), turned, bias);
        addLinear(from + "attn_v", to + "v_proj", List.of(pairs, (long) hidden), same, bias);
        addLinear(from + "attn_output", to + "o_proj", List.of((long) hidden, queries), same, hasAttentionBias());
        if (isQwen3) {
            addNorm(from + "attn_q_norm", to + "q_norm", headWidth);
            addNorm(from + "attn_k_norm", to + "k_norm", headWidth);
        }
    }

    private void addMlp(String from, String to) {
        StoredTensor.Layout same = new StoredTensor.Same();
        List<Long> up = List.of((long) keys.intermediate(), (long) hidden);
        List<Long> down = List.of((long) hidden, (long) keys.intermediate());
        addLinear(from + "ffn_gate", to + "gate_proj", up, same, hasMlpBias());
        addLinear(from + "ffn_up", to + "up_proj", up, same, hasMlpBias());
        addLinear(from + "ffn_down", to + "down_proj", down, same, hasMlpBias());
    }

    private void addLinear(String from, String to, List<Long> shape, StoredTensor.Layout layout, boolean bias) {
        tensors.add(new StoredTensor(from + ".weight", new ParameterInfo(to + ".weight", shape), layout));
        if (bias) {
            ParameterInfo target = new ParameterInfo(to + ".bias", shape.subList(0, 1));
            tensors.add(new StoredTensor(from + ".bias", target, layout));
        }
    }

    private void addNorm(String from, String to, long width) {
        tensors.add(StoredTensor.same(from + ".weight", to + ".weight", width));
    }

    private boolean hasAttentionBias() {
        return isLlama && keys.hasTensor("blk.0.attn_q.bias");
    }

    private boolean hasMlpBias() {
        return isLlama && keys.hasTensor("blk.0.ffn_up.bias");
    }

    private ObjectNode config() {
        String type = isMistral() ? "mistral" : keys.architecture();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", type);
        json.putArray("architectures").add(Character.toUpperCase(type.charAt(0)) + type.substring(1) + "ForCausalLM");
        json.put("num_hidden_layers", keys.layers());
        json.put("num_attention_heads", heads);
        json.put("num_key_value_heads", keyHeads);
        json.put("hidden_size", hidden);
        json.put("intermediate_size", keys.intermediate());
        json.put("max_position_embeddings", keys.positions());
        json.put("hidden_act", "silu");
        json.put("rms_norm_eps", keys.number("attention.layer_norm_rms_epsilon"));
        json.put("attention_dropout", 0.0);
        RopeFrequencies.write(keys, headWidth, json);
        putOwnKeys(type, json);
        json.put("torch_dtype", "float32");
        json.put("vocab_size", keys.vocabulary());
        json.put("initializer_range", 0.02);
        return json.put("tie_word_embeddings", !keys.hasTensor(FamilyKeys.HEAD));
    }

    private void putOwnKeys(String type, ObjectNode json) {
        if (!isQwen2) {
            json.put("head_dim", headWidth);
        } else if ((long) headWidth * heads != hidden) {
            throw refused("embedding_length", heads + " heads of width " + headWidth);
        }
        switch (type) {
            case "llama" -> json.put("attention_bias", hasAttentionBias()).put("mlp_bias", hasMlpBias());
            case "mistral" -> {
                // Left out, it would be 4096 to transformers.
                if (keys.has(SLIDING_WINDOW)) {
                    json.put("sliding_window", keys.whole(SLIDING_WINDOW, Integer.MAX_VALUE));
                } else {
                    json.putNull("sliding_window");
                }
            }
            case "qwen3" -> json.put("attention_bias", false).put("use_sliding_window", false);
            default -> json.put("use_sliding_window", false);
        }
    }

    private boolean isMistral() {
        if (!isLlama || hasAttentionBias() || hasMlpBias()) {
            return false;
        }
        String name = keys.file().metadata().text("general.name", "").toLowerCase(Locale.ROOT);
        return keys.has(SLIDING_WINDOW) || name.contains("mistral");
    }

    private IllegalArgumentException refused(String key, String needed) {
        return keys.file().metadata().refused(keys.name(key), needed);
    }
}
