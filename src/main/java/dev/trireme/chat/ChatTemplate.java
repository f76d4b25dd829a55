package dev.trireme.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.template.RenderedText;
import dev.trireme.template.Template;
import dev.trireme.template.TemplateException;
import dev.trireme.template.Variables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a model wants conversations to be written: the Jinja template and special tokens of its folder.
 *
 * <pre>
 *   chat_template.jinja                           if there is one, else
 *   tokenizer_config.json: chat_template          a text, or named texts of which "tool_use" is for conversations with tools
 *   tokenizer_config.json, special_tokens_map.json: bos_token, eos_token, …   variables of the template
 * </pre>
 */
public final class ChatTemplate {
    private static final String FILE = "chat_template.jinja";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String DEFAULT = "default";
    private static final String WITH_TOOLS = "tool_use";
    private static final int OF_TOOLS = -1; // origin

    private final Map<String, Template> templates;
    private final Map<String, JsonNode> specialTokens;
    private final String hash;

    /** @param place of the template, for errors */
    private record Source(String place, String jinja) {}

    private ChatTemplate(Map<String, Source> sources, Map<String, JsonNode> specialTokens) {
        this.templates = new HashMap<>();
        Map<String, String> hashed = new TreeMap<>();
        sources.forEach((name, source) -> {
            templates.put(name, Template.of(source.place, source.jinja));
            hashed.put(name, source.jinja);
        });
        this.specialTokens = specialTokens;
        this.hash = Sha256.of(
                Json.tree(List.of(hashed, new TreeMap<>(specialTokens))).toString());
    }

    /**
     * Reads a model's template.
     *
     * @param folder of a model; untrusted
     * @return the template
     * @throws BadInputException if there is none, a file cannot be read, or the template has what is not supported
     */
    public static ChatTemplate of(Path folder) {
        Objects.requireNonNull(folder, "folder");
        JsonNode config = ifThere(folder.resolve(CONFIG));
        try {
            Map<String, Source> sources = sources(folder, config.path("chat_template"));
            if (sources.isEmpty()) {
                throw new BadInputException(
                        folder + ": has no chat template, neither " + FILE + " nor chat_template in " + CONFIG
                                + "; give plain prompts to a model that is not for chats, else add the template");
            }
            Map<String, JsonNode> tokens = specialTokens(ifThere(folder.resolve("special_tokens_map.json")));
            tokens.putAll(specialTokens(config));
            return new ChatTemplate(sources, tokens);
        } catch (TemplateException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Whether a model has a template.
     *
     * @param folder of a model
     * @return false if {@link #of} would say that there is none
     */
    public static boolean isIn(Path folder) {
        Objects.requireNonNull(folder, "folder");
        return Files.exists(folder.resolve(FILE))
                || ifThere(folder.resolve(CONFIG)).path("chat_template").isTextual()
                || ifThere(folder.resolve(CONFIG)).path("chat_template").isArray();
    }

    private static Map<String, Source> sources(Path folder, JsonNode inConfig) {
        Map<String, Source> sources = new HashMap<>();
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            sources.put(DEFAULT, new Source(file.toString(), JsonFile.text(file)));
        } else if (inConfig.isTextual()) {
            sources.put(DEFAULT, new Source(folder.resolve(CONFIG) + ": chat_template", inConfig.textValue()));
        } else {
            for (JsonNode named : inConfig) {
                String name = named.path("name").asText();
                sources.put(
                        name,
                        new Source(
                                folder.resolve(CONFIG) + ": chat_template " + name,
                                named.path("template").asText()));
            }
        }
        return sources;
    }

    /** Those that transformers makes variables of; newer files say the token, older ones an object with its spelling. */
    private static Map<String, JsonNode> specialTokens(JsonNode config) {
        Map<String, JsonNode> tokens = new HashMap<>();
        config.properties().forEach(field -> {
            JsonNode spelling = field.getValue().isObject() ? field.getValue().path("content") : field.getValue();
            if (field.getKey().endsWith("_token") && spelling.isTextual()) {
                tokens.put(field.getKey(), spelling);
            }
        });
        return tokens;
    }

    /**
     * Writes a conversation as the model's input. If its last message is not the assistant's, the beginning of an answer
     * follows. A template that writes all parts of all messages is given them; others are given one text of each
     * message, with line breaks between.
     *
     * @param conversation to write
     * @param now what a template that asks for the date is told
     * @return the text, and who wrote which part
     * @throws IllegalArgumentException if the template refuses the conversation; the message is the template's, with its line
     */
    public ChatPrompt render(Conversation conversation, ZonedDateTime now) {
        NullChecks.require("conversation", conversation, "now", now);
        boolean joins = MessageTexts.haveParts(conversation.messages()) && !writesParts(conversation, now);
        return new ChatPrompt(rendered(joins ? conversation.joined("\n") : conversation, now));
    }

    /**
     * A conversation with one text of each message, as this template writes it: parts that it writes itself follow each
     * other, others have line breaks between.
     *
     * @param conversation whose contents may have parts
     * @param now as {@link #render} takes it
     * @return the same without parts
     */
    public Conversation joined(Conversation conversation, ZonedDateTime now) {
        NullChecks.require("conversation", conversation, "now", now);
        boolean has = MessageTexts.haveParts(conversation.messages());
        return has ? conversation.joined(writesParts(conversation, now) ? "" : "\n") : conversation;
    }

    /** Some templates walk over the parts of users alone, and of others take the first part or print the list. */
    private boolean writesParts(Conversation conversation, ZonedDateTime now) {
        Conversation probe = new Conversation(
                MessageTexts.probe(conversation.messages()), conversation.tools(), conversation.arguments());
        try {
            return MessageTexts.areWritten(
                    probe.messages(), rendered(probe, now).toString());
        } catch (TemplateException e) { // such as of a list where it wants a text
            return false;
        }
    }

    private RenderedText rendered(Conversation conversation, ZonedDateTime now) {
        Variables variables = new Variables();
        specialTokens.forEach((name, token) -> variables.with(name, token, RenderedText.TEMPLATE));
        variables.with("add_generation_prompt", BooleanNode.valueOf(conversation.awaitsAnswer()), OF_TOOLS);
        conversation.tools().ifPresent(tools -> variables.with("tools", tools, OF_TOOLS));
        conversation
                .arguments()
                .properties()
                .forEach(field -> variables.with(field.getKey(), field.getValue(), OF_TOOLS));
        variables.withEach("messages", conversation.messages(), 1);
        return chosen(conversation).render(variables, now);
    }

    /**
     * What the folder says of conversations.
     *
     * @return SHA-256 of templates and special tokens, in hexadecimal digits
     */
    public String hash() {
        return hash;
    }

    private Template chosen(Conversation conversation) {
        Optional<Template> withTools =
                conversation.tools().isPresent() ? Optional.ofNullable(templates.get(WITH_TOOLS)) : Optional.empty();
        return withTools
                .or(() -> Optional.ofNullable(templates.get(DEFAULT)))
                .orElseGet(() -> templates.values().iterator().next());
    }

    private static JsonNode ifThere(Path file) {
        return Files.exists(file) ? JsonFile.read(file) : Json.tree(Map.of());
    }
}
