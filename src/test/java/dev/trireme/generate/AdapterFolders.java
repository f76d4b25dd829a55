package dev.trireme.generate;

import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Adapters of random numbers. */
public final class AdapterFolders {
    private AdapterFolders() {}

    /**
     * Writes one.
     *
     * @param targets as the command line has them
     * @return the folder
     */
    public static Path write(Path folder, ModelConfig base, String targets, int rank, long seed) {
        ModelConfig model = base.withTuning(Tuning.of(new LoraConfig(rank, 2, LoraTarget.parse(targets, base), 0)));
        Random random = new Random(seed);
        try (Stage stage = Stage.open(model, 0, model.layers(), Device.CPU)) {
            for (int i = 0; i < stage.parameters().size(); i++) {
                ParameterInfo parameter = stage.parameters().get(i);
                if (parameter.isLowRank()) {
                    ByteBuffer values = ByteBuffer.allocateDirect((int) parameter.count() * Float.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN);
                    while (values.hasRemaining()) {
                        values.putFloat((float) random.nextGaussian());
                    }
                    stage.write(i, 0, values.flip());
                }
            }
            AdapterFolder.Base unknown = new AdapterFolder.Base("tiny", "");
            AdapterFolder.save(
                    folder, model, unknown, StageParameters.ofUpdates(List.of(stage)), DataType.F32, next -> {});
        }
        return folder;
    }
}
