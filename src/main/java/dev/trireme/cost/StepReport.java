package dev.trireme.cost;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.Stage;
import dev.trireme.parallel.Pipeline;
import dev.trireme.schedule.ClockCycles;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Timeline;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A breakdown of the time of a step on several devices.
 *
 * <pre>
 *            │◀──────────────── tasks ────────────────▶│◀ all-reduce ▶│◀ update ▶│
 *   device 0 │busy│copying│busy│waiting for input│ busy│   the gaps between the first task and the last
 *   device 1 │waiting │busy│                           │   of all devices are waiting
 *            │◀──────────────────────────── step ──────────────────────────────▶│
 * </pre>
 *
 * <p>With p devices, and for each its work = busy + update, because all update at once:
 *
 * <pre>
 *   balance        mean work / most work              stages take equally long
 *   fill           most work / (step − exchange)      the slowest device never waits
 *   communication  (step − exchange) / step           exchange = all-reduce + copying of the device with most work
 *   kernel size    step of one device / sum of work   pieces take no longer than the whole
 *
 *   efficiency     step of one device / (p × step)  = balance × fill × communication × kernel size
 * </pre>
 *
 * <p>Kernel size is below 1 where devices share caches and memory, or repeat work, such as the update of a tied
 * embedding; it is above 1 where a part fits a cache and the whole does not.
 *
 * @param devices time of each
 * @param stepNanos of the whole step
 * @param tasksNanos from the first start to the last end of a task
 * @param bubble share of the devices' time between these two in which they ran no task
 * @param bubbleTheory (p − 1) / (m + p − 1), the least of equal stages that do not delay weight gradients; with v stages
 *     on each device, of v m micro-batches
 */
