package dev.trireme.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.trireme.generate.TextModel;
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
    private final ChatCalls calls;

    /**
     * A model whose requests have no defaults: temperature 1, as many tokens as the positions leave.
     *
     * @param model which is borrowed
     * @throws IllegalArgumentException if it has no chat template
     */
    public LocalChatModel(TextModel model) {
        this(model, ChatCalls.none());
    }

    /**
     * A model.
     *
     * @param model which is borrowed
     * @param defaults of requests that do not say something themselves
     * @throws IllegalArgumentException if it has no chat template
     */
    public LocalChatModel(TextModel model, ChatRequestParameters defaults) {
        this.calls = ChatCalls.of(model, defaults);
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return calls.defaults();
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        Objects.requireNonNull(request, "request");
        CompletableFuture<TextRun> ended = new CompletableFuture<>();
        TextRun run = calls.start(request, new TextRun.Follower() {
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
        return calls.response(run);
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
