package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.cost.CostMeter;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.StageCosts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Predicts layouts of one job on one machine, and compares them.
 *
 * <pre>
 *   Job, Machine ──Layouts──▶ Layout ──Costs──▶ DeviceMap ─┬─MemoryModel──▶ bytes ─┬─▶ Prediction ──▶ Plan
 *                                                          └─StepModel───▶ seconds ┘
 * </pre>
 *
 * <p>Nothing that is predicted runs: costs are measured on single stages, or come from rates.
 */
public final class Planner {
    private final Job job;
    private final Machine machine;
    private final Costs costs;
    private final MemoryModel memory;
    private final Consumer<String> progress;
    private final Map<String, DeviceMap> maps = new HashMap<>();
    private final Map<DeviceMap, List<Long>> parameters = new HashMap<>();

    private Planner(Job job, Machine machine, Costs costs, Consumer<String> progress) {
        this.job = job;
        this.machine = machine;
        this.costs = costs;
        this.memory = new MemoryModel(job, machine.hasGpus());
        this.progress = progress;
    }

    /**
     * A planner that knows a machine by its figures.
     *
     * @param job what is to be done
     * @param machine where; it need not be here
     * @return the planner
     */
    public static Planner byRates(Job job, Machine machine) {
        NullChecks.require("job", job, "machine", machine);
        return new Planner(job, machine, new RateCosts(machine, job.model(), job.type()), line -> {});
    }

    /**
     * A planner that measures the parts of the model here.
     *
     * @param job what is to be done
     * @param machine this one, as {@link ThisMachine} measures it
     * @param meter measures, or knows
     * @param progress told what is being measured
     * @return the planner
     */
    public static Planner byMeasuring(Job job, Machine machine, CostMeter meter, Consumer<String> progress) {
        NullChecks.require("job", job, "machine", machine, "meter", meter, "progress", progress);
        return new Planner(job, machine, new MeteredCosts(job, machine, meter, progress), progress);
    }

    /**
     * Predicts every layout.
     *
     * @return all of them, ranked
     */
    public Plan plan() {
        return plan(layout -> true);
    }

    /**
     * Predicts some layouts.
     *
     * @param wanted which of all
     * @return those, ranked
     */
    public Plan plan(Predicate<Layout> wanted) {
        NullChecks.require("wanted", wanted);
        List<Layout> layouts = Layouts.of(job, machine).stream().filter(wanted).toList();
        progress.accept("predicting " + layouts.size() + " layouts");
        return compare(layouts);
    }

    /**
     * Compares layouts.
     *
     * @param layouts any
     * @return those, ranked
     */
    public Plan compare(List<Layout> layouts) {
        NullChecks.require("layouts", layouts);
        return Plan.of(job, machine, layouts.stream().map(this::predict).toList());
    }

    /**
     * Predicts one layout, whether or not {@link #plan} would look at it.
     *
     * @param layout any; its split may be even, balanced or explicit
     * @return the prediction, with the split that it is for
     */
    public Prediction predict(Layout layout) {
        NullChecks.require("layout", layout);
        DeviceMap map = map(layout);
        List<DeviceBytes> devices = memory.of(layout, map);
        List<Long> counts = parameters.computeIfAbsent(map, memory::parameters);
        StepTime time = job.trains()
                ? new StepModel(job, machine, costs).time(layout, map, counts)
                : new GenerationModel(job, machine, costs).time(layout, map);
        double tokens = (double) job.rows() * (job.trains() ? job.length() : job.newTokens());
        return new Prediction(
                layout.pipeline().stagesOfModel() == 1 ? layout : layout.withSplit(map.toString()),
                devices,
                needed(layout, devices),
                usable(),
                time,
                tokens / time.seconds(),
                machine.cannotRun(job.type(), job.trains()).or(() -> machine.cannotHold(job.trains(), layout)));
    }

    /**
     * What a layout holds.
     *
     * @param layout any
     * @return the bytes of each device of a rank
     */
    public List<DeviceBytes> bytes(Layout layout) {
        NullChecks.require("layout", layout);
        return memory.of(layout, map(layout));
    }

    /**
     * What a layout of a training job asks of its devices.
     *
     * @param layout any, whose ranks and micro-batches cut the job's rows evenly
     * @return schedule, costs and bytes
     * @throws IllegalArgumentException for generation, or rows that cannot be cut so
     */
    public StageWork work(Layout layout) {
        NullChecks.require("layout", layout);
        int pieces = Math.multiplyExact(layout.ranks(), layout.microBatches());
        if (!job.trains() || job.rows() % pieces != 0) {
            throw new IllegalArgumentException("batch-size " + job.rows() + " cannot be cut into " + layout.ranks()
                    + " ranks × " + layout.microBatches() + " micro-batches of training; use a multiple of " + pieces);
        }
        DeviceMap map = map(layout);
        return new StepModel(job, machine, costs)
                .work(layout, map, parameters.computeIfAbsent(map, memory::parameters));
    }

    /** A balanced split is balanced by the same costs that times come from. */
    private DeviceMap map(Layout layout) {
        PipelineLayout pipeline = layout.pipeline();
        int rows = memory.rowsOf(layout);
        String key = pipeline.split() + " " + pipeline.stagesOfModel() + " " + rows + " " + layout.threads();
        return maps.computeIfAbsent(
                key,
                none -> DeviceMap.of(
                        job.model().layers(), pipeline.split(), pipeline.stagesOfModel(), () -> parts(layout, rows)));
    }

    private StageCosts parts(Layout layout, int rows) {
        return job.trains()
                ? costs.training(rows, job.length(), layout.threads()).alone()
                : costs.decoding(rows, job.length(), layout.threads());
    }

    private long needed(Layout layout, List<DeviceBytes> devices) {
        if (machine.hasGpus()) {
            return devices.stream().mapToLong(DeviceBytes::total).max().orElseThrow();
        }
        int ranks = machine.ranksOfHost(
                job.trains(), layout.ranks(), layout.pipeline().stages());
        return ranks * devices.stream().mapToLong(DeviceBytes::total).sum();
    }

    private long usable() {
        return machine.memory().usable();
    }
}
