package dev.trireme.train.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.http.LoopbackServer;
import dev.trireme.http.Reply;
import dev.trireme.report.Browser;
import dev.trireme.report.PageHtml;
import dev.trireme.report.ReportFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run's page in a real browser. */
@Timeout(120)
class RunPageIT {
    private static final String HTML = "text/html; charset=utf-8";

    @TempDir
    private Path folder;

    @Test
    void everyChartOfARunIsDrawnLightAndDark() throws IOException {
        RunLines lines = new RunLines(folder);
        lines.memory();
        for (int step = 1; step <= 60; step++) {
            lines.step(step, 1 + step / 20);
        }
        lines.epoch(1);
        lines.epoch(2);
        lines.end();
        ReportFolder.open(folder).write(new RunPage(folder, "trireme train").now(false));
        try (Browser browser = Browser.open()) {
            for (String scheme : new String[] {"light", "dark"}) {
                browser.show(folder.resolve(ReportFolder.PAGE), scheme);
                browser.requireDrawn(6);
                browser.save(Path.of("target", "pages-train-" + scheme + ".png"));
            }
        }
    }

    @Test
    void aLivePageFollowsTheRunWithoutBeingLoadedAgain() throws InterruptedException {
        RunLines lines = new RunLines(folder);
        lines.step(1, 1);
        RunPage page = new RunPage(folder, "trireme train --live 0");
        try (LoopbackServer server = LoopbackServer.listen(0);
                Browser browser = Browser.open()) {
            server.serve("/", () -> new Reply(HTML, PageHtml.live(page.now(true), "content")));
            server.serve("/content", () -> new Reply(HTML, PageHtml.content(page.now(true))));
            browser.show(server.address(), "light");
            browser.run("window.loadedOnce = true");
            lines.step(2, 1);
            lines.step(3, 1);
            while (!browser.text("document.querySelector('.answers').innerText").contains("Step 3,")) {
                Thread.sleep(100);
            }
            assertThat(browser.text("window.loadedOnce")).isEqualTo("true");
            browser.requireDrawn(4);
        }
    }
}
