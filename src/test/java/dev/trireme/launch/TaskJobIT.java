package dev.trireme.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks in processes of their own. */
@Timeout(120)
class TaskJobIT {
    record Setting(String word, int failing) {}

    record Answer(String text, double number) {}

    /** Prints, tells and answers. */
    static final class Task implements RankTask<Setting, Answer> {
        @Override
        public Optional<Answer> run(Setting setting, RankEnvironment environment, Consumer<String> lines) {
            if (environment.rank() == setting.failing()) {
                throw new IllegalArgumentException("this rank was told to fail");
            }
            System.out.println("a remark of rank " + environment.rank());
            lines.accept(setting.word() + " 1");
            lines.accept(setting.word() + " 2");
            return environment.rank() == 0
                    ? Optional.of(new Answer(setting.word() + " of " + environment.worldSize(), Double.NaN))
                    : Optional.empty();
        }
    }

    @Test
    void rankZeroAnswersAndItsLinesComeWithoutWhatIsPrinted() {
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();

        Answer answer = job().run(new Setting("„two\nwords“ ", -1), lines::add, errors, TaskJobIT::failure);

        assertThat(answer).isEqualTo(new Answer("„two\nwords“  of 2", Double.NaN));
        assertThat(lines).containsExactly("„two", "words“  1", "„two", "words“  2");
        assertThat(errors.toString(java.nio.charset.StandardCharsets.UTF_8))
                .contains("a remark of rank 0", "a remark of rank 1");
    }

    @Test
    void theRankThatFailedIsToldInTheCallersException() {
        assertThatThrownBy(() -> job().run(new Setting("word", 1), new ByteArrayOutputStream(), TaskJobIT::failure))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("rank 1 ended with exit code")
                .hasMessageContaining("this rank was told to fail");
    }

    private static TaskJob<Setting, Answer> job() {
        return new TaskJob<>(Task.class, Answer.class, 2, 1, Duration.ofSeconds(60));
    }

    private static RuntimeException failure(JobResult end) {
        return new UnsupportedOperationException(end.failure());
    }
}
