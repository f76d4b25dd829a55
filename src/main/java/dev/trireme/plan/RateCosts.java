package dev.trireme.plan;

import dev.trireme.cost.HostCosts;
import dev.trireme.cost.UpdateCosts;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.StageCosts;

/**
 * Times of a model's parts from the rates of a machine that need not be here.
 *
 * <pre>
 *   products     the longer of FLOP / rate and bytes of weights / bandwidth
 *   the rest     bytes of activations / bandwidth
 *   never less   than its operators take to be started
 * </pre>
 *
 * <p>Backward computes two products where forward has one: of the input and of the weights; mixing computes two more.
 */
record RateCosts(Machine machine, ModelConfig model, NumberType type) implements Costs {
    private static final int FLOAT32 = 4;

    @Override
    public HostCosts training(int rows, int length, int threads) {
        StageCosts alone = parts(new Work.Tokens(rows, length, 0), threads, false);
        StageCosts busy = parts(new Work.Tokens(rows, length, 0), threads, true);
        return new HostCosts(alone, busy, update(threads, false), update(threads, true));
    }

    @Override
    public StageCosts decoding(int rows, int context, int threads) {
        return parts(new Work.Tokens(rows, 1, context), threads, threads == cores());
    }

    private StageCosts parts(Work.Tokens tokens, int threads, boolean busy) {
        return StageCosts.ofEqualLayers(
                model.layers(),
                cost(Work.embedding(model, tokens), threads, busy),
                cost(Work.attention(model, tokens), threads, busy),
                cost(Work.mlp(model, tokens), threads, busy),
                cost(Work.head(model, tokens), threads, busy));
    }

    private Cost cost(Work work, int threads, boolean busy) {
        double rate = flops(threads, busy);
        double bandwidth = bandwidth(threads, busy);
        double weights = work.weights() * type.bytes() / bandwidth;
        double product = Math.max(work.flops() / rate, weights);
        double mixing = work.mixFlops() / rate + work.cached() * type.bytes() / bandwidth;
        double stream = work.stream() * type.bytes() / bandwidth;
        double least = work.operators() * machine.operatorSeconds().value();
        return new Cost(
                Math.max(least, product + mixing + stream),
                Math.max(least, product + 2 * mixing + stream),
                Math.max(least, product + weights + stream / 2)); // gradients are read and written
    }

    private UpdateCosts update(int threads, boolean busy) {
        double number = FLOAT32 / bandwidth(threads, busy);
        return new UpdateCosts(number, 7 * number, 3 * number, 2 * number);
    }

    private double flops(int threads, boolean busy) {
        Machine.Gemm gemm = machine.gemm();
        return gemm.of(type).value() * gemm.achieved().value() * speedUp(threads, busy, gemm.busy());
    }

    private double bandwidth(int threads, boolean busy) {
        Machine.Memory memory = machine.memory();
        return memory.bytesPerSecond().value() * memory.achieved().value() * speedUp(threads, busy, memory.busy());
    }

    /** Of a stage with several cores of a CPU. Each keeps its busy share when all compute, and what is between between. */
    private double speedUp(int threads, boolean busy, Figure busyShare) {
        if (machine.hasGpus()) {
            return 1;
        }
        int computing = busy ? cores() : threads;
        double share =
                cores() == 1 ? 1 : 1 - (1 - busyShare.value()) * (Math.min(computing, cores()) - 1) / (cores() - 1);
        return threads * share;
    }

    private int cores() {
        return machine.devicesPerHost();
    }
}
