package dev.trireme.checkpoint.gguf;

import java.util.List;

/** The metadata keys that begin with the architecture, for example {@code llama.block_count}. */
record FamilyKeys(GgufFile file, String architecture) {
    static final String EMBEDDING = "token_embd.weight";
    static final String HEAD = "output.weight";

    /** Keys that change the computation in a way that is not implemented. */
    private static final List<String> REFUSED = List.of(
            "expert_count",
            "logit_scale",
            "residual_scale",
            "embedding_scale",
            "attention.scale",
            "attention.clamp_kqv",
            "attention.temperature_scale",
            "attn_logit_softcapping",
            "final_logit_softcapping",
            "attention.max_alibi_bias");

    FamilyKeys {
        for (String key : REFUSED) {
            String name = architecture + "." + key;
            GgufValue value = file.metadata().keys().get(name);
            if (value != null && !List.of(0L, 0.0, 1.0).contains(value.content())) {
                throw file.metadata().refused(name, "a model without it");
            }
        }
    }

    String name(String key) {
        return architecture + "." + key;
    }

    boolean has(String key) {
        return file.metadata().has(name(key));
    }

    int whole(String key, int most) {
        return file.metadata().whole(name(key), 1, most);
    }

    int whole(String key, int most, int otherwise) {
        return file.metadata().whole(name(key), 1, most, otherwise);
    }

    double number(String key) {
        return file.metadata().number(name(key));
    }

    double number(String key, double otherwise) {
        return file.metadata().number(name(key), otherwise);
    }

    int layers() {
        return whole("block_count", 10_000);
    }

    int hidden() {
        return whole("embedding_length", 1 << 20);
    }

    int heads() {
        return whole("attention.head_count", 1 << 20);
    }

    int positions() {
        return whole("context_length", 1 << 24);
    }

    int intermediate() {
        return whole("feed_forward_length", 1 << 24);
    }

    /** The rows of the token embedding. */
    int vocabulary() {
        GgufTensor embedding = file.tensors().get(EMBEDDING);
        if (embedding == null) {
            throw file.bad("has no tensor " + EMBEDDING + "; give the file of a whole model");
        }
        int rows = (int) Math.min(embedding.shape().get(0), Integer.MAX_VALUE);
        if (has("vocab_size") && whole("vocab_size", 10_000_000) != rows) {
            throw file.metadata().refused(name("vocab_size"), rows + ", the rows of " + EMBEDDING);
        }
        return rows;
    }

    boolean hasTensor(String name) {
        return file.tensors().containsKey(name);
    }
}
