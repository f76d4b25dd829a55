package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Function;

/** Parameters in files, to be read one by one. */
record StoredParameters(List<ParameterInfo> parameters, Function<ParameterInfo, StoredTensor> tensors)
        implements ParameterStore {
    @Override
    public void write(int index, long first, ByteBuffer values) {
        throw new UnsupportedOperationException("a file is written as a whole");
    }

    @Override
    public void read(int index, ByteBuffer values) {
        ByteBuffer all = values.slice();
        for (TensorPiece piece : TensorPiece.of(index, tensors.apply(parameters.get(index)))) {
            int begin = Math.toIntExact(piece.first() * Float.BYTES);
            piece.read(all.slice(begin, piece.bytes()).order(ByteOrder.LITTLE_ENDIAN));
        }
        values.position(values.limit());
    }
}
