package dev.trireme.bench.page;

import dev.trireme.bench.PipelineResult;
import dev.trireme.bench.PipelineRun;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.Spread;
import dev.trireme.bench.Trial;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Simulation;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/** A measurement on stages that is done. */
record StageRun(PipelineSetting setting, PipelineRun run, OptionalDouble predictedMs) {
    static List<StageRun> done(List<Trial<PipelineSetting, PipelineRun>> trials) {
        return trials.stream()
                .flatMap(trial ->
                        trial.result().stream().map(run -> new StageRun(trial.setting(), run, trial.predictedMs())))
                .toList();
    }

    PipelineResult result() {
        return run.result();
    }

    int stages() {
        return result().stages();
    }

    int microBatches() {
        return result().microBatches();
    }

    String schedule() {
        return result().schedule();
    }

    Spread stepMs() {
        return result().stepSpread();
    }

    double tokens() {
        return (double) result().microBatches() * result().microBatchSize() * result().length();
    }

    /**
     * As if stages took equally long and nothing else took time: p m v / (m v + p − 1), and more where weight gradients fill
     * the bubble.
     */
    double speedUpInTheory() {
        Schedule schedule = setting.schedule();
        List<Cost> equal = Collections.nCopies(schedule.stages(), new Cost(1e-3, 1e-3, 1e-3));
        return stages() * (1 - Simulation.run(schedule, equal).bubble());
    }

    double speedUp() {
        return result().oneStageMs() / result().stepMs();
    }

    /** Memory of the stages of a device. */
    double deviceMegabytes(int device) {
        double sum = 0;
        for (int stage = device; stage < result().stageMemoryMb().size(); stage += stages()) {
            sum += result().stageMemoryMb().get(stage);
        }
        return sum;
    }

    double fullestMegabytes() {
        double most = 0;
        for (int device = 0; device < stages(); device++) {
            most = Math.max(most, deviceMegabytes(device));
        }
        return most;
    }
}
