package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The parameters of a stage, to be filled from files or written to them.
 *
 * @param stage whose
 */
public record StageParameters(Stage stage) implements ParameterStore {
    @Override
    public List<ParameterInfo> parameters() {
        return stage.parameters();
    }

    @Override
    public void write(int index, long first, ByteBuffer values) {
        stage.write(index, first, values);
    }

    @Override
    public void read(int index, ByteBuffer values) {
        stage.read(index, values);
    }
}
