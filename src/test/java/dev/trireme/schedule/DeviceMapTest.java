package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        assertThat(DeviceMap.ofSplit(12, "5,7").ranges())
                .containsExactly(new LayerRange(0, 10), new LayerRange(10, 24));
        for (String split : List.of("12", "5,7", "4,4,4,0", "0,12", "0,6,6,0")) {
            assertThat(DeviceMap.ofSplit(12, split)).hasToString(split);
        }
    }

    @Test
    void stagesBeginAndEndInTheMiddleOfALayer() {
        assertThat(DeviceMap.ofSplit(4, "3.5,0.5").ranges())
                .containsExactly(new LayerRange(0, 7), new LayerRange(7, 8));
        for (String split : List.of("3.5,0.5", "0.5,3.5", "1.5,1,1.5", "0,0.5,3,0.5", "10.5,1.5")) {
            int layers = split.startsWith("10") ? 12 : 4;
            assertThat(DeviceMap.ofSplit(layers, split)).hasToString(split);
            assertThat(DeviceMap.ofSplit(layers, split).layers()).isEqualTo(layers);
        }
        assertThat(DeviceMap.ofSplit(4, "3.0,1.0")).hasToString("3,1");
    }

    @Test
    void wrongSplitsAreRefusedWithTheCure() {
        assertThatThrownBy(() -> DeviceMap.ofSplit(12, "5,4"))
                .hasMessage("split 5,4 covers 9 layers but the model has 12; make its numbers add up to 12");
        assertThatThrownBy(() -> DeviceMap.ofSplit(12, "6,0,6"))
                .hasMessage("stage 1 of split 6,0,6 has no layer, neither embedding nor head; "
                        + "give it a layer or use fewer stages");
        assertThatThrownBy(() -> DeviceMap.ofSplit(4, "3.5,1"))
                .hasMessage("split 3.5,1 covers 4.5 layers but the model has 4; make its numbers add up to 4");
        for (String split : List.of("", "5;7", "5,", "-1,13", "a", "3.3,8.7", "11.50,0.5", ".5,11.5", "5.,7")) {
            assertThatThrownBy(() -> DeviceMap.ofSplit(12, split))
                    .hasMessage("split is \"" + split
                            + "\"; use the layers of each stage, in halves, such as 5,7 or 3.5,0.5");
        }
        assertThatThrownBy(() -> new DeviceMap(List.of(new LayerRange(0, 2), new LayerRange(3, 4))))
                .hasMessageContaining("stage 1 begins with sublayer 3 where sublayer 2 is next");
        assertThatThrownBy(() -> new DeviceMap(List.of(new LayerRange(0, 4), new LayerRange(4, 7))))
                .hasMessage("split 2,1.5 covers 3.5 layers; let it end with a whole layer");
    }

    /**
     * By hand, from a head of 4.9 layers and MLPs that weigh twice the attention. Even splits reach 77 % in two and 53 %
     * in four, the best of whole layers 95 %, 94 % and 86 %.
     */
    @ParameterizedTest(name = "{0} stages: {1}")
    @CsvSource({"2, '8.5,3.5', 0.986", "3, '5.5,5.5,1', 0.96", "4, '4,4,4,0', 0.86"})
    void gpt2SmallIsBalancedWithItsHead(int stages, String split, double balance) {
        StageCosts costs = StageCosts.ofEqualLayers(12, Cost.NONE, cost(1 / 3.0), cost(2 / 3.0), cost(4.9));
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
                IntStream.range(0, 8)
                        .mapToObj(sublayer -> cost(1 + random.nextInt(20)))
                        .toList(),
                cost(random.nextInt(60)));
        for (int stages = 1; stages <= 10; stages++) {
            assertThat(slowest(DeviceMap.balanced(costs, stages), costs))
                    .as("%d stages", stages)
                    .isCloseTo(fastestOfAll(costs, "", 8, stages), TINY);
        }
        assertThatThrownBy(() -> DeviceMap.balanced(costs, 11))
                .hasMessage("stages is 11 (all chunks counted) but embedding, 8 half layers and head fill 10 at most; "
                        + "use fewer stages or more layers");
    }

    @Test
    void costsOfStagesAreThoseOfTheirParts() {
        StageCosts costs = new StageCosts(
                new Cost(1, 2, 3), List.of(new Cost(10, 20, 30), new Cost(100, 200, 300)), new Cost(4, 5, 6));
        assertThat(DeviceMap.ofSplit(1, "0.5,0.5").stageCosts(costs))
                .containsExactly(new Cost(11, 22, 33), new Cost(104, 205, 306));
        assertThat(DeviceMap.ofSplit(1, "1").stageCosts(costs)).containsExactly(new Cost(115, 227, 339));
        assertThatThrownBy(() -> DeviceMap.ofSplit(3, "1,2").stageCosts(costs))
                .hasMessage("costs of 1 layers for a map of 3; measure the model that is mapped");
        assertThatThrownBy(() -> new StageCosts(Cost.NONE, List.of(cost(1), cost(2), cost(1)), Cost.NONE))
                .hasMessage("number of sublayers is 3; use an attention and an MLP for each layer");
        assertThatThrownBy(() -> cost(Double.NaN)).hasMessageContaining("forwardSeconds is NaN");
    }

    /** Tries every split. */
    private static double fastestOfAll(StageCosts costs, String prefix, int sublayers, int stages) {
        if (stages == 1) {
            return slowest(DeviceMap.ofSplit(4, prefix + sublayers / 2.0), costs);
        }
        int least = prefix.isEmpty() ? 0 : 1;
        return IntStream.rangeClosed(least, sublayers - Math.max(0, stages - 2))
                .mapToDouble(size -> fastestOfAll(costs, prefix + size / 2.0 + ",", sublayers - size, stages - 1))
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
