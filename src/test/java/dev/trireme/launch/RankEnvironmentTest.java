package dev.trireme.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankEnvironmentTest {
    @Test
    void readsWhatTorchrunSets() {
        Map<String, String> variables =
                variables("RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 MASTER_ADDR=10.0.0.7 MASTER_PORT=29500"
                        + " TORCHELASTIC_RUN_ID=x");

        assertThat(RankEnvironment.isIn(variables)).isTrue();
        assertThat(RankEnvironment.of(variables))
                .isEqualTo(new RankEnvironment(5, 8, 1, 4, "10.0.0.7", 29500, "", "x"));
    }

    @Test
    void writesWhatItReads() {
        RankEnvironment environment = new RankEnvironment(1, 2, 1, 2, "127.0.0.1", 0, "/run/port", "job");

        assertThat(RankEnvironment.of(environment.variables())).isEqualTo(environment);
    }

    @Test
    void takesOneHostForGrantedWhereNothingIsSaid() {
        assertThat(RankEnvironment.of(variables("RANK=1 WORLD_SIZE=2 MASTER_PORT=29500")))
                .isEqualTo(new RankEnvironment(1, 2, 1, 2, "127.0.0.1", 29500, "", ""));
        assertThat(RankEnvironment.of(variables("RANK=0 WORLD_SIZE=1"))).isEqualTo(RankEnvironment.alone());
        assertThat(RankEnvironment.isIn(variables("MASTER_PORT=29500"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "WORLD_SIZE=2 MASTER_PORT=1|RANK is not set",
                "RANK=0|WORLD_SIZE is not set",
                "RANK=0 WORLD_SIZE=2|MASTER_PORT is not set",
                "RANK=0 WORLD_SIZE=2 MASTER_PORT=0|MASTER_PORT is 0; use a free port",
                "RANK=0 WORLD_SIZE=2 MASTER_PORT=65536|MASTER_PORT is 65536; use 1 to 65535",
                "RANK=2 WORLD_SIZE=2 MASTER_PORT=1|RANK is 2; use 0 to 1, below WORLD_SIZE 2",
                "RANK=-1 WORLD_SIZE=2 MASTER_PORT=1|RANK is -1",
                "RANK=0 WORLD_SIZE=0|WORLD_SIZE is 0; use 1 or more",
                "RANK=one WORLD_SIZE=2 MASTER_PORT=1|RANK is one; use a whole number",
                "RANK=1 WORLD_SIZE=4 LOCAL_RANK=2 LOCAL_WORLD_SIZE=2 MASTER_PORT=1|LOCAL_RANK is 2; use 0 to 1",
            })
    void refusesWhatCannotBe(String variables, String message) {
        assertThatThrownBy(() -> RankEnvironment.of(variables(variables)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static Map<String, String> variables(String text) {
        return Arrays.stream(text.split(" ", -1))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }
}
