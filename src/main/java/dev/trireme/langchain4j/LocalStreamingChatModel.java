package dev.trireme.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.TextModel;
import dev.trireme.generate.TextRun;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A {@code StreamingChatModel} on an engine of this process. A handler is called by one thread at a time, never by one of
 * the engine, so it may be slow. A request ends within an iteration once it is cancelled, before its first token too; its
 * handler then hears nothing more.
 */
public final class LocalStreamingChatModel implements StreamingChatModel {
    private static final Executor THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "chat handler");
        thread.setDaemon(true);
        return thread;
    });

    private final ChatCalls calls;

    /**
     * A model whose requests have no defaults: temperature 1, as many tokens as the positions leave.
     *
     * @param model which is borrowed
     * @throws IllegalArgumentException if it has no chat template
     */
    public LocalStreamingChatModel(TextModel model) {
        this(model, ChatCalls.none());
    }

    /**
     * A model.
     *
     * @param model which is borrowed
     * @param defaults of requests that do not say something themselves
     * @throws IllegalArgumentException if it has no chat template
     */
    public LocalStreamingChatModel(TextModel model, ChatRequestParameters defaults) {
        this.calls = ChatCalls.of(model, defaults);
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return calls.defaults();
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        start(request, handler);
    }

    /**
     * As {@link #doChat}, with a handle at once: that of langchain4j comes with the first piece of text.
     *
     * @param request what for, with all its parameters
     * @param handler told of pieces as they come
     * @return ends the request
     */
    public StreamingHandle start(ChatRequest request, StreamingChatResponseHandler handler) {
        NullChecks.require("request", request, "handler", handler);
        Stream stream = new Stream(handler);
        stream.run(calls.start(request, stream));
        return stream;
    }

    /** Tells a handler what comes, in order, one after the other. */
    private final class Stream implements TextRun.Follower, StreamingHandle {
        private final StreamingChatResponseHandler handler;
        private final AtomicBoolean cancelled = new AtomicBoolean();
        private Optional<TextRun> running = Optional.empty(); // guarded by this
        private CompletableFuture<Void> told = CompletableFuture.completedFuture(null); // by the thread of the engine

        Stream(StreamingChatResponseHandler handler) {
            this.handler = handler;
        }

        synchronized void run(TextRun run) {
            running = Optional.of(run);
            if (cancelled.get()) {
                run.cancel();
            }
        }

        @Override
        public void piece(int choice, String piece) {
            tell(() -> handler.onPartialResponse(new PartialResponse(piece), new PartialResponseContext(this)));
        }

        @Override
        public void ended(TextRun run) {
            tell(() -> run.failure()
                    .ifPresentOrElse(handler::onError, () -> handler.onCompleteResponse(calls.response(run))));
        }

        /** What a handler throws ends the request, and is told to it once. */
        private synchronized void tell(Runnable event) {
            told = told.thenRunAsync(
                    () -> {
                        if (cancelled.get()) {
                            return;
                        }
                        try {
                            event.run();
                        } catch (RuntimeException | Error e) {
                            cancel();
                            handler.onError(e);
                        }
                    },
                    THREADS);
        }

        @Override
        public synchronized void cancel() {
            cancelled.set(true);
            running.ifPresent(TextRun::cancel);
        }

        @Override
        public boolean isCancelled() {
            return cancelled.get();
        }
    }
}
