package dev.trireme.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A headless Chromium. Where there is none a test is skipped, but not where {@code TRIREME_NEEDS_BROWSER} is set, as
 * {@code .ci/run} does.
 */
public final class Browser implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final String NEEDED = "TRIREME_NEEDS_BROWSER";

    /** How many charts have each of their series' colours on their canvas; the names of those that lack one. */
    private static final String UNDRAWN = """
            const style = getComputedStyle(document.documentElement);
            const charts = JSON.parse(document.querySelector("script.charts").textContent);
            const near = (data, i, colour) => [0, 1, 2].every(c => Math.abs(data[i + c] - parseInt(colour.substr(1 + 2 * c, 2), 16)) < 12);
            const lacks = [];
            document.querySelectorAll(".plot").forEach((place, n) => {
              const canvas = place.querySelector("canvas");
              const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              for (const series of charts[n].series.filter(s => s.points.length > 0)) {
                const colour = style.getPropertyValue("--c" + series.colour % 8).trim();
                let count = 0;
                for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && near(data, i, colour)) count++;
                if (count < 6 && !series.points.every(p => p.y === 0)) lacks.push(charts[n].title + ": " + series.name);
              }
            });
            document.querySelectorAll(".drawing svg").forEach(svg => {
              if (svg.querySelectorAll("rect").length < 3 || svg.getBoundingClientRect().height < 20) lacks.push(svg.outerHTML.slice(0, 80));
            });
            return lacks;
            """;

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    public static Browser open() {
        boolean isThere = Files.isExecutable(PROGRAM) && Files.isExecutable(DRIVER);
        if (!isThere && System.getenv(NEEDED) == null) {
            Assumptions.abort("no browser: install Debian's chromium and chromium-driver to see pages tested");
        }
        assertThat(isThere)
                .as("%s and %s, since %s is set", PROGRAM, DRIVER, NEEDED)
                .isTrue();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(PROGRAM.toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1600");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(new File(DRIVER.toString()))
                .usingAnyFreePort()
                .build();
        ChromeDriver driver = new ChromeDriver(service, options);
        driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
        return new Browser(driver);
    }

    /** Opens a page in a colour scheme, {@code light} or {@code dark}. */
    public void show(String address, String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        driver.get(address);
    }

    /** Opens a file. */
    public void show(Path file, String scheme) {
        show(file.toUri().toString(), scheme);
    }

    /** The page's charts and drawings are there, each series in its colour, and nothing was complained of. */
    public void requireDrawn(int charts) {
        assertThat(errors()).isEmpty();
        assertThat(text("document.documentElement.dataset.drawn")).isEqualTo(Integer.toString(charts));
        assertThat((List<?>) Objects.requireNonNull(driver.executeScript(UNDRAWN)))
                .isEmpty();
    }

    /** What the page's scripts, and what it may not load, complained of. */
    public List<String> errors() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    /** Runs a script that returns nothing. */
    public void run(String script) {
        driver.executeScript(script);
    }

    /** The value of an expression. */
    public String text(String expression) {
        return String.valueOf(driver.executeScript("return " + expression));
    }

    /** Saves what is to be seen, the whole page. */
    public void save(Path file) throws IOException {
        Object picture = driver.executeCdpCommand("Page.captureScreenshot", Map.of("captureBeyondViewport", true))
                .get("data");
        Files.write(file, Base64.getDecoder().decode(String.valueOf(picture)));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
