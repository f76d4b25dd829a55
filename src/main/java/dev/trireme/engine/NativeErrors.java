package dev.trireme.engine;

import dev.trireme.engine.EngineException.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Classifies native errors, which arrive as {@code RuntimeException} with a text. No other class reads these texts. The
 * patterns were found by killing, stopping and starving real ranks; libtorch does not guarantee them.
 */
final class NativeErrors {
    /** Prefix of the native core for errors of the caller. */
    private static final String BAD_ARGUMENT = "bad argument: ";

    private static final Map<Kind, List<String>> SIGNS = Map.of(
            Kind.OUT_OF_MEMORY, List.of("out of memory", "can't allocate memory", "bad_alloc"),
            Kind.NOT_FINITE, List.of("is not finite"),
            Kind.TIMEOUT, List.of("timed out", "timeout"),
            Kind.PEER_LOST,
                    List.of(
                            "connection reset",
                            "connection closed",
                            "likely closed",
                            "broken pipe",
                            "connection refused",
                            "socket closed",
                            "remote process exited",
                            "closed by remote peer",
                            "communicator was aborted",
                            "read error",
                            "write error"));

    /** Prefixes of Gloo and libtorch: {@code [/home/.../tcp/pair.cc:538] }, and a failed comparison. */
    private static final Pattern SOURCE = Pattern.compile("^\\[[^\\]]*:\\d+\\] (\\S+ != \\S+ \\S+ vs \\S+ )?");

    private NativeErrors() {}

    static RuntimeException translate(RuntimeException error, String context) {
        String text = firstLine(error);
        if (text.startsWith(BAD_ARGUMENT)) {
            return new IllegalArgumentException(context + ": " + text.substring(BAD_ARGUMENT.length()), error);
        }
        return new EngineException(kindOf(error, text), context + ": " + text, error);
    }

    /** What NCCL found is on its later lines: the first says "unhandled system error" of a peer that is gone. */
    private static Kind kindOf(RuntimeException error, String text) {
        Kind kind = kindOf(text);
        if (kind != Kind.FAILED || !text.contains("NCCL error")) {
            return kind;
        }
        String message = String.valueOf(error.getMessage());
        int trace = message.indexOf("Exception raised from");
        return kindOf(trace < 0 ? message : message.substring(0, trace));
    }

    static Kind kindOf(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        // Memory first and the peer last: "connection timed out" is a time-out.
        for (Kind kind : List.of(Kind.OUT_OF_MEMORY, Kind.NOT_FINITE, Kind.TIMEOUT, Kind.PEER_LOST)) {
            if (SIGNS.getOrDefault(kind, List.of()).stream().anyMatch(lower::contains)) {
                return kind;
            }
        }
        return Kind.FAILED;
    }

    static String firstLine(Throwable error) {
        String message = String.valueOf(error.getMessage());
        String line =
                message.lines().filter(text -> !text.isBlank()).findFirst().orElse(error.toString());
        return SOURCE.matcher(line).replaceFirst("").strip();
    }
}
