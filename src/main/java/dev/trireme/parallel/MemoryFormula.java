package dev.trireme.parallel;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.ModelConfig;
import dev.trireme.config.ModelFamily;
import dev.trireme.config.Summation;
import dev.trireme.engine.Part;
import dev.trireme.plan.Schedule;
import java.util.function.IntPredicate;

/**
 * What the native code allocates for a stage, term by term. With N = B T tokens and M labels of a micro-batch, C hidden,
 * H query heads of width D, Q = (H + 2 H<sub>kv</sub>) D columns of queries, keys and values, F inside the MLP, G = 2 F
 * columns before SwiGLU or F before GELU, V tokens, and numbers of 4 bytes but for the labels' rows:
 *
 * <pre>
 *   what               numbers                                                           times            native/src
 *   attention          norm + Q C (+ Q) + C H D (+ C)                                    4: weight, gradient, parameters
 *   MLP                norm + G C (+ G) + C F (+ C)                                         mean, variance
 *   embeddings         V C, and positions × C for GPT-2
 *   head               norm, and V C unless tied; each parameter rounded up to 16
 *   tied copy          V C                                                               4, or 1 with embedding.cpp
 *   tree               all gradients                                                     log2 m           gradient_tree.h
 *
 *   ids, places        N, and N for LLaMA                                                held             micro_batch.h
 *   in, out            N C of embeddings or of a copied input, N C handed on             held             training.cpp
 *   labels             M rows of 8 bytes, M targets, M weights                           held             head.cpp
 *   attention          norm C, mean, rstd, projected Q, log_sum H, inner H D, out C,     made + passing   sublayer.cpp
 *                      d_update C with residual dropout, all of them × N
 *   MLP                norm C, mean, rstd, projected G, inner F, out C, d_update C, × N  made + passing   sublayer.cpp
 *   head               picked C, norm C, mean, rstd, logits V, all of them × M           made + passing   head.cpp
 *
 *   scratch            wide: N max(F, H D) or M C; narrow: N C or M C                    1                sublayer.h
 *   rotary             max(2 T, 256) D                                                   1                rotary.cpp
 * </pre>
 *
 * <p>held: micro-batches at once by the schedule, or all of a step where losses are measured too. made: those whose
 * activations exist at once, which with checkpointing is less. passing: forward without backward runs through one attention's
 * activations and one MLP's in turn, and one head's. What is handed on is copied out only in such a pass; else it is a
 * sublayer's own.
 */
final class MemoryFormula {
    private static final long FLOAT = Float.BYTES;
    private static final long LABEL = Long.BYTES + Integer.BYTES + FLOAT;
    private static final long ALIGNMENT = 16; // numbers, as native/src/parameters.cpp aligns
    private static final long LEAST_ROTARY_ROWS = 256;

    private final ModelConfig model;
    private final Part part;
    private final Workload workload;
    private final int attentions;
    private final int mlps;
    private final boolean learned;
    private final long width;
    private final long mixed;
    private final long qkv;
    private final long up;

    MemoryFormula(ModelConfig model, Part part, Workload workload) {
        this.model = model;
        this.part = part;
        this.workload = workload;
        this.attentions = (part.endSublayer() + 1) / 2 - (part.firstSublayer() + 1) / 2; // those of even number
        this.mlps = part.endSublayer() / 2 - part.firstSublayer() / 2;
        this.learned = model.family() == ModelFamily.GPT2;
        this.width = model.hidden();
        this.mixed = (long) model.heads() * model.headWidth();
        this.qkv = mixed + 2L * model.kvHeads() * model.headWidth();
        this.up = (learned ? 1L : 2L) * model.intermediate();
    }

    /** @param copiesInput whether the stage before is on another device */
    StageMemory of(PipelineConfig config, int stage, boolean copiesInput) {
        Schedule schedule = config.schedule();
        int microBatches = schedule.microBatches();
        ActivationCheckpointing checkpointing = config.checkpointing();
        IntPredicate again = number -> checkpointing.appliesTo(number, microBatches);
        boolean checkpoints = again.test(0);
        boolean passes = checkpoints || workload.evaluates();
        long held = workload.evaluates() ? microBatches : schedule.liveMicroBatches(stage, number -> false);
        long made = schedule.liveMicroBatches(stage, again);

        long weights = FLOAT * parameters();
        boolean copy = model.tied() && part.head() && !part.embeddings();
        boolean shared = model.tied() && part.head() && part.embeddings();
        long table = FLOAT * tokenTable();
        long ownGradient = shared ? FLOAT * model.vocabulary() * width : 0;
        long gradients = weights + (copy ? table : 0) + ownGradient;
        boolean tree = config.summation() == Summation.TREE;
        return new StageMemory(
                weights,
                weights,
                2 * weights,
                copy ? 4 * table : ownGradient,
                tree ? gradients * Integer.numberOfTrailingZeros(microBatches) : 0,
                held * streams(copiesInput, passes),
                made * layers(attentions, mlps, true)
                        + (passes ? layers(Math.min(1, attentions), Math.min(1, mlps), checkpoints) : 0),
                part.head() ? (made + (passes ? 1 : 0)) * head() : 0,
                scratch());
    }

    /** Numbers of the stage's own parameters, each rounded up. */
    private long parameters() {
        long total = attentions * (norm() + linear(qkv, width, model.attentionBias()))
                + attentions * linear(width, mixed, model.attentionBias())
                + mlps * (norm() + linear(up, width, model.mlpBias()))
                + mlps * linear(width, model.intermediate(), model.mlpBias());
        if (part.embeddings()) {
            total += tokenTable() + (learned ? aligned(model.positions() * width) : 0);
        }
        if (part.head()) {
            total += norm() + (model.tied() ? 0 : tokenTable());
        }
        return total;
    }

    private long norm() {
        return (learned ? 2 : 1) * aligned(width);
    }

    private static long linear(long outputs, long inputs, boolean bias) {
        return aligned(outputs * inputs) + (bias ? aligned(outputs) : 0);
    }

    private long tokenTable() {
        return aligned(model.vocabulary() * width);
    }

    private static long aligned(long numbers) {
        return (numbers + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private long streams(boolean copiesInput, boolean passes) {
        long tokens = workload.tokens();
        boolean in = part.embeddings() || copiesInput;
        boolean out = passes && !part.head() && attentions + mlps > 0;
        long numbers = (learned ? 1 : 2) + (in ? width : 0) + (out ? width : 0);
        return FLOAT * tokens * numbers + (part.head() ? LABEL * workload.labels() : 0);
    }

    private long layers(int attentionParts, int mlpParts, boolean drops) {
        long dropped = drops && model.residualDropout() > 0 ? width : 0;
        long attention = 2 * width + 2 + qkv + model.heads() + mixed + dropped;
        long mlp = 2 * width + 2 + up + model.intermediate() + dropped;
        return FLOAT * workload.tokens() * (attentionParts * attention + mlpParts * mlp);
    }

    private long head() {
        return FLOAT * workload.labels() * (2 * width + 2 + model.vocabulary());
    }

    private long scratch() {
        long tokens = workload.tokens();
        long picked = part.head() ? workload.labels() * width : 0;
        long wide = Math.max(attentions > 0 ? tokens * mixed : 0, mlps > 0 ? tokens * model.intermediate() : 0);
        long narrow = attentions + mlps > 0 ? tokens * width : 0;
        long rotary = learned ? 0 : Math.max(2L * workload.length(), LEAST_ROTARY_ROWS) * model.headWidth();
        return FLOAT * (Math.max(wide, picked) + Math.max(narrow, picked) + rotary);
    }
}
