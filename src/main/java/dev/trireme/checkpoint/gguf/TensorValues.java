package dev.trireme.checkpoint.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** Provides the values of tensors as float32 in the order of the folder, with a few megabytes of memory. */
final class TensorValues {
    private static final int BAND = 1 << 22;

    private final GgufFile file;
    private final float[] piece = new float[GgufFile.PIECE];
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(GgufFile.PIECE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    TensorValues(GgufFile file) {
        this.file = file;
    }

    void appendTo(GgufTensor tensor, StoredTensor.Layout layout, Consumer<ByteBuffer> output) {
        if (layout instanceof StoredTensor.Rotary rotary) {
            appendRotary(tensor, rotary, output);
        } else if (layout instanceof StoredTensor.Transposed) {
            appendTransposed(tensor, output);
        } else {
            appendRange(tensor, 0, tensor.count(), output);
        }
    }

    private void appendRange(GgufTensor tensor, long begin, long end, Consumer<ByteBuffer> output) {
        for (long first = begin; first < end; first += GgufFile.PIECE) {
            int count = (int) Math.min(GgufFile.PIECE, end - first);
            file.read(tensor, first, count, piece);
            append(piece, count, output);
        }
    }

    private void append(float[] values, int count, Consumer<ByteBuffer> output) {
        for (int from = 0; from < count; from += GgufFile.PIECE) {
            int part = Math.min(GgufFile.PIECE, count - from);
            bytes.clear().asFloatBuffer().put(values, from, part);
            output.accept(bytes.limit(part * Float.BYTES));
        }
    }

    private void appendRotary(GgufTensor tensor, StoredTensor.Rotary rotary, Consumer<ByteBuffer> output) {
        boolean vector = tensor.shape().size() == 1;
        if (vector && tensor.type().blockValues() > 1) {
            throw file.malformed(tensor, "it is a vector of type " + tensor.type() + ", not of plain floats");
        }
        long row = vector ? 1 : tensor.rowLength();
        for (long target = 0; target < tensor.count() / row; target++) {
            long source = rotary.sourceRow(target) * row;
            appendRange(tensor, source, source + row, output);
        }
    }

    /** Transposes in bands of target rows; each band reads the whole source. */
    private void appendTransposed(GgufTensor tensor, Consumer<ByteBuffer> output) {
        int rows = Math.toIntExact(tensor.shape().get(0));
        int columns = Math.toIntExact(tensor.shape().get(1));
        int bandRows = Math.min(columns, Math.max(1, BAND / rows));
        float[] band = new float[Math.multiplyExact(bandRows, rows)];
        for (int begin = 0; begin < columns; begin += bandRows) {
            int end = Math.min(columns, begin + bandRows);
            for (int row = 0; row < rows; row++) {
                fill(band, tensor, row, begin, end);
            }
            append(band, (end - begin) * rows, output);
        }
    }

    /** Puts columns {@code begin} to {@code end} of a source's row into a column of the band. */
    private void fill(float[] band, GgufTensor tensor, int row, int begin, int end) {
        int rows = Math.toIntExact(tensor.shape().get(0));
        int columns = Math.toIntExact(tensor.shape().get(1));
        // Pieces begin at multiples of the largest block.
        for (int first = begin / GgufFile.PIECE * GgufFile.PIECE; first < end; first += GgufFile.PIECE) {
            int count = Math.min(GgufFile.PIECE, columns - first);
            file.read(tensor, (long) row * columns + first, count, piece);
            for (int column = Math.max(first, begin); column < Math.min(first + count, end); column++) {
                band[(column - begin) * rows + row] = piece[column - first];
            }
        }
    }
}
