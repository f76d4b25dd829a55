package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.generate.Engine;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.RequestListener;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * An engine in this process.
 *
 * @param engine of a model without end tokens, so that every request generates as many tokens as it says
 */
public record EngineTarget(Engine engine) implements ServingTarget {
    /** Checks that there is one. */
    public EngineTarget {
        NullChecks.require("engine", engine);
    }

    @Override
    public CompletableFuture<Integer> start(int[] prompt, int newTokens, LongConsumer onToken) {
        NullChecks.require("prompt", prompt, "onToken", onToken);
        RequestListener listener = new RequestListener() {
            @Override
            public boolean token(int choice, int id) {
                onToken.accept(System.nanoTime());
                return true;
            }
        };
        return engine.submit(Request.of(prompt, GenerateOptions.upTo(newTokens)), listener)
                .future()
                .thenApply(answer -> answer.choices().get(0).ids().length);
    }

    @Override
    public int vocabulary() {
        return engine.config().model().vocabulary();
    }
}
