package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextStreamTest {
    private static Tokenizer byteLevel;
    private static Tokenizer metaspace;

    @BeforeAll
    static void openTokenizers(@TempDir Path folder) throws IOException {
        byteLevel = Fakes.tokenizer();
        metaspace = Tokenizer.open(Files.writeString(folder.resolve("tokenizer.json"), metaspaceJson()));
    }

    @AfterAll
    static void closeTokenizers() {
        byteLevel.close();
        metaspace.close();
    }

    /** As of LLaMA 2: a word starts with ▁, unknown characters are bytes, and a leading space is taken off. */
    private static String metaspaceJson() {
        ObjectNode json = new ObjectMapper().createObjectNode();
        ObjectNode special = json.putArray("added_tokens").addObject();
        special.put("id", 0).put("content", "<s>").put("special", true);
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
            special.put(flag, false);
        }
        ArrayNode normalizers =
                json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        ObjectNode spaces = normalizers.addObject().put("type", "Replace").put("content", "▁");
        spaces.putObject("pattern").put("String", " ");
        ArrayNode decoders = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
        ObjectNode back = decoders.addObject().put("type", "Replace").put("content", " ");
        back.putObject("pattern").put("String", "▁");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        decoders.addObject()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0);
        ObjectNode model = json.putObject("model").put("type", "BPE").put("byte_fallback", true);
        ObjectNode vocabulary = model.putObject("vocab").put("<s>", 0);
        for (int b = 0; b < 256; b++) {
            vocabulary.put("<0x%02X>".formatted(b), vocabulary.size());
        }
        for (String token : List.of("▁", "a", "b", "ä", "▁a", "▁ab")) {
            vocabulary.put(token, vocabulary.size());
        }
        model.putArray("merges").add("▁ a").add("▁a b");
        return json.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "Der Bäcker überquert die Brücke.",
                "😀 名前 🇩🇪 ½ 👩‍👩‍👧",
                "ends in €",
                " a  ab b ",
                "a\u0308 e\u0301\u0323 combined",
                "\u0308 first\n\n\ta"
            })
    void handsOutWholeCharactersOnlyAndAllOfThem(String text) {
        for (Tokenizer tokenizer : List.of(byteLevel, metaspace)) {
            List<String> pieces = new ArrayList<>();
            TextStream stream = new TextStream(tokenizer, pieces::add);
            for (int id : tokenizer.encode(text)) {
                stream.add(id);
            }
            assertThat(pieces)
                    .doesNotContain("")
                    .noneMatch(piece ->
                            piece.contains("\uFFFD") || Character.isHighSurrogate(piece.charAt(piece.length() - 1)));
            assertThat(String.join("", pieces)).isEqualTo(text);
            stream.finish();
            assertThat(String.join("", pieces)).isEqualTo(text);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void anyTokensOfByteLevelBecomeWhatTheyAreAsAWhole(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            int[] ids = random.ints(40, 0, byteLevel.vocabularySize()).toArray(); // many broken characters
            StringBuilder text = new StringBuilder();
            TextStream stream = new TextStream(byteLevel, text::append);
            for (int id : ids) {
                stream.add(id);
            }
            stream.finish();
            assertThat(text.toString()).isEqualTo(byteLevel.decode(ids));
        }
    }

    @Test
    void specialTokensDoNotHideTheSpaceAfterThem() {
        List<String> pieces = new ArrayList<>();
        TextStream stream = new TextStream(metaspace, pieces::add);
        int word = metaspace.id("▁ab").orElseThrow();
        for (int id : new int[] {0, word, 0, 0, word, 0, word}) {
            stream.add(id);
        }
        assertThat(pieces).containsExactly("ab", " ab", " ab");
        assertThat(metaspace.decode(new int[] {0, word, 0, 0, word, 0, word})).isEqualTo("ab ab ab");
    }

    @Test
    void textBeforeAnUnfinishedCharacterIsNotHeldBack() {
        List<String> pieces = new ArrayList<>();
        TextStream stream = new TextStream(byteLevel, pieces::add);
        int[] ids = byteLevel.encode("x😀");
        for (int i = 0; i < ids.length - 1; i++) {
            stream.add(ids[i]);
        }
        assertThat(pieces).containsExactly("x");
        stream.finish();
        assertThat(String.join("", pieces)).startsWith("x").endsWith("\uFFFD");
    }
}
