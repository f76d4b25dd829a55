package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.MachineFiles;
import dev.trireme.plan.NumberType;
import dev.trireme.plan.Plan;
import dev.trireme.plan.PlanText;
import dev.trireme.plan.Planner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PlanCommandLineTest {
    @Test
    void aFolderIsTrainedByItsConfigWhosePathAShellReadsAsOneWord() {
        Plan plan = plan("h100-80gb:2", 0);

        assertThat(of(plan, "--model my models/it's")).contains(" --config 'my models/it'\\''s/config.json' ");
        assertThat(of(plan, "--model models/gpt2")).contains(" --config models/gpt2/config.json ");
        assertThat(of(plan, "--config c.json")).contains(" --config c.json ");
        assertThat(of(plan, "--shape tiny")).contains(" --shape tiny ");
    }

    @Test
    void aFolderGeneratesAsItWasNamed() {
        assertThat(of(plan("h100-80gb:2", 8), "--model my models")).contains(" --model 'my models' ");
        assertThat(of(plan("h100-80gb:2", 8), "--config c.json")).contains(" --model DIR ");
    }

    @Test
    void ranksOnSeveralHostsAreNotStartedByOneLine() {
        Plan plan = Planner.byRates(job(0), MachineFiles.parse("h100-80gb:16")).plan(layout -> layout.ranks() == 16);

        assertThat(of(plan, "--shape tiny")).isEmpty();
        assertThat(PlanText.verdict(plan))
                .contains(
                        "Its ranks are on several hosts: start each as torchrun does, with RANK, WORLD_SIZE, LOCAL_RANK,"
                                + " LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT.");
    }

    private static String of(Plan plan, String model) {
        return PlanCommandLine.of(plan, plan.best().orElseThrow(), model);
    }

    private static Plan plan(String machine, int newTokens) {
        return Planner.byRates(job(newTokens), MachineFiles.parse(machine)).plan();
    }

    private static Job job(int newTokens) {
        return new Job("tiny", ModelConfig.ofShape("tiny"), NumberType.FLOAT32, 16, 16, newTokens);
    }
}
