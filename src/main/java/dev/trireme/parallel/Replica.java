package dev.trireme.parallel;

import dev.trireme.config.Guard;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Stage;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * This rank's replica of a model. It is trained in step with the replicas of all other ranks and stays equal to them to
 * the bit. A single rank takes the same path without communication.
 *
 * <pre>
 *   forward and backward by the schedule ─▶ wait, clip, update unless a number is not finite ─▶ sum losses
 *       last backwards ┄┄ all-reduce buckets ┄┄▶                                    of all ranks
 *
 *                 rank 0              rank 1
 *   stage 0   ┌────────────┐      ┌────────────┐
 *             │ layers 0–4 │◀────▶│ layers 0–4 │     each stage has a group of its own
 *   stage 1   │ layers 5–11│◀────▶│ layers 5–11│
 *             └────────────┘      └────────────┘
 * </pre>
 */
public final class Replica implements AutoCloseable {
    /** Least bytes of a bucket of gradients: enough to be worth the latency of an all-reduce. */
    public static final long BUCKET_BYTES = 4 << 20;

    /** Largest relative difference between two sums of the same label weights, added in another order. */
    private static final double ROUNDING = 1e-9;

    private final Pipeline pipeline;
    private final List<ProcessGroup> groups = new ArrayList<>();
    private Optional<ProcessGroup> scalars = Optional.empty(); // empty in a world of one
    private final RankEnvironment environment;
    private final ReplicaConfig config;
    private final Guard guard = new Guard("replica", this::free);
    private long waitedNanos;
    private volatile boolean endRequested;
    private volatile boolean toEnd;

    private Replica(Pipeline pipeline, RankEnvironment environment, ReplicaConfig config) {
        this.pipeline = pipeline;
        this.environment = environment;
        this.config = config;
    }

    /**
     * Connects each stage with its replicas, and checks that all ranks have the same configuration, reduction plan and
     * weights.
     *
     * @param pipeline the whole model with its weights set; {@link #close} closes it
     * @param rendezvous where the ranks met; stays open as long as the replica
     * @param config settings of training
     * @return the replica
     * @throws IllegalArgumentException on every rank when something differs, naming it and both values
     * @throws EngineException when others do not come in time
     */
    public static Replica open(Pipeline pipeline, Rendezvous rendezvous, ReplicaConfig config) {
        NullChecks.require("pipeline", pipeline, "rendezvous", rendezvous, "config", config);
        Replica replica = new Replica(pipeline, rendezvous.environment(), config);
        try {
            for (Stage stage : pipeline.stages()) {
                replica.join(stage, rendezvous);
            }
            replica.scalars = rendezvous.group("numbers of a step", BackendKind.GLOO, config.timeout());
            replica.scalars.ifPresent(replica.groups::add);
            rendezvous.agree("replicas", config.fingerprint(replica.reductionPlan(), replica.checksum()));
            return replica;
        } catch (RuntimeException | Error e) {
            replica.close();
            throw e;
        }
    }

    private void join(Stage stage, Rendezvous rendezvous) {
        String name = "replicas of stage " + pipeline.stages().indexOf(stage);
        rendezvous.group(name, BackendKind.of(stage.device()), config.timeout()).ifPresent(group -> {
            groups.add(group);
            stage.gradients().join(group, BUCKET_BYTES, config.reduction());
        });
    }

    private String reductionPlan() {
        return pipeline.stages().stream()
                .map(stage -> stage.gradients().reductionPlan())
                .collect(Collectors.joining("; "));
    }

    private long checksum() {
        return pipeline.stages().stream().mapToLong(Stage::checksum).reduce(0, (all, one) -> 31 * all + one);
    }

    /**
     * Trains on a batch, together with all other ranks.
     *
     * @param number of the step, part of the key of dropout
     * @param microBatches this rank's share, as many as the pipeline's schedule has; gradients add up over them
     * @param globalWeight divisor of the loss: the sum of label weights over all ranks' micro-batches, the same on
     *     every rank
     * @param learningRate from 0 up
     * @return loss and norm of the step; losses are summed over all ranks
     * @throws IllegalArgumentException when there is no micro-batch, no label with a weight on any rank, or the weights of
     *     all ranks do not add up to {@code globalWeight}, before any weight of the model changes
     * @throws EngineException of kind {@code NOT_FINITE}, naming the ranks whose loss is not a number and the parameter
     *     whose gradient is not, on every rank before any weight changes: another step may follow; of kind {@code PEER_LOST} or {@code TIMEOUT} when another rank fails
     */
    public StepResult step(long number, List<MicroBatch> microBatches, double globalWeight, double learningRate) {
        Objects.requireNonNull(microBatches, "microBatches");
        return guard.inTurn("run step " + number, () -> stepped(number, microBatches, globalWeight, learningRate));
    }

