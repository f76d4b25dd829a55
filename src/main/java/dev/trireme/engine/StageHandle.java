package dev.trireme.engine;

import dev.trireme.engine.bindings.NativeStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** A stage in C++: not called after it is closed, and errors name it and what it was asked to do. */
final class StageHandle {
    private final NativeStage stage;
    private final String name;
    private boolean open = true;

    StageHandle(NativeStage stage, String name) {
        this.stage = stage;
        this.name = name;
    }

    /** For another stage's call that takes this one. */
    NativeStage stage() {
        return stage;
    }

    void run(String action, Consumer<NativeStage> operation) {
        call(action, called -> {
            operation.accept(called);
            return action;
        });
    }

    <T> T call(String action, Function<NativeStage, T> operation) {
        if (!open) {
            throw new IllegalStateException(name + " is closed; open a new one for " + action);
        }
        try {
            return operation.apply(stage);
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, name + ", " + action);
        }
    }

    void close() {
        open = false;
        stage.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
