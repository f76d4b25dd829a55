package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.data.DataPartitioner.RankShare;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataPartitionerTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {0, 1234, -1, Long.MAX_VALUE})
    void partsFollowEachOtherInOneShuffledOrder(long seed) {
        Dataset<Integer> data = numbers(100);
        List<Integer> order = values(new DataPartitioner<>(data, new double[] {1}, seed).use(0));

        DataPartitioner<Integer> parts = new DataPartitioner<>(data, new double[] {0.5, 0.3, 0.2}, seed);

        assertThat(order).containsExactlyInAnyOrderElementsOf(values(data)).isNotEqualTo(values(data));
        assertThat(values(parts.use(0))).isEqualTo(order.subList(0, 50));
        assertThat(values(parts.use(1))).isEqualTo(order.subList(50, 80));
        assertThat(values(parts.use(2))).isEqualTo(order.subList(80, 100));
    }

    @Test
    void theSeedIs1234UnlessSaidOtherwise() {
        double[] sizes = {1};
        List<Integer> order = values(new DataPartitioner<>(numbers(50), sizes).use(0));
        assertThat(order).isEqualTo(values(new DataPartitioner<>(numbers(50), sizes, 1234).use(0)));
        assertThat(order).isNotEqualTo(values(new DataPartitioner<>(numbers(50), sizes, 1235).use(0)));
    }

    @Test
    void aPartHasTheWholePartOfItsShare() {
        DataPartitioner<Integer> parts = new DataPartitioner<>(numbers(11), new double[] {0.5, 0.25, 0});
        assertThat(List.of(
                        parts.use(0).size(), parts.use(1).size(), parts.use(2).size()))
                .containsExactly(5, 2, 0);
    }

    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {1, 2, 3, 7, 49, 98, 103})
    void ranksShareTheDataAndTheBatchEqually(int worldSize) {
        int each = 5;
        int left = worldSize - 1; // too few for one more each
        Dataset<Integer> data = numbers(each * worldSize + left);
        List<Integer> all = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
            RankShare<Integer> share = DataPartitioner.partitionDataset(rank, worldSize, data, 4 * worldSize);
            assertThat(share.batchSize()).isEqualTo(4);
            assertThat(share.partition().size()).isEqualTo(each);
            all.addAll(values(share.partition()));
        }
        assertThat(all).doesNotHaveDuplicates().hasSize(data.size() - left);
    }

    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {1, 2, 3, 7, 49, 98, 103})
    void roundingCostsNoRankAValue(int worldSize) {
        assertThat(DataPartitioner.partitionDataset(worldSize - 1, worldSize, numbers(worldSize), worldSize)
                        .partition()
                        .size())
                .isEqualTo(1);
    }

    @Test
    void whatCannotBeSharedIsRefused() {
        Dataset<Integer> data = numbers(10);
        assertThatThrownBy(() -> DataPartitioner.partitionDataset(0, 3, data, 128))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch size 128 cannot be shared equally by 3 ranks; use a multiple of 3");
        assertThatThrownBy(() -> DataPartitioner.partitionDataset(2, 2, data, 128))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rank 2 is not in a world of 2");
        assertThatThrownBy(() -> new DataPartitioner<>(data, new double[] {0.5, 0.6}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sizes [0.5, 0.6]");
        assertThatThrownBy(() -> new DataPartitioner<>(data, new double[] {1.5, -0.5}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DataPartitioner<>(data, new double[] {Double.NaN}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DataPartitioner<>(data, new double[] {1}).use(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("part 1 does not exist; use 0 to 0");
    }

    private static Dataset<Integer> numbers(int count) {
        return Dataset.of(IntStream.range(0, count).boxed().toList());
    }

    private static List<Integer> values(Dataset<Integer> data) {
        return IntStream.range(0, data.size()).mapToObj(data::get).toList();
    }
}
