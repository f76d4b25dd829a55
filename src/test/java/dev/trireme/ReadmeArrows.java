package dev.trireme;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What each package may import, as the README's map says it.
 *
 * <pre>
 *   train      → generate, parallel    these
 *   config     → nothing               none
 *   cli        → train, …              every one
 * </pre>
 */
final class ReadmeArrows {
    private static final String EVERY_ONE_MAY_IMPORT = "config";
    private static final Pattern ARROW = Pattern.compile("^(\\w+) +→ (\\w+(?:, (?:\\w+|…))*)", Pattern.MULTILINE);

    private final Map<String, Set<String>> allowed = new TreeMap<>();

    private ReadmeArrows() {}

    static ReadmeArrows read(Path readme) throws IOException {
        ReadmeArrows arrows = new ReadmeArrows();
        for (MatchResult arrow :
                ARROW.matcher(Files.readString(readme)).results().toList()) {
            arrows.allowed.put(
                    arrow.group(1), Stream.of(arrow.group(2).split(", ")).collect(toSet()));
        }
        return arrows;
    }

    Set<String> packages() {
        return allowed.keySet();
    }

    boolean allow(String from, String to) {
        Set<String> may = allowed.getOrDefault(from, Set.of());
        return from.equals(to) || to.equals(EVERY_ONE_MAY_IMPORT) || may.contains(to) || may.contains("…");
    }
}
