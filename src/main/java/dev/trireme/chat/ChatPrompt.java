package dev.trireme.chat;

import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.template.RenderedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;
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

    /**
     * Ids, and which of them are answers.
     *
     * @param ids as {@link #encode} gives them
     * @param answers whether each token is of an assistant's turn
     * @param text of the answers, for counting its bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // as {@link #encode} gives them
    public record Answers(int[] ids, boolean[] answers, String text) {
        /** Checks that no component is null. */
        public Answers {
            NullChecks.require("ids", ids, "answers", answers, "text", text);
        }
    }

    /**
     * Encodes the text, and says which tokens are answers: what came from the messages that are named, but not the role at
     * its front, what the template wrote within it, and the special token right after it, which ends the turn.
     *
     * @param tokenizer of the same model
     * @param ofMessages tells the index of a message whose content is an answer, to be learned
     * @return the ids of {@link #encode}, each with whether it is of an answer
     */
    public Answers encodeAnswers(Tokenizer tokenizer, IntPredicate ofMessages) {
        NullChecks.require("tokenizer", tokenizer, "ofMessages", ofMessages);
        boolean[] answered = new boolean[text.length()];
        List<Spelled> special = spelled(tokenizer);
        int messages = parts.stream().mapToInt(RenderedText.Part::origin).max().orElse(0);
        for (int message = 0; message < messages; message++) {
            if (ofMessages.test(message)) {
                mark(message + 1, special, answered);
            }
        }
        StringBuilder learned = new StringBuilder();
        IntStream.range(0, answered.length).filter(i -> answered[i]).forEach(i -> learned.append(text.charAt(i)));
        IntStream.Builder ids = IntStream.builder();
        List<Boolean> answers = new ArrayList<>();
        Sink sink = new Sink(tokenizer, answered, ids, answers);
        if (special.stream().allMatch(Spelled::isOfTemplate)) {
            add(0, text.length(), true, sink);
        } else {
            int begin = 0;
            for (Spelled token : special) {
                if (token.isOfTemplate()) {
                    add(begin, token.begin, false, sink);
                    ids.add(token.id);
                    answers.add(answered[token.begin]);
                    begin = token.end;
                }
            }
            add(begin, text.length(), false, sink);
        }
        boolean[] flags = new boolean[answers.size()];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = answers.get(i);
        }
        return new Answers(ids.build().toArray(), flags, learned.toString());
    }

    private void mark(int origin, List<Spelled> special, boolean[] answered) {
        int first = -1;
        int end = -1;
        int at = 0;
        int pieces =
                (int) parts.stream().filter(part -> part.origin() == origin).count();
        for (RenderedText.Part part : parts) {
            boolean isRole = first < 0 && pieces > 1 && part.text().equals("assistant");
            if (part.origin() == origin) {
                pieces--;
                first = first < 0 && !isRole ? at : first;
                end = at + part.text().length();
            }
            at += part.text().length();
        }
        if (first < 0) {
            return;
        }
        int last = end;
        int turn = special.stream()
                .filter(token -> token.isOfTemplate() && token.begin >= last)
                .filter(token -> text.substring(last, token.begin).isBlank())
                .mapToInt(Spelled::end)
                .findFirst()
                .orElse(last);
        Arrays.fill(answered, first, turn, true);
    }

    @SuppressWarnings("ArrayRecordComponent") // of one call
    private record Sink(Tokenizer tokenizer, boolean[] answered, IntStream.Builder ids, List<Boolean> answers) {}

    private void add(int begin, int end, boolean specialTokens, Sink sink) {
        Tokenizer.Spans spans = sink.tokenizer.encodeSpans(text.substring(begin, end), specialTokens);
        for (int i = 0; i < spans.ids().length; i++) {
            sink.ids.add(spans.ids()[i]);
            sink.answers.add(IntStream.range(begin + spans.begins()[i], begin + spans.ends()[i])
                    .anyMatch(at -> sink.answered[at]));
        }
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
