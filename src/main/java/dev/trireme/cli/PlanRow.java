package dev.trireme.cli;

import dev.trireme.plan.DeviceBytes;
import dev.trireme.plan.Prediction;
import dev.trireme.plan.StepTime;
import java.util.List;

/** A prediction as JSON has it. */
record PlanRow(
        int worldSize,
        int stages,
        String split,
        String schedule,
        int chunks,
        String checkpointActivations,
        int microBatches,
        int threads,
        boolean fits,
        String binds,
        long neededBytes,
        long usableBytes,
        List<DeviceBytes> devices,
        StepTime time,
        double tokensPerSecond,
        String cannotRun) {
    static PlanRow of(Prediction one) {
        return new PlanRow(
                one.layout().ranks(),
                one.layout().pipeline().stages(),
                one.layout().pipeline().split(),
                one.layout().pipeline().schedule(),
                one.layout().pipeline().chunks(),
                one.layout().pipeline().checkpointing().toString(),
                one.layout().microBatches(),
                one.layout().threads(),
                one.fits(),
                one.binding(),
                one.needed(),
                one.usable(),
                one.devices(),
                one.time(),
                one.tokensPerSecond(),
                one.cannotRun().orElse(""));
    }
}
