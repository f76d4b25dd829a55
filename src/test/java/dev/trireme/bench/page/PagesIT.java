package dev.trireme.bench.page;

import dev.trireme.report.Browser;
import dev.trireme.report.ReportFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages of all experiments in a real browser. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PagesIT {
    private Optional<Browser> browser = Optional.empty();

    @TempDir
    private Path folder;

    @BeforeAll
    void openBrowser() {
        browser = Optional.of(Browser.open());
    }

    @AfterAll
    void closeBrowser() {
        browser.ifPresent(Browser::close);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"data-parallel, 5", "model-parallel, 2", "pipeline, 4", "inference, 8", "layouts, 2", "all, 0"})
    void everyChartIsDrawnLightAndDarkWithoutAnError(String name, int charts) throws IOException {
        ReportFolder report = ReportFolder.open(folder.resolve(name));
        report.write(SamplePages.of(name));
        for (String scheme : new String[] {"light", "dark"}) {
            browser.orElseThrow().show(report.page(), scheme);
            browser.orElseThrow().requireDrawn(charts);
            browser.orElseThrow().save(Path.of("target", "pages-" + name + "-" + scheme + ".png"));
        }
    }
}