public record StepReport(
        List<DeviceTime> devices, long stepNanos, long tasksNanos, double bubble, double bubbleTheory) {
    /**
     * The time of a device over all its stages, in nanoseconds.
     *
     * @param busy computing
     * @param waiting for the input of its next task, or for the end of the others' tasks
     * @param copying inputs from other devices
     * @param allReduce waiting for gradients of other replicas
     */
    public record DeviceTime(long busy, long waiting, long copying, long allReduce) {}

    /** Keeps a copy of the list. */
    public StepReport {
        Objects.requireNonNull(devices, "devices");
        devices = List.copyOf(devices);
    }

    /**
     * The report of a step that has just ended.
     *
     * @param pipeline that took it
     * @param copiedBefore result of {@link #copiedNanos} before the step
     * @param stepNanos its time
     * @return the report
     * @throws IllegalStateException when the pipeline has not run
     */
    public static StepReport of(Pipeline pipeline, List<Long> copiedBefore, long stepNanos) {
        NullChecks.require("pipeline", pipeline, "copiedBefore", copiedBefore);
        Timeline timeline = pipeline.timeline()
                .orElseThrow(() -> new IllegalStateException("the pipeline has not run; take a step first"));
        List<Long> copied = copiedNanos(pipeline);
        List<Long> copying = IntStream.range(0, copied.size())
                .mapToObj(device -> copied.get(device) - copiedBefore.get(device))
                .toList();
        return of(
                pipeline.config().schedule(),
                timeline,
                copying,
                perDevice(pipeline, stage -> stage.gradients().exposedCommunicationNanos()),
                stepNanos);
    }

    /**
     * Time that the devices of a pipeline have spent on copies so far.
     *
     * @param pipeline on any devices
     * @return nanoseconds of each device
     */
    public static List<Long> copiedNanos(Pipeline pipeline) {
        Objects.requireNonNull(pipeline, "pipeline");
        return perDevice(pipeline, Stage::copiedNanos);
    }

    static StepReport of(
            Schedule schedule, Timeline timeline, List<Long> copying, List<Long> allReduce, long stepNanos) {
        long tasks = timeline.makespanNanos();
        List<DeviceTime> devices = IntStream.range(0, schedule.devices())
                .mapToObj(device -> {
                    long running = timeline.busyNanos(device);
                    long copied = Math.min(copying.get(device), running);
                    return new DeviceTime(running - copied, tasks - running, copied, allReduce.get(device));
                })
                .toList();
        double theory = ClockCycles.bubble(schedule.chunks() * schedule.microBatches(), schedule.devices());
        return new StepReport(devices, stepNanos, tasks, timeline.bubble(), theory);
    }

    /**
     * The median step by time.
     *
     * @param reports of at least one step
     * @return one of them
     */
    public static StepReport typical(List<StepReport> reports) {
        Objects.requireNonNull(reports, "reports");
        return reports.stream()
                .sorted(Comparator.comparingLong(StepReport::stepNanos))
                .skip((reports.size() - 1) / 2)
                .findFirst()
                .orElseThrow();
    }

    /**
     * The balance of the split.
     *
     * @return mean / most work of a device
     */
    public double balance() {
        return sumOfWork() / devices.size() / mostWork();
    }

    /**
     * The fill of the pipeline.
     *
     * @return most work of a device / time without exchange
     */
    public double fill() {
        return mostWork() / (stepNanos - exchangeNanos());
    }

    /**
     * The share of time that is not exposed communication.
     *
     * @return time without exchange / time
     */
    public double communication() {
        return (stepNanos - exchangeNanos()) / (double) stepNanos;
    }

    /**
     * The effect of smaller kernels and shared hardware on the work itself.
     *
     * @param oneDeviceNanos a step with the same micro-batches in one stage on one such device
     * @return that / the work of all devices
     */
    public double kernelSize(long oneDeviceNanos) {
        return oneDeviceNanos / sumOfWork();
    }

    /**
     * The parallel efficiency: the speed as a share of p times that of one device.
     *
     * @param oneDeviceNanos as for {@link #kernelSize}
     * @return the product of all four factors
     */
    public double efficiency(long oneDeviceNanos) {
        return oneDeviceNanos / ((double) devices.size() * stepNanos);
    }

    /**
     * The report as text.
     *
     * @return several lines
     */
    public String text() {
        String rows = IntStream.range(0, devices.size())
                .mapToObj(device -> row(device, devices.get(device)))
                .collect(Collectors.joining());
        return rows
                + String.format(
                        Locale.ROOT,
                        "bubble %.1f %%, where (p - 1) / (m + p - 1) is %.1f %%; "
                                + "balance %.3f × fill %.3f × communication %.3f",
                        100 * bubble,
                        100 * bubbleTheory,
                        balance(),
                        fill(),
                        communication());
    }

    private static String row(int device, DeviceTime time) {
        return String.format(
                Locale.ROOT,
                "device %d: busy %.1f ms, waiting for input %.1f ms, copying %.1f ms, all-reduce %.1f ms%n",
                device,
                time.busy() / 1e6,
                time.waiting() / 1e6,
                time.copying() / 1e6,
                time.allReduce() / 1e6);
    }

    /** The time outside tasks and all-reduce: clipping and update, on all devices at once. */
    private long updateNanos() {
        return Math.max(0, stepNanos - tasksNanos - allReduceNanos());
    }

    /** Devices wait for their all-reduces one after the other. */
    private long allReduceNanos() {
        return devices.stream().mapToLong(DeviceTime::allReduce).sum();
    }

    private long exchangeNanos() {
        DeviceTime busiest =
                devices.stream().max(Comparator.comparingLong(DeviceTime::busy)).orElseThrow();
        return allReduceNanos() + busiest.copying();
    }

    private double sumOfWork() {
        return devices.stream().mapToLong(time -> time.busy() + updateNanos()).sum();
    }

    private double mostWork() {
        return devices.stream().mapToLong(DeviceTime::busy).max().orElseThrow() + updateNanos();
    }

    private static List<Long> perDevice(Pipeline pipeline, ToLongFunction<Stage> figure) {
        List<Stage> stages = pipeline.stages();
        int devices = pipeline.config().schedule().devices();
        return IntStream.range(0, devices)
                .mapToObj(device -> IntStream.iterate(device, stage -> stage < stages.size(), stage -> stage + devices)
                        .mapToLong(stage -> figure.applyAsLong(stages.get(stage)))
                        .sum())
                .toList();
    }
}
