package dev.trireme.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.trireme.plan.Machine;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllReduceTest {
    private static final double ALPHA = 10e-6;
    private static final double BETA = Clusters.NETWORK;

    @ParameterizedTest(name = "{0} members, {1} bytes")
    @CsvSource({"2, 1000", "8, 1e8", "64, 1e6", "1024, 1e9", "4096, 1e6"})
    void aRingTakesWhatTheFormulaSays(int n, double bytes) {
        double formula = 2 * (n - 1) * ALPHA + 2.0 * (n - 1) / n * bytes / BETA;
        assertThat(last(AllReduce.RING, Clusters.ofHosts(n, 1), n, bytes)).isCloseTo(formula, withPercentage(1));
    }

    @Test
    void aRingIsAsFastAsItsSlowestLink() {
        double inHost = last(AllReduce.RING, Clusters.ofHosts(1, 8), 8, 1e9);
        double across = last(AllReduce.RING, Clusters.ofHosts(2, 8), 16, 1e9);
        assertThat(inHost).isCloseTo(2 * 7.0 / 8 * 1e9 / Clusters.NVLINK, withPercentage(1));
        assertThat(across).isBetween(2 * 14.0 / 16 * 1e9 / BETA, 2 * 1e9 / BETA);
    }

    @ParameterizedTest(name = "{0} members")
    @CsvSource({"2, 1", "7, 2", "1023, 9"})
    void aTreeOfAFewBytesTakesItsWayUpAndDown(int n, int levels) {
        double formula = 2 * levels * ALPHA;
        assertThat(last(AllReduce.TREE, Clusters.ofHosts(n, 1), n, 1)).isCloseTo(formula, withPercentage(1));
        assertThat(formula).isLessThanOrEqualTo(2 * (n - 1) * ALPHA); // what a ring waits for
    }

    @Test
    void aTreeOfManyBytesHasTheBandwidthOfARing() {
        double tree = last(AllReduce.TREE, Clusters.ofHosts(15, 1), 15, 10e9);
        assertThat(tree).isBetween(2 * 10e9 / BETA, 1.15 * 2 * 10e9 / BETA);
    }

    @Test
    void hierarchicalSumsUseEveryDevicesWayOutOfAHost() {
        Machine machine = Clusters.ofHosts(16, 8);
        double bytes = 1e9;
        double formula = 2 * 7.0 / 8 * bytes / Clusters.NVLINK + 2 * 15.0 / 16 * bytes / 8 / BETA;
        double latencies = 14 * 3e-6 + 30 * ALPHA;
        assertThat(last(AllReduce.HIERARCHICAL, machine, 128, bytes))
                .isCloseTo(formula + latencies, withPercentage(1))
                .isLessThan(last(AllReduce.RING, machine, 128, bytes) / 3);
        assertThat(last(AllReduce.HIERARCHICAL, Clusters.ofHosts(16, 1), 16, bytes))
                .isEqualTo(last(AllReduce.RING, Clusters.ofHosts(16, 1), 16, bytes));
    }

    @ParameterizedTest
    @CsvSource({"RING", "TREE", "HIERARCHICAL"})
    void nobodyHasTheSumBeforeTheLastHasItsPart(AllReduce how) {
        double[] ready = new double[16];
        ready[11] = 5;
        double[] finish = how.finish(ready, IntStream.range(0, 16).toArray(), 1e6, Clusters.ofHosts(4, 4));
        assertThat(Arrays.stream(finish).min().orElseThrow()).isGreaterThan(5);
        assertThat(Arrays.stream(finish).max().orElseThrow()).isLessThan(5.01);
    }

    @Test
    void thereIsADeviceForEachTime() {
        assertThatThrownBy(() -> AllReduce.RING.finish(new double[2], new int[] {0}, 1, Clusters.ofHosts(1, 8)))
                .hasMessage("2 times for 1 devices; give one for each");
    }

    private static double last(AllReduce how, Machine machine, int n, double bytes) {
        double[] finish = how.finish(new double[n], IntStream.range(0, n).toArray(), bytes, machine);
        return Arrays.stream(finish).max().orElseThrow();
    }
}
