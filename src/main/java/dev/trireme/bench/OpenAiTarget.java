package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server with OpenAI's {@code /v1/completions}, which streams, and takes prompts as ids; each chunk of the stream is a token. */
public final class OpenAiTarget implements ServingTarget, AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    private static final Pattern COMPLETION_TOKENS = Pattern.compile("\"completion_tokens\": ?(\\d{1,9})");

    private static final Pattern ENDS = Pattern.compile("\"finish_reason\": ?\""); // and has no text

    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "request");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .build();
    private final AtomicInteger askedAgain = new AtomicInteger();
    private final URI completions;
    private final int vocabulary;

    /**
     * A server.
     *
     * @param url of the server, without {@code /v1}
     * @param vocabulary ids of prompts are below
     */
    public OpenAiTarget(URI url, int vocabulary) {
        NullChecks.require("url", url);
        this.completions = URI.create(url.toString().replaceAll("/+$", "") + "/v1/completions");
        this.vocabulary = vocabulary;
    }

    @Override
    public CompletableFuture<Integer> start(int[] prompt, int newTokens, LongConsumer onToken) {
        NullChecks.require("prompt", prompt, "onToken", onToken);
        return CompletableFuture.supplyAsync(() -> complete(prompt, newTokens, onToken), threads);
    }

    /**
     * Tokens are counted by the usage that ends a stream, since a token that ends within a character has no chunk of its
     * own. {@code ignore_eos} is known to Trireme, llama.cpp and vLLM.
     */
    private int complete(int[] prompt, int newTokens, LongConsumer onToken) {
        String body = "{\"prompt\":" + Arrays.toString(prompt) + ",\"max_tokens\":" + newTokens
                + ",\"temperature\":0,\"stream\":true,\"stream_options\":{\"include_usage\":true},\"ignore_eos\":true}";
        HttpRequest request = HttpRequest.newBuilder(completions)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<Stream<String>> response = send(request);
            try (Stream<String> lines = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IllegalStateException(completions + " answered " + response.statusCode() + ": "
                            + lines.findFirst().orElse("nothing"));
                }
                int tokens = 0;
                for (String line : (Iterable<String>) lines::iterator) {
                    if (line.startsWith("data: {")
                            && line.contains("\"choices\":[{")
                            && !ENDS.matcher(line).find()) {
                        onToken.accept(System.nanoTime());
                        tokens++;
                    }
                    Matcher usage = COMPLETION_TOKENS.matcher(line);
                    tokens = usage.find() ? Integer.parseInt(usage.group(1)) : tokens;
                }
                return tokens;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(completions + " cannot be asked: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the thread was interrupted", e);
        }
    }

    /** Twice, if the server hangs up without a word: it may close a kept connection just when it is used again. */
    private HttpResponse<Stream<String>> send(HttpRequest request) throws IOException, InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofLines());
        } catch (HttpTimeoutException | ConnectException e) {
            throw e;
        } catch (IOException e) {
            askedAgain.incrementAndGet();
            try {
                return client.send(request, HttpResponse.BodyHandlers.ofLines());
            } catch (IOException again) {
                again.addSuppressed(e);
                throw again;
            }
        }
    }

    /**
     * How many requests were sent twice, since the server hung up on the first.
     *
     * @return their number; their times include the first
     */
    public int askedAgain() {
        return askedAgain.get();
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
