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
 *   cli.output → train                 a package below another may have arrows of its own
 * </pre>
 */
final class ReadmeArrows {
    private static final String EVERY_ONE_MAY_IMPORT = "config";
    private static final Pattern ARROW =
            Pattern.compile("^([\\w.]+) +→ ([\\w.]+(?:, (?:[\\w.]+|…))*)", Pattern.MULTILINE);

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

    /** Of a class's package: itself or the next above it that has arrows; else the one below {@code dev.trireme}. */
    String withArrows(String packageName) {
        String name = packageName.replaceFirst("^dev\\.trireme\\.", "");
        for (String above = name; !above.isEmpty(); above = above.substring(0, Math.max(0, above.lastIndexOf('.')))) {
            if (allowed.containsKey(above)) {
                return above;
            }
        }
        return name.replaceFirst("\\..*", "");
    }

    boolean allow(String from, String to) {
        Set<String> may = allowed.getOrDefault(from, Set.of());
        return from.equals(to) || to.equals(EVERY_ONE_MAY_IMPORT) || may.contains(to) || may.contains("…");
    }
}
