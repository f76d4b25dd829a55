package dev.trireme.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The page at {@code /}: a chat to try a model in a browser. */
final class ChatPage {
    static final String HTML = read();

    private ChatPage() {}

    private static String read() {
        try (InputStream in = Objects.requireNonNull(ChatPage.class.getResourceAsStream("chat.html"), "chat.html")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
