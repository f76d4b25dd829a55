package dev.trireme.parallel;

import dev.trireme.engine.BackendKind;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import dev.trireme.engine.MicroBatch;
import dev.trireme.engine.Mode;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Stage;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * This rank's copy of a model, trained in step with the copies of all other ranks, with which it stays equal bit for
 * bit. A world of one takes the same path with nobody to wait for.
 *
 * <pre>
 *   sum label weights ─▶ forward and backward of each micro-batch ─▶ sum losses ─▶ wait, clip, update
 *    over all ranks                the last backward ┄┄ all-reduces buckets ┄┄┄┄┄┄┄▶
 * </pre>
 */
public final class Replica implements AutoCloseable {
    /** Least bytes of a bucket of gradients: enough to be worth the latency of an all-reduce. */
    private static final long BUCKET_BYTES = 4 << 20;

    /** Micro-batches take turns in one place, so that only one's activations are held. */
    private static final int PLACE = 0;

    private final Stage stage;
    private final Optional<ProcessGroup> group;
    private final RankEnvironment environment;
    private final ReplicaConfig config;
    private long waitedNanos;

    private Replica(Stage stage, Optional<ProcessGroup> group, RankEnvironment environment, ReplicaConfig config) {
        this.stage = stage;
        this.group = group;
        this.environment = environment;
        this.config = config;
    }

    /**
     * Connects a stage with those of the other ranks, and compares with them what has to be equal: configuration,
     * pieces of the all-reduce, and the weights themselves.
     *
     * @param stage the whole model with its weights set; {@link #close} closes it
     * @param rendezvous where the ranks met; stays open as long as the replica
     * @param config how to train
     * @return the replica
     * @throws IllegalArgumentException on every rank when something differs, naming it and both values
     * @throws EngineException when others do not come in time
     */
    public static Replica open(Stage stage, Rendezvous rendezvous, ReplicaConfig config) {
        Optional<ProcessGroup> group = rendezvous.group("replicas", BackendKind.of(stage.device()), config.timeout());
        Replica replica = new Replica(stage, group, rendezvous.environment(), config);
        try {
            group.ifPresent(all -> stage.join(all, BUCKET_BYTES, config.reduction()));
            rendezvous.agree("replicas", config.fingerprint(stage.reductionPlan(), stage.checksum()));
            return replica;
        } catch (RuntimeException e) {
            replica.close();
            throw e;
        }
    }

    /**
     * Learns from a batch, together with all other ranks.
     *
     * @param number of the step, part of the key of dropout
     * @param microBatches this rank's share, at least one; gradients add up over them
     * @param learningRate from 0 up
     * @return what it came to, losses and weights summed over all ranks
     * @throws IllegalArgumentException when there is no micro-batch, or no label with a weight on any rank
     * @throws EngineException of kind {@code NOT_FINITE}, naming the ranks whose loss is not a number, before any
     *     weight changes; of kind {@code PEER_LOST} or {@code TIMEOUT} when another rank fails
     */
    public StepResult step(long number, List<MicroBatch> microBatches, double learningRate) {
        if (microBatches.isEmpty()) {
            throw new IllegalArgumentException("step " + number + " has no micro-batch on rank " + environment.rank()
                    + "; give every rank at least one");
        }
        long begin = System.nanoTime();
        waitedNanos = 0;
        double weightSum =
                sum(microBatches.stream().mapToDouble(MicroBatch::weightSum).sum())[0];
        stage.begin(number, config.seed(), microBatches.size(), weightSum / environment.worldSize());
        double loss = 0;
        for (MicroBatch batch : microBatches) {
            stage.load(PLACE, batch);
            stage.forward(PLACE, Mode.TRAIN);
            loss += stage.loss(PLACE);
            stage.backward(PLACE);
        }
        double lossSum = sumOfLosses(number, loss);
        double norm = stage.apply(config.optimizer(), learningRate);
        waitedNanos += stage.communicationWaitNanos();
        return new StepResult(lossSum, weightSum, norm, System.nanoTime() - begin - waitedNanos, waitedNanos);
    }

    /**
     * Measures the loss on data, together with all other ranks.
     *
     * @param microBatches this rank's share, which may be empty
     * @return sums over all ranks
     */
    public Evaluation evaluate(List<MicroBatch> microBatches) {
        double loss = 0;
        double weights = 0;
        for (MicroBatch batch : microBatches) {
            stage.load(PLACE, batch);
            stage.forward(PLACE, Mode.EVALUATE);
            loss += stage.loss(PLACE);
            weights += batch.weightSum();
        }
        double[] sums = sum(loss, weights);
        return new Evaluation(sums[0], sums[1]);
    }

    /**
     * The model, for reading weights and for generation between steps.
     *
     * @return what was given to {@link #open}
     */
    public Stage stage() {
        return stage;
    }

    /** Closes the stage, then its connections. */
    @Override
    public void close() {
        stage.close();
        group.ifPresent(ProcessGroup::close);
    }

    /** Each rank has a place of its own for "my loss is not a number": in the sum nobody could tell whose it was. */
    private double sumOfLosses(long number, double loss) {
        double[] values = new double[1 + environment.worldSize()];
        values[0] = loss;
        values[1 + environment.rank()] = Double.isFinite(loss) ? 0 : 1;
        double[] sums = sum(values);
        List<Integer> guilty = IntStream.range(0, environment.worldSize())
                .filter(rank -> sums[1 + rank] != 0)
                .boxed()
                .toList();
        if (!guilty.isEmpty()) {
            throw new EngineException(
                    Kind.NOT_FINITE,
                    "the loss of step " + number + " is not finite on ranks " + guilty
                            + "; lower the learning rate or clip gradients");
        }
        return sums[0];
    }

    private double[] sum(double... values) {
        long begin = System.nanoTime();
        stage.allReduce(values);
        waitedNanos += System.nanoTime() - begin;
        return values;
    }
}
