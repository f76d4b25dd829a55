package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The frequencies of rotary embeddings: base and scaling. A file has no keys for LLaMA 3.1's scaling, only a tensor of
 * factors, which is compared with the factors of its known constants.
 */
final class RopeFrequencies {
    static final String TENSOR = "rope_freqs.weight";

    // Of LLaMA 3.1, 3.2 and 3.3; only the factor differs.
    private static final double LOW = 1;
    private static final double HIGH = 4;
    private static final int ORIGINAL_POSITIONS = 8192;
    private static final double TOLERANCE = 1e-4;

    private RopeFrequencies() {}

    static void write(FamilyKeys keys, int headWidth, ObjectNode json) {
        double theta = keys.number("rope.freq_base", 10_000);
        ObjectNode rope = json.objectNode();
        if (keys.hasTensor(TENSOR)) {
            double factor = llama3Factor(keys, headWidth, theta);
            rope.put("rope_type", "llama3")
                    .put("factor", factor)
                    .put("low_freq_factor", LOW)
                    .put("high_freq_factor", HIGH)
                    .put("original_max_position_embeddings", ORIGINAL_POSITIONS);
        } else if (linearFactor(keys) != 1) {
            rope.put("rope_type", "linear").put("factor", linearFactor(keys));
        }
        json.put("rope_theta", theta);
        boolean plain = rope.isEmpty();
        json.set("rope_scaling", plain ? null : rope.deepCopy());
        json.set("rope_parameters", (plain ? rope.put("rope_type", "default") : rope).put("rope_theta", theta));
    }

    private static double linearFactor(FamilyKeys keys) {
        String type = keys.name("rope.scaling.type");
        GgufMetadata metadata = keys.file().metadata();
        String named = metadata.text(type, "linear");
        if (!named.equals("linear") && !named.equals("none")) {
            throw metadata.refused(type, "none or linear");
        }
        double factor = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 1));
        return named.equals("none") || factor == 0 ? 1 : factor;
    }

    /** The factor of LLaMA 3.1's scaling that gives the tensor's values. */
    private static double llama3Factor(FamilyKeys keys, int headWidth, double theta) {
        GgufTensor tensor = keys.file().tensors().get(TENSOR);
        int count = headWidth / 2;
        if (tensor == null || tensor.count() != count || tensor.type() != GgufType.F32 || count > GgufFile.PIECE) {
            throw keys.file()
                    .bad("tensor " + TENSOR + " does not have " + count + " float32 values; get the file again");
        }
        float[] factors = new float[count];
        keys.file().read(tensor, 0, count, factors);
        double factor = 1;
        for (float value : factors) {
            factor = Math.max(factor, value);
        }
        for (int i = 0; i < count; i++) {
            double expected = llama3(Math.pow(theta, -2.0 * i / headWidth), factor);
            if (Math.abs(factors[i] - expected) > TOLERANCE * expected) {
                throw keys.file()
                        .malformed(
                                tensor,
                                "value " + i + " is " + factors[i] + ", but LLaMA 3.1's scaling by " + factor
                                        + " gives " + expected + "; Trireme knows only that scaling");
            }
        }
        return factor;
    }

    /** The divisor of {@code frequency}, which is in radians a position. */
    private static double llama3(double frequency, double factor) {
        double turns = ORIGINAL_POSITIONS * frequency / (2 * Math.PI);
        if (turns > HIGH) {
            return 1;
        }
        if (turns < LOW) {
            return factor;
        }
        double share = (turns - LOW) / (HIGH - LOW);
        return 1 / ((1 - share) / factor + share);
    }
}
