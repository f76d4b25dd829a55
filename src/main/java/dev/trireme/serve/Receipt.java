package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Sha256;
import dev.trireme.generate.Completion;
import dev.trireme.generate.TextRun;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * What proves an answer: who computes it again from the same request can say whether every byte is equal.
 *
 * <pre>
 *   weights, tokenizer, template, adapter, config, dtype, arithmetic, version   of the server: Fingerprints
 *   time, seed                                                  what the server added to the request; of embeddings, time
 *   request                                                     SHA-256 of its path, its time, and its body with the seed
 *   tokens, log_probabilities                                   SHA-256 of all choices' ids and of their float64 bits
 *   vectors                                                     of embeddings instead of these: SHA-256 of their float32 bits
 * </pre>
 */
final class Receipt {
    static final String REQUEST = "request";

    private Receipt() {}

    static ObjectNode ofTexts(Fingerprints server, CallStamp call, List<TextRun> runs) {
        MessageDigest tokens = Sha256.digest();
        MessageDigest probabilities = Sha256.digest();
        for (TextRun run : runs) {
            for (Completion choice : run.answer().choices()) {
                add(tokens, ints(choice.ids()));
                add(probabilities, doubles(choice.logProbabilities()));
            }
            add(probabilities, doubles(run.answer().promptLogProbabilities()));
        }
        String adapter = runs.get(0).request().adapter(); // a call has one
        return server.json(adapter)
                .put("time", call.time())
                .put("seed", call.seed())
                .put(REQUEST, call.request())
                .put("tokens", HexFormat.of().formatHex(tokens.digest()))
                .put("log_probabilities", HexFormat.of().formatHex(probabilities.digest()));
    }

    static ObjectNode ofVectors(Fingerprints server, CallStamp call, List<float[]> vectors) {
        MessageDigest bits = Sha256.digest();
        vectors.forEach(vector -> add(bits, floats(vector)));
        return server.json("")
                .put("time", call.time())
                .put(REQUEST, call.request())
                .put("vectors", HexFormat.of().formatHex(bits.digest()));
    }

    /** Its length first, so that two lists are never taken for others. */
    private static void add(MessageDigest digest, ByteBuffer bytes) {
        digest.update(
                ByteBuffer.allocate(Integer.BYTES).putInt(bytes.remaining()).flip());
        digest.update(bytes);
    }

    private static ByteBuffer ints(int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
        bytes.asIntBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer floats(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer doubles(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES);
        bytes.asDoubleBuffer().put(values);
        return bytes;
    }
}
