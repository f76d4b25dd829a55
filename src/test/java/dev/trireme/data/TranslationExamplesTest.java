package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TranslationExamplesTest {
    private static final int END = 0;
    private static final Encoder LETTERS =
            texts -> texts.stream().map(text -> text.chars().toArray()).toList();

    @Test
    void onlyTheTargetAndItsEndCount() {
        Example example = encode("ab", "xyz", 128);
        assertThat(example.ids()).containsExactly('a', 'b', END, 'x', 'y', 'z', END);
        assertThat(example.weights()).containsExactly(0, 0, 0, 1, 1, 1, 1);
        assertThat(example.totalWeight()).isEqualTo(4);
    }

    @Test
    void aLongExampleIsCutAtTheMaximumLength() {
        Example example = encode("ab", "xyz", 5);
        assertThat(example.ids()).containsExactly('a', 'b', END, 'x', 'y');
        assertThat(example.weights()).containsExactly(0, 0, 0, 1, 1);
        assertThat(encode("ab", "xyz", 7).length()).isEqualTo(7);
    }

    @Test
    void anExampleWithoutTargetWeighsNothing() {
        assertThat(encode("abcd", "xyz", 4).totalWeight()).isZero();
        assertThat(encode("abcd", "xyz", 5).ids()).containsExactly('a', 'b', 'c', 'd', END);
        assertThat(encode("abcd", "xyz", 5).totalWeight()).isZero();
        assertThat(encode("abcd", "xyz", 6).totalWeight()).isEqualTo(1);
    }

    @Test
    void lengthsThatLeaveNoRoomAreRefused() {
        assertThatThrownBy(() -> encode("a", "b", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maximum length 1 leaves no room");
        assertThatThrownBy(() -> new Example(new int[2], new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 ids has 3 weights");
    }

    private static Example encode(String source, String target, int maxLength) {
        return TranslationExamples.encode(List.of(new Pair(source, target)), LETTERS, END, maxLength)
                .get(0);
    }
}
