package dev.trireme.data;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.trireme.config.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Turns text into ids and back as a {@code tokenizer.json} of type BPE says, through Hugging Face's own library. Texts
 * are neither cut nor padded, no token is added, and nothing is fetched from a network.
 *
 * <p>Many threads may use one tokenizer at a time; close it when none does any more.
 */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    private final HuggingFaceTokenizer library;
    private final Map<String, Integer> ids;
    private final int vocabularySize;

    private Tokenizer(HuggingFaceTokenizer library, Map<String, Integer> ids) {
        this.library = library;
        this.ids = ids;
        this.vocabularySize = Collections.max(ids.values()) + 1;
    }

    /**
     * Opens a tokenizer.
     *
     * @param tokenizerJson the file, at most 64 MB
     * @return the tokenizer, which the caller closes
     * @throws BadInputException if the file is missing, too large, not JSON in UTF-8, or no whole BPE tokenizer
     * @throws IllegalStateException if the native library cannot be loaded
     */
    public static Tokenizer open(Path tokenizerJson) {
        TokenizerFile file = TokenizerFile.read(tokenizerJson);
        InputStream json = new ByteArrayInputStream(file.json().getBytes(StandardCharsets.UTF_8));
        keepOffline();
        try {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(json, OPTIONS), file.ids());
        } catch (EngineException | LinkageError e) {
            throw new IllegalStateException(
                    "the tokenizer library cannot be loaded; let it write to ~/.djl.ai or set DJL_CACHE_DIR", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw file.bad("not a tokenizer: " + e.getMessage(), e);
        }
    }

    // Left alone, DJL downloads a CUDA build of its library where it sees a GPU, and asks EC2's metadata address where
    // it runs: LibUtils.copyJniLibrary and Ec2Utils.callHome in https://github.com/deepjavalibrary/djl
    private static void keepOffline() {
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    /**
     * The ids of a text; special tokens in it become their one id.
     *
     * @param text any text
     * @return its ids, none for the empty text
     * @throws IllegalArgumentException if the text holds half a surrogate pair
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encode(String text) {
        Text.requireWholeCharacters(text);
        return Arrays.stream(library.encode(text).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /**
     * The text of ids, special tokens left out. Decode whole sequences only: a character of several bytes may be spread
     * over tokens, and an unfinished one becomes U+FFFD.
     *
     * @param ids ids from 0 to below {@link #vocabularySize()}
     * @return their text
     * @throws IllegalArgumentException if an id is out of range
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decode(int[] ids) {
        return library.decode(checked(ids), true);
    }

    /**
     * The text of ids as {@link #decode} gives it, but with the special tokens in it.
     *
     * @param ids ids from 0 to below {@link #vocabularySize()}
     * @return their text
     * @throws IllegalArgumentException if an id is out of range
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decodeWithSpecialTokens(int[] ids) {
        return library.decode(checked(ids), false);
    }

    /**
     * Looks up a token.
     *
     * @param token its exact spelling, for example {@code <eos>}
     * @return its id, or nothing if there is no such token
     */
    public OptionalInt id(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * How many rows an embedding of these tokens needs.
     *
     * @return the highest id + 1
     */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Frees the native tokenizer; a second call does nothing. */
    @Override
    public void close() {
        library.close();
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
