package dev.trireme.checkpoint.gguf;

import dev.trireme.engine.ParameterInfo;
import java.util.List;

/**
 * A tensor of the folder and its source in the GGUF file.
 *
 * @param source its name in the GGUF file
 * @param target its name and shape in the folder, (out, in) or (in, out) as Hugging Face has them
 * @param layout how the values of the source become those of the target
 */
record StoredTensor(String source, ParameterInfo target, Layout layout) {
    /** The change of layout by llama.cpp's converter, which is undone here. */
    sealed interface Layout {
        /** The shape that the source has. */
        default List<Long> source(List<Long> target) {
            return target;
        }
    }

    /** No change. */
    record Same() implements Layout {}

    /** Transposed: GPT-2's linear weights are (in, out) at Hugging Face. */
    record Transposed() implements Layout {
        @Override
        public List<Long> source(List<Long> target) {
            return List.of(target.get(1), target.get(0));
        }
    }

    /**
     * Reordered rows: rotary embeddings rotate rows i and i + w/2 of a head of width w at Hugging Face, but rows 2i and
     * 2i + 1 in GGUF files.
     *
     * @param headWidth rows of a head
     */
    record Rotary(int headWidth) implements Layout {
        /** The row of the source that becomes row {@code row} of the target. */
        long sourceRow(long row) {
            long head = row / headWidth * headWidth;
            long half = headWidth / 2;
            long inHead = row % headWidth;
            return head + inHead % half * 2 + inHead / half;
        }
    }

    static StoredTensor same(String source, String target, Long... shape) {
        return new StoredTensor(source, new ParameterInfo(target, List.of(shape)), new Same());
    }
}
