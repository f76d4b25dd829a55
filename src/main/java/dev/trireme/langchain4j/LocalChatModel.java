package dev.trireme.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.TextRun;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A {@code ChatModel} on an engine of this process. Any number of threads may share it; their requests run together.
 * Interrupting a thread that waits ends its request within an iteration, by a {@code CancellationException}.
 */
public final class LocalChatModel implements ChatModel {
    private final LocalModel model;
    private final ChatRequestParameters defaults;

    /**
     * A model whose requests have no defaults: temperature 1, as many tokens as the positions leave.
     *
     * @param model which is borrowed
     */
    public LocalChatModel(LocalModel model) {
        this(model, ChatRequestParameters.builder().build());
    }

    /**
     * A model.
     *
     * @param model which is borrowed
     * @param defaults of requests that do not say something themselves
     */
    public LocalChatModel(LocalModel model, ChatRequestParameters defaults) {
        NullChecks.require("model", model, "defaults", defaults);
        this.model = model;
        this.defaults = defaults;
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return defaults;
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        Objects.requireNonNull(request, "request");
        CompletableFuture<TextRun> ended = new CompletableFuture<>();
        TextRun run = ChatCalls.start(model, request, new TextRun.Follower() {
            @Override
            public void piece(int choice, String piece) {}

            @Override
            public void ended(TextRun done) {
                ended.complete(done);
            }
        });
        try {
            ended.get();
        } catch (InterruptedException e) {
            run.cancel();
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("the thread was interrupted");
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // nobody completes it so
        }
        run.failure().ifPresent(LocalChatModel::rethrow);
        return ChatCalls.response(model, run);
    }

    private static void rethrow(Throwable failure) {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        throw new IllegalStateException(failure);
    }
}
