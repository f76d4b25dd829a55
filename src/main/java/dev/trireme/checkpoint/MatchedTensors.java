package dev.trireme.checkpoint;

import dev.trireme.config.Sha256;
import dev.trireme.engine.ParameterInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The one-to-one mapping of tensors in files to parameters of the model. If there is none, all differences are
 * reported.
 */
final class MatchedTensors {
    private static final Set<DataType> READABLE = EnumSet.of(DataType.F32, DataType.F16, DataType.BF16);
    private static final int PIECE = 1 << 16;
    private static final int VALUES_OF_FINGERPRINT = 1 << 14;

    private final ModelTensors model;
    private final Map<ParameterInfo, StoredTensor> stored = new HashMap<>();
    private final Differences differences = new Differences();

    private MatchedTensors(ModelTensors model) {
        this.model = model;
    }

    static MatchedTensors of(WeightFiles files, ModelTensors model) {
        MatchedTensors matched = new MatchedTensors(model);
        Map<String, StoredTensor> present = matched.byPlainName(files);
        if (model.tied()) {
            matched.requireTied(present.remove(model.head()), present.get(model.embedding()));
        }
        for (ParameterInfo parameter : model.parameters()) {
            matched.match(parameter, present.remove(parameter.name()));
        }
        present.values().forEach(tensor -> matched.differ(tensor, "is not part of the model"));
        matched.differences.refuse(files.path() + ": does not fit config.json; use the one that belongs to it");
        return matched;
    }

    StoredTensor of(ParameterInfo parameter) {
        StoredTensor tensor = stored.get(parameter);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    parameter + " is not a parameter of the model in this folder; use its configuration");
        }
        return tensor;
    }

    /** A hash of the first values of each parameter, the same for float32 and for the same rounded to bfloat16. */
    String fingerprint() {
        MessageDigest digest = Sha256.digest();
        for (ParameterInfo parameter : model.parameters()) {
            digest.update(parameter.name().getBytes(StandardCharsets.UTF_8));
            of(parameter).addStart(digest, VALUES_OF_FINGERPRINT);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private Map<String, StoredTensor> byPlainName(WeightFiles files) {
        Map<String, StoredTensor> plain = new TreeMap<>();
        for (StoredTensor tensor : files.tensors().values()) {
            String name = model.plainName(tensor.entry().name());
            if (!model.constants().matcher(name).matches() && plain.putIfAbsent(name, tensor) != null) {
                differ(tensor, "is there with and without " + model.prefix());
            }
        }
        return plain;
    }

    /** Refuses a head that differs from the tied embedding: transformers would ignore it silently. */
    private void requireTied(@Nullable StoredTensor head, @Nullable StoredTensor embedding) {
        if (head != null && (embedding == null || !head.sameContent(embedding, PIECE))) {
            differ(head, "is not the same as " + model.embedding() + ", but the head of this model is tied to it");
        }
    }

    private void match(ParameterInfo parameter, @Nullable StoredTensor tensor) {
        if (tensor == null) {
            differences.add(parameter + " is missing");
        } else if (!tensor.entry().shape().equals(parameter.shape())) {
            differ(tensor, "should be " + parameter.shape());
        } else if (!READABLE.contains(tensor.entry().type())) {
            differ(tensor, "has a type that is not one of " + READABLE);
        } else {
            stored.put(parameter, tensor);
        }
    }

    private void differ(StoredTensor tensor, String how) {
        differences.add(tensor + " " + how);
    }
}
