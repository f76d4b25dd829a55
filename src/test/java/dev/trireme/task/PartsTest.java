package dev.trireme.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Example;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is found in files and folders, how it is split, and what is refused. */
class PartsTest extends SmallModel {
    @Test
    void partsShareNoDocument() throws IOException {
        List<String> lines = new ArrayList<>();
        IntStream.range(0, 60).forEach(i -> lines.add("{\"text\": \"document " + i + "\"}"));
        Path file = file("parts.jsonl", lines.toArray(String[]::new));
        Path split = folder.resolve("parts");
        PartSizes sizes = new PartSizes(OptionalInt.empty(), OptionalInt.of(5), OptionalInt.of(3), 7);
        data(TaskConfig.of(Task.TEXT)).split(file, sizes, split);

        List<String> all = new ArrayList<>();
        for (String part : Parts.NAMES) {
            all.addAll(Files.readAllLines(split.resolve(part + ".jsonl")));
        }
        assertThat(all).containsExactlyInAnyOrderElementsOf(lines);
        assertThat(Files.readAllLines(split.resolve("validation.jsonl"))).hasSize(5);
        assertThat(Files.readAllLines(split.resolve("test.jsonl"))).hasSize(3);
    }

    @Test
    void aSingleTextIsCutIntoPartsWithAllOfItsCharacters() throws IOException {
        String text = "The child reads.\nThe teacher sleeps.\n".repeat(200);
        Path file = Files.writeString(folder.resolve("single.txt"), text);
        Path split = folder.resolve("single");
        data(TaskConfig.of(Task.TEXT)).split(file, PartSizes.usual(1), split);
        StringBuilder joined = new StringBuilder();
        for (String part : Parts.NAMES) {
            data(TaskConfig.of(Task.TEXT))
                    .texts(split.resolve(part + ".jsonl"), 1 << 20)
                    .forEach(joined::append);
        }
        assertThat(joined.toString()).isEqualTo(text);
    }

    @Test
    void ofALongTextOnlyTheEndIsHeldBack() throws IOException {
        String line = "The child reads. ".repeat(60) + "\n";
        Path file = Files.writeString(folder.resolve("end.txt"), line.repeat(30 << 10)); // 30 MB
        Path split = folder.resolve("end");
        data(TaskConfig.of(Task.TEXT)).split(file, PartSizes.usual(1), split);
        for (String part : Parts.NAMES.subList(1, 3)) {
            assertThat(Files.size(split.resolve(part + ".jsonl"))).isBetween(1L << 19, (1L << 20) + (1L << 19));
        }
    }

    @Test
    void aDocumentOfAProgramIsOneLine() throws IOException {
        List<Document> documents = IntStream.range(0, 9)
                .mapToObj(
                        i -> new Document("{\n  \"text\": \"line %d\\nline\",\r\n  \"goes_on\": true\n}".formatted(i)))
                .toList();
        Path split = folder.resolve("program");
        data(TaskConfig.of(Task.TEXT)).split(documents, PartSizes.usual(1), split);
        List<String> lines = new ArrayList<>();
        for (String part : Parts.NAMES) {
            lines.addAll(Files.readAllLines(split.resolve(part + ".jsonl")));
        }
        assertThat(lines).hasSize(9).contains("{\"text\":\"line 3\\nline\"}");
    }

