package dev.trireme.cli.output;

import dev.trireme.checkpoint.DataType;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.CorpusOptions;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.Families;
import dev.trireme.model.Family;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.train.BaseModel;
import dev.trireme.train.RunConfig;
import dev.trireme.train.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The settings of a run, printed as the options that set them. */
public final class TrainSummary {
    private TrainSummary() {}

    public static List<String> lines(TrainingRun run, Optional<Path> data, CorpusOptions corpus) {
        ModelConfig model = run.config().model();
        Family family = Families.of(model);
        TrainConfig training = run.config().training();
        ParallelConfig parallel = training.parallel();
        LearningRateSchedule rate = training.learningRate();
        BaseModel base = run.config().base();
        String source = data.map(file -> " --data " + file).orElse("");
        List<String> lines = new ArrayList<>(List.of(
                String.format(
                        Locale.ROOT,
                        "A %s of %s learns %s; train",
                        family.title(),
                        parameters(model),
                        data.map(Path::toString).orElse("the embedded phrasebook")),
                " %s --out %s%s --seed %d"
                        .formatted(source, run.folder(), ofTask(run.config().task(), corpus), training.seed()),
                base.exists()
                        ? ofBase(run.config())
                        : "  --model %s --layers %d --heads %d%s --hidden %d%s --dropout %s --vocab-size %d"
                                .formatted(
                                        family.name(),
                                        model.layers(),
                                        model.heads().query(),
                                        family.choosesWidths()
                                                ? " --kv-heads " + model.heads().keyValue()
                                                : "",
                                        model.hidden(),
                                        family.choosesWidths() ? " --intermediate " + model.intermediate() : "",
                                        model.dropout().attention(),
                                        model.vocabulary()),
                "  --max-length %d --epochs %d --batch-size %d --max-steps %d --pad %s"
                        .formatted(
                                training.maxLength(),
                                training.epochs(),
                                training.batchSize(),
                                training.maxSteps(),
                                training.padding()),
                "  --learning-rate %s --lr-schedule %s --warmup-steps %d --clip-norm %s"
                        .formatted(
                                rate.peak(),
                                rate.shape(),
                                rate.warmupSteps(),
                                training.optimizer().clipNorm()),
                ofRecovery(training),
                "  --world-size %d --micro-batches %d --threads %d --device %s --reduction %s --timeout %d"
                        .formatted(
                                parallel.worldSize(),
                                parallel.microBatches(),
                                parallel.threads(),
                                ofDevice(parallel),
                                parallel.reduction(),
                                parallel.timeoutSeconds())));
        ofTuning(model).ifPresent(line -> lines.add(3, line));
        if (!parallel.pipeline().equals(PipelineLayout.SINGLE)) {
            lines.add(ofPipeline(parallel.pipeline()));
        }
        return lines;
    }

    private static String ofTask(TaskConfig task, CorpusOptions corpus) {
        if (task.task() == Task.TRANSLATE) {
            return " --train %d --validation %d --test %d --source %s --target %s"
                    .formatted(
                            corpus.train(), corpus.validation(), corpus.test(), corpus.sourceKey(), corpus.targetKey());
        }
        return " --task " + task.task() + (task.documentMask() ? " --document-mask" : "")
                + (task.learnsAll() ? " --loss all" : "");
    }

    private static Optional<String> ofTuning(ModelConfig model) {
        LoraConfig lora = model.tuning().lora();
        if (lora.adapts()) {
            return Optional.of("  --lora-rank %d --lora-alpha %s --lora-targets %s --lora-dropout %s"
                    .formatted(lora.rank(), lora.alpha(), LoraTarget.text(lora.targets(), model), lora.dropout()));
        }
        String frozen = model.tuning().freezing().text();
        return frozen.isEmpty() ? Optional.empty() : Optional.of("  --freeze " + frozen);
    }

    /** How many there are, and how many of them are trained if not all are. */
    private static String parameters(ModelConfig model) {
        long all = ParameterInfo.count(Stage.parametersOf(model));
        long trained = ParameterInfo.count(Stage.trainedParametersOf(model));
        String sum = String.format(Locale.ROOT, "%,d parameters", all);
        return trained == all ? sum : String.format(Locale.ROOT, "%s, of which %,d are trained,", sum, trained);
    }

    private static String ofBase(RunConfig config) {
        String added = config.base().added().stream()
                .map(token -> " --add-token '" + token + "'")
                .collect(Collectors.joining());
        return "  --from %s%s --dropout %s --save-dtype %s"
                .formatted(
                        config.base().folder(),
                        added,
                        config.model().dropout().attention(),
                        config.savedAs() == DataType.BF16 ? "bfloat16" : "float32");
    }

    private static String ofDevice(ParallelConfig parallel) {
        return DeviceKind.of(parallel.device()) == DeviceKind.CPU
                ? parallel.device()
                : parallel.device() + " --precision " + parallel.precision();
    }

    private static String ofRecovery(TrainConfig training) {
        TrainConfig.Recovery recovery = training.recovery();
        String every = recovery.everySteps() > 0
                ? Integer.toString(recovery.everySteps())
                : recovery.everySeconds() > 0 ? recovery.everySeconds() + "s" : "never";
        return "  --checkpoint-every %s --keep %d --checkpoint-errors %s --max-restarts %d --patience %d --on-nonfinite %s"
                .formatted(
                        every,
                        recovery.keep(),
                        recovery.endsOnError() ? "stop" : "continue",
                        recovery.maxRestarts(),
                        training.duration().patience(),
                        training.update().onNotFinite());
    }

    private static String ofPipeline(PipelineLayout pipeline) {
        return "  --stages %d --split %s --schedule %s --chunks %d --checkpoint-activations %s"
                .formatted(
                        pipeline.stages(),
                        pipeline.split(),
                        pipeline.schedule(),
                        pipeline.chunks(),
                        pipeline.checkpointing());
    }
}
