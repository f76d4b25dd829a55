package dev.trireme.data.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.Optional;
import java.util.function.Supplier;

/** A native tokenizer that is opened on first use, because most programs never need it. */
final class LazyTokenizer implements AutoCloseable {
    private final Supplier<HuggingFaceTokenizer> opener;
    private Optional<HuggingFaceTokenizer> opened = Optional.empty();

    LazyTokenizer(Supplier<HuggingFaceTokenizer> opener) {
        this.opener = opener;
    }

    synchronized HuggingFaceTokenizer get() {
        HuggingFaceTokenizer tokenizer = opened.orElseGet(opener);
        opened = Optional.of(tokenizer);
        return tokenizer;
    }

    /** Must not be called while another thread may still {@link #get} it. */
    @Override
    public synchronized void close() {
        opened.ifPresent(HuggingFaceTokenizer::close);
    }
}
