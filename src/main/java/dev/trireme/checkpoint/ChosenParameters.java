package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Some parameters of a store. */
record ChosenParameters(ParameterStore store, List<Integer> indices) implements ParameterStore {
    static ChosenParameters of(ParameterStore store, Predicate<ParameterInfo> chosen) {
        List<ParameterInfo> all = store.parameters();
        return new ChosenParameters(
                store,
                IntStream.range(0, all.size())
                        .filter(index -> chosen.test(all.get(index)))
                        .boxed()
                        .toList());
    }

    @Override
    public List<ParameterInfo> parameters() {
        List<ParameterInfo> all = store.parameters();
        return indices.stream().map(all::get).toList();
    }

    @Override
    public void write(int index, long first, ByteBuffer values) {
        store.write(indices.get(index), first, values);
    }

    @Override
    public void read(int index, ByteBuffer values) {
        store.read(indices.get(index), values);
    }
}
