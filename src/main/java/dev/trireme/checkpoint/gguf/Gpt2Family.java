package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.engine.ParameterInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** GPT-2, whose linear weights are (out, in) in a GGUF file and (in, out) at Hugging Face. */
final class Gpt2Family {
    private final FamilyKeys keys;
    private final long hidden;
    private final List<StoredTensor> tensors = new ArrayList<>();

    private Gpt2Family(FamilyKeys keys) {
        this.keys = keys;
        this.hidden = keys.hidden();
    }

    static GgufModel of(GgufFile file, String architecture) {
        Gpt2Family family = new Gpt2Family(new FamilyKeys(file, architecture));
        boolean tied = family.headIsEmbedding();
        family.addTensors();
        if (!tied) {
            family.tensors.add(StoredTensor.same(
                    FamilyKeys.HEAD, "lm_head.weight", (long) family.keys.vocabulary(), family.hidden));
        }
        return new GgufModel(family.config(tied), List.copyOf(family.tensors));
    }

    private void addTensors() {
        long intermediate = keys.intermediate();
        String top = "transformer.";
        tensors.add(StoredTensor.same(FamilyKeys.EMBEDDING, top + "wte.weight", (long) keys.vocabulary(), hidden));
        tensors.add(StoredTensor.same("position_embd.weight", top + "wpe.weight", (long) keys.positions(), hidden));
        for (int layer = 0; layer < keys.layers(); layer++) {
            String from = "blk." + layer + ".";
            String to = top + "h." + layer + ".";
            addNorm(from + "attn_norm", to + "ln_1");
            addLinear(from + "attn_qkv", to + "attn.c_attn", hidden, 3 * hidden);
            addLinear(from + "attn_output", to + "attn.c_proj", hidden, hidden);
            addNorm(from + "ffn_norm", to + "ln_2");
            addLinear(from + "ffn_up", to + "mlp.c_fc", hidden, intermediate);
            addLinear(from + "ffn_down", to + "mlp.c_proj", intermediate, hidden);
        }
        addNorm("output_norm", top + "ln_f");
    }

    private void addLinear(String from, String to, long in, long out) {
        ParameterInfo weight = new ParameterInfo(to + ".weight", List.of(in, out));
        tensors.add(new StoredTensor(from + ".weight", weight, new StoredTensor.Transposed()));
        tensors.add(StoredTensor.same(from + ".bias", to + ".bias", out));
    }

    private void addNorm(String from, String to) {
        tensors.add(StoredTensor.same(from + ".weight", to + ".weight", hidden));
        tensors.add(StoredTensor.same(from + ".bias", to + ".bias", hidden));
    }

    /** Older converters write the embedding a second time as the head. */
    private boolean headIsEmbedding() {
        GgufTensor head = keys.file().tensors().get(FamilyKeys.HEAD);
        GgufTensor embedding = keys.file().tensors().get(FamilyKeys.EMBEDDING);
        if (head == null || embedding == null) {
            return true;
        }
        if (!head.shape().equals(embedding.shape())) {
            return false;
        }
        float[] ours = new float[GgufFile.PIECE];
        float[] theirs = new float[GgufFile.PIECE];
        for (long first = 0; first < head.count(); first += GgufFile.PIECE) {
            int count = (int) Math.min(GgufFile.PIECE, head.count() - first);
            keys.file().read(head, first, count, ours);
            keys.file().read(embedding, first, count, theirs);
            if (Arrays.mismatch(ours, 0, count, theirs, 0, count) >= 0) {
                return false;
            }
        }
        return true;
    }

    private ObjectNode config(boolean tied) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", "gpt2");
        json.putArray("architectures").add("GPT2LMHeadModel");
        json.put("n_layer", keys.layers());
        json.put("n_head", keys.heads());
        json.put("n_embd", hidden);
        json.put("n_inner", keys.intermediate());
        json.put("n_positions", keys.positions());
        json.put("activation_function", "gelu_new");
        json.put("layer_norm_epsilon", keys.number("attention.layer_norm_epsilon"));
        json.put("torch_dtype", "float32");
        json.put("vocab_size", keys.vocabulary());
        json.put("initializer_range", 0.02);
        return json.put("tie_word_embeddings", tied);
    }
}
