package dev.trireme.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.Requirements;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Machines by name or file. The named ones are files of this package too, each figure with its source.
 *
 * <pre>
 *   v100-16gb       one host, as full as its maker sells it
 *   v100-16gb:4     four devices of such a host
 *   h100-80gb:1024  128 hosts of 8
 *   mine.json       a user's own, :N likewise
 * </pre>
 */
public final class MachineFiles {
    /** The machines that have a name. */
    public static final List<String> NAMES = List.of(
            "v100-16gb",
            "v100-16gb-pcie",
            "v100-32gb",
            "v100-32gb-pcie",
            "a100-40gb",
            "a100-40gb-pcie",
            "a100-80gb",
            "a100-80gb-pcie",
            "h100-80gb",
            "h100-80gb-pcie",
            "h200",
            "rtx-4090",
            "l40s");

    private static final Pattern WITH_COUNT = Pattern.compile("(.+):(\\d{1,9})");
    private static final Pattern NOT_A_PARSERS_ADVICE = Pattern.compile(": enable `[^`]*` to allow");
    private static final int LARGEST_FILE = 1_000_000;
    private static final JsonNode TEMPLATE = template();

    private MachineFiles() {}

    /**
     * A machine as the command line names it.
     *
     * @param text a name of {@link #NAMES} or a JSON file, and perhaps a colon and a number of devices
     * @return the machine
     * @throws BadInputException when it is a file that is wrong, naming file, key, value and cure
     * @throws IllegalArgumentException when there is no such name or number
     */
    public static Machine parse(String text) {
        Objects.requireNonNull(text, "text");
        Matcher counted = WITH_COUNT.matcher(text);
        Requirements.that(
                !counted.matches() || !counted.group(1).equals("this"),
                "machine",
                text,
                "this alone, which has as many devices as this machine has cores");
        if (counted.matches() && !Files.exists(Path.of(text))) {
            return named(counted.group(1)).withDevices(Integer.parseInt(counted.group(2)));
        }
        return named(text);
    }

    /**
     * Reads a user's own machine.
     *
     * @param file that holds what {@link #text} makes
     * @return the machine
     * @throws BadInputException when it is not there, or a figure is missing, unknown or out of bounds
     */
    public static Machine read(Path file) {
        Objects.requireNonNull(file, "file");
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(file + ": is not a plain file; name a JSON file that holds a machine");
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(LARGEST_FILE + 1);
            if (bytes.length > LARGEST_FILE) {
                throw new BadInputException(
                        file + ": is larger than " + LARGEST_FILE + " bytes; a machine is a few figures");
            }
            return machine(file.toString(), bytes);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check the file", e);
        }
    }

    /**
     * A machine as JSON, for people to read and change.
     *
     * @param machine what
     * @return what {@link #read} reads, indented
     */
    public static String text(Machine machine) {
        Objects.requireNonNull(machine, "machine");
        return Json.text(Json.SETTINGS_WRITER, machine) + "\n";
    }

    private static Machine named(String name) {
        if (NAMES.contains(name)) {
            return shipped(name);
        }
        Path file = Path.of(name);
        Requirements.that(
                !name.isBlank() && Files.exists(file),
                "machine",
                name.isBlank() ? "empty" : name,
                "a JSON file that is there, this, or one of " + String.join(", ", NAMES)
                        + "; :N tells how many devices");
        return read(file);
    }

    private static Machine shipped(String name) {
        String resource = "machines/" + name + ".json";
        try (InputStream input = Optional.ofNullable(MachineFiles.class.getResourceAsStream(resource))
                .orElseThrow(() -> new IllegalStateException(resource + " is missing from the jar; build it again"))) {
            return machine(resource, input.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Machine machine(String file, byte[] bytes) {
        try {
            JsonNode tree = Json.STRICT_FILE.readTree(bytes);
            requireKeys(file, "", tree, TEMPLATE);
            return Json.SETTINGS_READER.readValue(new String(bytes, StandardCharsets.UTF_8), Machine.class);
        } catch (JsonProcessingException e) {
            String why = e.getCause() instanceof IllegalArgumentException bounds
                    ? Objects.requireNonNullElse(bounds.getMessage(), "")
                    : "line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()) + ": "
                            + NOT_A_PARSERS_ADVICE
                                    .matcher(e.getOriginalMessage())
                                    .replaceAll("")
                            + "; write it as strict JSON";
            throw new BadInputException(file + ": " + why, e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check the file", e);
        }
    }

    /** Every key of the template is there, with a value of its kind, and no other. */
    private static void requireKeys(String file, String path, JsonNode node, JsonNode template) {
        if (!template.isObject()) {
            requireValue(file + ": " + path, node, template);
            return;
        }
        if (!node.isObject()) {
            throw new BadInputException(file + ": " + (path.isEmpty() ? "the file" : path) + " is " + node
                    + "; use an object with " + keys(template));
        }
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String key = names.next();
            if (!template.has(key)) {
                throw new BadInputException(file + ": " + child(path, key) + " is unknown; use " + keys(template));
            }
        }
        for (Iterator<String> names = template.fieldNames(); names.hasNext(); ) {
            String key = names.next();
            if (!node.hasNonNull(key)) {
                throw new BadInputException(file + ": " + child(path, key)
                        + " is missing; add it, or let plan --measure --out write a whole file");
            }
            requireKeys(file, child(path, key), node.get(key), template.get(key));
        }
    }

    private static void requireValue(String what, JsonNode node, JsonNode template) {
        if (template.isTextual() ? !node.isTextual() : !node.isNumber()) {
            throw new BadInputException(what + " is " + node + "; use a " + (template.isTextual() ? "text" : "number"));
        }
        if (what.endsWith(".source") && node.textValue().isBlank()) { // a Figure does not know its own name
            throw new BadInputException(what + " is empty; write who states the figure");
        }
        if (template.isInt() && !node.isInt()) {
            throw new BadInputException(what + " is " + node + "; use an integer");
        }
        if (node.isNumber() && !(node.doubleValue() >= 0 && node.doubleValue() < Double.POSITIVE_INFINITY)) {
            throw new BadInputException(what + " is " + node + "; use a number of 0 or more");
        }
    }

    private static String child(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String keys(JsonNode object) {
        return String.join(", ", (Iterable<String>) object::fieldNames);
    }

    private static JsonNode template() {
        Figure any = new Figure(1, "any");
        Link link = new Link(any, any);
        return Json.snakeCaseTree(new Machine(
                "any",
                "cpu",
                0,
                1,
                1,
                new Machine.Memory(any, any, any, any, any),
                new Machine.Gemm(any, any, any, any, any),
                any,
                any,
                link,
                link));
    }
}
