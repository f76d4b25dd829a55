package dev.trireme.data.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Guard;
import dev.trireme.config.NullChecks;
import dev.trireme.data.Text;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Encodes text to ids and decodes ids to text by a {@code tokenizer.json} (BPE, WordPiece, WordLevel or Unigram), with
 * Hugging Face's own library. Texts are neither truncated nor padded, and nothing is fetched from a network.
 *
 * <p>Inputs on which the library could hang or end the process are refused: files whose patterns are not proven to take
 * linear time, and texts above a bound.
 *
 * <p>Any number of threads may use a tokenizer, and any may close it; close waits for running calls.
 */
public final class Tokenizer implements AutoCloseable {
    // Of the characters that the normalizers make of a text: a pattern may look at each a few times, and the library
    // ends the process where a pattern goes back 10 million times.
    private static final int MAX_CHARACTERS = 1 << 21;

    // A tokenizer that takes fewer is of no use.
    private static final int LEAST_CHARACTERS = 1 << 10;

    private final HuggingFaceTokenizer library; // to which special tokens are text
    private final LazyTokenizer withSpecialTokens;
    private final Guard guard;
    private final Map<String, Integer> ids;
    private final Set<String> specialTokens;
    private final int vocabularySize;
    private final int longestText;

    private Tokenizer(HuggingFaceTokenizer library, TokenizerFile file) {
        this.library = library;
        this.withSpecialTokens = withSpecialTokens(library, file);
        this.guard = new Guard("tokenizer", this::free);
        this.ids = file.ids();
        this.specialTokens = file.specialTokens();
        this.vocabularySize = Collections.max(ids.values()) + 1;
        this.longestText = (int) (MAX_CHARACTERS / file.growth());
    }

    /**
     * Opens a tokenizer.
     *
     * @param tokenizerJson the file, at most 64 MB
     * @return the tokenizer, which the caller closes
     * @throws BadInputException if the file is missing, too large, not JSON in UTF-8, or no whole tokenizer,
     *     or one of its regular expressions may take more than linear time
     * @throws IllegalStateException if the native library cannot be loaded
     */
    public static Tokenizer open(Path tokenizerJson) {
        return open(tokenizerJson, false);
    }

    /**
     * Opens a tokenizer with regular expressions that {@link #open} refuses, because nobody has proved that they take
     * linear time. A text for which one takes too long ends this process; so may any text where one matches the empty text. All
     * else is checked as {@link #open} does.
     *
     * @param tokenizerJson a file from somebody you trust, at most 64 MB
     * @return the tokenizer, which the caller closes
     * @throws BadInputException as {@link #open} does, but not for a regular expression's time
     * @throws IllegalStateException if the native library cannot be loaded
     */
    public static Tokenizer openTrusted(Path tokenizerJson) {
        return open(tokenizerJson, true);
    }

    private static Tokenizer open(Path tokenizerJson, boolean trusted) {
        Objects.requireNonNull(tokenizerJson, "tokenizerJson");
        TokenizerFile file = TokenizerFile.read(tokenizerJson, trusted);
        file.require(
                MAX_CHARACTERS / file.growth() >= LEAST_CHARACTERS,
                "normalizer may make more than " + MAX_CHARACTERS / LEAST_CHARACTERS + " characters of one");
        TokenizerLibrary.requireNormalizedTokens(file);
        return new Tokenizer(TokenizerLibrary.open(file.textJson().getBytes(UTF_8), file), file);
    }

    private static LazyTokenizer withSpecialTokens(HuggingFaceTokenizer library, TokenizerFile file) {
        if (file.json().equals(file.textJson())) {
            return new LazyTokenizer(() -> library);
        }
        byte[] json = file.json().getBytes(UTF_8);
        return new LazyTokenizer(() -> TokenizerLibrary.open(json, file));
    }

    /**
     * Encodes untrusted text. Special tokens that are spelled out in it are encoded as text, so that users cannot end a
     * conversation by typing {@code <eos>}. Added tokens that the file does not call special are found.
     *
     * @param text any text up to 2 097 152 characters, fewer if the tokenizer's normalizers make it longer
     * @return its ids, none for the empty text
     * @throws IllegalArgumentException if the text is too long, holds half a surrogate pair, or a character that the
     *     tokenizer has no token for, not even an unknown one
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encode(String text) {
        Objects.requireNonNull(text, "text");
        return encode(() -> library, text, false);
    }

    /**
     * Encodes trusted text: special tokens that are spelled out in it are encoded as their one id. The first such call
     * opens the library's tokenizer once more.
     *
     * @param text as {@link #encode} takes it
     * @return its ids
     * @throws IllegalArgumentException as {@link #encode} does
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encodeWithSpecialTokens(String text) {
        Objects.requireNonNull(text, "text");
        return encode(withSpecialTokens::get, text, false);
    }

    /**
     * Encodes untrusted text as the input of a model: the ids of {@link #encode} and the tokens that the file's
     * post-processor puts around them, for example {@code <s>} in front. A tokenizer without one adds nothing.
     *
     * @param text as {@link #encode} takes it
     * @return its ids
     * @throws IllegalArgumentException as {@link #encode} does
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encodePrompt(String text) {
        Objects.requireNonNull(text, "text");
        return encode(() -> library, text, true);
    }

    /**
     * Encodes trusted text as the input of a model: the ids of {@link #encodeWithSpecialTokens} and the tokens that the
     * post-processor puts around them.
     *
     * @param text as {@link #encode} takes it
     * @return its ids
     * @throws IllegalArgumentException as {@link #encode} does
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encodePromptWithSpecialTokens(String text) {
        Objects.requireNonNull(text, "text");
        return encode(withSpecialTokens::get, text, true);
    }

    private int[] encode(Supplier<HuggingFaceTokenizer> opened, String text, boolean addSpecialTokens) {
        requireEncodable(text);
        return guard.beside("encode a text", () -> encode(opened.get().getHandle(), text, addSpecialTokens));
    }

    private void requireEncodable(String text) {
        if (text.length() > longestText) {
            throw new IllegalArgumentException(
                    "text has %d characters; encode at most %d at a time".formatted(text.length(), longestText));
        }
        Text.requireWholeCharacters(text);
    }

    /**
     * Tokens and the characters that each was made of; tokens of one character's bytes all have that character.
     *
     * @param ids of the tokens
     * @param begins of each token, as indices of the text
     * @param ends of each token, exclusive
     */
    @SuppressWarnings("ArrayRecordComponent") // as int[] of {@link #encode}
    public record Spans(int[] ids, int[] begins, int[] ends) {
        /** Checks that no component is null. */
        public Spans {
            NullChecks.require("ids", ids, "begins", begins, "ends", ends);
        }
    }

