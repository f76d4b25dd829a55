package dev.trireme.checkpoint.gguf;

import dev.trireme.engine.ParameterInfo;
import java.util.List;

/**
 * A tensor of the folder, and where its values come from.
 *
 * @param source its name in the GGUF file
 * @param target its name and shape in the folder, (out, in) or (in, out) as Hugging Face has them
 * @param layout how the values of the source become those of the target
 */
record StoredTensor(String source, ParameterInfo target, Layout layout) {
    /** What llama.cpp's converter does to a tensor, so what has to be undone. */
    sealed interface Layout {
        /** The shape that the source has. */
        default List<Long> source(List<Long> target) {
            return target;
        }
    }

    /** The values as they are. */
    record Same() implements Layout {}

    /** Rows and columns change places: GPT-2's linear weights are (in, out) at Hugging Face. */
    record Transposed() implements Layout {
        @Override
        public List<Long> source(List<Long> target) {
            return List.of(target.get(1), target.get(0));
        }
    }

    /**
     * Rotary embeddings turn rows i and i + w/2 of a head of width w at Hugging Face, but rows 2i and 2i + 1 here.
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
