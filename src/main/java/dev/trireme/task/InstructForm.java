package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/**
 * <code>{"prompt": …, "completion": …}</code>: one text after the other, then the end token; and <code>{"instruction": …,
 * "input": …, "output": …}</code>: a conversation if the model has a chat template, else Alpaca's headings (Taori et al. 2023).
 */
record InstructForm(Optional<ChatTemplate> template, boolean learnsAll) implements DocumentForm {
    private static final String PROMPT = "prompt";
    private static final String COMPLETION = "completion";
    private static final String INSTRUCTION = "instruction";
    private static final String OUTPUT = "output";

    @Override
    public void check(JsonNode row) {
        if (row.has(PROMPT)) {
            DocumentForm.text(row, PROMPT);
            DocumentForm.text(row, COMPLETION);
        } else {
            DocumentForm.text(row, INSTRUCTION);
            DocumentForm.text(row, OUTPUT);
            conversation().ifPresent(chat -> chat.check(messages(row)));
        }
    }

    private boolean isConversation(JsonNode row) {
        return !row.has(PROMPT) && template.isPresent();
    }

    private Optional<ChatForm> conversation() {
        return template.map(form -> new ChatForm(form, learnsAll));
    }

    private static String instruction(JsonNode row) {
        String input = row.path("input").asText();
        return row.path(INSTRUCTION).asText() + (input.isBlank() ? "" : "\n\n" + input);
    }

    private static JsonNode messages(JsonNode row) {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        chat.putArray("messages")
                .add(JsonNodeFactory.instance.objectNode().put("role", "user").put("content", instruction(row)))
                .add(JsonNodeFactory.instance
                        .objectNode()
                        .put("role", "assistant")
                        .put("content", row.path(OUTPUT).asText()));
        return chat;
    }

    private static String prompt(JsonNode row) {
        if (row.has(PROMPT)) {
            return row.path(PROMPT).asText();
        }
        String input = row.path("input").asText();
        return "### Instruction:\n" + row.path(INSTRUCTION).asText()
                + (input.isBlank() ? "" : "\n\n### Input:\n" + input) + "\n\n### Response:\n";
    }

    private static String completion(JsonNode row) {
        return row.path(row.has(PROMPT) ? COMPLETION : OUTPUT).asText();
    }

    @Override
    public Encoded encode(JsonNode row, Tokenizer tokenizer, int end) {
        if (isConversation(row)) {
            return conversation().orElseThrow().encode(messages(row), tokenizer, end);
        }
        int[] prompt = tokenizer.encodePrompt(prompt(row));
        int[] completion = tokenizer.encode(completion(row));
        int[] ids = Arrays.copyOf(prompt, prompt.length + completion.length + 1);
        System.arraycopy(completion, 0, ids, prompt.length, completion.length);
        ids[ids.length - 1] = end;
        byte[] learned = new byte[ids.length];
        Arrays.fill(learned, learnsAll ? 0 : prompt.length, learned.length, (byte) 1);
        String text = (learnsAll ? prompt(row) : "") + completion(row);
        return new Encoded(ids, learned, DocumentForm.utf8Bytes(text), false);
    }

    @Override
    public Optional<Asked> asked(JsonNode row) {
        boolean byTemplate = isConversation(row);
        return Optional.of(new Asked(byTemplate, byTemplate ? instruction(row) : prompt(row)));
    }

    @Override
    public Optional<Question> question(JsonNode row, Tokenizer tokenizer) {
        if (isConversation(row)) {
            return conversation().orElseThrow().question(messages(row), tokenizer);
        }
        String shown = row.has(PROMPT) ? prompt(row) : instruction(row);
        return Optional.of(new Question(shown, tokenizer.encodePrompt(prompt(row)), completion(row)));
    }
}
