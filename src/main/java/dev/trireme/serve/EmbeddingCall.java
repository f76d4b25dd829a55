package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Embeddings;
import dev.trireme.generate.TextModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * {@code POST /v1/embeddings}: vectors of texts or token ids. Beyond OpenAI's fields: {@code pooling}, {@code mean} or
 * {@code last}, and {@code normalize}, true unless said.
 *
 * @param inputs ids of each text
 * @param how their states become vectors
 * @param format of the vectors in JSON, {@code float} or {@code base64}
 */
record EmbeddingCall(List<int[]> inputs, Embeddings how, String format) {
    static final String PATH = "/v1/embeddings";

    private static final Map<String, Embeddings.Pooling> POOLINGS =
            Map.of("mean", Embeddings.Pooling.MEAN, "last", Embeddings.Pooling.LAST);

    private static final int MOST_INPUTS = 2048; // OpenAI's

    static EmbeddingCall read(ObjectNode body, TextModel model) {
        Fields fields = new Fields(body, "");
        if (!model.adapter(fields.model(model)).isEmpty()) {
            throw ApiException.unsupported("model", "Embeddings of adapters are not supported; ask for the model.");
        }
        fields.ignore("user");
        String format = fields.text("encoding_format").orElse("float");
        fields.require("encoding_format", List.of("float", "base64").contains(format), "\"float\" or \"base64\"");
        int width = model.engine().config().model().hidden();
        int dimensions = fields.integer("dimensions", 1, Integer.MAX_VALUE).orElse(width);
        fields.require("dimensions", dimensions == width, width + ", the model's own; vectors are not cut");
        String pooling = fields.text("pooling").orElse("mean");
        fields.require("pooling", POOLINGS.containsKey(pooling), "\"mean\" or \"last\"");
        boolean normalized = fields.value("normalize").isEmpty() || fields.flag("normalize");
        List<int[]> inputs = CompletionCall.prompts(fields, "input", MOST_INPUTS, model);
        fields.requireNoOthers();
        for (int[] input : inputs) {
            if (input.length > model.positions()) {
                throw ApiException.tooLong(
                        "input",
                        "This model's maximum context length is " + model.positions()
                                + " tokens. However, an input has " + input.length + "; shorten it.");
            }
        }
        Embeddings how = new Embeddings(POOLINGS.getOrDefault(pooling, Embeddings.Pooling.MEAN), normalized);
        return new EmbeddingCall(inputs, how, format);
    }

    List<float[]> vectors(TextModel model) {
        return how.of(model.engine(), inputs);
    }

    int tokens() {
        return inputs.stream().mapToInt(input -> input.length).sum();
    }

    ObjectNode json(TextModel model, List<float[]> vectors) {
        ObjectNode root =
                JsonNodeFactory.instance.objectNode().put("object", "list").put("model", model.name());
        root.putArray("data");
        for (int i = 0; i < vectors.size(); i++) {
            ObjectNode one = root.withArray("data")
                    .addObject()
                    .put("object", "embedding")
                    .put("index", i);
            if (format.equals("base64")) {
                one.put("embedding", base64(vectors.get(i)));
            } else {
                one.putArray("embedding");
                for (float value : vectors.get(i)) {
                    one.withArray("embedding").add(value);
                }
            }
        }
        root.putObject("usage").put("prompt_tokens", tokens()).put("total_tokens", tokens());
        return root;
    }

    /** Float32, the lowest byte first. */
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
