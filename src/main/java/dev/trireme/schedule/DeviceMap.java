package dev.trireme.schedule;

import dev.trireme.config.HalfLayers;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The split of a model into stages: the layers of each. The embedding is always on the first stage, the final norm and
 * the head on the last.
 *
 * <pre>
 *   split 5,7      stage 0: embedding, layers 0 to 4      stage 1: layers 5 to 11, norm, head
 *   split 4,0      stage 0: embedding, layers 0 to 3      stage 1: norm, head
 *   split 3.5,0.5  stage 0: embedding, layers 0 to 2,     stage 1: MLP of layer 3, norm, head
 *                           attention of layer 3
 * </pre>
 *
 * <p>With several stages on a device (an interleaved schedule) there is a range for every stage; stage {@code s} is on
 * device {@code s mod devices}.
 *
 * @param ranges in the order of the stages; only the first and the last of several may be empty
 */
public record DeviceMap(List<LayerRange> ranges) {
    /**
     * Checks that the ranges follow each other from layer 0 on and end with a whole one.
     *
     * @throws IllegalArgumentException naming the stage at fault
     */
    public DeviceMap {
        Objects.requireNonNull(ranges, "ranges");
        ranges = List.copyOf(ranges);
        Requirements.positive("number of stages", ranges.size());
        int sublayer = 0;
        for (int stage = 0; stage < ranges.size(); stage++) {
            LayerRange range = ranges.get(stage);
            if (range.first() != sublayer) {
                throw new IllegalArgumentException("stage " + stage + " begins with sublayer " + range.first()
                        + " where sublayer " + sublayer + " is next; let each range begin where the one before ends");
            }
            if (range.size() == 0 && stage > 0 && stage < ranges.size() - 1) {
                throw new IllegalArgumentException("stage " + stage + " of split " + text(ranges)
                        + " has no layer, neither embedding nor head; give it a layer or use fewer stages");
            }
            sublayer = range.end();
        }
        Requirements.positive("number of sublayers", sublayer);
        if (sublayer % 2 != 0) {
            throw new IllegalArgumentException("split " + text(ranges) + " covers " + HalfLayers.text(sublayer)
                    + " layers; let it end with a whole layer");
        }
    }

    /**
     * The even map: blocks of {@code ceil(layers / devices)} in order. 12 layers on 5 devices would be 3, 3, 3, 3 and
     * nothing, which is refused.
     *
     * @param layers of the model
     * @param devices to fill
     * @return 12 layers on 2 devices: 6,6; 7 on 3: 3,3,1
     * @throws IllegalArgumentException when a device would get no layer, with a split that has one for each
     */
    public static DeviceMap getDeviceMap(int layers, int devices) {
        Requirements.positive("layers", layers);
        Requirements.positive("devices", devices);
        int block = (layers + devices - 1) / devices;
        int busy = (layers + block - 1) / block;
        if (busy < devices) {
            String split =
                    layers < devices ? "" : " or the split " + text(ofLayers(levelSizes(layers, devices)).ranges);
            throw new IllegalArgumentException(
                    layers + " layers in blocks of " + block + " leave " + (devices - busy) + " of " + devices
                            + " devices without any; use " + busy + (busy == 1 ? " device" : " devices") + split);
        }
        return ofLayers(IntStream.range(0, devices)
                .map(device -> Math.min(block, layers - device * block))
                .toArray());
    }

    /**
     * Reads a split that the user wrote.
     *
     * @param layers of the model
     * @param split layers of each stage, such as {@code 5,7} or {@code 3.5,0.5}
     * @return the map
     * @throws IllegalArgumentException when it is no list of numbers in steps of a half, does not cover the model, or
     *     leaves a stage between the ends empty
     */
    public static DeviceMap ofSplit(int layers, String split) {
        Objects.requireNonNull(split, "split");
        int[] sizes = HalfLayers.sublayers(split);
        long sum = Arrays.stream(sizes).asLongStream().sum();
        if (sum != 2L * layers) {
            throw new IllegalArgumentException("split " + split + " covers " + HalfLayers.text(sum)
                    + " layers but the model has " + layers + "; make its numbers add up to " + layers);
        }
        return ofSizes(sizes);
    }

