package dev.trireme.engine;

import dev.trireme.config.Guard;
import dev.trireme.engine.bindings.NativeStage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Owns a stage in C++. Calls run one at a time and never after close; errors name the stage and the action. */
final class StageHandle {
    private final NativeStage stage;
    private final Guard guard;
    private final List<Runnable> kept = new ArrayList<>(); // let go of when C++ uses it no more

    StageHandle(NativeStage stage, String name) {
        this.stage = stage;
        this.guard = new Guard(name, this::free);
    }

    void run(String action, Consumer<NativeStage> operation) {
        call(action, called -> {
            operation.accept(called);
            return action;
        });
    }

    <T> T call(String action, Function<NativeStage, T> operation) {
        return guard.alone(action, () -> translated(action, operation));
    }

    /** Lends this stage to another stage's call that takes its output; this stage may compute meanwhile. */
    void lend(String action, Consumer<NativeStage> operation) {
        guard.beside(action, () -> {
            operation.accept(stage);
            return action;
        });
    }

    /** Runs a call that reads what no other call changes meanwhile; this stage may compute beside it. */
    void beside(String action, Consumer<NativeStage> operation) {
        guard.beside(
                action,
                () -> translated(action, called -> {
                    operation.accept(called);
                    return action;
                }));
    }

    /** Lends this stage exclusively to another stage's call; that may be the same stage. */
    void lendAlone(StageHandle borrower, String action, Consumer<NativeStage> operation) {
        if (borrower == this) {
            operation.accept(stage);
        } else {
            run(action, operation);
        }
    }

    /** Keeps a group alive until this stage is closed or joins another. */
    void join(String action, ProcessGroup group, Consumer<NativeStage> operation) {
        call(action, called -> {
            Runnable release = group.keep(action);
            try {
                operation.accept(called);
            } catch (RuntimeException e) {
                release.run();
                throw e;
            }
            kept.forEach(Runnable::run);
            kept.clear();
            kept.add(release);
            return action;
        });
    }

    void close() {
        guard.close();
    }

    @Override
    public String toString() {
        return guard.toString();
    }

    private void free() {
        stage.close();
        kept.forEach(Runnable::run);
    }

    private <T> T translated(String action, Function<NativeStage, T> operation) {
        try {
            return operation.apply(stage);
        } catch (IllegalStateException | IllegalArgumentException e) {
            throw e; // of another stage or the group, which it names
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, guard + ", " + action);
        }
    }
}
