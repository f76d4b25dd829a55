package dev.trireme.cli;

import dev.trireme.cli.option.PipelineSettings;
import dev.trireme.cluster.AllReduce;
import dev.trireme.cluster.Placement;
import dev.trireme.cluster.Spread;
import dev.trireme.config.PipelineLayout;
import dev.trireme.plan.Layout;
import dev.trireme.plan.Machine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** A training step on a cluster that is not there. */
final class SimulateOptions {
    private static final List<String> OTHERS = List.of(
            "--devices",
            "--all-reduce",
            "--neighbours",
            "--slow",
            "--stages",
            "--split",
            "--micro-batches",
            "--schedule",
            "--chunks",
            "--checkpoint-activations");

    @Option(names = "--simulate", description = "Simulate one layout on a cluster, instead of comparing layouts.")
    private boolean simulate;

    @Option(names = "--devices", paramLabel = "N", description = "Of the cluster, up to 4096 (those of --machine).")
    private Optional<Integer> devices = Optional.empty();

    @Option(
            names = "--all-reduce",
            paramLabel = "HOW",
            description = "How gradients are summed: ${COMPLETION-CANDIDATES} (ring).")
    private Optional<AllReduce> allReduce = Optional.empty();

    @Option(
            names = "--neighbours",
            paramLabel = "WHAT",
            description = "What lies next to each other, within hosts first: ${COMPLETION-CANDIDATES} (stages).")
    private Optional<Placement> neighbours = Optional.empty();

    @Option(
            names = "--slow",
            paramLabel = "DEVICE:FACTOR",
            description = "A device that takes so many times as long, such as 17:1.5; may be repeated.")
    private List<String> slow = new ArrayList<>();

    @ArgGroup(validate = false, heading = "%nStages of each replica, with --simulate%n")
    private PipelineSettings pipeline = new PipelineSettings();

    boolean isAsked(Predicate<String> typed) {
        Optional<String> idle = OTHERS.stream().filter(typed).findFirst();
        if (!simulate && idle.isPresent()) {
            throw new IllegalArgumentException(
                    idle.get() + " is for --simulate; add --simulate, or leave out " + idle.get());
        }
        return simulate;
    }

    Machine machine(Machine named) {
        return devices.map(named::withDevices).orElse(named);
    }

    /** As many replicas as there is room for. */
    Layout layout(Machine machine) {
        PipelineLayout usual = PipelineLayout.of(Math.min(8, machine.devicesPerHost()), "balanced");
        PipelineLayout layout = pipeline.over(usual);
        int stages = layout.stages();
        if (machine.devices() % stages != 0) {
            throw new IllegalArgumentException("--stages " + stages + " cannot cut " + machine.devices()
                    + " devices into pipelines; use a divisor of " + machine.devices());
        }
        int ranks = machine.devices() / stages;
        return new Layout(ranks, layout, microBatches(ranks).orElse(layout.usualMicroBatches()), 1);
    }

    /** Of each rank; typed are those of all ranks, as for training. */
    private Optional<Integer> microBatches(int ranks) {
        Optional<Integer> all = pipeline.microBatches();
        if (all.isPresent() && all.get() % ranks != 0) {
            throw new IllegalArgumentException("--micro-batches " + all.get() + " cannot be shared by " + ranks
                    + " ranks; use a multiple of " + ranks);
        }
        return all.map(count -> count / ranks);
    }

    /** Factors of devices that are slow. */
    Map<Integer, Double> factors() {
        Map<Integer, Double> factors = new HashMap<>();
        for (String one : slow) {
            String[] parts = one.split(":", -1);
            try {
                if (parts.length == 2) {
                    factors.put(Integer.valueOf(parts[0]), Double.valueOf(parts[1]));
                    continue;
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("--slow " + one + " is no device and factor; use such as 17:1.5", e);
            }
            throw new IllegalArgumentException("--slow " + one + " is no device and factor; use such as 17:1.5");
        }
        return factors;
    }

    Spread spread(Layout layout, Map<Integer, Double> factors) {
        int devices = layout.ranks() * layout.pipeline().stages();
        factors.keySet().stream()
                .filter(device -> device < 0 || device >= devices)
                .findFirst()
                .ifPresent(device -> {
                    throw new IllegalArgumentException(
                            "--slow device " + device + " takes no part; use 0 to " + (devices - 1));
                });
        return new Spread(
                layout.ranks(), neighbours.orElse(Placement.STAGES), allReduce.orElse(AllReduce.RING), factors);
    }
}
