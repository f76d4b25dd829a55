package dev.trireme.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceMapTest {
    private static final Offset<Double> TINY = Offset.offset(1e-12);

    @ParameterizedTest(name = "{0} layers on {1} devices: {2}")
    @CsvSource({"12, 1, '12'", "12, 2, '6,6'", "12, 4, '3,3,3,3'", "7, 3, '3,3,1'", "5, 2, '3,2'", "3, 3, '1,1,1'"})
    void evenMapHasBlocksOfTheRoundedUpQuotient(int layers, int devices, String split) {
        assertThat(DeviceMap.getDeviceMap(layers, devices)).hasToString(split);
    }

    @Test
    void evenMapRefusesToLeaveADeviceIdle() {
        assertThatThrownBy(() -> DeviceMap.getDeviceMap(12, 5))
                .hasMessage("12 layers in blocks of 3 leave 1 of 5 devices without any; "
                        + "use 4 devices or the split 3,3,2,2,2");
        assertThatThrownBy(() -> DeviceMap.getDeviceMap(2, 4))
                .hasMessage("2 layers in blocks of 1 leave 2 of 4 devices without any; use 2 devices");
    }

    @Test
    void splitIsReadAndWritten() {
        assertThat(DeviceMap.ofSplit(12, "5,7").ranges()).containsExactly(new LayerRange(0, 5), new LayerRange(5, 12));
        for (String split : List.of("12", "5,7", "4,4,4,0", "0,12", "0,6,6,0")) {
            assertThat(DeviceMap.ofSplit(12, split)).hasToString(split);
        }
    }

    @Test
    void wrongSplitsAreRefusedWithTheCure() {
        assertThatThrownBy(() -> DeviceMap.ofSplit(12, "5,4"))
                .hasMessage("split 5,4 covers 9 layers but the model has 12; make its numbers add up to 12");
        assertThatThrownBy(() -> DeviceMap.ofSplit(12, "6,0,6"))
                .hasMessage("stage 1 of split 6,0,6 has no layer, neither embedding nor head; "
                        + "give it a layer or use fewer stages");
        for (String split : List.of("", "5;7", "5,", "-1,13", "a")) {
            assertThatThrownBy(() -> DeviceMap.ofSplit(12, split))
                    .hasMessage("split is \"" + split + "\"; use the layers of each stage, such as 5,7");
        }
        assertThatThrownBy(() -> new DeviceMap(List.of(new LayerRange(0, 2), new LayerRange(3, 4))))
                .hasMessageContaining("stage 1 begins with layer 3 where layer 2 is next");
    }

    /** By hand, from a head of 4.9 blocks: even splits reach 77 % in two and 53 % in four. */
    @ParameterizedTest(name = "{0} stages: {1}")
    @CsvSource({"2, '8,4', 0.95", "3, '5,6,1', 0.94", "4, '4,4,4,0', 0.86"})
    void gpt2SmallIsBalancedWithItsHead(int stages, String split, double balance) {
        StageCosts costs = new StageCosts(Cost.NONE, Collections.nCopies(12, cost(1)), cost(4.9));
        DeviceMap map = DeviceMap.balanced(costs, stages);
        assertThat(map).hasToString(split);
        assertThat(map.balance(costs)).isCloseTo(balance, Offset.offset(0.01));
        assertThat(DeviceMap.getDeviceMap(12, 2).balance(costs)).isCloseTo(0.775, Offset.offset(0.001));
        assertThat(DeviceMap.getDeviceMap(12, 4).balance(costs)).isCloseTo(0.535, Offset.offset(0.001));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noOtherSplitHasAFasterSlowestStage(long seed) {
        Random random = new Random(seed);
        StageCosts costs = new StageCosts(
                cost(random.nextInt(30)),
                IntStream.range(0, 7)
                        .mapToObj(block -> cost(1 + random.nextInt(20)))
                        .toList(),
                cost(random.nextInt(60)));
        for (int stages = 1; stages <= 9; stages++) {
            assertThat(slowest(DeviceMap.balanced(costs, stages), costs))
                    .as("%d stages", stages)
                    .isCloseTo(fastestOfAll(costs, "", 7, stages), TINY);
        }
        assertThatThrownBy(() -> DeviceMap.balanced(costs, 10))
                .hasMessage("stages is 10 but embedding, 7 blocks and head fill 9 at most; use fewer stages");
    }

    @Test
    void costsOfStagesAreThoseOfTheirParts() {
        StageCosts costs = new StageCosts(
                new Cost(1, 2, 3), List.of(new Cost(10, 20, 30), new Cost(100, 200, 300)), new Cost(4, 5, 6));
        assertThat(DeviceMap.ofSplit(2, "1,1").stageCosts(costs))
                .containsExactly(new Cost(11, 22, 33), new Cost(104, 205, 306));
        assertThatThrownBy(() -> DeviceMap.ofSplit(3, "1,2").stageCosts(costs))
                .hasMessage("costs of 2 blocks for a map of 3 layers; measure the model that is mapped");
        assertThatThrownBy(() -> cost(Double.NaN)).hasMessageContaining("forwardSeconds is NaN");
    }

    /** Tries every split. */
    private static double fastestOfAll(StageCosts costs, String prefix, int layers, int stages) {
        if (stages == 1) {
            return slowest(DeviceMap.ofSplit(7, prefix + layers), costs);
        }
        int least = prefix.isEmpty() ? 0 : 1;
        return IntStream.rangeClosed(least, layers - Math.max(0, stages - 2))
                .mapToDouble(size -> fastestOfAll(costs, prefix + size + ",", layers - size, stages - 1))
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    private static double slowest(DeviceMap map, StageCosts costs) {
        DoubleStream seconds = map.stageCosts(costs).stream().mapToDouble(Cost::seconds);
        return seconds.max().orElseThrow();
    }

    private static Cost cost(double seconds) {
        return new Cost(seconds, 0, 0);
    }
}
