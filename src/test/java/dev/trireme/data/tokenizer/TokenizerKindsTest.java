package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.data.GoldenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerKindsTest {
    private static final JsonNode ENCODED = GoldenFiles.json("tokenizers/encoded.json");

    @ParameterizedTest
    @ValueSource(
            strings = {"llama2", "metaspace", "llama3", "gpt4o", "trailing-space", "word-piece", "unigram", "word-level"
            })
    void idsPromptsAndDecodedTextsEqualTheReference(String name) {
        assertThat(ENCODED.path(name)).isNotEmpty();
        try (Tokenizer tokenizer = Tokenizer.open(file(name))) {
            for (JsonNode reference : ENCODED.path(name)) {
                String text = reference.get("text").asText();
                int[] prompt = GoldenFiles.ints(reference.get("prompt"));
                assertThat(tokenizer.encodeWithSpecialTokens(text))
                        .as(text)
                        .isEqualTo(GoldenFiles.ints(reference.get("ids")));
                assertThat(tokenizer.encodePromptWithSpecialTokens(text))
                        .as(text)
                        .isEqualTo(prompt);
                assertThat(tokenizer.decode(prompt))
                        .isEqualTo(reference.get("decoded").asText());
                assertThat(tokenizer.decodeWithSpecialTokens(prompt))
                        .isEqualTo(reference.get("decoded_with_special").asText());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"word-piece", "unigram"})
    void aFileOf2020WithoutModelTypeOpensAlike(String name, @TempDir Path folder) throws IOException {
        JsonNode root = GoldenFiles.json("tokenizers/" + name + ".json");
        ((ObjectNode) root.get("model")).remove("type");
        Path untyped = Files.writeString(folder.resolve("tokenizer.json"), root.toString());
        try (Tokenizer old = Tokenizer.open(untyped);
                Tokenizer tokenizer = Tokenizer.open(file(name))) {
            assertThat(old.encodePrompt("The small baker")).isEqualTo(tokenizer.encodePrompt("The small baker"));
        }
    }

    @Test
    void ofTwoEqualPiecesTheLaterCounts(@TempDir Path folder) throws IOException {
        Path twice = Files.writeString(folder.resolve("tokenizer.json"), """
            {"version": "1.0",
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0], ["a", -1.0]]}}
            """);
        try (Tokenizer tokenizer = Tokenizer.open(twice)) {
            assertThat(tokenizer.encode("a")).containsExactly(2);
            assertThat(tokenizer.id("a")).hasValue(2);
            assertThat(tokenizer.vocabularySize()).isEqualTo(3);
        }
    }

    @Test
    void aPatternWithoutAProofNeedsTrust(@TempDir Path folder) throws IOException {
        Path unproved = Files.writeString(folder.resolve("tokenizer.json"), """
            {"version": "1.0",
             "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a*b|."}, "behavior": "Isolated", "invert": false},
             "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "aab": 1, "a": 2}}}
            """);
        assertThatThrownBy(() -> Tokenizer.open(unproved))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("may take unbounded time")
                .hasMessageEndingWith("use --trust-tokenizer (Tokenizer.openTrusted)");
        try (Tokenizer tokenizer = Tokenizer.openTrusted(unproved)) {
            assertThat(tokenizer.encode("aaba")).containsExactly(1, 2);
        }
    }

    private static Path file(String name) {
        return GoldenFiles.path("tokenizers/" + name + ".json");
    }
}
