package dev.trireme.serve;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.trireme.config.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;

/** A request and its reply, within bounds. */
final class Exchange {
    private static final String JSON = "application/json";
    private static final int MOST_SKIPPED = 64 << 20; // of a refused body, so that its sender can read why

    private final HttpExchange http;
    private final ServerConfig config;
    private boolean replied;

    Exchange(HttpExchange http, ServerConfig config) {
        this.http = http;
        this.config = config;
    }

    String path() {
        return http.getRequestURI().getPath();
    }

    String method() {
        return http.getRequestMethod();
    }

    boolean hasReplied() {
        return replied;
    }

    /** Keys are compared in constant time. */
    void requireKey() {
        if (config.apiKey().isEmpty()) {
            return;
        }
        String given = Optional.ofNullable(http.getRequestHeaders().getFirst("Authorization"))
                .filter(header -> header.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(header -> header.substring(7).strip())
                .orElse("");
        if (!MessageDigest.isEqual(utf8(given), utf8(config.apiKey().get()))) {
            throw ApiException.of(
                    401,
                    "authentication_error",
                    "invalid_api_key",
                    "The API key is missing or wrong; send it as" + " Authorization: Bearer KEY.");
        }
    }

    void requireMethod(String method) {
        if (!method().equals(method)) {
            http.getResponseHeaders().set("Allow", method);
            throw ApiException.of(
                    405, "invalid_request_error", "method_not_allowed", path() + " is asked by " + method + ".");
        }
    }

    /** The body as a JSON object. */
    ObjectNode body() throws IOException {
        String type = Optional.ofNullable(http.getRequestHeaders().getFirst("Content-Type"))
                .orElse("")
                .toLowerCase(Locale.ROOT);
        if (!type.startsWith(JSON)) { // what any page of any origin may send
            throw ApiException.of(
                    415, "invalid_request_error", "unsupported_media_type", "Content-Type must be " + JSON + ".");
        }
        InputStream in = http.getRequestBody();
        byte[] bytes = in.readNBytes(config.bodyBytes() + 1);
        if (bytes.length > config.bodyBytes()) {
            in.skip(MOST_SKIPPED);
            http.getResponseHeaders().set("Connection", "close");
            throw ApiException.of(
                    413,
                    "invalid_request_error",
                    "request_too_large",
                    "The body has more than " + config.bodyBytes() + " bytes.");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            JsonNode root = Json.STRICT_FILE.readTree(text);
            if (root instanceof ObjectNode object) {
                return object;
            }
        } catch (CharacterCodingException e) {
            throw notJson("it is not UTF-8");
        } catch (JacksonException e) {
            throw notJson(e.getOriginalMessage());
        }
        throw notJson("it is no object");
    }

    private static ApiException notJson(String why) {
        return ApiException.of(
                400, "invalid_request_error", "invalid_json", "The body could not be parsed as a JSON object: " + why);
    }

    void reply(int status, JsonNode body) throws IOException {
        reply(status, JSON, body.toString());
    }

    void reply(int status, String type, String body) throws IOException {
        byte[] bytes = utf8(body);
        begin(type);
        boolean headOnly = method().equals("HEAD");
        http.sendResponseHeaders(status, headOnly || bytes.length == 0 ? -1 : bytes.length);
        if (!headOnly) {
            http.getResponseBody().write(bytes);
        }
    }

    /** A reply of unknown length. */
    OutputStream replyAsEvents() throws IOException {
        begin("text/event-stream; charset=utf-8");
        http.getResponseHeaders().set("X-Accel-Buffering", "no"); // a proxy passes on what comes
        http.sendResponseHeaders(200, 0);
        return http.getResponseBody();
    }

    void fail(ApiException failure) throws IOException {
        reply(failure.status(), failure.json());
    }

    void fail(ApiException failure, int retryAfterSeconds) throws IOException {
        http.getResponseHeaders().set("Retry-After", Integer.toString(retryAfterSeconds));
        fail(failure);
    }

    private void begin(String type) {
        replied = true;
        http.getResponseHeaders().set("Content-Type", type);
        http.getResponseHeaders().set("Cache-Control", "no-store");
        http.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
