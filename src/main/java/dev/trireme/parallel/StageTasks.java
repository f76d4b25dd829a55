package dev.trireme.parallel;

import dev.trireme.config.MicroBatch;
import dev.trireme.engine.Mode;
import dev.trireme.engine.Stage;
import dev.trireme.schedule.Task;
import dev.trireme.schedule.TaskKind;
import java.util.List;

/** What the tasks of a schedule do on the stages of a pipeline. */
record StageTasks(List<Stage> stages, PipelineConfig config) {
    void train(Task task, List<MicroBatch> microBatches) {
        Stage stage = stages.get(task.stage());
        int number = task.microBatch();
        switch (task.kind()) {
            case FORWARD -> {
                boolean again = config.checkpointing().appliesTo(number, microBatches.size());
                forward(task, microBatches, again ? Mode.CHECKPOINT : Mode.TRAIN);
            }
            case BACKWARD -> {
                if (config.schedule().splitsWeights()) {
                    stage.backwardInput(number);
                } else {
                    stage.backward(number);
                }
            }
            case WEIGHT -> stage.backwardWeight(number);
        }
    }

    void evaluate(Task task, List<MicroBatch> microBatches) {
        forward(task, microBatches, Mode.EVALUATE);
    }

    private void forward(Task task, List<MicroBatch> microBatches, Mode mode) {
        Stage stage = stages.get(task.stage());
        int number = task.microBatch();
        stage.load(number, microBatches.get(number));
        if (task.stage() > 0) {
            stage.takeInput(number, stages.get(task.stage() - 1));
        }
        stage.forward(number, mode);
    }

    /** The forward tasks of the schedule, without those of missing micro-batches. */
    List<List<Task>> evaluationTasks(int microBatches) {
        return config.schedule().tasks().stream()
                .map(tasks -> tasks.stream()
                        .filter(task -> task.kind() == TaskKind.FORWARD && task.microBatch() < microBatches)
                        .toList())
                .toList();
    }
}
