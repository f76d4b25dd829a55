package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which tensor of a file is which parameter of a GPT-2: one to one, or all differences are told. */
final class MatchedTensors {
    private static final Set<DataType> READABLE = EnumSet.of(DataType.F32, DataType.F16, DataType.BF16);
    /** The causal mask, which older files hold too. */
    private static final Pattern MASK = Pattern.compile("h\\.[0-9]+\\.attn\\.(masked_)?bias");

    private static final String EMBEDDING = "wte.weight";
    private static final String HEAD = "lm_head.weight";
    private static final int MOST_SHOWN = 200;
    private static final int PIECE = 1 << 16;

    private final Path file;
    private final Map<ParameterInfo, TensorEntry> entries = new HashMap<>();
    private final List<String> differences = new ArrayList<>();

    private MatchedTensors(Path file) {
        this.file = file;
    }

    static MatchedTensors of(Path file, SafetensorsReader reader, List<ParameterInfo> expected) {
        MatchedTensors matched = new MatchedTensors(file);
        Map<String, TensorEntry> present = matched.byPlainName(reader);
        matched.requireTied(reader, present.remove(HEAD), present.get(EMBEDDING));
        for (ParameterInfo parameter : expected) {
            matched.match(parameter, present.remove(parameter.name()));
        }
        present.values().forEach(entry -> matched.differ(entry, "is not part of the model"));
        matched.refuseDifferences();
        return matched;
    }

    TensorEntry entry(ParameterInfo parameter) {
        TensorEntry entry = entries.get(parameter);
        if (entry == null) {
            throw new IllegalArgumentException(
                    parameter + " is not a parameter of " + file + "; use its configuration");
        }
        return entry;
    }

    private Map<String, TensorEntry> byPlainName(SafetensorsReader reader) {
        Map<String, TensorEntry> plain = new TreeMap<>();
        for (TensorEntry entry : reader.tensors().values()) {
            String name = entry.name();
            if (name.startsWith(Gpt2Tensors.PREFIX)) {
                name = name.substring(Gpt2Tensors.PREFIX.length());
            }
            if (!MASK.matcher(name).matches() && plain.putIfAbsent(name, entry) != null) {
                differ(entry, "is there with and without " + Gpt2Tensors.PREFIX);
            }
        }
        return plain;
    }

    /** transformers ties the head to the embedding whatever the file says; another head would be lost in silence. */
    private void requireTied(SafetensorsReader reader, @Nullable TensorEntry head, @Nullable TensorEntry embedding) {
        if (head != null && (embedding == null || !sameContent(reader, head, embedding))) {
            differ(head, "is not the same as " + EMBEDDING + ", but the head of a GPT-2 is tied to it");
        }
    }

    private static boolean sameContent(SafetensorsReader reader, TensorEntry one, TensorEntry other) {
        if (one.type() != other.type() || !one.shape().equals(other.shape())) {
            return false;
        }
        for (long offset = 0; offset < one.bytes(); offset += PIECE) {
            int count = (int) Math.min(PIECE, one.bytes() - offset);
            ByteBuffer left = ByteBuffer.allocate(count);
            ByteBuffer right = ByteBuffer.allocate(count);
            reader.read(one, offset, left);
            reader.read(other, offset, right);
            if (!left.flip().equals(right.flip())) {
                return false;
            }
        }
        return true;
    }

    private void match(ParameterInfo parameter, @Nullable TensorEntry entry) {
        if (entry == null) {
            differences.add(parameter + " is missing");
        } else if (!entry.shape().equals(parameter.shape())) {
            differ(entry, "should be " + parameter.shape());
        } else if (!READABLE.contains(entry.type())) {
            differ(entry, "has a type that is not one of " + READABLE);
        } else {
            entries.put(parameter, entry);
        }
    }

    private void differ(TensorEntry entry, String how) {
        differences.add(
                entry.name() + " (" + entry.type() + " " + entry.shape() + " at byte " + entry.begin() + ") " + how);
    }

    private void refuseDifferences() {
        if (differences.isEmpty()) {
            return;
        }
        int shown = Math.min(MOST_SHOWN, differences.size());
        String more = shown < differences.size() ? "\n  and " + (differences.size() - shown) + " more" : "";
        throw new BadInputException(file + ": does not fit config.json; use the one that belongs to it:\n  "
                + String.join("\n  ", differences.subList(0, shown)) + more);
    }
}