    /**
     * Reads a split of the command line.
     *
     * @param layers of the model
     * @param split {@code even}, {@code balanced}, or the layers of each stage such as {@code 5,7} or {@code 3.5,0.5}
     * @param stages to cut it into
     * @param costs called only for a balanced split
     * @return the map
     * @throws IllegalArgumentException when the model cannot be cut so
     */
    public static DeviceMap of(int layers, String split, int stages, Supplier<StageCosts> costs) {
        NullChecks.require("split", split, "costs", costs);
        DeviceMap map = switch (split) {
            case "even" -> getDeviceMap(layers, stages);
            case "balanced" -> {
                BalancedSplit.requireParts(2 * layers, stages); // before anything is measured
                yield balanced(costs.get(), stages);
            }
            default -> ofSplit(layers, split);
        };
        if (map.ranges.size() != stages) {
            throw new IllegalArgumentException("split " + split + " has " + map.ranges.size() + " stages, not " + stages
                    + "; give a number of layers for each stage");
        }
        return map;
    }

    /**
     * The map whose slowest stage is as fast as possible, split between sublayers. Among equal maps it takes the one
     * with the fewest sublayers in the first stages, which hold the most activations.
     *
     * @param costs of the parts of the model
     * @param stages to cut it into
     * @return the map; its first or last range is empty where the embedding or the head costs that much
     * @throws IllegalArgumentException when there are more stages than embedding, sublayers and head can fill
     */
    public static DeviceMap balanced(StageCosts costs, int stages) {
        Objects.requireNonNull(costs, "costs");
        return ofSizes(BalancedSplit.sizes(costs, Requirements.positive("stages", stages)));
    }

    /**
     * The cost of each stage under this map.
     *
     * @param costs of the parts of the model
     * @return one cost a stage
     * @throws IllegalArgumentException when they are costs of another number of layers
     */
    public List<Cost> stageCosts(StageCosts costs) {
        Objects.requireNonNull(costs, "costs");
        if (costs.sublayers().size() != 2 * layers()) {
            throw new IllegalArgumentException(
                    "costs of " + HalfLayers.text(costs.sublayers().size()) + " layers for a map of " + layers()
                            + "; measure the model that is mapped");
        }
        List<Cost> sums = new ArrayList<>();
        for (LayerRange range : ranges) {
            sums.add(costs.sublayers().subList(range.first(), range.end()).stream()
                    .reduce(Cost.NONE, Cost::plus));
        }
        sums.set(0, costs.embedding().plus(sums.get(0)));
        sums.set(sums.size() - 1, sums.get(sums.size() - 1).plus(costs.head()));
        return List.copyOf(sums);
    }

    /**
     * The balance: how long the mean stage computes, as a share of the slowest stage's time.
     *
     * @param costs of the parts of the model
     * @return mean / max of the stages' seconds, 1 at best
     * @throws IllegalArgumentException when they are costs of another number of layers
     */
    public double balance(StageCosts costs) {
        Objects.requireNonNull(costs, "costs");
        List<Cost> stages = stageCosts(costs);
        double slowest = stages.stream().mapToDouble(Cost::seconds).max().orElseThrow();
        double sum = stages.stream().mapToDouble(Cost::seconds).sum();
        return slowest == 0 ? 1 : sum / stages.size() / slowest;
    }

    /**
     * Number of layers.
     *
     * @return those of the model
     */
    public int layers() {
        return ranges.get(ranges.size() - 1).end() / 2;
    }

    /**
     * The map as a split, such as {@code 5,7} or {@code 3.5,0.5}.
     *
     * @return text that {@link #ofSplit} reads
     */
    @Override
    public String toString() {
        return text(ranges);
    }

    private static DeviceMap ofLayers(int[] layers) {
        return ofSizes(Arrays.stream(layers).map(count -> 2 * count).toArray());
    }

    private static DeviceMap ofSizes(int[] sublayers) {
        List<LayerRange> ranges = new ArrayList<>();
        int sublayer = 0;
        for (int size : sublayers) {
            ranges.add(new LayerRange(sublayer, sublayer += size));
        }
        return new DeviceMap(ranges);
    }

    /** Differing by one at most. */
    private static int[] levelSizes(int layers, int stages) {
        return IntStream.range(0, stages)
                .map(stage -> layers / stages + (stage < layers % stages ? 1 : 0))
                .toArray();
    }

    private static String text(List<LayerRange> ranges) {
        return ranges.stream().map(LayerRange::text).collect(Collectors.joining(","));
    }
}