    /**
     * As {@link #encode} or {@link #encodeWithSpecialTokens}, with the place of each token in the text.
     *
     * @param text as {@link #encode} takes it
     * @param specialTokens whether special tokens that are spelled out in it become their ids
     * @return ids and places
     * @throws IllegalArgumentException as {@link #encode} does
     * @throws IllegalStateException if the tokenizer is closed
     */
    public Spans encodeSpans(String text, boolean specialTokens) {
        Objects.requireNonNull(text, "text");
        requireEncodable(text);
        return guard.beside("encode a text", () -> {
            HuggingFaceTokenizer opened = specialTokens ? withSpecialTokens.get() : library;
            return spans(opened.getHandle(), text);
        });
    }

    private static Spans spans(long tokenizer, String text) {
        return encoded(tokenizer, text, false, encoding -> {
            int[] ids = ids(encoding);
            CharSpan[] spans = TokenizersLibrary.LIB.getTokenCharSpans(encoding);
            int[] begins = new int[ids.length];
            int[] ends = new int[ids.length];
            int[] index = indices(text);
            for (int i = 0; i < ids.length; i++) {
                begins[i] = index[spans[i].getStart()];
                ends[i] = index[spans[i].getEnd()];
            }
            return new Spans(ids, begins, ends);
        });
    }

    /** The index of each code point, by which the library counts, and the length at the end. */
    private static int[] indices(String text) {
        int[] indices = new int[text.codePointCount(0, text.length()) + 1];
        int at = 0;
        for (int i = 0; i < indices.length; i++) {
            indices[i] = at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return indices;
    }

    private static int[] encode(long tokenizer, String text, boolean addSpecialTokens) {
        return encoded(tokenizer, text, addSpecialTokens, Tokenizer::ids);
    }

    private static int[] ids(long encoding) {
        return Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static <T> T encoded(long tokenizer, String text, boolean addSpecialTokens, LongFunction<T> reader) {
        long encoding;
        try {
            // The library's own encode also makes an object of each token's spelling and place.
            encoding = TokenizersLibrary.LIB.encode(tokenizer, text, addSpecialTokens);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "text cannot be encoded (" + e.getMessage() + "); use characters that the tokenizer knows", e);
        }
        try {
            return reader.apply(encoding);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /**
     * Decodes ids, without special tokens. Decode whole sequences only: a character of several bytes may span tokens,
     * and an incomplete one becomes U+FFFD.
     *
     * @param ids ids from 0 to below {@link #vocabularySize()}
     * @return their text
     * @throws IllegalArgumentException if an id is out of range
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decode(int[] ids) {
        Objects.requireNonNull(ids, "ids");
        long[] checked = checked(ids);
        return guard.beside("decode ids", () -> library.decode(checked, true));
    }

    /**
     * Decodes ids with special tokens.
     *
     * @param ids ids from 0 to below {@link #vocabularySize()}
     * @return their text
     * @throws IllegalArgumentException if an id is out of range
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decodeWithSpecialTokens(int[] ids) {
        Objects.requireNonNull(ids, "ids");
        long[] checked = checked(ids);
        return guard.beside("decode ids", () -> withSpecialTokens.get().decode(checked, false));
    }

    /**
     * Looks up a token.
     *
     * @param token its exact spelling, for example {@code <eos>}
     * @return its id, or nothing if there is no such token
     */
    public OptionalInt id(String token) {
        Objects.requireNonNull(token, "token");
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * The tokens that the file calls special, which {@link #encode} makes of no text.
     *
     * @return their spellings
     */
    public Set<String> specialTokens() {
        return specialTokens;
    }

    /**
     * The number of rows that an embedding of these tokens needs.
     *
     * @return the highest id + 1
     */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Frees the native tokenizer; a second call does nothing. */
    @Override
    public void close() {
        guard.close();
    }

    private void free() {
        library.close();
        withSpecialTokens.close();
    }

    private long[] checked(int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabularySize) {
                throw new IllegalArgumentException("id %d at index %d is not one of the tokenizer's; use 0 to %d"
                        .formatted(ids[i], i, vocabularySize - 1));
            }
        }
        return Arrays.stream(ids).asLongStream().toArray();
    }
}
