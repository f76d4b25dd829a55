package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.LearningRateSchedule.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateScheduleTest {
    @ParameterizedTest
    // Drawn by hand: two steps up to a peak of 6, then four steps that end before 0 would be reached.
    @CsvSource({
        "CONSTANT, '2 4 6 6 6 6'",
        "LINEAR, '2 4 6 4.5 3 1.5'",
        "COSINE, '2 4 6 5.121320 3 0.878680'",
    })
    void warmsUpAndThenFollowsItsShape(Shape shape, String expected) {
        LearningRateSchedule schedule = new LearningRateSchedule(shape, 0.6, 2);
        List<Double> rates = IntStream.rangeClosed(1, 6)
                .mapToObj(step -> 10 * schedule.at(step, 6))
                .toList();
        String[] numbers = expected.split(" ", -1);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(rates.get(i)).as("step %d", i + 1).isCloseTo(Double.parseDouble(numbers[i]), within(1e-6));
        }
    }

    @ParameterizedTest
    @EnumSource
    void isNeverZeroAndNeverAboveThePeakEvenWhenTheRunEndsDuringWarmup(Shape shape) {
        for (int warmup : new int[] {0, 1, 5, 50}) {
            LearningRateSchedule schedule = new LearningRateSchedule(shape, 1e-3, warmup);
            for (int total : new int[] {1, 2, 5, 51}) {
                for (int step = 1; step <= total; step++) {
                    assertThat(schedule.at(step, total)).isPositive().isLessThanOrEqualTo(1e-3);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "36, 3", "199, 19", "1000, 20"})
    void usualWarmupIsATenthOfTheStepsAndAtMost20(int total, int warmup) {
        LearningRateSchedule usual = LearningRateSchedule.withUsualWarmup(Shape.LINEAR, 0.6);
        LearningRateSchedule said = new LearningRateSchedule(Shape.LINEAR, 0.6, warmup);
        assertThat(usual.settled(total)).isEqualTo(said);
        assertThat(said.settled(total)).isEqualTo(said);
        assertThat(usual.at(1, total)).isEqualTo(said.at(1, total));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-9, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesARateThatCannotTrain(double peak) {
        assertThatThrownBy(() -> LearningRateSchedule.constant(peak))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("learning rate is " + peak);
    }

    @Test
    void refusesStepsThatDoNotExist() {
        LearningRateSchedule schedule = LearningRateSchedule.constant(1e-4);
        assertThatThrownBy(() -> schedule.at(0, 10)).hasMessageContaining("step 0 is not one of 10");
        assertThatThrownBy(() -> schedule.at(11, 10)).hasMessageContaining("step 11 is not one of 10");
    }
}
