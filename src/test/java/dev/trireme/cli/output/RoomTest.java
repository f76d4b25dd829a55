package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoomTest {
    private static final String CURE = "use a smaller --shape";

    @Test
    void whatFitsIsMeasuredAndWhatDoesNotIsNamedInOneLine() {
        Room<Integer> room = room(List.of(100, 300, 200), OptionalLong.of(250_000_000));
        assertThat(room.fitting()).containsExactly(100, 200);
        assertThat(room.leftOut())
                .containsExactly("1 of 3 settings need more memory than the 250.0 MB that are free, and were left out: "
                        + "setting 300 (300.0 MB); use a smaller --shape");
    }

    @Test
    void whereAllFitsOrNobodyKnowsNothingIsLeftOut() {
        assertThat(room(List.of(100, 300), OptionalLong.of(300_000_000)))
                .isEqualTo(new Room<>(List.of(100, 300), List.of()));
        assertThat(room(List.of(100, 300), OptionalLong.empty()).leftOut()).isEmpty();
    }

    @Test
    void whereNothingFitsTheLeastIsNamedWithWhatIsFreeAndTheCure() {
        assertThatThrownBy(() -> room(List.of(300, 200), OptionalLong.of(150_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tensors of setting 200 need 200.0 MB of memory but 150.0 MB are free; "
                        + "use a smaller --shape");
    }

    @Test
    void manyThatDoNotFitAreALineStill() {
        List<Integer> many = IntStream.rangeClosed(1, 20).boxed().toList();
        assertThat(room(many, OptionalLong.of(5_000_000)).leftOut())
                .singleElement()
                .asString()
                .startsWith("15 of 20 settings need")
                .contains("setting 6 (6.0 MB); ", "setting 11 (11.0 MB); and 9 more; use");
    }

    private static Room<Integer> room(List<Integer> megabytes, OptionalLong free) {
        return Room.of(Room.Asked.all(megabytes, size -> "setting " + size, size -> size * 1_000_000L), free, CURE);
    }
}
