package dev.trireme.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ExitCode;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFolderTest {
    private static final Axis X = Axis.of("x", "", Scale.LOG2);
    private static final Page PAGE = new Page(
            "A page",
            "trireme bench all",
            List.of("yes"),
            List.of(),
            List.of(new Section(
                    "s",
                    List.of(),
                    List.of(
                            new Chart(
                                    "c",
                                    X,
                                    X,
                                    List.of(new Series("one", Series.Mark.LINE, 0, List.of(Point.of(1, 2))))),
                            new Drawing("d", "<?xml version=\"1.0\"?>\n<svg></svg>")))),
            Map.of("cores", "2"),
            List.of(),
            Map.of());

    @TempDir
    private Path folder;

    @Test
    void aPageIsOneFileThatNamesNoOtherAndItsNumbersAreBesideIt() throws IOException {
        ReportFolder.open(folder.resolve("new")).write(PAGE);
        String html = Files.readString(folder.resolve("new/report.html"));
        assertThat(html)
                .contains("<title>A page</title>", "new uPlot(", "var uPlot=", "<svg></svg>")
                .doesNotContain("src=", "href=\"http", "@import", "<?xml");
        assertThat(Json.READER
                        .readTree(Files.readString(folder.resolve("new/report.json")))
                        .at("/sections/0/blocks/0/series/0/points/0/y")
                        .doubleValue())
                .isEqualTo(2);
        try (var files = Files.list(folder.resolve("new"))) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsRefusedWithTheCure() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> ReportFolder.open(file))
                .isInstanceOfSatisfying(
                        ReportException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CHECKPOINT))
                .hasMessage(
                        "the report cannot be written into " + file + ", which is no folder; name another with --out");
        assertThatThrownBy(() -> ReportFolder.open(file.resolve("below")))
                .hasMessageStartingWith("the report cannot be written into " + file.resolve("below") + " (")
                .hasMessageEndingWith("; name another with --out");
    }

    @Test
    void whatCannotBeDrawnIsRefusedWhereItIsMade() {
        assertThatThrownBy(() -> Point.of(1, Double.NaN)).hasMessage("a number of a point is NaN; use finite ones");
        assertThatThrownBy(() ->
                        new Chart("c", X, X, List.of(new Series("one", Series.Mark.LINE, 0, List.of(Point.of(0, 2))))))
                .hasMessage("chart c has x 0.0 on a logarithmic axis; use numbers above 0 or another scale");
        assertThatThrownBy(() -> new Table("t", List.of("a", "b"), List.of(List.of("1"))))
                .hasMessage("table t has a row of 1 cells under 2 heads; give a cell for each");
    }
}