    private StepResult stepped(long number, List<MicroBatch> microBatches, double globalWeight, double learningRate) {
        if (microBatches.isEmpty()) {
            throw new IllegalArgumentException("step " + number + " has no micro-batch on rank " + environment.rank()
                    + "; give every rank at least one");
        }
        long begin = System.nanoTime();
        waitedNanos = 0;
        double weight = microBatches.stream().mapToDouble(MicroBatch::weightSum).sum();
        pipeline.issue(number, config.seed(), microBatches, globalWeight / environment.worldSize());
        requireWeight(number, weight, globalWeight);
        Pipeline.Numbers numbers = pipeline.updated(config.optimizer(), learningRate, microBatches.size());
        Losses losses = sumOfLosses(numbers.loss());
        requireFinite(number, losses, numbers.norm());
        waitedNanos += pipeline.stages().stream()
                .mapToLong(stage -> stage.gradients().exposedCommunicationNanos())
                .sum();
        return new StepResult(
                losses.sum(),
                globalWeight,
                numbers.squares().stream().map(Math::sqrt).toList(),
                new StepResult.Times(System.nanoTime() - begin - waitedNanos, waitedNanos));
    }

    /**
     * Waits for all ranks, which all call it.
     *
     * @param mine whether this rank has something
     * @return whether all have it
     */
    public boolean allHave(boolean mine) {
        return guard.inTurn("meet the other ranks", () -> sum(mine ? 0 : 1)[0] == 0);
    }

    /**
     * Whether a rank had been asked to end when the last step began. All ranks learn of it at the same step, also at one
     * whose numbers are not finite.
     *
     * @return the same on every rank
     */
    public boolean isToEnd() {
        return toEnd;
    }

    /** Asks all ranks to end; see {@link #isToEnd}. Any thread of any rank may call it, at any time. */
    public void requestEnd() {
        endRequested = true;
    }

    /**
     * Computes the loss on data, together with all other ranks.
     *
     * @param microBatches this rank's share, which may be empty
     * @return sums over all ranks
     */
    public Evaluation evaluate(List<MicroBatch> microBatches) {
        Objects.requireNonNull(microBatches, "microBatches");
        return guard.inTurn("evaluate", () -> evaluated(microBatches));
    }

    private Evaluation evaluated(List<MicroBatch> microBatches) {
        Evaluation mine = pipeline.measure(microBatches);
        double[] sums = sum(mine.lossSum(), mine.weightSum());
        return new Evaluation(sums[0], sums[1]);
    }

    /**
     * The stages, for reading weights and for generation between steps.
     *
     * @return its stages, in order
     */
    public List<Stage> stages() {
        return pipeline.stages();
    }

    /**
     * The pipeline of this rank.
     *
     * @return what was given to {@link #open}
     */
    public Pipeline pipeline() {
        return pipeline;
    }

    /**
     * Ends a running call within a task, and closes the pipeline, then its connections. A second call does nothing.
     */
    @Override
    public void close() {
        pipeline.end();
        guard.close();
    }

    private void free() {
        pipeline.close();
        groups.forEach(ProcessGroup::close);
    }

    /** What ranks tell each other after their backward passes. */
    private record Losses(double sum, List<Integer> notFinite) {}

    /** Sums label weights and requests to end over all ranks, while devices compute: nothing has changed yet. */
    private void requireWeight(long number, double weight, double globalWeight) {
        double[] sums = sum(weight, endRequested ? 1 : 0);
        toEnd = sums[1] > 0;
        if (!(Math.abs(sums[0] - globalWeight) <= ROUNDING * globalWeight)) {
            pipeline.stages().forEach(Stage::dropMicroBatches);
            throw new IllegalArgumentException("the label weights of step " + number + " add up to " + sums[0]
                    + " over all ranks, but rank " + environment.rank() + " was given " + globalWeight
                    + "; give every rank the weight of the global batch");
        }
    }

    /** Sums the losses over all ranks. Each has an element of its own, so that all know whose loss is not a number. */
    private Losses sumOfLosses(double loss) {
        double[] losses = new double[environment.worldSize()];
        losses[environment.rank()] = loss;
        sum(losses);
        int ranks = losses.length;
        List<Integer> guilty = IntStream.range(0, ranks)
                .filter(rank -> !Double.isFinite(losses[rank]))
                .boxed()
                .toList();
        return new Losses(BinaryTree.sum(losses), guilty);
    }

    /** Every rank finds the same, since gradients are averaged by now. */
    private void requireFinite(long number, Losses losses, double norm) {
        if (losses.notFinite().isEmpty() && Double.isFinite(norm)) {
            return;
        }
        String parameters = NotFinite.parameters(pipeline.stages());
        String gradient = parameters.isEmpty() ? "" : "the gradient of " + parameters;
        String what = losses.notFinite().isEmpty()
                ? (gradient.isEmpty() ? "the gradient norm" : gradient) + " of step " + number
                        + " is not finite, summed over all ranks"
                : "the loss of step " + number + " is not finite on ranks " + losses.notFinite()
                        + (gradient.isEmpty() ? "" : ", nor is " + gradient);
        pipeline.stages().forEach(Stage::dropMicroBatches);
        throw new EngineException(Kind.NOT_FINITE, what + "; lower the learning rate or clip gradients");
    }

    private double[] sum(double... values) {
        long begin = System.nanoTime();
        scalars.ifPresent(group -> group.sum(values));
        waitedNanos += System.nanoTime() - begin;
        return values;
    }
}
