package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Calls of a server with its key. Bodies may have single quotes instead of double ones. */
record Calls(ModelServer server) {
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** A call that is answered. */
    JsonNode post(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = send(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return read(response.body());
    }

    HttpResponse<String> send(String path, String body) throws IOException, InterruptedException {
        return CLIENT.send(request(path, body), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> sendAsync(String path, String body) {
        return CLIENT.sendAsync(request(path, body), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(builder(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The events of a call that asks for a stream, without the last, which says that it is. */
    List<JsonNode> stream(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = send(path, body);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream; charset=utf-8");
        List<String> events = response.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
        assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        return events.subList(0, events.size() - 1).stream().map(Calls::read).toList();
    }

    HttpRequest.Builder builder(String path) {
        return HttpRequest.newBuilder(URI.create(server.address() + path))
                .header("Authorization", "Bearer " + TinyServer.KEY);
    }

    private HttpRequest request(String path, String body) {
        return builder(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
    }

    /** A connection with nothing sent. */
    Socket connect() throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(server.address()).getPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** A connection on which a call was sent. */
    Socket connect(String path, String body) throws IOException {
        Socket socket = connect();
        socket.getOutputStream().write(bytes(path, body));
        return socket;
    }

    /** A call as it is on the wire, after which the server closes the connection. */
    static byte[] bytes(String path, String body) {
        String json = body.replace('\'', '"');
        return ("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TinyServer.KEY
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + json.length()
                        + "\r\nConnection: close\r\n\r\n" + json)
                .getBytes(StandardCharsets.UTF_8);
    }

    static JsonNode read(String json) {
        try {
            return Json.STRICT.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }
}
