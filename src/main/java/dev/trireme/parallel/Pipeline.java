package dev.trireme.parallel;

import dev.trireme.config.Guard;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Task;
import dev.trireme.schedule.Timeline;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A model split into stages on devices, which process micro-batches by a schedule. One stage on one device is the
 * smallest pipeline. With one micro-batch it is sequential model parallelism.
 *
 * <p>The same micro-batches give losses, gradients and weights with the same bits for every split, schedule and
 * execution: stages of one device share tensors, backward passes go by increasing micro-batch, and the two parts of a
 * tied embedding's gradient are added once, at the end.
 *
 * <p>Any thread may call; one call runs at a time, the others wait in the order in which they came. Interrupting a thread
 * ends its {@link #train} or {@link #evaluate} within a task, or its waiting, by a {@link CancellationException}; the
 * interrupt stays set. {@link #close} ends them likewise, by an {@code IllegalStateException}.
 */
public final class Pipeline implements AutoCloseable {
    private final List<Stage> stages;
    private final PipelineConfig config;
    private final StageTasks tasks;
    private final List<Worker> workers;
    private final Guard guard;
    private volatile Optional<Timeline> timeline = Optional.empty();
    private long begunNanos; // of the last step, on the host's clock

    private Pipeline(List<Stage> stages, PipelineConfig config, boolean owned) {
        this.stages = List.copyOf(stages);
        this.config = config;
        this.tasks = new StageTasks(this.stages, config);
        this.workers = IntStream.range(0, config.schedule().devices())
                .mapToObj(device -> new Worker("trireme device " + device))
                .toList();
        this.guard = new Guard("pipeline of " + stages.size() + " stages", () -> free(owned));
    }

    /**
     * Makes the stages of a model. Their weights are 0 until they are initialized or loaded.
     *
     * @param model sizes and constants
     * @param map the layers of each stage, as many stages as the schedule has
     * @param config schedule, and how to run it
     * @param devices as many as the schedule has; stage s is on device s mod devices
     * @return the pipeline, which the caller closes
     * @throws IllegalArgumentException when the numbers do not fit each other, or a device is not there
     */
    public static Pipeline open(ModelConfig model, DeviceMap map, PipelineConfig config, List<Device> devices) {
        NullChecks.require("model", model, "map", map, "config", config, "devices", devices);
        Schedule schedule = config.schedule();
        requireEqual("devices", devices.size(), "devices of the schedule", schedule.devices());
        requireEqual("stages", map.ranges().size(), "stages of the schedule", schedule.stages());
        Device.requireTogether(devices);
        return of(Stages.open(model, map, stage -> devices.get(schedule.deviceOf(stage)), Weights.TRAINABLE), config);
    }

    /**
     * A pipeline of one stage: a model on one device, which holds the activations of one micro-batch at a time.
     *
     * @param stage the whole model, trainable; {@link #close} closes it
     * @param microBatches of a step
     * @return the pipeline
     */
    public static Pipeline alone(Stage stage, int microBatches) {
        Objects.requireNonNull(stage, "stage");
        return of(List.of(stage), PipelineConfig.of(Schedules.oneForwardOneBackward(microBatches, 1)));
    }

    /**
     * A pipeline of existing stages.
     *
     * @param stages in order, trainable; {@link #close} closes them
     * @param config schedule, and how to run it
     * @return the pipeline
     * @throws IllegalArgumentException when the schedule has another number of stages, or they are on devices of several
     *     kinds
     */
    public static Pipeline of(List<Stage> stages, PipelineConfig config) {
        NullChecks.require("stages", stages, "config", config);
        return new Pipeline(fitting(stages, config), config, true);
    }

    /**
     * A pipeline of stages that another owns.
     *
     * @param stages in order, trainable; they outlive the pipeline, and {@link #close} leaves them open
     * @param config schedule, and how to run it
     * @return the pipeline
     * @throws IllegalArgumentException as {@link #of}
     */
    public static Pipeline borrow(List<Stage> stages, PipelineConfig config) {
        NullChecks.require("stages", stages, "config", config);
        return new Pipeline(fitting(stages, config), config, false);
    }

    private static List<Stage> fitting(List<Stage> stages, PipelineConfig config) {
        requireEqual(
                "stages",
                stages.size(),
                "stages of the schedule",
                config.schedule().stages());
        Device.requireOneKind(stages.stream().map(Stage::device).toList());
        return stages;
    }

    /**
     * Runs forward and backward of a step's micro-batches. Afterwards the gradients of this rank are complete and their
     * all-reduce has started.
     *
     * @param step its number, part of the key of dropout
     * @param seed the other part
     * @param microBatches as many as the schedule has
     * @param lossDivisor see {@link Stage#begin}
     * @return sum over labels of weight × −log p, in nats
     * @throws PipelineException when a task fails; the step is then dropped, and the pipeline can take another
     * @throws CancellationException when the thread is interrupted, likewise
     * @throws IllegalStateException when the pipeline is closed, before or meanwhile
     */
    public double train(long step, long seed, List<MicroBatch> microBatches, double lossDivisor) {
        Objects.requireNonNull(microBatches, "microBatches");
        return guard.inTurn("train", () -> trained(step, seed, microBatches, lossDivisor));
    }

    private double trained(long step, long seed, List<MicroBatch> microBatches, double lossDivisor) {
        issued(step, seed, microBatches, lossDivisor);
        double loss = sumOfLosses(microBatches.size());
        takeTimesOfDevices();
        return loss;
    }

    /** As {@link #train}, but the host waits for no device. */
    void issue(long step, long seed, List<MicroBatch> microBatches, double lossDivisor) {
        guard.inTurn("train", () -> {
            issued(step, seed, microBatches, lossDivisor);
            return step;
        });
    }

    private void issued(long step, long seed, List<MicroBatch> microBatches, double lossDivisor) {
        Schedule schedule = config.schedule();
        requireEqual("micro-batches", microBatches.size(), "micro-batches of the schedule", schedule.microBatches());
        begunNanos = System.nanoTime();
        stages.forEach(stage -> stage.begin(step, seed, microBatches.size(), lossDivisor, config.summation()));
        boolean eager = config.execution() == Execution.EAGER;
        run(
                task -> tasks.train(task, microBatches),
                run -> eager ? run.eager(schedule.tasks()) : run.clocked(schedule.clocks()));
        if (config.summation() == Summation.SEQUENCE) {
            SharedGradients.addTied(stages);
        }
    }

    /**
     * Waits for the all-reduce, clips by the norm over all stages, and updates the weights of all.
     *
     * @param optimizer its constants
     * @param learningRate from 0 up
     * @return the global L2 norm of the gradients before clipping
     * @throws dev.trireme.engine.EngineException of kind {@code NOT_FINITE}, the weights left as they were, when that norm
     *     is not a number
     * @throws IllegalStateException when the pipeline is closed
     */
    public double update(OptimizerConfig optimizer, double learningRate) {
        Objects.requireNonNull(optimizer, "optimizer");
        double norm = updated(optimizer, learningRate, 0).norm();
        if (!Double.isFinite(norm)) {
            throw new EngineException(
                    Kind.NOT_FINITE,
                    "the gradient norm is not finite; weights were left as they were; lower the learning rate or clip"
                            + " gradients");
        }
        return norm;
    }

    /**
     * What the host learns of a step, by one wait.
     *
     * @param loss the sum over this rank's labels, in nats
     * @param squares squared gradient norms: embeddings, each sublayer, head; of any split
     */
    record Numbers(double loss, List<Double> squares) {
        /** When it is not finite, the update has left the weights as they were. */
        double norm() {
            return Pipeline.norm(squares);
        }
    }

    /**
     * As {@link #update}, for the caller to see whether the norm is finite.
     *
     * @param microBatches whose losses are wanted
     */
    Numbers updated(OptimizerConfig optimizer, double learningRate, int microBatches) {
        return guard.inTurn("update", () -> {
            SharedGradients.complete(stages, config.summation());
            Worker.onAll(workers, device -> {
                for (int stage = device; stage < stages.size(); stage += workers.size()) {
                    stages.get(stage).gradients().update(optimizer, learningRate);
                }
            });
            double loss = sumOfLosses(microBatches);
            Numbers numbers = new Numbers(
                    loss, Arrays.stream(last().gradients().squares()).boxed().toList());
            takeTimesOfDevices();
            stages.forEach(stage -> stage.gradients().endStep(Double.isFinite(numbers.norm())));
            return numbers;
        });
    }

    /** The host has issued the tasks of a device with a clock of its own long before they ran. */
    private void takeTimesOfDevices() {
        timeline = timeline.map(issued -> DeviceTimes.of(
                issued, begunNanos, stages.stream().map(Stage::taskNanos).toList()));
    }

    /** Adds parts up one after the other, so that the sum does not depend on where the model is cut. */
    static double norm(List<Double> squares) {
        double sum = 0;
        for (double part : squares) {
            sum += part;
        }
        return Math.sqrt(sum);
    }

    /**
     * Computes the loss by the forward passes of the schedule, with as many micro-batches in flight as the schedule
     * has.
     *
     * @param microBatches any number; of a list that makes them when they are asked for, those in flight are in memory
     * @return sum over labels of weight × −log p, in nats
     * @throws PipelineException when a task fails
     * @throws CancellationException when the thread is interrupted
     * @throws IllegalStateException when the pipeline is closed, before or meanwhile
     */
    public double evaluate(List<MicroBatch> microBatches) {
        return measure(microBatches).lossSum();
    }

    /** As {@link #evaluate}, with the sum of the weights. */
    Evaluation measure(List<MicroBatch> microBatches) {
        Objects.requireNonNull(microBatches, "microBatches");
        return guard.inTurn("evaluate", () -> measured(microBatches));
    }

    private Evaluation measured(List<MicroBatch> microBatches) {
        int most = config.schedule().microBatches();
        double loss = 0;
        double weights = 0;
        for (int begin = 0; begin < microBatches.size(); begin += most) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted after " + begin + " of " + microBatches.size()
                        + " micro-batches of an evaluation");
            }
            List<MicroBatch> some =
                    List.copyOf(microBatches.subList(begin, Math.min(begin + most, microBatches.size())));
            run(task -> tasks.evaluate(task, some), run -> run.eager(tasks.evaluationTasks(some.size())));
            loss += sumOfLosses(some.size());
            for (MicroBatch one : some) {
                weights += one.weightSum();
            }
            stages.forEach(Stage::dropMicroBatches);
        }
        return new Evaluation(loss, weights);
    }

    /**
     * The stages, for reading and writing weights between steps.
     *
     * @return all stages, in order
     */
    public List<Stage> stages() {
        return stages;
    }

    /**
     * The schedule and settings.
     *
     * @return as given
     */
    public PipelineConfig config() {
        return config;
    }

    /**
     * The timeline of the last {@link #train} or {@link #evaluate}: a training step's by the clocks of the devices that have
     * one.
     *
     * @return nothing before the first
     */
    public Optional<Timeline> timeline() {
        return timeline;
    }

    /** Ends a running call, then the threads, and frees the stages. A second call does nothing. */
    @Override
    public void close() {
        guard.close();
    }

    /** The first half of {@link #close}: tells a running call to end, and does not wait for it. */
    void end() {
        guard.end();
    }

    private void free(boolean owned) {
        workers.forEach(Worker::close);
        if (owned) {
            stages.forEach(Stage::close);
        }
    }

    private void run(Consumer<Task> operation, Function<TaskRun, Timeline> execution) {
        TaskBoard board = new TaskBoard(stages.size());
        try {
            timeline = Optional.of(execution.apply(new TaskRun(workers, board, task -> {
                guard.requireOpen(task.toString());
                operation.accept(task);
            })));
        } catch (RuntimeException e) {
            dropMicroBatches(e);
            guard.requireOpen("its tasks");
            throw e;
        }
    }

    private void dropMicroBatches(RuntimeException reason) {
        for (Stage stage : stages) {
            try {
                stage.dropMicroBatches();
            } catch (RuntimeException e) { // somebody has closed the stage, for example
                reason.addSuppressed(e);
            }
        }
    }

    private double sumOfLosses(int microBatches) {
        return microBatches == 0 ? 0 : BinaryTree.sum(last().losses(microBatches));
    }

    private Stage last() {
        return stages.get(stages.size() - 1);
    }

    private static void requireEqual(String what, int count, String other, int otherCount) {
        if (count != otherCount) {
            throw new IllegalArgumentException(
                    count + " " + what + " do not fit " + otherCount + " " + other + "; use the same number");
        }
    }
}
