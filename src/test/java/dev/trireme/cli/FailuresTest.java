package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.BadInputException;
import dev.trireme.engine.EngineException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
    private final StringWriter errors = new StringWriter();

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(new IllegalArgumentException("batch 3 is odd; use 4"), 2, "trireme: batch 3 is odd; use 4"),
                arguments(
                        new BadInputException("a.tsv:3: has no TAB; add one"),
                        3,
                        "trireme: a.tsv:3: has no TAB; add one"),
                arguments(new EngineException(EngineException.Kind.PEER_LOST, "lost"), 10, "trireme: lost"),
                arguments(new EngineException(EngineException.Kind.TIMEOUT, "late"), 11, "trireme: late"),
                arguments(new EngineException(EngineException.Kind.OUT_OF_MEMORY, "full"), 12, "trireme: full"),
                arguments(new EngineException(EngineException.Kind.NOT_FINITE, "NaN"), 13, "trireme: NaN"),
                arguments(
                        new OutOfMemoryError("Java heap space"),
                        12,
                        "trireme: java.lang.OutOfMemoryError: Java heap space"),
                arguments(new NoSuchFileException("x/y"), 1, "trireme: NoSuchFileException: x/y"),
                arguments(new IllegalStateException("two\n  lines"), 1, "trireme: two lines"),
                arguments(new NullPointerException(), 1, "trireme: java.lang.NullPointerException"));
    }

    @ParameterizedTest(name = "{0} ends with {1}")
    @MethodSource("failures")
    void everyFailureIsOneLineAndACode(Throwable failure, int code, String line) {
        assertThat(report(failure, false)).isEqualTo(code);
        assertThat(errors.toString()).isEqualTo(line + System.lineSeparator());
    }

    @Test
    void aFailedWriteHasACodeOfItsOwn() {
        assertThat(report(new CheckpointException(Path.of("out"), new IOException("disk full")), false))
                .isEqualTo(14);
    }

    @Test
    void whereItComesFromIsShownOnRequest() {
        report(new IllegalStateException("odd"), true);
        assertThat(errors.toString()).contains("trireme: odd", "at " + FailuresTest.class.getName());
    }

    private int report(Throwable failure, boolean debug) {
        return new Failures(() -> debug).report(failure, new PrintWriter(errors, true));
    }
}
