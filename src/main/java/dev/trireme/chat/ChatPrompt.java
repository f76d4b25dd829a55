package dev.trireme.chat;

import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.template.RenderedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A conversation as a model's input: its text, whose characters know the message that they came from. */
public final class ChatPrompt {
    private final List<RenderedText.Part> parts;
    private final String text;

    ChatPrompt(RenderedText rendered) {
        this.parts = rendered.parts();
        this.text = rendered.toString();
    }

    /** The text. */
    @Override
    public String toString() {
        return text;
    }

    /**
     * The index of the message that a part came from.
     *
     * @param part of {@link #parts()}
     * @return nothing for those of the template, its tokens, tools and arguments
     */
    public Optional<Integer> message(RenderedText.Part part) {
        Objects.requireNonNull(part, "part");
        return part.origin() > 0 ? Optional.of(part.origin() - 1) : Optional.empty();
    }

    /** The text in parts of one origin. */
    public List<RenderedText.Part> parts() {
        return parts;
    }

    /**
     * Encodes the text. Special tokens that the template wrote become their ids; those that a message or a tool spells
     * out are text. All that is between two special tokens is encoded as one text.
     *
     * @param tokenizer of the same model
     * @return the ids; those of transformers, unless somebody spelled out a special token
     * @throws IllegalArgumentException if the text is too long, or has a character that the tokenizer does not know
     */
    public int[] encode(Tokenizer tokenizer) {
        Objects.requireNonNull(tokenizer, "tokenizer");
        List<Spelled> tokens = spelled(tokenizer);
        if (tokens.stream().allMatch(Spelled::isOfTemplate)) {
            return tokenizer.encodeWithSpecialTokens(text);
        }
        IntStream.Builder ids = IntStream.builder();
        int begin = 0;
        for (Spelled token : tokens) {
            if (token.isOfTemplate()) {
                add(tokenizer.encode(text.substring(begin, token.begin)), ids);
                ids.add(token.id);
                begin = token.end;
            }
        }
        add(tokenizer.encode(text.substring(begin)), ids);
        return ids.build().toArray();
    }

    private static void add(int[] some, IntStream.Builder ids) {
        IntStream.of(some).forEach(ids::add);
    }

    /** A place where a special token is spelled out. */
    private record Spelled(int begin, int end, int id, boolean isOfTemplate) {}

    /** All special tokens in the text; where several begin, the longest. */
    private List<Spelled> spelled(Tokenizer tokenizer) {
        Map<Character, List<String>> tokens = tokenizer.specialTokens().stream()
                .filter(token -> !token.isEmpty())
                .sorted(Comparator.comparing(String::length).reversed())
                .collect(Collectors.groupingBy(token -> token.charAt(0)));
        boolean[] ofTemplate = ofTemplate();
        List<Spelled> found = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int begin = at;
            Optional<String> token = tokens.getOrDefault(text.charAt(begin), List.of()).stream()
                    .filter(each -> text.startsWith(each, begin))
                    .findFirst();
            if (token.isPresent()) {
                int end = begin + token.get().length();
                boolean trusted = IntStream.range(begin, end).allMatch(i -> ofTemplate[i]);
                found.add(new Spelled(begin, end, tokenizer.id(token.get()).orElseThrow(), trusted));
                at = trusted ? end : begin + 1; // one of the template's may begin within it
            } else {
                at++;
            }
        }
        return found;
    }

    private boolean[] ofTemplate() {
        boolean[] ofTemplate = new boolean[text.length()];
        int begin = 0;
        for (RenderedText.Part part : parts) {
            int end = begin + part.text().length();
            Arrays.fill(ofTemplate, begin, end, part.origin() == RenderedText.TEMPLATE);
            begin = end;
        }
        return ofTemplate;
    }
}
