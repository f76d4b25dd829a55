package dev.trireme.plan;

import dev.trireme.model.ModelConfig;
import dev.trireme.report.Browser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan's page in a real browser. */
class PlanPageIT {
    @TempDir
    private Path folder;

    @Test
    void everyChartOfAPlanIsDrawnLightAndDark() throws IOException {
        Job job = new Job("small", ModelConfig.ofShape("small"), NumberType.FLOAT32, 16, 128, 0);
        Plan plan = Planner.byRates(job, MachineFiles.parse("h100-80gb:2")).plan();
        Path page = Files.writeString(folder.resolve("plan.html"), PlanPage.of(plan, "bin/trireme train"));
        try (Browser browser = Browser.open()) {
            for (String scheme : new String[] {"light", "dark"}) {
                browser.show(page, scheme);
                browser.requireDrawn(2); // everything fits
                browser.save(Path.of("target", "pages-plan-" + scheme + ".png"));
            }
        }
    }
}
