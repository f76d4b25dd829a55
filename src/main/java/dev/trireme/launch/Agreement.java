package dev.trireme.launch;

import dev.trireme.engine.Store;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares named values over all ranks. If one differs, every rank fails with the same message.
 *
 * <pre>
 *   rank 0          set values ──▶ compare each rank's as it comes ──▶ set verdict ──▶ wait until it is read
 *   rank 1, 2, …    set values ──▶ compare with rank 0's ───────────▶ get verdict ──▶ say that it is read
 * </pre>
 *
 * <p>Other ranks compare too, because rank 0 does not read their values when it believes that the world is smaller.
 */
record Agreement(Store store, RankEnvironment environment, Duration timeout) {
    /** How long rank 0 keeps the store open so that others can read the verdict. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    /** Characters of two long values that are shown around their first difference. */
    private static final int SHOWN = 60;

    void reach(String topic, Map<String, String> values) {
        store.set(key(topic, environment.rank()), encode(values));
        String refusal = environment.rank() == 0 ? judge(topic, values) : listen(topic, values);
        if (!refusal.isEmpty()) {
            throw new IllegalArgumentException(refusal);
        }
    }

    private String judge(String topic, Map<String, String> values) {
        List<Integer> missing = new ArrayList<>(
                IntStream.range(1, environment.worldSize()).boxed().toList());
        Deadline deadline = Deadline.in(timeout);
        String refusal = "";
        while (refusal.isEmpty() && !missing.isEmpty()) {
            Integer peer = awaitAny(topic, missing, deadline);
            missing.remove(peer);
            refusal = difference(values, peer, read(topic, peer));
        }
        store.set(key(topic, "verdict"), refusal);
        Deadline.in(LINGER).await(() -> everyoneRead(topic, missing));
        return refusal;
    }

    private boolean everyoneRead(String topic, List<Integer> missing) {
        return IntStream.range(1, environment.worldSize())
                .filter(peer -> !missing.contains(peer))
                .allMatch(peer -> store.contains(key(topic, "read by " + peer)));
    }

    private Integer awaitAny(String topic, List<Integer> missing, Deadline deadline) {
        deadline.await(
                () -> missing.stream().anyMatch(peer -> store.contains(key(topic, peer))),
                () -> "ranks " + missing + " of " + environment.worldSize() + " did not come to compare the " + topic);
        return missing.stream()
                .filter(peer -> store.contains(key(topic, peer)))
                .findFirst()
                .orElseThrow();
    }

    private String listen(String topic, Map<String, String> values) {
        String unexpected = difference(read(topic, 0), environment.rank(), values);
        String refusal = unexpected.isEmpty() ? store.get(key(topic, "verdict"), timeout) : unexpected;
        store.set(key(topic, "read by " + environment.rank()), "");
        return refusal;
    }

    private Map<String, String> read(String topic, int rank) {
        return decode(store.get(key(topic, rank), timeout));
    }

    private static String key(String topic, Object part) {
        return topic + "/" + part;
    }

    private static String difference(Map<String, String> ofRank0, int rank, Map<String, String> ofRank) {
        TreeSet<String> names = new TreeSet<>(ofRank0.keySet());
        names.addAll(ofRank.keySet());
        for (String name : names) {
            String one = ofRank0.getOrDefault(name, "not there");
            String other = ofRank.getOrDefault(name, "not there");
            if (!one.equals(other)) {
                int from = Math.max(0, mismatch(one, other) - SHOWN / 2);
                return name + " differs between ranks: " + excerpt(one, from) + " on rank 0, " + excerpt(other, from)
                        + " on rank " + rank + "; start all ranks with the same settings and files";
            }
        }
        return "";
    }

    private static int mismatch(String one, String other) {
        int limit = Math.min(one.length(), other.length());
        return IntStream.range(0, limit)
                .filter(i -> one.charAt(i) != other.charAt(i))
                .findFirst()
                .orElse(limit);
    }

    private static String excerpt(String text, int from) {
        if (text.length() <= SHOWN) {
            return text;
        }
        int begin = Math.min(from, text.length());
        int end = Math.min(begin + SHOWN, text.length());
        return (begin > 0 ? "…" : "") + text.substring(begin, end) + (end < text.length() ? "…" : "");
    }

    private static String encode(Map<String, String> values) {
        Properties properties = new Properties();
        properties.putAll(values);
        StringWriter text = new StringWriter();
        try {
            properties.store(text, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static Map<String, String> decode(String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, properties::getProperty));
    }
}
