package dev.trireme.machine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code doctor}: what this machine has, and what is missing.
 *
 * @param sections facts by topic, in the order in which to show them
 * @param gpus what GPUs there are and what they need; empty when libtorch cannot be loaded
 * @param problems why training on CPUs does not work here; empty when it does
 */
public record Diagnosis(List<Section> sections, Optional<Gpus> gpus, List<String> problems) {
    /** Copies the lists. */
    public Diagnosis {
        NullChecks.require("sections", sections, "gpus", gpus, "problems", problems);
        sections = List.copyOf(sections);
        problems = List.copyOf(problems);
    }

    /**
     * Facts that belong together.
     *
     * @param title a few words
     * @param facts at least one
     */
    public record Section(String title, List<Fact> facts) {
        /** Checks that no component is null. */
        public Section {
            NullChecks.require("title", title, "facts", facts);
        }
    }

    /**
     * One fact.
     *
     * @param name of the fact, a word or two
     * @param value that was found
     */
    public record Fact(String name, String value) {
        /** Checks that no component is null. */
        public Fact {
            NullChecks.require("name", name, "value", value);
        }
    }

    /**
     * Examines this machine. Loads the native library and repairs its cache.
     *
     * @return what was found; a missing part is reported, not thrown
     */
    public static Diagnosis here() {
        List<String> problems = new ArrayList<>();
        List<Section> sections = new ArrayList<>(List.of(software(), machine()));
        Optional<Gpus> gpus = Optional.empty();
        try {
            String cache = cacheState();
            Gpus found = Gpus.here();
            sections.add(libraries(cache, found));
            sections.add(configuration());
            sections.add(found.section());
            gpus = Optional.of(found);
        } catch (IllegalStateException e) {
            problems.add(e.getMessage());
        }
        return new Diagnosis(sections, gpus, problems);
    }

    private static Section software() {
        return new Section(
                "Software",
                List.of(
                        new Fact("trireme", version("dev/trireme/cli/version.properties")),
                        new Fact(
                                "java",
                                Runtime.version() + ", " + System.getProperty("java.vendor") + ", heap up to "
                                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB"),
                        new Fact(
                                "presets",
                                "pytorch " + presets("pytorch") + ", openblas "
                                        + presets("openblas") + ", javacpp "
                                        + presets("javacpp"))));
    }

    private static Section machine() {
        Machine machine = Machine.here();
        return new Section(
                "Machine",
                List.of(
                        new Fact(
                                "system",
                                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                                        + System.getProperty("os.arch")),
                        new Fact("processor", machine.cpu()),
                        new Fact(
                                "cores",
                                String.format(
                                        Locale.ROOT,
                                        "%d, shared out as threads among the ranks of a job; load %.2f",
                                        machine.cores(),
                                        machine.load())),
                        new Fact("memory", memory())));
    }

    private static String cacheState() {
        List<Path> repaired = NativeLibrary.warmCache();
        String state =
                repaired.isEmpty() ? "whole" : repaired.size() + " libraries were missing or broken and are repaired";
        return NativeLibrary.cacheFolder() + ": " + state;
    }

    private static Section libraries(String cache, Gpus gpus) {
        String usable = IntStream.range(0, gpus.problems().size())
                .filter(gpu -> gpus.problems().get(gpu).isEmpty())
                .mapToObj(gpu -> ", cuda:" + gpu)
                .collect(Collectors.joining());
        return new Section("Native libraries", List.of(new Fact("cache", cache), new Fact("devices", "cpu" + usable)));
    }

    private static Section configuration() {
        List<Fact> facts = NativeLibrary.describe()
                .lines()
                .map(line -> line.replaceFirst("^[ -]+", "").replaceFirst("CXX_FLAGS=[^,]*, ", ""))
                .filter(line -> !line.isEmpty())
                .map(line -> new Fact("", line))
                .toList();
        return new Section("libtorch", facts);
    }

    private static String memory() {
        return gigabytes("MemTotal") + " GB, of which " + gigabytes("MemAvailable") + " GB are available";
    }

    private static String gigabytes(String key) {
        return Machine.lines("/proc/meminfo").stream()
                .filter(line -> line.startsWith(key + ":"))
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .map(kilobytes -> String.format(Locale.ROOT, "%.1f", kilobytes / 1e6))
                .findFirst()
                .orElse("?");
    }

    private static String presets(String artifact) {
        return version("META-INF/maven/org.bytedeco/" + artifact + "/pom.properties");
    }

    /** What Maven wrote into a jar or a folder of classes. */
    private static String version(String name) {
        Properties properties = new Properties();
        try (InputStream file = resource(name)) {
            if (file != null) {
                properties.load(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the class path is broken at " + name, e);
        }
        return properties.getProperty("version", "of an unknown version");
    }

    private static @Nullable InputStream resource(String name) {
        return Diagnosis.class.getClassLoader().getResourceAsStream(name);
    }
}
