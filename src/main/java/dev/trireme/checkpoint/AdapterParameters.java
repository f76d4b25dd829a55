package dev.trireme.checkpoint;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.Adapter;
import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The parts of an adapter on all stages of a model's copies as one store, for loading. */
public final class AdapterParameters implements ParameterStore {
    private final List<Location> locations = new ArrayList<>();

    private record Location(Adapter adapter, int index) {}

    /**
     * The parameters of several parts.
     *
     * @param parts one for each stage
     */
    public AdapterParameters(List<Adapter> parts) {
        NullChecks.require("parts", parts);
        for (Adapter part : parts) {
            for (int index = 0; index < part.parameters().size(); index++) {
                locations.add(new Location(part, index));
            }
        }
    }

    @Override
    public List<ParameterInfo> parameters() {
        return locations.stream()
                .map(location -> location.adapter().parameters().get(location.index()))
                .toList();
    }

    @Override
    public void write(int index, long first, ByteBuffer values) {
        NullChecks.require("values", values);
        locations.get(index).adapter().write(locations.get(index).index(), first, values);
    }

    @Override
    public void read(int index, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        throw new UnsupportedOperationException("an adapter of generation is not read back; its folder has it");
    }
}