    @Test
    void onlyPartsOfARunHavePieces() throws IOException {
        Path data = Files.createDirectories(folder.resolve("run/data"));
        String piece = "{\"text\": \"Yes.\", \"goes_on\": true}";
        for (String part : Parts.NAMES) {
            Files.writeString(data.resolve(part + ".jsonl"), piece + "\n" + piece + "\n");
        }
        Path split = folder.resolve("run-split");
        data(TaskConfig.of(Task.TEXT)).split(data, PartSizes.usual(1), split);
        assertThat(split.resolve("train.jsonl")).content().doesNotContain("goes_on");

        Files.writeString(folder.resolve("run/config.json"), "{}");
        data(TaskConfig.of(Task.TEXT)).split(data, PartSizes.usual(1), split);
        assertThat(split.resolve("train.jsonl")).content().contains("goes_on");
        int tokens = 2 * tokenizer.encode("Yes.").length + 1;
        Example row = rows(TaskConfig.of(Task.TEXT), split.resolve("train.jsonl"), tokens)
                .rows()
                .get(0);
        assertThat(row.ids()[tokens - 1]).isEqualTo(END); // of the document that was left open
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"text\": \"a\"}|TEXT",
                "{\"messages\": []}|CHAT",
                "{\"prompt\": \"a\", \"completion\": \"b\"}|INSTRUCT",
                "{\"instruction\": \"a\", \"output\": \"b\"}|INSTRUCT",
                "{\"translation\": {\"de\": \"a\", \"en\": \"b\"}}|TRANSLATE",
                "{\"de\": \"a\", \"en\": \"b\"}|TRANSLATE"
            })
    void theTaskIsFoundByTheFirstLine(String line, Task task) throws IOException {
        assertThat(TaskFinder.of(file("find.jsonl", line), CorpusOptions.DEFAULTS))
                .isEqualTo(task);
    }

    @Test
    void aFolderOfTextsIsText() throws IOException {
        Files.createDirectories(folder.resolve("book/chapter"));
        Files.writeString(folder.resolve("book/chapter/one.txt"), "One.");
        assertThat(TaskFinder.of(folder.resolve("book"), CorpusOptions.DEFAULTS))
                .isEqualTo(Task.TEXT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CHAT|{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}|2: has no turn of the assistant",
                "CHAT|{\"messages\": [{\"role\": \"critic\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}|2: is refused by the chat template",
                "CHAT|{\"messages\": [{\"content\": \"a\"}]}|2: message 1 has no text",
                "CHAT|{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": [{\"type\": \"audio\"}]}]}|2: messages[1].content has a part of type 'audio'",
                "CHAT|{\"messages\": [{\"role\": \"assistant\", \"content\": [{\"type\": \"text\"}]}]}|2: messages[0].content has a part without a text",
                "CHAT|{\"messages\": 5}|2: messages are no JSON array",
                "CHAT|[5]|2: is no JSON object",
                "CHAT|{\"messages|2: is not JSON",
                "INSTRUCT|{\"prompt\": \"a\"}|2: has no text under \"completion\"",
                "INSTRUCT|{\"instruction\": \"a\", \"output\": \" \"}|2: has no text under \"output\"",
                "TEXT|{\"text\": 5}|2: has no text under \"text\"",
            })
    void refusesADocumentByFileLineAndCure(Task task, String line, String message) throws IOException {
        String good =
                task == Task.CHAT ? chat("a", "b") : "{\"text\": \"a\", \"prompt\": \"a\", \"completion\": \"b\"}";
        Path file = file("bad.jsonl", good, line);
        assertThatThrownBy(() -> data(TaskConfig.of(task)).split(file, PartSizes.usual(1), folder.resolve("bad")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("bad.jsonl:" + message)
                .hasMessageNotContaining("\n")
                .hasMessageMatching(".*(drop|write|give|use|messages are no JSON array).*");
    }

    @Test
    void refusesFilesThatAreNoText() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.txt"), " \n");
        assertRefused(empty, "empty.txt: is empty");
        Path binary = Files.write(folder.resolve("binary.txt"), new byte[] {'a', '\n', 0, 1});
        assertRefused(binary, "binary.txt:2: has a NUL character");
        Path latin = Files.write(folder.resolve("latin.txt"), "a\nb\nü".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(latin, "latin.txt:3: byte 0xFC is not UTF-8");
        assertRefused(file("none.jsonl"), "none.jsonl: is empty");
        assertRefused(folder.resolve("nowhere.txt"), "there is no such file");
        assertRefused(file("few.jsonl", "{\"text\": \"a\"}"), "few.jsonl: has 1 documents");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(
                        () -> data(TaskConfig.of(Task.TEXT)).split(file, PartSizes.usual(1), folder.resolve("refused")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }
}
