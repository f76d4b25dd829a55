package dev.trireme.data;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.Optional;
import java.util.function.Supplier;

/** A native tokenizer that is opened when it is first asked for, because most programs never do. */
final class LazyTokenizer implements AutoCloseable {
    private final Supplier<HuggingFaceTokenizer> opener;
    private Optional<HuggingFaceTokenizer> opened = Optional.empty();
    private boolean closed;

    LazyTokenizer(Supplier<HuggingFaceTokenizer> opener) {
        this.opener = opener;
    }

    synchronized HuggingFaceTokenizer get() {
        if (closed) {
            throw new IllegalStateException("the tokenizer is closed; open it again");
        }
        HuggingFaceTokenizer tokenizer = opened.orElseGet(opener);
        opened = Optional.of(tokenizer);
        return tokenizer;
    }

    @Override
    public synchronized void close() {
        closed = true;
        opened.ifPresent(HuggingFaceTokenizer::close);
    }
}
