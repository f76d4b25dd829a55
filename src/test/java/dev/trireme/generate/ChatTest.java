package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTest {
    private static final GenerateOptions OPTIONS = GenerateOptions.upTo(6);
    private static final ZonedDateTime ANY_TIME = ZonedDateTime.of(2025, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    @TempDir
    private Path folder;

    private Generator generator;
    private ChatTemplate template;

    @BeforeEach
    void open() throws IOException {
        Tokenizer tokenizer = Fakes.tokenizer();
        generator = Generator.of(Fakes.languageModel(new FakeModel(tokenizer.vocabularySize(), 300)), tokenizer);
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                        + "{% if add_generation_prompt %}assistant: {% endif %}");
        template = ChatTemplate.of(folder);
    }

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void aQuestionIsAskedWithAllThatWasSaidBefore() {
        Conversation rules = Conversation.of("system", "Kurz.");
        Chat chat = Chat.goOn(generator, template, OPTIONS, rules);
        List<String> pieces = new ArrayList<>();
        Generation first = chat.ask("Wer?", pieces::add);
        assertThat(String.join("", pieces)).isEqualTo(first.text());
        Generation second = chat.ask("Wo?", piece -> {});

        Conversation asked =
                rules.with("user", "Wer?").with("assistant", first.text()).with("user", "Wo?");
        assertThat(second)
                .isEqualTo(generator.answer(template.render(asked, ANY_TIME), OPTIONS, piece -> {}))
                .isNotEqualTo(Chat.begin(generator, template, OPTIONS).ask("Wo?", piece -> {}));
        assertThat(chat.said()).contains(asked.with("assistant", second.text()));
        assertThat(rules.messages()).hasSize(1);
    }

    @Test
    void whatFailsIsNotPartOfTheConversation() {
        Chat chat = Chat.begin(generator, template, OPTIONS);
        assertThatThrownBy(() -> chat.ask("Wer? ".repeat(300), piece -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(chat.said()).isEmpty();
        chat.ask("Wer?", piece -> {});
        assertThat(chat.said().orElseThrow().messages()).hasSize(2);
    }
}
