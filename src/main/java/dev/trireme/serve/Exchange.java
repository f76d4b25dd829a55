package dev.trireme.serve;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import dev.trireme.http.HttpCall;
import dev.trireme.http.Reply;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;

/** A request and its reply, as this API has them. */
final class Exchange {
    static final String JSON = "application/json";

    private final HttpCall call;
    private final ServerConfig config;

    Exchange(HttpCall call, ServerConfig config) {
        this.call = call;
        this.config = config;
    }

    String path() {
        return call.path();
    }

    boolean hasReplied() {
        return call.hasReplied();
    }

    /**
     * Without a key, a server on loopback answers only those who call it so: a page of another origin could have its own
     * name point here.
     */
    void requireOwnName() {
        if (config.apiKey().isPresent() || !config.isLoopback()) {
            return;
        }
        String host = call.host().replaceFirst(":[0-9]*$", "");
        if (!List.of("localhost", "127.0.0.1", "[::1]", config.host().toLowerCase(Locale.ROOT))
                .contains(host)) {
            throw ApiException.of(
                    403,
                    "invalid_request_error",
                    "wrong_host",
                    "This server is on loopback without an API key and answers to localhost, not to '" + host
                            + "'; start it with a key to be called by other names.");
        }
    }

    /** Keys are compared in constant time. */
    void requireKey() {
        if (config.apiKey().isEmpty()) {
            return;
        }
        String given = call.header("Authorization")
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
        if (!call.method().equals(method)) {
            call.replyWith("Allow", method);
            throw ApiException.of(
                    405, "invalid_request_error", "method_not_allowed", path() + " is asked by " + method + ".");
        }
    }

    /** The body as a JSON object. */
    ObjectNode body() {
        String type = call.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (!type.startsWith(JSON)) { // what any page of any origin may send
            throw ApiException.of(
                    415, "invalid_request_error", "unsupported_media_type", "Content-Type must be " + JSON + ".");
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(call.takeBody()).toString();
            JsonNode root = Json.STRICT_REQUEST.readTree(text);
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(root.toString())) {
                throw notJson("an escape is half of a character");
            }
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

    /** Its bytes are not kept from now on: what was made of them, such as token ids, does not count. */
    void forgetBody() {
        call.forgetBody();
    }

    private static ApiException notJson(String why) {
        return ApiException.of(
                400, "invalid_request_error", "invalid_json", "The body could not be parsed as a JSON object: " + why);
    }

    void reply(int status, JsonNode body) throws IOException {
        reply(status, JSON, body.toString());
    }

    void reply(int status, String type, String body) throws IOException {
        begin(type);
        call.reply(status, utf8(body));
    }

    /** Replies with a page that may talk to this server alone. */
    void replyWithPage(String html) throws IOException {
        call.replyWith(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:;"
                        + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        reply(200, "text/html; charset=utf-8", html);
    }

    /** Begins a reply of server-sent events. */
    void replyAsEvents() throws IOException {
        begin("text/event-stream; charset=utf-8");
        call.replyWith("X-Accel-Buffering", "no"); // a proxy passes on what comes
        call.begin(200);
    }

    void write(String events) throws IOException, InterruptedException {
        call.write(utf8(events));
    }

    void end() throws IOException {
        call.end();
    }

    void fail(ApiException failure) throws IOException {
        reply(failure.status(), failure.json());
    }

    void fail(ApiException failure, int retryAfterSeconds) throws IOException {
        call.replyWith("Retry-After", Integer.toString(retryAfterSeconds));
        fail(failure);
    }

    private void begin(String type) {
        Reply.headers(type).forEach(call::replyWith);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
