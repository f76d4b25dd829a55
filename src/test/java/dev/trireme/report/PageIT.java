package dev.trireme.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page in a real browser. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageIT {
    private static final Axis X = Axis.of("micro-batches", "", Scale.LOG2);
    private static final Chart LINES = new Chart(
            "Lines",
            X,
            Axis.of("speed-up", "times", Scale.FROM_ZERO),
            List.of(
                    new Series("measured", Series.Mark.LINE, 0, List.of(new Point(2, 1, 0.8, 1.2, ""), Point.of(8, 2))),
                    new Series("in theory", Series.Mark.DASHED, 1, List.of(Point.of(2, 1.5), Point.of(8, 2.5)))));
    private static final Chart BARS = new Chart(
            "Bars",
            Axis.named("epoch", List.of("one", "two")),
            Axis.of("time", "s", Scale.FROM_ZERO),
            List.of(
                    new Series("1 rank", Series.Mark.BARS, 2, List.of(new Point(0, 3, 2, 4, ""), Point.of(1, 4))),
                    new Series("2 ranks", Series.Mark.BARS, 3, List.of(Point.of(0, 2), Point.of(1, 1)))));
    private static final Chart STACKED = new Chart(
            "Stacked",
            Axis.named("device", List.of("0", "1")),
            Axis.of("time", "ms", Scale.FROM_ZERO),
            List.of(
                    new Series("busy", Series.Mark.STACKED, 4, List.of(Point.of(0, 3), Point.of(1, 4))),
                    new Series("waiting", Series.Mark.STACKED, 5, List.of(Point.of(0, 2), Point.of(1, 1)))));
    private static final Chart DOTS = new Chart(
            "Dots",
            Axis.of("measured", "ms", Scale.LOG10),
            Axis.of("predicted", "ms", Scale.FITTED),
            List.of(new Series(
                    "layouts", Series.Mark.POINTS, 6, List.of(Point.of(1, 2).withNote("2 × 1")))));

    private Browser browser;

    @TempDir
    private Path folder;

    @BeforeAll
    void openBrowser() {
        browser = Browser.open();
    }

    @AfterAll
    void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void write() {
        ReportFolder.open(folder).write(page(LINES, BARS, STACKED, DOTS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void everySeriesIsDrawnAndNothingIsComplainedOf(String scheme) {
        browser.show(folder.resolve(ReportFolder.PAGE), scheme);
        browser.requireDrawn(4);
        boolean isDark = brightness("document.body") < 128;
        assertThat(isDark).isEqualTo(scheme.equals("dark"));
    }

    @Test
    void aPageLoadsNothingElse() {
        browser.show(folder.resolve(ReportFolder.PAGE), "light");
        assertThat(browser.text("performance.getEntriesByType('resource').length"))
                .isEqualTo("0");
    }

    @Test
    void aTooltipTellsPlaceValueUnitAndSpread() {
        browser.show(folder.resolve(ReportFolder.PAGE), "light");
        browser.run("const over = document.querySelector('.u-over'); const box = over.getBoundingClientRect();"
                + "const at = x => new MouseEvent('mousemove', {clientX: box.left + x, clientY: box.top + 20, bubbles: true});"
                + "over.dispatchEvent(new MouseEvent('mouseenter', {clientX: box.left + 40, clientY: box.top + 20}));"
                + "over.dispatchEvent(at(40));");
        assertThat(browser.text("document.querySelector('.tip').innerText"))
                .contains("micro-batches 2", "measured: 1 times (0.8 … 1.2)", "in theory: 1.5 times");
    }

    @Test
    void aPrintedPageIsLightWhateverTheScreenIs() {
        browser.show(folder.resolve(ReportFolder.PAGE), "dark");
        browser.run("dispatchEvent(new Event('beforeprint'))");
        browser.requireDrawn(4);
        assertThat(brightness("document.body")).isGreaterThan(200);
        browser.run("dispatchEvent(new Event('afterprint'))");
        assertThat(brightness("document.body")).isLessThan(60);
    }

    @Test
    void textIsNeverMarkup() {
        String evil =
                "</script><script>document.title = 'evil'</script><img src=x onerror=\"document.title = 'evil'\">";
        Chart chart = new Chart(
                evil,
                Axis.named(evil, List.of(evil)),
                Axis.of(evil, evil, Scale.FROM_ZERO),
                List.of(new Series(
                        evil, Series.Mark.BARS, 0, List.of(Point.of(0, 1).withNote(evil)))));
        Section section = new Section(
                evil, List.of(evil), List.of(chart, new Table(evil, List.of(evil), List.of(List.of(evil)))));
        ReportFolder.open(folder)
                .write(new Page(
                        evil,
                        evil,
                        List.of(evil),
                        List.of(evil),
                        List.of(section),
                        Map.of(evil, evil),
                        List.of(),
                        Map.of(evil, "report.html")));
        browser.show(folder.resolve(ReportFolder.PAGE), "light");
        browser.requireDrawn(1);
        assertThat(browser.text("document.title")).isEqualTo(evil);
        assertThat(browser.text("document.images.length")).isEqualTo("0");
    }

    /** The test of the test: a chart that draws nothing is found. */
    @Test
    void aChartThatDrawsNothingIsFound() {
        browser.show(folder.resolve(ReportFolder.PAGE), "light");
        browser.run(
                "document.querySelectorAll('canvas').forEach(c => c.getContext('2d').clearRect(0, 0, c.width, c.height))");
        assertThat(catchThrowable(() -> browser.requireDrawn(4)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Lines: measured");
    }

    @Test
    void aScriptThatFailsIsFound() {
        browser.show(folder.resolve(ReportFolder.PAGE), "light");
        browser.run("const script = document.createElement('script'); script.text = 'throw new Error(\\'planted\\')';"
                + "document.body.append(script)");
        assertThat(catchThrowable(() -> browser.requireDrawn(4)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("planted");
    }

    private int brightness(String element) {
        return Integer.parseInt(browser.text("getComputedStyle(" + element
                + ").backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => Math.max(a, b))"));
    }

    private static Page page(Block... blocks) {
        return new Page(
                "A page",
                "trireme bench all",
                List.of("It is fast."),
                List.of(),
                List.of(new Section("Charts", List.of(), List.of(blocks))),
                Map.of("cores", "2"),
                List.of(),
                Map.of());
    }
}
