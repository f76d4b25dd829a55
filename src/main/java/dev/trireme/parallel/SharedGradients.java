package dev.trireme.parallel;

import dev.trireme.config.Summation;
import dev.trireme.engine.Gradients;
import dev.trireme.engine.Stage;
import java.util.List;

/** What the stages of a pipeline tell each other of their gradients. */
final class SharedGradients {
    private SharedGradients() {}

    /** Makes gradients those of all replicas, and has their norms on every stage. */
    static void complete(List<Stage> stages, Summation summation) {
        List<Gradients> all = stages.stream().map(Stage::gradients).toList();
        Gradients last = all.get(all.size() - 1);
        all.forEach(Gradients::await);
        if (summation == Summation.TREE) {
            addTied(stages);
        }
        if (all.size() > 1) {
            last.takeTied(all.get(0));
        }
        all.forEach(Gradients::measure);
        for (int stage = 1; stage < all.size(); stage++) {
            all.get(stage).takeSquares(all.get(stage - 1));
        }
        all.subList(0, all.size() - 1).forEach(gradients -> gradients.takeSquares(last));
    }

    /** Adds the gradient of a tied head to that of the embedding. */
    static void addTied(List<Stage> stages) {
        if (stages.size() > 1) {
            stages.get(0).gradients().addTied(stages.get(stages.size() - 1).gradients());
        }
    }
}
