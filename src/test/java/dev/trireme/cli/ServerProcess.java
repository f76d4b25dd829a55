package dev.trireme.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * {@code serve} as a user starts it, on a port that is free.
 *
 * @param address where it listens
 */
record ServerProcess(CommandLineProcess process, String address) {
    /** Returns once it is ready. */
    static ServerProcess start(Path folder, String... options) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0"));
        arguments.addAll(List.of(options));
        CommandLineProcess process = CommandLineProcess.start(folder, Map.of(), arguments);
        while (process.process().isAlive() && !process.output().matches("(?s).*serving .* on http.*\n")) {
            Thread.sleep(50);
        }
        return new ServerProcess(process, process.output().strip().replaceFirst("(?s).* on ", ""));
    }

    /** A completion. */
    CompletableFuture<HttpResponse<String>> post(String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path)).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    void terminate() {
        process.process().destroy();
    }
}
